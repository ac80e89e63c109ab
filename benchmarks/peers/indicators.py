"""pyrt's indicators beside TA-Lib, pandas, polars and bottleneck: a million float64, one thread, in one run.

``python benchmarks/peers/indicators.py [NAME ...] [--n 1000000] [--rounds 15]``. Every function with its defaults; pyrt
meets one peer at a time; each round times both, so that what disturbs the machine disturbs both alike. Ratios are above
1 where pyrt is faster: of the least times, which a busy machine disturbs least, and the median over rounds.
"""

import argparse
import importlib.util
import math
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from pyrt import indicators as ta

COLUMN = {"real": "close", "real0": "high", "real1": "low"}
OTHERS = (
    "sma", "ema", "max", "min", "sum", "stddev", "var", "mom", "roc",
    "median", "quantile", "rank", "skew", "kurtosis", "zscore", "autocorr",
)  # fmt: skip
"""Functions that pandas, polars or bottleneck have too."""


def market(n):
    """Bars of a random walk."""
    rng = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 1e-3, n)))
    opening = close * np.exp(rng.normal(0, 3e-4, n))
    up, down = np.exp(np.abs(rng.normal(0, 3e-4, (2, n))))
    bars = {"open": opening, "high": np.maximum(opening, close) * up, "low": np.minimum(opening, close) / down}
    rows = np.arange(n)
    others = {"periods": 2.0 + rows % 29, "session": rows // 390 * 1.0, "anchor": 1.0 * (rows % 1950 == 0)}
    return bars | {"close": close, "volume": np.round(np.exp(rng.normal(8, 1, n)))} | others


def peers(function, columns):
    """Collect what the installed libraries offer for one function: label and call."""
    name, sides, x = function.__name__, {}, columns[0]
    if function.talib and importlib.util.find_spec("talib"):
        import talib

        sides["TA-Lib"] = lambda: getattr(talib, function.talib)(*columns)
    period = next((p.default for p in function.parameters), 1)
    for library, offers in (("pandas", of_pandas), ("polars", of_polars), ("bottleneck", of_bottleneck)):
        if name in OTHERS and importlib.util.find_spec(library):
            offered = offers(x, period)
            if name in offered:
                sides[library] = offered[name]
    return sides


def of_pandas(x, period):
    """Collect what pandas has."""
    import pandas as pd

    column = pd.Series(x)
    rolling = column.rolling(period)
    return {
        "sma": rolling.mean, "max": rolling.max, "min": rolling.min, "sum": rolling.sum,
        "stddev": lambda: rolling.std(ddof=0), "var": lambda: rolling.var(ddof=0),
        "ema": lambda: column.ewm(span=period, adjust=False).mean(),
        "mom": lambda: column.diff(period), "roc": lambda: column.pct_change(period),
        "median": rolling.median, "quantile": lambda: rolling.quantile(0.5), "rank": rolling.rank,
        "skew": rolling.skew, "kurtosis": rolling.kurt, "autocorr": lambda: rolling.corr(column.shift(1)),
        "zscore": lambda: (column - rolling.mean()) / rolling.std(ddof=0),
    }  # fmt: skip


def of_polars(x, period):
    """Collect what polars has."""
    import polars as pl

    column = pl.Series(x)
    return {
        "sma": lambda: column.rolling_mean(period), "max": lambda: column.rolling_max(period),
        "min": lambda: column.rolling_min(period), "sum": lambda: column.rolling_sum(period),
        "stddev": lambda: column.rolling_std(period, ddof=0), "var": lambda: column.rolling_var(period, ddof=0),
        "ema": lambda: column.ewm_mean(span=period, adjust=False),
        "mom": lambda: column.diff(period), "roc": lambda: column.pct_change(period),
        "median": lambda: column.rolling_median(period), "rank": lambda: column.rolling_rank(period),
        "quantile": lambda: column.rolling_quantile(0.5, interpolation="linear", window_size=period),
        "skew": lambda: column.rolling_skew(period, bias=False),
        "kurtosis": lambda: column.rolling_kurtosis(period, bias=False),
        "zscore": lambda: (column - column.rolling_mean(period)) / column.rolling_std(period, ddof=0),
    }  # fmt: skip


def of_bottleneck(x, period):
    """Collect what bottleneck has."""
    import bottleneck as bn

    return {
        "sma": lambda: bn.move_mean(x, period), "max": lambda: bn.move_max(x, period),
        "min": lambda: bn.move_min(x, period), "sum": lambda: bn.move_sum(x, period),
        "stddev": lambda: bn.move_std(x, period), "var": lambda: bn.move_var(x, period),
        "median": lambda: bn.move_median(x, period), "rank": lambda: bn.move_rank(x, period),
        "zscore": lambda: (x - bn.move_mean(x, period)) / bn.move_std(x, period),
    }  # fmt: skip


def borrow():
    """Let peers be imported that stand in the environment of the interpreter PYRT_PEERS, and not in this one."""
    if other := os.environ.get("PYRT_PEERS"):
        told = subprocess.run(
            [other, "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        sys.path.append(told.stdout.strip())


def duel(ours, theirs, rounds):
    """Time both once a round: the seconds of each."""
    times = ([], [])
    ours(), theirs()  # first touches of memory are nobody's speed
    for _ in range(rounds):
        for call, seconds in zip((ours, theirs), times, strict=True):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
    return times


def main():
    """Print one table: least and median milliseconds of both, their ratios, and the geometric means of each peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    borrow()
    bars = market(options.n)
    of = {}
    print(f"{options.n:,} float64, {options.rounds} alternating rounds a pair; milliseconds least / median")
    for name, function in ta.functions().items():
        if options.names and name not in options.names:
            continue
        columns = [bars[COLUMN.get(given, given)] for given in function.inputs]
        for label, call in peers(function, columns).items():
            ours, theirs = duel(lambda f=function, c=columns: f(*c), call, options.rounds)
            ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
            shown = [f"{min(t) * 1e3:7.3f} /{statistics.median(t) * 1e3:7.3f}" for t in (ours, theirs)]
            quick = min(theirs) / min(ours)
            of.setdefault("least times", {}).setdefault(label, {})[name] = quick
            of.setdefault("median of rounds", {}).setdefault(label, {})[name] = ratio
            print(f"{name:20} pyrt {shown[0]}   {label:10} {shown[1]}   x{quick:.2f} / x{ratio:.2f}", flush=True)
    for measure, sides in of.items():
        for label, ratios in sides.items():
            mean, slow = math.exp(statistics.fmean(map(math.log, ratios.values()))), min(ratios, key=ratios.get)
            told = f"geometric mean x{mean:.2f}, lowest x{ratios[slow]:.2f} ({slow})"
            print(f"{label}, {measure}: {len(ratios)} functions, {told}")


if __name__ == "__main__":
    main()
