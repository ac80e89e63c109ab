"""``pyrt demo`` (``make run``): the main job once, end to end, on real bars and a live feed."""

from __future__ import annotations

import json as json_module
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .._engine import find_engine
from ..errors import MissingPiece, PyrtError
from .backtest import Crossover, cross, figures, prepare
from .feed import snapshots, summary, table
from .output import Json, console, failures, plain, print_json
from .run import HOME, engine_settings, paper, paper_table

if TYPE_CHECKING:
    from ..live import SharedFeed

__all__ = ["demo"]

STEPS = (
    "load",
    "clean",
    "indicators and backtest",
    "report",
    "strategies in both halves",
    "paper trading",
    "venue simulator",
    "engine",
    "live feed",
    "stop",
)
PAPER_SPEED = 6.0
"""The recording of two minutes is played in twenty seconds."""
PAPER_CASH = 100_000.0
"""What backtest, replay and paper trading start with."""
SHM = Path("/dev/shm")
CONFIG = HOME / "config" / "default.toml"


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report and summary.json.")] = Path("out"),
    data: Annotated[Path | None, typer.Option(help="Your own bars, Parquet or CSV, instead of the S&P 500.")] = None,
    seconds: Annotated[float, typer.Option(help="How long to follow the live feed.")] = 4.0,
    json: Json = False,
) -> None:
    """Do the main job once: backtest real bars into a report, then run a live engine and read its feed.

    The live half trades nothing: the venue is a simulator on this machine.
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
            summary_of["trading"] = trading(step)
            summary_of["online"] = online(seconds, step)
            progress.update(task, completed=len(STEPS), description="done")
        summary_of["seconds"] = round(time.monotonic() - started, 3)
        (out / "summary.json").write_text(json_module.dumps(plain(summary_of), indent=2) + "\n")
        if json:
            print_json(summary_of)
        else:
            say(summary_of, out)


def offline(out: Path, data: Path | None, step: Any) -> dict[str, Any]:
    """Bars to a tear sheet."""
    step("load")
    rule = Crossover()
    step("clean")
    bars, log = prepare(data)
    step("indicators and backtest")
    result = cross(bars, rule)
    step("report")
    title = f"{data.stem if data else 'S&P 500'}: moving averages {rule.fast}/{rule.slow}"
    page = result.report(out, title=title)
    return {"data": str(data or "S&P 500, daily"), "report": str(page), **figures(result, log, rule)}


def trading(step: Any) -> dict[str, Any]:
    """Run the example strategies in the backtester and in the engine's replay, compare, and trade one on paper."""
    from ..backtest.parity import check_parity
    from ..data import read_recording
    from .parity import parity_table
    from .strategy import find_strategy

    recording = HOME / "examples" / "data" / "btc_made.tsv.gz"
    try:
        find_engine()
    except MissingPiece as missing:
        return {"skipped": str(missing)}
    if not recording.exists():
        return {"skipped": "the example strategies and their recording are in the source tree"}
    step("strategies in both halves")
    events = read_recording(recording)
    cross, quoter = (find_strategy(str(HOME / "examples" / name)) for name in ("cross.py", "quoter.py"))
    found = {cls.__name__: check_parity(events, cls) for cls in (cross, quoter)}
    console.print(parity_table(found))
    step("paper trading")
    live = paper({"cross": (cross, {})}, recording, cash=PAPER_CASH, speed=PAPER_SPEED)
    console.print(paper_table(live))
    hosts: dict[str, dict[str, float]] = {}
    for i, host in enumerate(("backtest", "replay")):
        counts = [one.runs[i].counts for one in found.values()]
        hosts[host] = {name: sum(each[name] for each in counts) for name in ("signals", "orders", "fills")}
        hosts[host]["pnl"] = sum(each["equity"] - PAPER_CASH for each in counts)
    live["pnl"] = live["account"]["equity"] - PAPER_CASH
    backtest = found[cross.__name__].runs[0].counts
    return {
        **hosts,
        "live": live,
        "equal": all(one.equal for one in found.values()) and live["retraced"],
        "live_against_backtest": {
            "fills": live["fills"] - backtest["fills"],
            "equity": live["account"]["equity"] - backtest["equity"],
        },
        "events": len(events.events),
    }


def online(seconds: float, step: Any) -> dict[str, Any]:
    """Run a simulated venue and the engine on it, and read the feed from shared memory."""
    from ..live.process import EngineProcess

    try:
        find_engine()
    except MissingPiece as missing:
        return {"skipped": str(missing)}
    from ..live import SharedFeed

    name = f"demo-{os.getpid()}"
    with ExitStack() as stack:
        step("venue simulator")
        market = "seed=7,symbols=BTC-USDT+ETH-USDT,rate=2000"
        venue = stack.enter_context(EngineProcess("simulate", "--listen", "127.0.0.1:0", "--market", market))
        address = venue.read_json()["listening"]
        step("engine")
        engine = stack.enter_context(EngineProcess("run", "--config", str(CONFIG), *engine_settings(name, address)))
        engine.wait_for_feed(name)
        step("live feed")
        shown = follow(SharedFeed.open(name), seconds)
        step("stop")
        shown["exit_status"] = {"engine": engine.stop(), "simulator": venue.stop()}
    shown["left_behind"] = [str(path) for path in SHM.glob(f"*pyrt-{name}*")]
    if shown["left_behind"] or any(shown["exit_status"].values()):
        raise PyrtError(f"the engine did not stop cleanly: {shown['exit_status']}, left {shown['left_behind']}")
    return shown


def follow(feed: SharedFeed, seconds: float) -> dict[str, Any]:
    """Read the feed for a while and return what it showed."""
    with feed:
        shown = list(snapshots(feed, seconds, every=0.5))[-1]
        console.print(table(feed, shown))
        return summary(feed, shown)


def say(done: dict[str, Any], out: Path) -> None:
    """Print what was run, the figures, and what to try next."""
    offline, online = done["offline"], done["online"]
    metrics = offline["metrics"]
    shown = Table(title=f"done in {done['seconds']:.1f} s", title_justify="left", show_header=False)
    shown.add_row("backtest", f"{offline['data']}: {offline['bars']:,} bars, {offline['trades']} trades")
    shown.add_row("result", f"{offline['cash']:,.0f} became {offline['equity']:,.0f}")
    shown.add_row("measures", "  ".join(f"{k} {metrics[k]:.3f}" for k in ("cagr", "sharpe", "max_drawdown")))
    traded = done["trading"]
    if "skipped" not in traded:
        equal = "equal to the last bit" if traded["equal"] else "NOT EQUAL"
        shown.add_row("strategies", f"backtest and engine {equal}: {traded['replay']['fills']} fills")
        apart = traded["live_against_backtest"]
        words = f"{traded['live']['fills']} fills, {apart['equity']:+.2f} against the backtest (latency is real)"
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
