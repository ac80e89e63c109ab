"""The tear sheet: one HTML file that holds everything and fetches nothing, and its pictures as PNG files."""

from __future__ import annotations

import base64
import io
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ... import __version__
from ...analysis.visualization import extremes
from ...errors import InputError
from .measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from .result import Result

__all__ = ["write_report"]

MOST_TRADES = 200
"""The page lists the latest of them; all are in ``Result.trades``."""

MOST_DRAWDOWNS = 10

MOST_POINTS = 2000
"""Vertices of the interactive curve."""

TILES = ("total_return", "cagr", "sharpe", "max_drawdown", "n_trades", "win_rate")


def write_report(result: Result, path: Path, title: str) -> Path:
    """Write the page and its pictures; see :meth:`Result.report`."""
    page = path if path.suffix.lower() == ".html" else path / "report.html"
    if page.parent.exists() and not page.parent.is_dir():
        raise InputError(f"path: {page.parent} is a file; give a folder, or a file that ends in .html")
    page.parent.mkdir(parents=True, exist_ok=True)
    prefix = "" if page == path / "report.html" else f"{page.stem}_"
    figures: dict[str, tuple[Callable[..., Any], str]] = {
        "equity": (result.plot_equity, "Equity against buying and holding, drawdown below"),
        "trades": (result.plot_trades, "Entries and exits on the price"),
        "drawdowns": (result.plot_drawdowns, "Equity with its deepest drawdowns shaded"),
        "exposure": (result.plot_exposure, "Exposure, and turnover summed up"),
        "excursions": (result.plot_excursions, "Return of each trade against its worst and its best excursion"),
        "monthly_returns": (result.plot_monthly_returns, "Table of the return of each month and year"),
    }
    pictures = {}
    for name, (draw, words) in figures.items():
        light, dark = _png(draw(dark=False)), _png(draw(dark=True))
        (page.parent / f"{prefix}{name}.png").write_bytes(light)
        pictures[name] = _picture(light, dark, f"{words}. {_figures_in_words(result)}")
    page.write_text(_page(result, title, pictures), encoding="utf-8")
    return page


def _page(result: Result, title: str, pictures: dict[str, str]) -> str:
    here = files(__package__)
    read = {kind: (here / f"page.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")}
    return Template(read["html"]).substitute(
        title=escape(title),
        span=escape(result.span),
        style=read["css"].strip(),
        script=read["js"].strip(),
        version=escape(__version__),
        tiles=_tiles(result),
        warnings=_warnings(result),
        equity=pictures["equity"],
        trades=pictures["trades"],
        drawdowns=pictures["drawdowns"],
        depths=_depths(result),
        exposure=pictures["exposure"],
        excursions=pictures["excursions"],
        months=pictures["monthly_returns"],
        measures=_measures(result),
        assumptions="\n".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in result.assumptions.items()),
        ledger=_ledger(result),
        curve=_curve(result),
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


def _figures_in_words(result: Result) -> str:
    shown = ("total_return", "max_drawdown", "n_trades")
    return ", ".join(f"{MEASURES[name].label.lower()} {MEASURES[name].write(result.metrics[name])}" for name in shown)


def _tiles(result: Result) -> str:
    lines = []
    for name in TILES:
        value = result.metrics[name]
        tone = (
            "" if name in {"n_trades", "win_rate"} or not value else ' class="gain"' if value > 0 else ' class="loss"'
        )
        text = MEASURES[name].write(value)
        lines.append(f'<div class="tile"><span>{MEASURES[name].label}</span><strong{tone}>{text}</strong></div>')
    return "\n".join(lines)


def _warnings(result: Result) -> str:
    if not result.warnings:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in result.warnings)
    return f'<section class="warnings" role="note"><h2>Warnings</h2><ul>{items}</ul></section>'


def _measures(result: Result) -> str:
    rows, group = [], ""
    for name, value in result.metrics.items():
        shown = MEASURES[name]
        if shown.group != group:
            group = shown.group
            rows.append(f'<tr class="group"><th scope="rowgroup" colspan="2">{group}</th></tr>')
        rows.append(f'<tr><th scope="row">{shown.label}</th><td>{shown.write(value)}</td></tr>')
    return "\n".join(rows)


def _depths(result: Result) -> str:
    """List the deepest drawdowns."""
    table = result.drawdowns
    deepest = table[np.argsort(table["depth"], kind="stable")[:MOST_DRAWDOWNS]]
    if not len(deepest):
        return '<div class="card">The equity never fell.</div>'
    rows = []
    for one in deepest:
        peak, trough, end = (_date(one[name], result) for name in ("peak", "trough", "end"))
        cells = (MEASURES["max_drawdown"].write(one["depth"]), peak, trough, end if one["recovered"] else "not yet")
        row = "".join(f"<td>{text}</td>" for text in (*cells, MEASURES["max_drawdown_days"].write(one["days"])))
        rows.append(f"<tr>{row}</tr>")
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Depth", "Peak", "Trough", "Recovered", "Length"))
    caption = f'<caption class="note">The deepest of {len(table):,}; all are in result.drawdowns.</caption>'
    body = "\n".join(rows)
    return f'<div class="card"><table>{caption}<thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def _ledger(result: Result) -> str:
    trades = result.trades[-MOST_TRADES:]
    if not len(trades):
        return '<div class="card">No trades.</div>'
    said = f"The last {MOST_TRADES} of {len(result.trades):,} trades; all are in result.trades." * (
        len(result.trades) > MOST_TRADES
    )
    heads = ("Entry", "Exit", "Quantity", "Entry price", "Exit price", "Fees", "Profit", "Status")
    rows = []
    for trade in trades:
        entry, leave = _date(trade["entry_time"], result), _date(trade["exit_time"], result)
        numbers = [f"{trade['qty']:,.6g}", *(_price(trade[name]) for name in ("entry_price", "exit_price"))]
        tone = "gain" if trade["pnl"] > 0 else "loss"
        cells = "".join(f"<td>{text}</td>" for text in (entry, leave, *numbers, f"{trade['fees']:,.2f}"))
        profit = f"{trade['pnl']:,.2f}".replace("-", "\N{MINUS SIGN}")
        rows.append(f'<tr>{cells}<td class="{tone}">{profit}</td><td>{trade["status"]}</td></tr>')
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    caption = f'<caption class="note">{said} Times are UTC; an open trade is valued at the last close.</caption>'
    body = "\n".join(rows)
    return f'<div class="card"><table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def _price(value: float) -> str:
    return f"{value:,.2f}" if value >= 100 else f"{value:.6g}"


def _date(time: np.datetime64, result: Result) -> str:
    unit: Literal["D", "m"] = "D" if _is_daily(result) else "m"
    return str(np.datetime_as_string(time, unit)).replace("T", " ")


def _is_daily(result: Result) -> bool:
    return bool((result.bars.time % 86_400_000_000_000 == 0).all())


def _curve(result: Result) -> str:
    """Write the interactive curve's data: the rows that shape the curves, in six digits."""
    held = result.cash * (result.bars.close / result.bars.close[0])
    most = MOST_POINTS // 3
    rows = np.unique(np.concatenate([extremes(curve, most) for curve in (result.equity, result.drawdown, held)]))
    return json.dumps(
        {
            "intraday": not _is_daily(result),
            "time": (result.bars.time[rows] // 1_000_000).tolist(),
            "equity": _rounded(result.equity[rows]),
            "held": _rounded(held[rows]),
            "drawdown": _rounded(result.drawdown[rows]),
        },
        separators=(",", ":"),
    )


def _rounded(values: Any) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]
