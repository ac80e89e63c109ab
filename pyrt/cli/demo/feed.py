"""The demo's last part: a simulated venue, an engine on it, and its feed read from shared memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._engine import find_engine
from ...errors import MissingPiece, PyrtError
from ..feed import snapshots, summary, table
from ..output import console
from ..paper import HOME, engine_settings

if TYPE_CHECKING:
    from ...live import SharedFeed

__all__ = ["online"]

SHM = Path("/dev/shm")
CONFIG = HOME / "config" / "default.toml"


def online(seconds: float, step: Callable[[str], None]) -> dict[str, Any]:
    """Run a simulated venue and the engine on it, and read the feed from shared memory."""
    from ...live.process import EngineProcess

    try:
        find_engine()
    except MissingPiece as missing:
        return {"skipped": str(missing)}
    from ...live import SharedFeed

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
