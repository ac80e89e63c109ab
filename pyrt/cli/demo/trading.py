"""The demo's middle part, a strategy's whole life: research, model, backtest, replay, paper trading, comparison."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from ..._engine import find_engine
from ...errors import MissingPiece
from ..output import console
from ..paper import HOME, Piece, paper, paper_table, rehearse
from ..strategy import find_strategy

if TYPE_CHECKING:
    from ...backtest.parity import HostRun, Parity
    from ...data import Recording

__all__ = ["RECORDING", "trading"]

EXAMPLES = HOME / "examples"
RECORDING = EXAMPLES / "data" / "btc_made.tsv.gz"
CASH = 100_000.0
"""What each strategy starts with, in backtest, replay and live."""
RESEARCH = 0.6
"""So much of the recording may be learned from; what comes after is traded on."""
LIVE_SECONDS = 40.0
"""The end of the recording that is traded live, at true speed."""
STAGES = ("journal", "parse", "book", "features", "model", "strategy", "risk", "order", "total")
COLD = 5_000
"""Messages at the start that are left out of the latencies of the model's strategy in process."""
COUNTS = ("signals", "orders", "cancels", "fills", "pnl")


def trading(recording: Path, out: Path, step: Callable[[str], None]) -> dict[str, Any]:
    """Learn from the recording's first part; backtest, replay and trade live on the rest; return what was found."""
    try:
        find_engine()
    except MissingPiece as missing:
        return {"skipped": str(missing)}
    if not (EXAMPLES / "momentum.py").exists():
        return {"skipped": "the example strategies and their recording are in the source tree"}
    from ...backtest.parity import check_parity, run_backtest
    from ...data import read_recording

    step("research and model")
    events = read_recording(recording)
    times = events.events["words"][:, 0]
    begin, end = int(times[0]), int(times[-1])
    split, last = begin + int((end - begin) * RESEARCH), end - int(LIVE_SECONDS * 1e9)
    rules, learned = _learn(events, split, out)
    strategies: dict[str, Any] = {name: find_strategy(str(EXAMPLES / f"{name}.py")) for name in ("cross", "quoter")}
    strategies["momentum"] = rules
    step("backtest and replay")
    found = {name: check_parity(events, one, cash=CASH, trade_from=split) for name, one in strategies.items()}
    before = {name: run_backtest(events, one, cash=CASH, trade_from=last) for name, one in strategies.items()}
    step("paper trading, live")
    given = {name: (one, dict[str, Any]()) for name, one in strategies.items()}
    piece = Piece((last - begin) / 1e9, LIVE_SECONDS)
    live = paper(given, recording, cash=CASH, speed=1.0, piece=piece)
    console.print(paper_table(live))
    symbols = [instrument.name.split(":")[1] for instrument in events.instruments]
    rehearsed = rehearse({"momentum": (rules, {})}, recording, symbols, cash=CASH, warm=COLD)["latency"]["sent"]
    console.print(_latencies(live["latency"], rehearsed))
    hosts = {
        "backtest": {name: _figures(one.runs[0], split) for name, one in found.items()},
        "replay": {name: _figures(one.runs[1], split) for name, one in found.items()},
        "slice": {name: _figures(run, last) for name, run in before.items()},
        "live": {name: live["strategies"][name] for name in strategies},
    }
    seconds = ((end - split) / 1e9, LIVE_SECONDS)
    console.print(_table(hosts, {name: one.equal for name, one in found.items()}, seconds))
    latency = {"live": live["latency"], "in_process": rehearsed}
    more = {"latency_ns": latency, "research": learned, "events": len(events.events)}
    return _summary(hosts, found, live) | more


def _learn(events: Recording, until: int, out: Path) -> tuple[Path, dict[str, float]]:
    learn = runpy.run_path(str(EXAMPLES / "momentum.py"))["learn"]
    rules, learned = learn(events, until, out / "strategy")
    console.print(
        f"model: {learned['rows']} bars, right in {learned['right_in_training']:.0%} of those that it learned from and "
        f"in {learned['right_unseen']:.0%} of those kept apart: {rules}"
    )
    return rules, learned


def _figures(run: HostRun, since: int) -> dict[str, float]:
    signals = run.arrays["signals"]["receive_time"]
    made = {**run.counts, "signals": int(np.count_nonzero(signals >= since)), "pnl": run.counts["equity"] - CASH}
    return {name: made[name] for name in COUNTS}


def _table(
    hosts: Mapping[str, Mapping[str, Mapping[str, float]]], equal: Mapping[str, bool], seconds: tuple[float, float]
) -> Table:
    """Draw what every host did: what must be equal, and what is measured."""
    title = f"on {seconds[0]:.0f} s that the model has not seen, and live on their last {seconds[1]:.0f} s"
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False, box=SIMPLE_HEAD)
    table.padding = (0, 1, 0, 0)
    for name in ("strategy", "host"):
        table.add_column(name, no_wrap=True)
    for name in ("signals", "orders", "cancels", "fills", "P&L"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("as backtested", no_wrap=True)
    for name in hosts["backtest"]:
        verdict = "bit for bit" if equal[name] else "[red]NOT EQUAL[/]"
        apart = hosts["live"][name]["pnl"] - hosts["slice"][name]["pnl"]
        rows = (
            ("backtest", name, "backtest", ""),
            ("replay", "", "replay", verdict),
            ("slice", "", f"last {seconds[1]:.0f} s", ""),
            ("live", "", "live", f"{apart:+.2f}, measured"),
        )
        for key, shown, host, said in rows:
            made = hosts[key][name]
            counts = [f"{made[count]:,.0f}" for count in COUNTS[:-1]]
            table.add_row(shown, host, *counts, f"{made['pnl']:+,.2f}", said, end_section=key == "live")
    table.caption = "live they share the venue's liquidity; backtested, each is alone"
    table.caption_justify = "left"
    return table


def _latencies(live: Mapping[str, Mapping[str, float]], in_process: Mapping[str, Mapping[str, float]]) -> Table:
    """Draw how long messages that led to an order took, stage by stage: with the model alone, and all of it live."""
    table = Table(title="message in to order bytes out, µs", title_justify="left", show_edge=False, box=SIMPLE_HEAD)
    table.add_column("stage", no_wrap=True)
    for where in ("model", "live"):
        for name in ("p50", "p99"):
            table.add_column(f"{where} {name}", justify="right", no_wrap=True)
    for stage in STAGES:
        times = [where.get(stage, {}).get(p) for where in (in_process, live) for p in ("p50", "p99")]
        table.add_row(stage, *("" if ns is None else f"{ns / 1e3:,.2f}" for ns in times))
    return table


def _summary(
    hosts: Mapping[str, Mapping[str, Mapping[str, float]]], found: Mapping[str, Parity], live: Mapping[str, Any]
) -> dict[str, Any]:
    sums: dict[str, dict[str, Any]] = {
        host: {count: sum(one[count] for one in of.values()) for count in COUNTS} | {"strategies": of}
        for host, of in hosts.items()
    }
    parts = {
        "backtest_equals_replay": {name: one.equal for name, one in found.items()},
        "journal_decided_again": {"rust": live["retraced"], "python": live["decided_in_python"]},
    }
    sums["live"] = {**live, **sums["live"]}
    apart = {count: sums["live"][count] - sums["slice"][count] for count in COUNTS}
    equal = all(all(part.values()) for part in parts.values())
    return {**sums, "equal": equal, "equal_parts": parts, "live_against_backtest": apart}
