# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Percentiles of windows; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("distribution.order", "windows")

nan = float("nan")

PLACE = (("value", "f8"), ("period", "i8"), ("rank", "i8"), ("seen", "i8"))


def place_start(s, period, percentile=0.0):
    s.period = period
    s.rank = min(max(math.ceil(percentile * period / 100.0) - 1, 0), period - 1)


def place_arena(period, percentile=0.0):
    return 2 * period


def place_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def percentile_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return place_reset(s)
    if order_put(window, 0, s.seen, s.period, x) == s.period:
        s.value = window[s.period + s.rank]
    s.seen = counted(s.seen, s.period)
    return s.value


def percentrank_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return place_reset(s)
    if s.seen >= s.period:
        s.value = below(window, 0, s.period, x) * (100.0 / s.period)
    window[place_in(s.seen, s.period)] = x
    s.seen = counted(s.seen, s.period)
    return s.value
