"""Build a crossover, run it in Python over a random walk, leave object, events, requests and state in a folder."""

# ruff: noqa: D101, D102, ANN001, ANN201

import sys
from pathlib import Path

import numpy as np

import pyrt
import pyrt.indicators as ta
from pyrt.strategy import Host, build, prepare
from pyrt.types import RECORDS, Kind


class Cross(pyrt.Strategy):
    fast: int = 10
    slow: int = 30
    size: float = 0.01

    def start(self, ctx):
        self.f, self.s = ta.sma.stream(self.fast), ta.sma.stream(self.slow)

    def on_trade(self, ctx, trade):
        f, s = self.f.update(trade.price), self.s.update(trade.price)
        if f > s and ctx.position == 0:
            ctx.market(self.size * (f / s) ** 1.5)
        elif f < s and ctx.position > 0:
            ctx.close()


if __name__ == "__main__":
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    rng = np.random.default_rng(7)
    events = np.zeros(count, RECORDS[Kind.TRADE])
    events["kind"], events["stamp"] = Kind.TRADE, np.arange(count)
    events["event_time"] = np.arange(count) * 1_000_000
    events["receive_time"] = events["event_time"] + 1_000
    events["price"] = np.round(100 + np.cumsum(rng.normal(size=count)) * 0.05, 2)
    events["qty"] = rng.exponential(size=count)
    instance = prepare(Cross, slow=40)
    answers = Host(instance).run(events)
    build(Cross, folder / "cross.so", slow=40)
    (folder / "events.bin").write_bytes(events.tobytes())
    (folder / "requests.bin").write_bytes(answers.requests.tobytes())
    (folder / "state.bin").write_bytes(instance.image())
