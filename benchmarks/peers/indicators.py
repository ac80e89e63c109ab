"""pyrt's indicators beside TA-Lib, pandas and polars: a million float64, one thread, one run, sides alternating.

``python benchmarks/peers/indicators.py [--n 1000000] [--rounds 31]``. Each round times every side once, in turn, so that
what disturbs the machine disturbs all alike; a ratio is the median over rounds. Above 1, pyrt is faster.
"""

import argparse
import importlib.util
import statistics
import time

import numpy as np

from pyrt import indicators as ta

CASES = [("sma", 30), ("ema", 30), ("rsi", 14), ("sma", 5), ("sma", 200), ("ema", 200), ("rsi", 2)]


def peers(name, x, period):
    """What the installed libraries offer for one function: label and call."""
    sides = {}
    if importlib.util.find_spec("talib"):
        import talib

        sides["TA-Lib"] = lambda: getattr(talib, name.upper())(x, timeperiod=period)
    if importlib.util.find_spec("pandas"):
        import pandas as pd

        series = pd.Series(x)
        forms = {
            "sma": lambda: series.rolling(period).mean(),
            "ema": lambda: series.ewm(span=period, adjust=False).mean(),
        }
        if name in forms:
            sides["pandas"] = forms[name]
    if importlib.util.find_spec("polars"):
        import polars as pl

        column = pl.Series(x)
        forms = {
            "sma": lambda: column.rolling_mean(period),
            "ema": lambda: column.ewm_mean(span=period, adjust=False),
        }
        if name in forms:
            sides["polars"] = forms[name]
    return sides


def measure(sides, rounds):
    """Time every side once a round; a list of seconds a side."""
    times = {label: [] for label in sides}
    for call in sides.values():
        call()  # first touches of memory are nobody's speed
    for _ in range(rounds):
        for label, call in sides.items():
            start = time.perf_counter()
            call()
            times[label].append(time.perf_counter() - start)
    return times


def main():
    """Print one table: milliseconds of pyrt, and by how much it is ahead of each peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=31)
    options = parser.parse_args()
    x = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 1e-3, options.n)))
    print(f"{options.n:,} float64, median of {options.rounds} alternating rounds")
    print(f"{'':10}{'pyrt ms':>10}{'TA-Lib ms':>12}{'x TA-Lib':>10}{'x pandas':>10}{'x polars':>10}")
    for name, period in CASES:
        function = ta.functions()[name]
        times = measure({"pyrt": lambda f=function, p=period: f(x, p), **peers(name, x, period)}, options.rounds)
        ours = times["pyrt"]
        ratios = {
            label: statistics.median(theirs / own for theirs, own in zip(seconds, ours, strict=True))
            for label, seconds in times.items()
        }
        line = f"{f'{name}({period})':10}{statistics.median(ours) * 1e3:10.3f}"
        line += f"{statistics.median(times['TA-Lib']) * 1e3:12.3f}" if "TA-Lib" in times else f"{'-':>12}"
        for label in ("TA-Lib", "pandas", "polars"):
            line += f"{ratios[label]:10.2f}" if label in ratios else f"{'-':>10}"
        print(line)


if __name__ == "__main__":
    main()
