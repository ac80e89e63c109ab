"""``pyrt parity``: what a strategy does in the backtester and in the engine, compared to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from .output import Json, console, failures, print_json
from .strategy import AnySource, Parameters, find_any, name_of

if TYPE_CHECKING:
    from ..backtest.parity import Parity

__all__ = ["parity", "parity_table"]


def parity(
    source: AnySource,
    recording: Annotated[Path, typer.Argument(help="Frames (.tsv, .tsv.gz), or converted records (.npy).")],
    *,
    param: Parameters = None,
    cash: Annotated[float, typer.Option(help="Money at the start.")] = 100_000,
    settings: Annotated[Path | None, typer.Option(help="A TOML file with a [simulation] table.")] = None,
    json: Json = False,
) -> None:
    """Run a strategy in the backtester and in the engine's replay, and compare every order and fill.

    Exit code 0 if all is equal, 4 if the two hosts part; the first event where they do is printed with both sides.

    Examples
    --------
        pyrt parity cross.py:Cross day.tsv.gz -p fast=8

        pyrt parity momentum.toml day.tsv.gz -p entry_threshold=0.7
    """
    from ..backtest.matching import Simulation
    from ..backtest.parity import check_parity
    from ..data import read_recording

    with failures():
        strategy, parameters = find_any(source, param or [])
        simulation = Simulation.from_toml(settings) if settings else None
        found = check_parity(read_recording(recording), strategy, cash=cash, simulation=simulation, **parameters)
    if json:
        print_json(
            {"equal": found.equal, **{run.host: run.counts for run in found.runs}, "difference": found.difference}
        )
    else:
        console.print(parity_table({name_of(strategy): found}))
        console.print(found.difference.partition("\n")[2], markup=False, highlight=False, soft_wrap=True, end="")
    raise typer.Exit(0 if found.equal else 4)


def parity_table(found: dict[str, Parity]) -> Table:
    """Draw the runs of several strategies, a line a host, and whether they are equal."""
    table = Table(title="backtest and engine", title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("strategy")
    table.add_column("host")
    for name in ("signals", "orders", "cancels", "fills", "cash"):
        table.add_column(name, justify="right")
    table.add_column("equal")
    for strategy, one in found.items():
        for run in one.runs:
            counts: dict[str, Any] = run.counts
            numbers = [f"{counts[name]:,}" for name in ("signals", "orders", "cancels", "fills")]
            verdict = "to the last bit" if one.equal else "[red]no[/]"
            table.add_row(strategy, run.host, *numbers, f"{counts['cash']:,.8f}", verdict)
        if not one.equal:
            table.caption = one.difference.partition("\n")[0]
    return table
