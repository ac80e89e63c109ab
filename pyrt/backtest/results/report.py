"""The tear sheet: one HTML file that holds everything and fetches nothing, and its pictures as PNG files."""

from __future__ import annotations

import base64
import io
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from ... import __version__
from ...analysis.visualization import extremes
from ...errors import InputError
from .measures import MEASURES
from .reported import Reported
from .sheet import Sheet, sheet_of

__all__ = ["write_report"]

MOST_TRADES = 200
"""The page lists the latest of them; all are in ``trades``."""

MOST_DRAWDOWNS = 10

MOST_POINTS = 2000
"""Vertices of the interactive curve."""

TILES = ("total_return", "cagr", "sharpe", "max_drawdown", "n_trades", "win_rate")

HEADS = {
    "instrument": "Instrument",
    "side": "Side",
    "entry_time": "Entry",
    "exit_time": "Exit",
    "qty": "Quantity",
    "entry_price": "Entry price",
    "exit_price": "Exit price",
    "fees": "Fees",
    "pnl": "Profit",
    "status": "Status",
}
"""Columns of the table of trades, where the trades have them."""


def write_report(result: Reported, path: Path, title: str) -> Path:
    """Write the page and its pictures; see :meth:`Reported.report`."""
    page = path if path.suffix.lower() == ".html" else path / "report.html"
    if page.parent.exists() and not page.parent.is_dir():
        raise InputError(f"path: {page.parent} is a file; give a folder, or a file that ends in .html")
    page.parent.mkdir(parents=True, exist_ok=True)
    prefix = "" if page == path / "report.html" else f"{page.stem}_"
    sheet, pictures = sheet_of(result), {}
    for picture in sheet.pictures:
        light, dark = _png(picture.draw(dark=False)), _png(picture.draw(dark=True))
        (page.parent / f"{prefix}{picture.name}.png").write_bytes(light)
        pictures[picture.name] = _picture(light, dark, f"{picture.words}. {_figures_in_words(result)}")
    page.write_text(_page(result, sheet, title, pictures), encoding="utf-8")
    return page


def _page(result: Reported, sheet: Sheet, title: str, pictures: dict[str, str]) -> str:
    here = files(__package__)
    read = {kind: (here / f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")}
    sections = []
    for picture in sheet.pictures[1:]:
        more = _depths(result, sheet) if picture.name == "drawdowns" else ""
        sections.append(f"<section>\n<h2>{picture.heading}</h2>\n{pictures[picture.name]}\n{more}\n</section>")
    return Template(read["html"]).substitute(
        title=escape(title),
        span=escape(result.span),
        style=read["css"].strip(),
        script=read["js"].strip(),
        version=escape(__version__),
        tiles=_tiles(result),
        warnings=_warnings(result),
        held='<span class="key-held">Buy and hold</span> ' if sheet.held is not None else "",
        equity=pictures["equity"],
        sections="\n".join(sections),
        measures=_measures(result),
        assumptions="\n".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in result.assumptions.items()),
        ledger=_ledger(result, sheet),
        curve=_curve(sheet),
    )


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _picture(light: bytes, dark: bytes, words: str) -> str:
    """Embed a picture for each color scheme; the browser chooses."""
    source, fallback = (f"data:image/png;base64,{base64.b64encode(data).decode()}" for data in (dark, light))
    return (
        f'<figure class="card"><picture><source media="(prefers-color-scheme: dark)" srcset="{source}">'
        f'<img src="{fallback}" alt="{escape(words)}"></picture></figure>'
    )


def _figures_in_words(result: Reported) -> str:
    shown = ("total_return", "max_drawdown", "n_trades")
    return ", ".join(f"{MEASURES[name].label.lower()} {MEASURES[name].write(result.metrics[name])}" for name in shown)


def _tiles(result: Reported) -> str:
    lines = []
    for name in TILES:
        value = result.metrics[name]
        tone = (
            "" if name in {"n_trades", "win_rate"} or not value else ' class="gain"' if value > 0 else ' class="loss"'
        )
        text = MEASURES[name].write(value)
        lines.append(f'<div class="tile"><span>{MEASURES[name].label}</span><strong{tone}>{text}</strong></div>')
    return "\n".join(lines)


def _warnings(result: Reported) -> str:
    if not result.warnings:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in result.warnings)
    return f'<section class="warnings" role="note"><h2>Warnings</h2><ul>{items}</ul></section>'


def _measures(result: Reported) -> str:
    rows, group = [], ""
    for name, value in result.metrics.items():
        shown = MEASURES[name]
        if shown.group != group:
            group = shown.group
            rows.append(f'<tr class="group"><th scope="rowgroup" colspan="2">{group}</th></tr>')
        rows.append(f'<tr><th scope="row">{shown.label}</th><td>{shown.write(value)}</td></tr>')
    return "\n".join(rows)


def _depths(result: Reported, sheet: Sheet) -> str:
    """List the deepest drawdowns."""
    table = result.drawdowns
    deepest = table[np.argsort(table["depth"], kind="stable")[:MOST_DRAWDOWNS]]
    if not len(deepest):
        return '<div class="card">The equity never fell.</div>'
    rows = []
    for one in deepest:
        peak, trough, end = (sheet.date(one[name]) for name in ("peak", "trough", "end"))
        cells = (MEASURES["max_drawdown"].write(one["depth"]), peak, trough, end if one["recovered"] else "not yet")
        row = "".join(f"<td>{text}</td>" for text in (*cells, MEASURES["max_drawdown_days"].write(one["days"])))
        rows.append(f"<tr>{row}</tr>")
    heads = ("Depth", "Peak", "Trough", "Recovered", "Length")
    return _table(f"The deepest of {len(table):,}; all are in result.drawdowns.", heads, rows)


def _ledger(result: Reported, sheet: Sheet) -> str:
    trades = result.trades[-MOST_TRADES:]
    if not len(trades):
        return '<div class="card">No trades.</div>'
    said = f"The last {MOST_TRADES} of {len(result.trades):,} trades; all are in result.trades. " * (
        len(result.trades) > MOST_TRADES
    )
    names = [name for name in HEADS if name in (trades.dtype.names or ())]
    instruments = [instrument.name for instrument in getattr(result, "instruments", ())]
    rows = []
    for trade in trades:
        cells = (_cell(name, trade[name], sheet, instruments) for name in names)
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return _table(said + sheet.note, [HEADS[name] for name in names], rows)


def _cell(name: str, value: Any, sheet: Sheet, instruments: list[str]) -> str:
    tone = ""
    if name.endswith("_time"):
        text = sheet.date(value)
    elif name.endswith("_price"):
        text = f"{value:,.2f}" if value >= 100 else f"{value:.6g}"
    elif name == "pnl":
        text, tone = f"{value:,.2f}".replace("-", "\N{MINUS SIGN}"), f' class="{"gain" if value > 0 else "loss"}"'
    else:
        text = {"instrument": lambda: escape(instruments[value]), "qty": lambda: f"{value:,.6g}"}.get(
            name, lambda: f"{value:,.2f}" if name == "fees" else str(value)
        )()
    return f"<td{tone}>{text}</td>"


def _table(note: str, heads: Any, rows: list[str]) -> str:
    head, body = "".join(f'<th scope="col">{name}</th>' for name in heads), "\n".join(rows)
    caption = f'<caption class="note">{note}</caption>'
    return f'<div class="card"><table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def _curve(sheet: Sheet) -> str:
    """Write the interactive curve's data: the rows that shape the curves, in six digits."""
    curves = [curve for curve in (sheet.equity, sheet.drawdown, sheet.held) if curve is not None]
    rows = np.unique(np.concatenate([extremes(curve, MOST_POINTS // len(curves)) for curve in curves]))
    return json.dumps(
        {
            "digits": sheet.digits,
            "time": (sheet.times[rows] // 1_000_000).tolist(),
            "equity": _rounded(sheet.equity[rows]),
            "held": None if sheet.held is None else _rounded(sheet.held[rows]),
            "drawdown": _rounded(sheet.drawdown[rows]),
        },
        separators=(",", ":"),
    )


def _rounded(values: Any) -> list[float]:
    # Eight digits: over hours, equity moves in the sixth.
    return [float(f"{value:.8g}") for value in values.tolist()]
