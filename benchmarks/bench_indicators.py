"""Indicators: batch at several lengths and widths, gaps, and one streaming update at a time."""

import subprocess
import sys

import numpy as np

from pyrt import indicators as ta

NAMES = list(ta.functions())


def prices(*shape):
    """Random walks around 100."""
    return 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 1e-3, shape), axis=0))


class Batch:
    """The public function, with its default parameters."""

    params = (NAMES, [100, 10_000, 1_000_000])
    param_names = ("name", "n")

    def setup(self, name, n):
        self.function, self.x = ta.functions()[name], prices(n)
        self.gappy = self.x.copy()
        self.gappy[n // 2 :: 50] = np.nan

    def time_call(self, name, n):
        self.function(self.x)

    def time_with_gaps(self, name, n):
        self.function(self.gappy)


class Windows:
    """Windows of several lengths over a million values."""

    params = (NAMES, [2, 5, 14, 100, 1000, 100_000])
    param_names = ("name", "timeperiod")

    def setup(self, name, timeperiod):
        self.function, self.x = ta.functions()[name], prices(1_000_000)

    def time_call(self, name, timeperiod):
        self.function(self.x, timeperiod)


class Columns:
    """Many assets at once."""

    params = (NAMES,)
    param_names = ("name",)

    def setup(self, name):
        self.function, self.x = ta.functions()[name], prices(10_000, 500)

    def time_call(self, name):
        self.function(self.x)


class Streaming:
    """A thousand updates from a Python loop."""

    params = (NAMES,)
    param_names = ("name",)

    def setup(self, name):
        self.update, self.x = ta.functions()[name].stream().update, prices(1000).tolist()

    def time_updates(self, name):
        update = self.update
        for x in self.x:
            update(x)


class First:
    """Import and first call in a fresh process."""

    timeout = 60

    def time_first_call(self):
        subprocess.run([sys.executable, "-c", "import pyrt.indicators as ta; ta.sma([1.0, 2.0], 2)"], check=True)
