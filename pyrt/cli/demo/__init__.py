"""``pyrt demo`` (``make run``): the main job once, end to end.

``bars`` backtests real bars into a report, ``trading`` leads strategies from research to paper trading, ``feed`` reads
a running engine's market data.
"""

from __future__ import annotations

import json as json_module
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..output import Json, console, failures, plain, print_json
from .bars import offline
from .feed import online
from .trading import RECORDING, trading

__all__ = ["demo"]

STEPS = (
    "load",
    "clean",
    "indicators and backtest",
    "report",
    "research and model",
    "backtest and replay",
    "paper trading, live",
    "venue simulator",
    "engine",
    "live feed",
    "stop",
)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report and summary.json.")] = Path("out"),
    data: Annotated[Path | None, typer.Option(help="Your own bars, Parquet or CSV, instead of the S&P 500.")] = None,
    recording: Annotated[Path, typer.Option(help="Your own frames of one symbol (.tsv, .tsv.gz).")] = RECORDING,
    seconds: Annotated[float, typer.Option(help="How long to follow the live feed.")] = 4.0,
    json: Json = False,
) -> None:
    """Do the main job once: backtest real bars; lead strategies from research to paper trading; read a live feed.

    Nothing leaves this machine: the venue is a simulator that plays a recording.
    """
    with failures():
        started = time.monotonic()
        with Progress(
            TextColumn("{task.description:<26}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            console=console,
            disable=json,
        ) as progress:
            task = progress.add_task("start", total=len(STEPS))

            def step(name: str) -> None:
                done = STEPS.index(name)
                progress.update(task, completed=done, description=name)
                if not console.is_terminal and not json:  # no bar in a log: a line a step
                    console.print(f"[{done + 1}/{len(STEPS)}] {name}")

            summary_of: dict[str, Any] = {"offline": offline(out, data, step)}
            summary_of["trading"] = trading(recording, out, step)
            summary_of["online"] = online(seconds, step)
            progress.update(task, completed=len(STEPS), description="done")
        summary_of["seconds"] = round(time.monotonic() - started, 3)
        (out / "summary.json").write_text(json_module.dumps(plain(summary_of), indent=2) + "\n")
        if json:
            print_json(summary_of)
        else:
            say(summary_of, out)


def say(done: dict[str, Any], out: Path) -> None:
    """Print what was run, the figures, and what to try next."""
    offline, online, traded = done["offline"], done["online"], done["trading"]
    metrics = offline["metrics"]
    shown = Table(title=f"done in {done['seconds']:.1f} s", title_justify="left", show_header=False)
    shown.add_row("backtest", f"{offline['data']}: {offline['bars']:,} bars, {offline['trades']} trades")
    shown.add_row("result", f"{offline['cash']:,.0f} became {offline['equity']:,.0f}")
    shown.add_row("measures", "  ".join(f"{k} {metrics[k]:.3f}" for k in ("cagr", "sharpe", "max_drawdown")))
    if "skipped" in traded:
        shown.add_row("strategies", f"left out: {traded['skipped']}")
    else:
        equal = "equal to the last bit" if traded["equal"] else "NOT EQUAL"
        shown.add_row("strategies", f"backtest, replay and journal {equal}: {traded['replay']['fills']} fills")
        apart = traded["live_against_backtest"]
        words = f"{traded['live']['fills']} fills, {apart['pnl']:+.2f} against the backtest (latency is real)"
        shown.add_row("on paper, live", words)
    if "skipped" in online:
        shown.add_row("live half", f"left out: {online['skipped']}")
    else:
        latency = online["latency_ns"]
        shown.add_row("live feed", f"{online['records']:,} records, {online['lost']} lost, nothing left behind")
        shown.add_row("latency", "  ".join(f"{k} {latency[k] / 1e3:,.0f} µs" for k in ("p50", "p90", "p99")))
    shown.add_row("report", offline["report"])
    shown.add_row("figures", str(out / "summary.json"))
    console.print(shown)
    console.print(
        "next: [bold]make run DATA=your_bars.parquet[/] · [bold]pyrt backtest --help[/] · [bold]pyrt doctor[/]"
    )
