"""A simulator and an engine as processes."""

from contextlib import contextmanager
from pathlib import Path

from pyrt.live.process import EngineProcess

CONFIG = Path(__file__).parents[2] / "config" / "default.toml"
SHM = Path("/dev/shm")


@contextmanager
def simulated(*arguments):
    """Run a simulator, and yield the process and its address."""
    with EngineProcess("simulate", "--listen", "127.0.0.1:0", *map(str, arguments)) as venue:
        yield venue, venue.read_json()["listening"]


def settings(address, *more):
    """Return the options that point an engine at a simulator."""
    sets = [f"venues.binance.websocket=ws://{address}", f"venues.binance.rest=http://{address}", *more]
    return ["--config", str(CONFIG), *(part for setting in sets for part in ("--set", setting))]


@contextmanager
def running(name, address, *more):
    """Run an engine on a simulator; yields when its segment is there."""
    with EngineProcess("run", *settings(address, *more), "--name", name) as engine:
        engine.wait_for_feed(name)
        yield engine
