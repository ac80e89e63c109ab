"""How exact windows are: pyrt's and TA-Lib's error beside their definitions in long doubles.

``python benchmarks/peers/accuracy.py [NAME ...] [--n 10000000] [--periods 30 1000]``. Prices around 100,000 and volumes
with fractions, ten million rows; windows anywhere among them are computed anew in long doubles, each by itself. An
error is relative to the value or to how large values usually are (the root of their mean square), whichever is larger.
"""

import argparse
import functools
import importlib.util

import numpy as np

from pyrt import indicators as ta

LIMIT = 1e-9
"""What every window has to keep."""
COLUMN = {"real": "close", "real0": "high", "real1": "low"}


def market(n):
    """Bars around 100,000 with the moves of a liquid market, on no grid."""
    rng = np.random.default_rng(1)
    move = np.cumsum(rng.normal(0, 1e-4, n))
    close = 1e5 * np.exp(move - 0.999 * np.linspace(0, move[-1], n))
    opening = close * np.exp(rng.normal(0, 3e-5, n))
    up, down = np.exp(np.abs(rng.normal(0, 3e-5, (2, n))))
    bars = {"open": opening, "high": np.maximum(opening, close) * up, "low": np.minimum(opening, close) / down}
    return bars | {"close": close, "volume": np.exp(rng.normal(3, 2, n))}


def weights(name, period):
    """Return what the values of a window count, the oldest first, where a function is a weighted sum."""
    n = np.longdouble(period)
    k = np.arange(period, dtype=np.longdouble)
    away = k - (n - 1) / 2
    slope, mean = away / max(np.sum(away * away), np.longdouble(1)), np.ones(period, np.longdouble) / n
    rising = (k + 1) / (n * (n + 1) / 2)
    if name == "trima":
        first = (period + 1) // 2
        return np.convolve(np.ones(first) / np.longdouble(first), np.ones(period + 1 - first) / (n + 1 - first))
    if name == "hma":
        half = np.concatenate([np.zeros(period - period // 2), weights("wma", period // 2)])
        return np.convolve(2 * half - rising, weights("wma", int(period**0.5)))
    return {
        "sma": mean, "sum": np.ones(period, np.longdouble), "wma": rising, "linearreg_slope": slope,
        "linearreg": mean + slope * (n - 1) / 2, "linearreg_intercept": mean - slope * (n - 1) / 2,
        "tsf": mean + slope * (n + 1) / 2,
    }[name]  # fmt: skip


WEIGHTED = ("hma", "linearreg", "linearreg_intercept", "linearreg_slope", "sma", "sum", "trima", "tsf", "wma")


def var(x):
    """Mean square of the distances from the mean."""
    return np.mean((x - x.mean(axis=1, keepdims=True)) ** 2, axis=1)


def relation(x, y):
    """Return sums of squares and products of distances from the means."""
    x, y = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    return (x * x).sum(axis=1), (y * y).sum(axis=1), (x * y).sum(axis=1)


def correl(x, y):
    """Correlation."""
    xx, yy, xy = relation(x, y)
    return xy / np.sqrt(xx * yy)


def beta(x, y):
    """Slope of the changes of y on those of x."""
    xx, _, xy = relation(*(np.diff(v) / v[:, :-1] for v in (x, y)))
    return xy / xx


def avgdev(x):
    """Mean distance from the mean."""
    return np.mean(np.abs(x - x.mean(axis=1, keepdims=True)), axis=1)


def cci(high, low, close):
    """Distance of the typical price from its mean in mean distances."""
    price = (high + low + close) / 3
    return (price[:, -1] - price.mean(axis=1)) / (np.longdouble("0.015") * avgdev(price))


def mfi(high, low, close, volume):
    """Share of the money that came with a higher typical price."""
    price = (high + low + close) / 3
    flow, change = (price * volume)[:, 1:], np.diff(price)
    up, down = (np.where(side, flow, 0).sum(axis=1) for side in (change > 0, change < 0))
    return 100 * up / (up + down)


def cmf(high, low, close, volume):
    """Flows in their volume."""
    return (((close - low) - (high - close)) / (high - low) * volume).sum(axis=1) / volume.sum(axis=1)


def bands(x):
    """Two deviations around the mean."""
    mean, away = x.mean(axis=1), 2 * np.sqrt(var(x))
    return mean + away, mean, mean - away


def accbands(high, low, close):
    """Means of prices that are moved apart."""
    width = 4 * (high - low) / (high + low)
    return (high * (1 + width)).mean(axis=1), close.mean(axis=1), (low * (1 - width)).mean(axis=1)


DEFINITIONS = dict.fromkeys(WEIGHTED) | {
    "accbands": accbands,
    "adr": lambda high, low: (high - low).mean(axis=1),
    "avgdev": avgdev,
    "bbands": bands,
    "beta": beta,
    "cci": cci,
    "cmf": cmf,
    "correl": correl,
    "linearreg_angle": lambda x: np.degrees(np.arctan(x @ weights("linearreg_slope", x.shape[1]))),
    "mfi": mfi,
    "rvol": lambda volume: volume[:, -1] / volume[:, :-1].mean(axis=1),
    "stddev": lambda x: np.sqrt(var(x)),
    "var": var,
    "vwma": lambda x, volume: (x * volume).sum(axis=1) / volume.sum(axis=1),
}
"""Functions of windows, from windows: an array (windows, rows) an input, in long doubles."""


def exact(name, columns, rows, period):
    """Return the outputs at these rows, by the definition."""
    function = ta.functions()[name]
    define = DEFINITIONS[name] or (lambda x: x @ weights(name, period))
    width = function.warmup(period) + 1
    parts = []
    for some in np.array_split(rows, max(1, len(rows) * width // 1_000_000)):
        places = some[:, None] + np.arange(1 - width, 1)
        out = define(*(column[places].astype(np.longdouble) for column in columns))
        parts.append(out if isinstance(out, tuple) else (out,))
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def error(results, expected, rows):
    """Return the largest error of all outputs."""
    worst = 0.0
    for got, wanted in zip(results if isinstance(results, tuple) else (results,), expected, strict=True):
        usual = np.sqrt(np.mean(wanted**2))
        worst = max(worst, float(np.max(np.abs(got[rows] - wanted) / np.maximum(np.abs(wanted), usual))))
    return worst


def errors(name, bars, period, count=2000):
    """Return pyrt's and TA-Lib's (None if it is not installed), over `count` windows from the first to the last."""
    function = ta.functions()[name]
    columns = [bars[COLUMN.get(given, given)] for given in function.inputs]
    n = len(columns[0])
    rows = np.unique(np.linspace(function.warmup(period), n - 1, count).astype(int))
    wanted = exact(name, columns, rows, period)
    sides = [functools.partial(function, *columns, period)]
    if importlib.util.find_spec("talib"):
        import talib

        sides.append(functools.partial(getattr(talib, function.talib), *columns, period))
    found = [error(side(), wanted, rows) for side in sides]
    return found[0], found[1] if len(found) > 1 else None


def main():
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--n", type=int, default=10_000_000)
    parser.add_argument("--periods", type=int, nargs="+", default=[30, 1000])
    options = parser.parse_args()
    bars = market(options.n)
    print(f"{options.n:,} rows around 100,000: the largest relative error of 2,000 windows; {LIMIT:g} is to be kept")
    worst = 0.0
    for name in sorted(options.names or DEFINITIONS):
        for period in options.periods:
            ours, theirs = errors(name, bars, period)
            worst = max(worst, ours)
            beside = "" if theirs is None else f"   TA-Lib {theirs:8.1e}{'  above the limit' if theirs > LIMIT else ''}"
            print(f"{name:20} of {period:5}   pyrt {ours:8.1e}{beside}", flush=True)
    print(f"pyrt's largest error is {worst:.1e}: {'kept' if worst <= LIMIT else 'NOT kept'}")


if __name__ == "__main__":
    main()
