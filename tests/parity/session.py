"""A session on paper whose configuration and commands a test chooses, and whose journal it keeps."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from pyrt.live import EngineClient, EngineProcess
from pyrt.strategy import build

HOME = Path(__file__).parents[2]


class Session(NamedTuple):
    """What is left of one."""

    journal: Path
    config: Path


def configure(folder, address, strategies, limits, history):
    """Write an engine's objects and configuration; a strategy is a class and the live parameters of its block."""
    blocks = []
    for strategy, (cls, parameters) in strategies.items():
        build(cls, folder / f"{strategy}.so")
        values = ", ".join(f"{key} = {value}" for key, value in parameters.items())
        blocks.append(f'[[strategies]]\nname = "{strategy}"\ncode = "{strategy}.so"\nparameters = {{ {values} }}\n')
    text = (HOME / "config" / "risk_limits.toml").read_text()
    for key, value in limits.items():
        before, _, after = text.partition(f"{key} = ")
        text = f"{before}{key} = {value} #{after}"
    (folder / "risk_limits.toml").write_text(text)
    venue = f'[venues.binance]\nwebsocket = "ws://{address}"\nrest = "http://{address}"\nsymbols = ["BTC-USDT"]\n'
    terms = f'[trading]\nmode = "paper"\nrisk = "risk_limits.toml"\nhistory = "{history}"\n[trading.usd]\nUSDT = 1.0\n'
    home = f'[engine]\nname = "{folder.name}"\n[journal]\ndirectory = "{folder}/journal"\n'
    include = f'include = ["{HOME / "config" / "venues" / "binance.toml"}"]\n'
    config = folder / "engine.toml"
    config.write_text("\n".join([include, *blocks, terms, venue, home]))
    return config


def trade(folder, recording, strategies, *, speed, limits, commands, history, topics=()):
    """Play a recording to strategies that `history` warmed up; `commands` act on a client, one after another."""
    name = folder.name
    with ExitStack() as stack:
        arguments = ["simulate", "--listen", "127.0.0.1:0", "--recording", str(recording)]
        arguments += ["--speed", f"{speed:g}", "--held"]  # nothing happens before the client hears of it
        venue = stack.enter_context(EngineProcess(*arguments))
        config = configure(folder, venue.read_json()["listening"], strategies, limits, history)
        engine = stack.enter_context(EngineProcess("run", "--config", str(config)))
        engine.wait_for_feed(name)
        engine.wait_for_messages(name)
        with EngineClient(name, topics=topics) as client:
            venue.release()
            for command in commands:
                time.sleep(0.25)
                command(client)
            venue.read_json(timeout=60.0)
        assert (engine.stop(), venue.stop()) == (0, 0)
    (journal,) = (folder / "journal").glob("*.pyrt")
    return Session(journal, config)
