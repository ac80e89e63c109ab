"""``pyrt run``: a strategy trades on paper: the engine, over real sockets, at a venue that plays a recording."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from .output import Json, console, failures, print_json
from .paper import Piece, paper, paper_table
from .strategy import AnySource, Parameters, find_any, name_of

__all__ = ["run"]


def run(
    source: AnySource,
    recording: Annotated[Path, typer.Argument(help="Frames of one or several symbols (.tsv, .tsv.gz).")],
    *,
    param: Parameters = None,
    cash: Annotated[float, typer.Option(help="Money at the start.")] = 100_000,
    speed: Annotated[float, typer.Option(help="How fast the recording is played: 1 is true speed.")] = 1.0,
    start: Annotated[float, typer.Option("--from", help="Play it from so many seconds after its beginning.")] = 0.0,
    seconds: Annotated[float | None, typer.Option("--for", help="Play so many seconds of it.")] = None,
    warm_up: Annotated[float | None, typer.Option(help="Seconds before --from to warm up with; else all.")] = None,
    history: Annotated[Path | None, typer.Option(help="Records to warm up with instead (.npy).")] = None,
    json: Json = False,
) -> None:
    """Trade a strategy on paper: build it, start a simulated venue and the engine, follow what happens.

    Everything is real but the venue: sockets, risk limits, orders, journal. At the end its journal is decided again, by
    the engine and in Python, and both must come to the same decisions. A part of the recording is traded after a
    warm-up with what comes before it.

    Examples
    --------
        pyrt run cross.py:Cross day.tsv.gz --speed 10 -p fast=8

        pyrt run momentum.toml day.tsv.gz -p entry_threshold=0.7

        pyrt run cross.py:Cross day.tsv.gz --from 80 --for 40
    """
    with failures():
        found = find_any(source, param or [])
        name = re.sub("[^a-z0-9_-]", "_", name_of(found[0]).lower())
        piece = Piece(start, seconds, warm_up, history)
        done = paper({name: found}, recording, cash=cash, speed=speed, piece=piece)
    if json:
        print_json(done)
    else:
        console.print(paper_table(done))
    raise typer.Exit(0 if done["decided_in_python"] else 4)
