"""Indicators: batch at several lengths and widths, gaps, and one streaming update at a time."""

import subprocess
import sys

import numpy as np

from pyrt import indicators as ta

try:
    from .peers.streams import from_numba
except ImportError:  # asv takes this folder for the root
    from peers.streams import from_numba

NAMES = list(ta.functions())
STREAMED = [name for name, function in ta.functions().items() if function.formula is not None]
WINDOWED = [name for name, f in ta.functions().items() if [p.name for p in f.parameters][:1] == ["timeperiod"]]
PLACE = {"high": 1.001, "real0": 1.001, "low": 0.999, "real1": 0.999}


def columns(function, *shape):
    """Make the function's inputs: random walks around 100."""
    x = prices(*shape)
    rows = np.broadcast_to(np.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1)), shape)
    others = {"periods": np.full(shape, 20.0), "session": rows // 390 * 1.0, "anchor": 1.0 * (rows % 1950 == 0)}
    return [others[name] if name in others else x * PLACE.get(name, 1.0) for name in function.inputs]


def prices(*shape):
    """Random walks around 100."""
    return 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 1e-3, shape), axis=0))


class Batch:
    """The public function, with its default parameters."""

    params = (NAMES, [100, 10_000, 1_000_000])
    param_names = ("name", "n")

    def setup(self, name, n):
        self.function = ta.functions()[name]
        self.x = columns(self.function, n)
        self.gappy = [x.copy() for x in self.x]
        self.gappy[0][n // 2 :: 50] = np.nan

    def time_call(self, name, n):
        self.function(*self.x)

    def time_with_gaps(self, name, n):
        self.function(*self.gappy)


class Windows:
    """Windows of several lengths over a million values."""

    params = (WINDOWED, [2, 5, 14, 100, 1000, 100_000])
    param_names = ("name", "timeperiod")

    def setup(self, name, timeperiod):
        self.function = ta.functions()[name]
        self.x = columns(self.function, 1_000_000)

    def time_call(self, name, timeperiod):
        self.function(*self.x, timeperiod)


class Columns:
    """Many assets at once."""

    params = (NAMES,)
    param_names = ("name",)

    def setup(self, name):
        self.function = ta.functions()[name]
        self.x = columns(self.function, 10_000, 500)

    def time_call(self, name):
        self.function(*self.x)


class Streaming:
    """A thousand updates from a Python loop; `peers/streams.py` sets them beside an empty call."""

    params = (STREAMED,)
    param_names = ("name",)

    def setup(self, name):
        function = ta.functions()[name]
        self.update = function.stream().update
        self.rows = list(zip(*(x.tolist() for x in columns(function, 1000)), strict=True))

    def time_updates(self, name):
        update = self.update
        for row in self.rows:
            update(*row)


class StreamingFromNumba:
    """A thousand updates from a loop that Numba compiled."""

    params = (STREAMED,)
    param_names = ("name",)

    def setup(self, name):
        function = ta.functions()[name]
        self.call = from_numba(function.stream(), columns(function, 1000))

    def time_updates(self, name):
        self.call()


class First:
    """Import and first call in a fresh process."""

    timeout = 60

    def time_first_call(self):
        subprocess.run([sys.executable, "-c", "import pyrt.indicators as ta; ta.sma([1.0, 2.0], 2)"], check=True)
