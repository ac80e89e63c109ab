"""The ``pyrt`` command: one file a verb.

``doctor`` says what is missing, ``data`` what is wrong with a file, ``backtest`` runs a crossover on your bars,
``strategy`` compiles one, ``parity`` compares backtester and engine, ``run`` trades on paper, ``journal`` decides a
live session again, ``feed`` shows a running engine's feed, ``demo`` does all of it once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from .. import __version__
from . import backtest, data, demo, doctor, feed, journal, parity, run, strategy
from .output import EXIT_CODES

__all__ = ["app", "main"]

app = typer.Typer(
    help="Research in Python, trade in Rust, with one set of rules.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)
app.command(epilog=EXIT_CODES)(doctor.doctor)
app.command(epilog=EXIT_CODES)(backtest.backtest)
app.command(epilog=EXIT_CODES)(feed.feed)
app.command(epilog=EXIT_CODES)(parity.parity)
app.command(epilog=EXIT_CODES)(run.run)
app.command(epilog=EXIT_CODES)(journal.journal)
app.command(epilog=EXIT_CODES)(demo.demo)
app.add_typer(strategy.app, name="strategy")
app.add_typer(data.app, name="data")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"pyrt {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
