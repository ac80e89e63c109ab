"""How long runs on bars take, and what stands around them: the checks at the door, the measures, a cold process."""

import subprocess
import sys
import time

import numpy as np

from pyrt import Backtest, Strategy
from pyrt import indicators as ta

MINUTE = 60_000_000_000


def market(n, rate=0.01):
    """Return random bars around the clock, and signals on a hundredth of them."""
    rng = np.random.default_rng(0)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 1e-3, n)))
    opens = np.append(100.0, close[:-1])
    high, low = np.maximum(opens, close), np.minimum(opens, close)
    times = 1_600_000_000_000_000_000 + MINUTE * np.arange(n)
    bars = {"time": times, "open": opens, "high": high, "low": low, "close": close}
    return bars, rng.random(n) < rate, rng.random(n) < rate


class TimeRunSignals:
    """A million bars, by how often there is a signal."""

    params = (0.0001, 0.01, 0.5)
    param_names = ("signal_rate",)

    def setup(self, rate):
        self.bars, self.entries, self.exits = market(1_000_000, rate)
        self.backtest = Backtest(self.bars)
        self.result = self.backtest.run_signals(self.entries, self.exits)

    def time_run_signals(self, rate):
        self.backtest.run_signals(self.entries, self.exits)

    def time_with_the_checks(self, rate):
        Backtest(self.bars).run_signals(self.entries, self.exits)

    def peakmem_run_signals(self, rate):
        Backtest(self.bars).run_signals(self.entries, self.exits)


class Cross(Strategy):
    """Two streaming means, market orders at the next open, or a bracket that lives for long."""

    fast: int = 20
    slow: int = 100
    bracket: bool = False

    def start(self, ctx):
        self.f = ta.sma.stream(self.fast)
        self.s = ta.sma.stream(self.slow)

    def on_bar(self, ctx, bar):
        f = self.f.update(bar.close)
        s = self.s.update(bar.close)
        if f > s and ctx.position == 0:
            if self.bracket:
                ctx.bracket(1.0, 0.0, 1.01 * bar.close, 0.99 * bar.close)
            else:
                ctx.market(1.0)
        elif f < s and ctx.position > 0 and not self.bracket:
            ctx.close()


class TimeRunClass:
    """A strategy class on a million bars: hardly an order lives, or two always do."""

    params = ([False, True],)
    param_names = ("bracket",)

    def setup(self, bracket):
        self.backtest = Backtest(market(1_000_000)[0])
        self.backtest.run(Cross, bracket=bracket)

    def time_run(self, bracket):
        self.backtest.run(Cross, bracket=bracket)

    def time_run_and_equity(self, bracket):
        self.backtest.run(Cross, bracket=bracket).equity[-1]


class TimeMeasures:
    """All measures of a result of a million bars."""

    def setup(self):
        self.bars, self.entries, self.exits = market(1_000_000)

    def time_metrics(self):
        dict(Backtest(self.bars).run_signals(self.entries, self.exits).metrics)


class TrackCold:
    """Best of five fresh processes, from the interpreter's start to the printed result."""

    timeout = 120
    unit = "seconds"

    def track_cold_process(self):
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, __file__], check=True, stdout=subprocess.DEVNULL)
            best = min(best, time.perf_counter() - start)
        return best


if __name__ == "__main__":
    bars, entries, exits = market(10_000)
    print(Backtest(bars).run_signals(entries, exits))
