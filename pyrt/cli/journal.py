"""``pyrt journal``: a live session's journal decided again, by the engine and by Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from ..errors import InputError
from .output import Json, console, failures, print_json
from .strategy import find_strategy

if TYPE_CHECKING:
    from ..backtest.parity import Decided, Telling
    from ..strategy import Strategy

__all__ = ["journal"]


def journal(
    path: Annotated[Path, typer.Argument(metavar="JOURNAL.pyrt", help="The first file of the session's journal.")],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[[NAME=]FILE.py[:Class]]...",
            help="Classes of its strategies, NAME= where one trades twice; else the objects and files that traded.",
        ),
    ] = None,
    *,
    config: Annotated[Path | None, typer.Option(help="The configuration that the session ran with.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A key that it was given; repeatable.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Run the classes as plain Python.")] = False,
    json: Json = False,
) -> None:
    """Decide a session's journal again from what came in, and compare with what was decided live.

    The engine does so first and writes down what each strategy was told; then each is told the same in Python. Exit
    code 0 if all ask for the same to the last byte, 4 if one does not; the first place is printed with both sides.

    Examples
    --------
        pyrt journal journal/pyrt-1764061200000000000.pyrt --config engine.toml

        pyrt journal journal/pyrt-1764061200000000000.pyrt cross.py:Cross --plain --config engine.toml
    """
    from ..backtest.parity import decide_again, tell

    with failures():
        telling = tell(path, config, [word for text in settings or [] for word in ("--set", text)])
        found = decide_again(telling, _named(telling, sources or []), jit=not plain)
    if json:
        strategies = {name: {"equal": one.equal, **one.counts} for name, one in found.strategies.items()}
        records, difference = found.records, found.difference
        print_json({"equal": found.equal, "records": records, "strategies": strategies, "difference": difference})
    else:
        console.print(_table(found))
    raise typer.Exit(0 if found.equal else 4)


def _named(telling: Telling, sources: list[str]) -> dict[str, type[Strategy]]:
    """Find each class, and the session's strategy that it is."""
    named: dict[str, type[Strategy]] = {}
    for source in sources:
        name, equals, rest = source.partition("=")
        cls = find_strategy(rest if equals else source)
        of_class = [strategy.name for strategy in telling.strategies if strategy.class_name == cls.__name__]
        if not equals and len(of_class) != 1:
            known = ", ".join(f"{strategy.name} ({strategy.class_name})" for strategy in telling.strategies)
            raise InputError(f"{source}: write NAME={source}; the session's strategies are {known}")
        named[name if equals else of_class[0]] = cls
    return named


def _table(found: Decided) -> Table:
    table = Table(title="journal, decided again in Python", title_justify="left", show_edge=False, pad_edge=False)
    table.add_column("strategy")
    counts = ("signals", "orders", "cancels", "refused")
    for name in counts:
        table.add_column(name, justify="right")
    table.add_column("the same")
    for strategy, one in found.strategies.items():
        verdict: Any = "to the last byte" if one.equal else "[red]no[/]"
        table.add_row(strategy, *(f"{one.counts[name]:,}" for name in counts), verdict)
    table.caption = found.difference or None
    return table
