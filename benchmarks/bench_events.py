"""Backtests on events: a strategy against the simulated venue, a million records."""

import numpy as np

from pyrt import Backtest, Grid, Instrument
from pyrt.backtest import Simulation
from pyrt.types import EVENT, RECORDS, Kind

from .bench_strategy import Cross


def market(n):
    """Make quotes and trades of a random walk in turn, on a grid."""
    ticks = 10_000 + np.cumsum(np.random.default_rng(0).integers(-1, 2, n))
    quotes, trades = np.zeros(n, RECORDS[Kind.QUOTE]), np.zeros(n, RECORDS[Kind.TRADE])
    quotes["kind"], trades["kind"] = Kind.QUOTE, Kind.TRADE
    quotes["bid"], quotes["ask"], trades["price"] = (ticks - 1) / 100.0, (ticks + 1) / 100.0, ticks / 100.0
    quotes["bid_qty"] = quotes["ask_qty"] = trades["qty"] = 5.0
    events = np.empty(2 * n, EVENT)
    events[0::2], events[1::2] = quotes.view(EVENT), trades.view(EVENT)
    events["stamp"] = np.arange(2 * n)
    events["event_time"] = events["words"][:, 0] = 1_000_000 * np.arange(2 * n)
    return events


class Events:
    """One crossover."""

    def setup(self):
        instrument = Instrument("test:A-B", tick=Grid.parse("0.01"), lot=Grid.parse("0.001"))
        self.test = Backtest(market(500_000), instruments=[instrument], simulation=Simulation(book="quotes"))
        self.test.run(Cross)

    def time_run(self):
        self.test.run(Cross)

    def time_run_and_measures(self):
        dict(self.test.run(Cross).metrics)
