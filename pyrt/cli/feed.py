"""``pyrt feed``: a running engine's feed in the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.live import Live
from rich.table import Table

from .output import Json, console, failures, print_json

if TYPE_CHECKING:
    from ..live import SharedFeed, VenueHealth
    from ..live.monitor import MonitorSnapshot
    from ..types import State

__all__ = ["feed", "health", "snapshots", "summary", "table"]


def feed(
    name: Annotated[str, typer.Argument(help="The engine's name: its segment is /dev/shm/pyrt-NAME.")],
    seconds: Annotated[float | None, typer.Option(help="Stop after so many seconds; without it at Ctrl-C.")] = None,
    every: Annotated[float, typer.Option(help="Seconds between two pictures.")] = 0.5,
    json: Json = False,
) -> None:
    """Show books, rates, latencies and venues of a running engine; with --json one object a picture, a line each.

    Examples
    --------
        pyrt feed pyrt

        pyrt feed pyrt --seconds 10 --json | tail -1 | jq .latency_ns
    """
    from ..live import SharedFeed

    with failures(), SharedFeed.open(name) as shared:
        if json:
            for shown in snapshots(shared, seconds, every):
                print_json(summary(shared, shown))
            return
        with Live(console=console, transient=False) as live:
            for shown in snapshots(shared, seconds, every):
                live.update(Group(table(shared, shown), health(shared.venues)))


def snapshots(shared: SharedFeed, seconds: float | None, every: float) -> Iterator[MonitorSnapshot]:
    """Follow a feed and yield what it has shown so far, every so often, and once at the end.

    Ends after `seconds`, or when the engine closes its feed.
    """
    from ..live import FeedMonitor

    monitor = FeedMonitor()
    started = shown = time.monotonic()
    while seconds is None or time.monotonic() - started < seconds:
        ended = True
        for window in shared.follow(timeout=every, on_overrun="count"):
            monitor.update(window, time.time_ns())
            if (now := time.monotonic()) - shown >= every or (seconds is not None and now - started >= seconds):
                ended = False
                break
        if ended and not shared.alive:
            break
        shown = time.monotonic()
        yield monitor.snapshot()
    yield monitor.snapshot()


def summary(shared: SharedFeed, shown: MonitorSnapshot) -> dict[str, Any]:
    """Return a picture in plain terms: records, rates, latency, and each instrument's top of book."""
    latency = shown.latency
    return {
        "records": shown.records,
        "seconds": shown.seconds,
        "records_per_second": shown.records / shown.seconds if shown.seconds else None,
        "lost": shared.lost,
        "latency_ns": {"p50": latency.p50, "p90": latency.p90, "p99": latency.p99, "max": latency.maximum},
        "reader": asdict(shared.statistics),
        "venues": {
            one.venue: {
                "state": _name(one.state),
                "books": one.books,
                "synced": one.synced,
                "stale": one.stale,
                "trouble": one.trouble,
                "clock_offset_ns": one.clock_offset,
                "leading": one.leading,
                "switches": one.switches,
                "counts": one.counts,
            }
            for one in shared.venues
        },
        "instruments": {
            shared.instruments[i].name: {
                "state": _state(shared, i),
                "counts": one.counts,
                "top": {"bid": one.top.bid, "ask": one.top.ask, "bid_qty": one.top.bid_qty, "ask_qty": one.top.ask_qty}
                if one.top
                else None,
            }
            for i, one in shown.instruments.items()
            if i < len(shared.instruments)
        },
    }


def table(shared: SharedFeed, shown: MonitorSnapshot) -> Table:
    """Draw a picture of the feed for people."""
    latency = shown.latency
    micro = "  ".join(f"{name} {getattr(latency, name) / 1e3:,.0f} µs" for name in ("p50", "p90", "p99"))
    drawn = Table(
        title=f"{shared.name}: {shown.records:,} records, {shown.rate:,.0f} a second, {shared.lost:,} lost",
        caption=f"from the frame's arrival to this reader: {micro}" if latency.count else None,
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    drawn.add_column("instrument", no_wrap=True)
    drawn.add_column("book", no_wrap=True)
    for name in ("bid qty", "bid", "ask", "ask qty", "trades", "updates"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for i, one in shown.instruments.items():
        if i >= len(shared.instruments):
            continue
        top = one.top
        prices = [f"{x:.8g}" for x in (top.bid_qty, top.bid, top.ask, top.ask_qty)] if top else ["–"] * 4
        counts = [f"{one.counts.get(kind, 0):,}" for kind in ("trade", "delta")]
        drawn.add_row(shared.instruments[i].name, _state(shared, i), *prices, *counts)
    return drawn


def health(venues: list[VenueHealth]) -> Table:
    """Draw how the connections stand: what went wrong last and when, and counts since the start."""
    drawn = Table(title="venues", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("venue", "state"):
        drawn.add_column(name, no_wrap=True)
    for name in ("books", "leads", "frames", "gaps", "resyncs", "clock"):
        drawn.add_column(name, justify="right", no_wrap=True)
    drawn.add_column("last trouble")
    for one in venues:
        clock = "–" if one.clock_offset is None else f"{one.clock_offset / 1e6:+,.1f} ms"
        counts = [f"{one.counts[name]:,}" for name in ("frames", "gaps", "resyncs")]
        ago = f"{one.trouble}, {(time.time_ns() - one.trouble_time) / 1e9:,.0f} s ago" if one.trouble else ""
        leads = "–" if one.leading is None else f"{one.leading:,}"
        drawn.add_row(one.venue, _name(one.state), f"{one.synced}/{one.books}", leads, *counts, clock, ago)
    return drawn


def _state(shared: SharedFeed, instrument: int) -> str:
    return _name(shared.book(shared.instruments[instrument].name).state)


def _name(state: State | None) -> str:
    return state.name.lower() if state is not None else "empty"
