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


class Reader(pyrt.Strategy):
    instruments = ("a:B-C", "a:D-C")
    bars = ("1m", "1h")
    history = 3
    depth = 2

    def start(self, ctx):
        self.x = 0.0

    def on_bar(self, ctx, bar):
        if ctx.bar_count(slot=1, period=1) == 3:
            ctx.signal(ctx.bar(2, slot=1, period=1).close, ctx.last_price, tag=bar.period)

    def on_book(self, ctx, delta):
        for i in range(ctx.bid_levels):
            self.x += ctx.bid(i).price * ctx.ask(i).qty
        for i in range(ctx.order_count):
            self.x += ctx.order(i).qty
        ctx.signal(self.x, 1.0 if ctx.warming_up else 0.0, tag=ctx.slot)
        if ctx.cash < ctx.equity:
            ctx.timer(ctx.now + 1)

    def on_timer(self, ctx, timer):
        self.x = ctx.bid(2).price


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
    build(Reader, folder / "reader.so")
    (folder / "events.bin").write_bytes(events.tobytes())
    (folder / "requests.bin").write_bytes(answers.requests.tobytes())
    (folder / "state.bin").write_bytes(instance.image())
