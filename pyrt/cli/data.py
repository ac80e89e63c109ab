"""``pyrt data``: what is wrong with a file of bars, trades, quotes or records, and its repair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from .output import EXIT_CODES, Json, console, failures, print_json

if TYPE_CHECKING:
    from ..data.check import DataReport

__all__ = ["app", "check"]

app = typer.Typer(help="Look at data before it is used.", epilog=EXIT_CODES, no_args_is_help=True)


@app.callback()
def _verbs() -> None:
    """Look at data before it is used."""


@app.command(epilog=EXIT_CODES)
def check(
    file: Annotated[
        Path, typer.Argument(help="Bars, trades or quotes (.parquet, .csv), or a recording (.npy, .tsv, .tsv.gz).")
    ],
    *,
    kind: Annotated[str | None, typer.Option(help="bars, trades or quotes; by its columns if not given.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Which one, of a file that holds several.")] = None,
    tick: Annotated[str | None, typer.Option(help="Step of prices, such as 0.01; inferred if not given.")] = None,
    gap: Annotated[str | None, typer.Option(help="Longest step that is no gap, such as 5m; else learned.")] = None,
    repair: Annotated[Path | None, typer.Option(help="Write the repaired data (.parquet, .csv), and say how.")] = None,
    json: Json = False,
) -> None:
    """Report order, gaps, duplicates, crossed quotes, impossible and off-tick prices, and repair them with a log.

    Nothing is made up: rows that cannot be are dropped, what is unsorted is sorted, gaps stay gaps. Exit code 1 if
    there is a fault and no repair was asked for.

    Examples
    --------
        pyrt data check bars.csv

        pyrt data check day.parquet --symbol AAPL --tick 0.01 --repair clean.parquet

        pyrt data check trades.parquet --gap 30s --json | jq .findings
    """
    from ..data.check import check_data, write_repaired

    with failures():
        report = check_data(file, kind=kind, symbol=symbol, tick=tick, gap=gap)
        written = write_repaired(report, repair) if repair else None
    if json:
        print_json({**figures(report), "repaired": written})
    else:
        facts = (f"{name}: {words}" for name, words in report.facts.items())
        console.print(f"{report.rows:,} {report.kind}", *facts, sep="\n  ", markup=False, highlight=False)
        console.print(_drawn(report), highlight=False)
        if written:
            console.print(str(report.log), markup=False, highlight=False)
            console.print(f"repaired: {written}", markup=False, highlight=False)
    raise typer.Exit(0 if report or written else 1)


def figures(report: DataReport) -> dict[str, Any]:
    """Return a report in plain terms."""
    return {
        "kind": report.kind,
        "rows": report.rows,
        "sound": bool(report),
        "facts": report.facts,
        "findings": [
            {
                "level": finding.level,
                "what": finding.words,
                "count": len(finding.rows),
                "rows": finding.rows[:100],
                "examples": finding.examples,
            }
            for finding in report.findings
        ],
        "repairs": [str(repair) for repair in report.log.repairs],
    }


def _drawn(report: DataReport) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for name in ("", "what", "rows", "where"):
        table.add_column(name, justify="right" if name == "rows" else "left")
    colors = {"fault": "red", "doubt": "yellow", "note": "dim"}
    for finding in report.findings:
        where = ", ".join(finding.examples or map(str, finding.rows[:5].tolist()))
        color = colors[finding.level]
        table.add_row(f"[{color}]{finding.level}[/]", finding.words, f"{len(finding.rows):,}", where)
    if not report.findings:
        table.add_row("[green]sound[/]", "nothing is wrong with it", "", "")
    return table
