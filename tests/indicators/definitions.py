"""The definitions, written to be read and not to be fast: what every form of an indicator is held to.

Each takes a list without gaps. :func:`with_policy` adds what a NaN does.
"""

import math
from itertools import pairwise

import numpy as np

NAN = float("nan")


def sma(x, timeperiod):
    return [
        math.fsum(x[t + 1 - timeperiod : t + 1]) / timeperiod if t + 1 >= timeperiod else NAN for t in range(len(x))
    ]


def ema(x, timeperiod):
    out = [NAN] * len(x)
    if len(x) >= timeperiod:
        out[timeperiod - 1] = math.fsum(x[:timeperiod]) / timeperiod
        for t in range(timeperiod, len(x)):
            out[t] = out[t - 1] + 2.0 / (timeperiod + 1) * (x[t] - out[t - 1])
    return out


def rsi(x, timeperiod):
    out = [NAN] * len(x)
    gains = [max(b - a, 0.0) for a, b in pairwise(x)]
    losses = [max(a - b, 0.0) for a, b in pairwise(x)]
    if len(gains) >= timeperiod:
        gain, loss = (math.fsum(side[:timeperiod]) / timeperiod for side in (gains, losses))
        for t in range(timeperiod, len(x)):
            if t > timeperiod:
                gain = (gain * (timeperiod - 1) + gains[t - 1]) / timeperiod
                loss = (loss * (timeperiod - 1) + losses[t - 1]) / timeperiod
            out[t] = 100 * gain / (gain + loss) if gain + loss >= 1e-290 else 0.0
    return out


DEFINITIONS = {"sma": sma, "ema": ema, "rsi": rsi}


def with_policy(name, values, timeperiod, nan):
    """The definition on values with NaN, for the policies that give values."""
    x = [float(v) for v in values]
    define, gap, out = DEFINITIONS[name], [math.isnan(v) for v in x], [NAN] * len(x)
    if nan == "skip":
        kept = [t for t in range(len(x)) if not gap[t]]
        stretches = [kept]
    else:
        stretches, current = [], []
        for t in range(len(x)):
            if gap[t]:
                stretches, current = [*stretches, current], []
            else:
                current.append(t)
        stretches = [s for s in [*stretches, current] if s]
        if nan == "propagate":
            stretches = stretches[:1]
    for rows in stretches:
        for t, value in zip(rows, define([x[t] for t in rows], timeperiod), strict=True):
            out[t] = value
    return np.array(out)


def assert_close(actual, expected, values, tolerance=1e-12):
    """Same NaN, and equal relative to the result or the largest input, whichever is larger."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected))
    scale = np.nanmax(np.abs(values), initial=0.0)
    error = np.abs(actual - expected) / np.maximum(np.maximum(np.abs(expected), scale), 1e-300)
    assert np.nanmax(error, initial=0.0) <= tolerance
