"""Strategies: compiling, taking from the cache, a parameter set of a sweep, and events a second."""

import os
import shutil
import tempfile

import numpy as np

import pyrt
from pyrt import indicators as ta
from pyrt.strategy import Host, prepare
from pyrt.types import RECORDS, Kind


class Cross(pyrt.Strategy):
    """Two moving averages of trades."""

    fast: int = 10
    slow: int = 30

    def start(self, ctx):
        self.f, self.s = ta.sma.stream(self.fast), ta.sma.stream(self.slow)

    def on_trade(self, ctx, trade):
        f, s = self.f.update(trade.price), self.s.update(trade.price)
        if f > s and ctx.position == 0:
            ctx.market(0.01)
        elif f < s and ctx.position > 0:
            ctx.close()


def trades(n):
    """Make a random walk of trades."""
    made = np.zeros(n, RECORDS[Kind.TRADE])
    made["kind"], made["receive_time"] = Kind.TRADE, np.arange(n)
    made["price"] = 100 + np.cumsum(np.random.default_rng(0).normal(0, 0.05, n))
    return made


class Prepare:
    """From a class to a strategy that is ready to run."""

    def setup(self):
        self.folder = tempfile.mkdtemp()
        os.environ["PYRT_CACHE"] = self.folder
        self.kept = prepare(Cross)

    def teardown(self):
        shutil.rmtree(self.folder)

    def time_compile(self):
        prepare(Cross, cache=False)

    def time_parameter_set(self):
        prepare(Cross, fast=12)


class Run:
    """A million trades."""

    params = ([True, False],)
    param_names = ("jit",)

    def setup(self, jit):
        self.events = trades(1_000_000 if jit else 10_000)
        self.instance = prepare(Cross, jit=jit, cache=False)

    def time_trades(self, jit):
        Host(self.instance).run(self.events)
