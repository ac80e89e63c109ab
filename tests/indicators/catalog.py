"""What the suite asks of every registered function: its inputs from bars, its parameter sets, how results compare.

A function that joins the registry is covered without a line here, unless its parameters have a meaning of their own.
"""

import itertools
import math

import numpy as np

from pyrt import indicators as ta

FUNCTIONS = dict(ta.functions())
NAMES = list(FUNCTIONS)
STREAMED = [name for name in NAMES if FUNCTIONS[name].formula is not None]
POLICIES = ("restart", "propagate", "skip")
COLUMN = {"real": "close", "real0": "high", "real1": "low"}
"""The bars' column that stands for an input of no fixed meaning, as in TA-Lib."""

ALLOWED = {"matype": list(range(14))}
"""Words in the form of numbers."""

UNSTEADY = {"stochrsi": 7}
"""A kind of average whose values no two ways of computing share: Ehlers' turns with the phase of what it averages, and
while an index that is itself computed stays at 0 or 100, that phase is what rounding has left."""

SCALE = {"var": 2, "mult": 2}
"""The power of the inputs that a function's intermediates have, where it is not the first."""


def random_bars(n=3000, seed=7):
    """Bars of a random walk, some without movement or volume."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    close[n // 3 : n // 3 + n // 50] = close[n // 3]
    opening = np.concatenate([close[:1], close[:-1]]) * np.exp(rng.normal(0, 0.002, n))
    up, down = np.exp(np.abs(rng.normal(0, 0.004, (2, n))) * rng.integers(0, 2, (2, n)))
    bars = {"open": opening, "high": np.maximum(opening, close) * up, "low": np.minimum(opening, close) / down}
    return bars | {"close": close, "volume": np.round(np.exp(rng.normal(8, 2, n))) * rng.integers(0, 4, n)}


def columns_of(function, bars):
    """The function's inputs from bars."""
    rows = np.arange(len(bars["close"]))
    bars = bars | {"periods": 2.0 + rows * 7 % 31, "session": rows // 97 * 1.0, "anchor": 1.0 * (rows % 61 == 0)}
    return [bars[COLUMN.get(name, name)] for name in function.inputs]


def parameter_sets(function):
    """The defaults, shorter, longer, and the shortest; then every other kind of average, where there is a choice."""
    sets = [{p.name: p.default for p in function.parameters}]
    for step, scale in enumerate((0.5, 2.6, 0.0), start=1):
        values = {}
        for p in function.parameters:
            if p.name.endswith("matype"):
                values[p.name] = ALLOWED["matype"][step]
            elif isinstance(p.default, int):
                values[p.name] = int(max(p.low, p.default * scale // 1))
            else:
                values[p.name] = float(min(max(p.low, p.default * (0.5 + step / 2)), p.high))
        sets.append(values)
    kinds = [p.name for p in function.parameters if p.name.endswith("matype")]
    others = [k for k in ALLOWED["matype"][4:] if kinds and k != UNSTEADY.get(function.__name__)]
    sets += [sets[0] | dict.fromkeys(kinds, kind) for kind in others]
    return list(map(dict, dict.fromkeys(tuple(values.items()) for values in sets)))


def outputs_of(result):
    """The outputs as a list of arrays."""
    return [np.asarray(a) for a in (result if isinstance(result, tuple) else (result,))]


def blank(array):
    """Where nothing is known: NaN, or the integer 0."""
    return array == 0 if array.dtype.kind == "i" else np.isnan(array)


def streamed(function, columns, nan="restart", **parameters):
    """What the streaming form gives, row by row."""
    live = function.stream(**parameters, nan=nan)
    rows = []
    for row in zip(*(column.tolist() for column in columns), strict=True):
        first = live.update(*row)
        gap = any(value != value for value in row)  # noqa: PLR0124  # where "skip" leaves the values as they were
        rows.append((first, *([math.nan] * (len(function.outputs) - 1) if gap else live.values[1:])))
    return [np.array(values) for values in zip(*rows, strict=True)]


def as_streamed(batch, streamed):
    """What the whole array gives as a stream gives it: integers as doubles, NaN where nothing is known yet."""
    return np.where(np.isnan(streamed) & blank(batch), np.nan, batch) if batch.dtype.kind == "i" else batch


def assert_close(actual, expected, scale, tolerance, told=""):
    """Same blanks, integers equal, and numbers within the tolerance of themselves or of the scale, row by row."""
    assert actual.shape == expected.shape, told
    if actual.dtype.kind == "i" and expected.dtype.kind == "i":
        np.testing.assert_array_equal(actual, expected, err_msg=told)
        return
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected), err_msg=f"NaN: {told}")
    with np.errstate(invalid="ignore"):
        error = np.where(actual == expected, 0.0, np.abs(actual - expected))
        allowed = tolerance * np.maximum(np.abs(expected), scale)
    wrong = np.flatnonzero(error > allowed)
    if wrong.size:
        t = wrong[0]
        raise AssertionError(f"{told}: {wrong.size} rows differ, first {t}: {actual[t]!r}, expected {expected[t]!r}")


def scale_of(name, columns):
    """The largest input or intermediate so far, row by row."""
    largest = np.max([np.maximum.accumulate(np.nan_to_num(np.abs(c))) for c in columns], axis=0)
    return largest ** SCALE.get(name, 1)


def stretches(gap, nan):
    """The rows between gaps as the policy sees them: a list of index arrays, each a series of its own."""
    rows = np.arange(len(gap))
    if nan == "skip":
        return [rows[~gap]] if (~gap).any() else []
    groups = [np.array(list(g)) for key, g in itertools.groupby(rows, key=lambda t: gap[t]) if not key]
    return groups[:1] if nan == "propagate" else groups
