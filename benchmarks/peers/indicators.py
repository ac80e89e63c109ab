"""pyrt's indicators beside TA-Lib, pandas and polars: a million float64, one thread, in one run.

``python benchmarks/peers/indicators.py [--n 1000000] [--rounds 31]``. pyrt meets one peer at a time; each round times
both, so that what disturbs the machine disturbs both alike; a ratio is the median over rounds, above 1 where pyrt is
faster. The least time of all rounds is shown as well: the only figure that a busy machine leaves alone.
"""

import argparse
import importlib.util
import statistics
import time

import numpy as np

from pyrt import indicators as ta

CASES = [("sma", 30), ("ema", 30), ("rsi", 14), ("sma", 5), ("sma", 200), ("ema", 200), ("rsi", 2)]


def peers(name, x, period):
    """Collect what the installed libraries offer for one function: label and call."""
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
    """Print one table: least and median milliseconds of both, and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=31)
    options = parser.parse_args()
    x = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 1e-3, options.n)))
    print(f"{options.n:,} float64, {options.rounds} alternating rounds a pair; milliseconds least / median")
    for name, period in CASES:
        function = ta.functions()[name]
        for label, call in peers(name, x, period).items():
            ours, theirs = duel(lambda f=function, p=period: f(x, p), call, options.rounds)
            ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
            shown = [f"{min(t) * 1e3:7.3f} /{statistics.median(t) * 1e3:7.3f}" for t in (ours, theirs)]
            print(f"{f'{name}({period})':10} pyrt {shown[0]}   {label:7} {shown[1]}   x{ratio:.2f}")


if __name__ == "__main__":
    main()
