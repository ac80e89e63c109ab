"""Bars near the conditions of a candlestick pattern: its docstring's example, shaken."""

import doctest

import numpy as np

from tests.indicators.catalog import FUNCTIONS

UNIT = 20
"""The body of a quiet candle of the examples, in ticks: all their prices are whole numbers of ticks."""
QUIET = [(10, 11.5, 9.5, 11), (11, 11.5, 9.5, 10)] * 6
PLACES = ("open", "high", "low", "close")
NEXT = (0, 0, 0, 1, -1)
OTHERS = {"cdlgapsidesidewhite": [[(11, 11.2, 9.8, 10), (8.6, 9.7, 8.5, 9.5), (8.6, 9.6, 8.5, 9.5)]]}
"""Shapes that are neither the example nor its mirror image."""


def example(name):
    """The candles of a pattern's example, (open, high, low, close) each."""
    (shown,) = doctest.DocTestParser().get_examples(FUNCTIONS[name].__doc__)
    return list(eval(shown.source, {name: lambda candles: candles, "after_quiet": lambda *candles: (candles,)}))


def mirrored(candles):
    """Upside down, between the same quiet candles."""
    return [(21 - o, 21 - low, 21 - high, 21 - c) for o, high, low, c in candles]


def shaken(name, count=800, seed=17):
    """Bars in whole ticks: quiet candles and the pattern, upright or mirrored, shaken; ties, bars that stand."""
    rng = np.random.default_rng(seed)
    ways = [example(name), mirrored(example(name)), *OTHERS.get(name, [])]
    shapes = [np.rint(np.array([*QUIET, *way]) * UNIT).astype(int) for way in ways]
    parts = []
    for _ in range(count):
        ticks, most = shapes[rng.integers(len(shapes))].copy(), rng.choice([0, 1, 2, 5, 10])
        ticks += rng.integers(-most, most + 1, ticks.shape)
        last = ticks[len(QUIET) - 1 :]
        for _ in range(rng.integers(3)):  # an open or a close becomes one of another candle, or next to it
            last[rng.integers(len(last)), rng.choice([0, 3])] = rng.choice(last[:, [0, 3]].ravel()) + rng.choice(NEXT)
        if rng.random() < 0.2:
            ticks = np.concatenate([ticks, np.full((rng.integers(1, 13), 4), ticks[-1, 3])])
        ticks[:, 1], ticks[:, 2] = ticks.max(axis=1), ticks.min(axis=1)
        parts.append(ticks + rng.integers(2) * 40)
    return dict(zip(PLACES, np.concatenate(parts).astype(float).T, strict=True))
