# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Math Operators: arithmetic of rows, extremes of windows; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("windows",)

nan = float("nan")
inf = float("inf")

TOTAL = (("value", "f8"), ("total", "f8"))
EXTREME = (("value", "f8"), ("period", "i8"), ("at", "i8"), ("full", "i8"))
MINMAX = (("min", "f8"), ("max", "f8"), ("period", "i8"), ("at", "i8"), ("full", "i8"))


def total_reset(s):
    s.value = nan
    s.total = 0.0
    return nan


def add_update(s, window, x, y):
    if not x * 0.0 * y >= 0.0:
        return total_reset(s)
    s.value = x + y
    return s.value


def sub_update(s, window, x, y):
    if not x * 0.0 * y >= 0.0:
        return total_reset(s)
    s.value = x - y
    return s.value


def mult_update(s, window, x, y):
    if not x * 0.0 * y >= 0.0:
        return total_reset(s)
    s.value = x * y
    return s.value


def div_update(s, window, x, y):
    if not x * 0.0 * y >= 0.0:
        return total_reset(s)
    if y != 0.0:
        s.value = x / y
    elif x != 0.0:
        s.value = math.copysign(inf, x) * math.copysign(1.0, y)
    else:
        s.value = nan
    return s.value


def cumsum_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return total_reset(s)
    s.total += x
    s.value = s.total
    return s.value


def extreme_arena(period):
    return period + 1


def extreme_start(s, period):
    s.period = period


def extreme_reset(s):
    s.value = nan
    s.at = 0
    s.full = 0
    return nan


def extreme_advance(s):
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    return s.value


def max_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return extreme_reset(s)
    s.value = highest_step(window, 0, s.at, s.period, s.full, x)
    return extreme_advance(s)


def min_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return extreme_reset(s)
    s.value = -highest_step(window, 0, s.at, s.period, s.full, -x)
    return extreme_advance(s)


def minmax_arena(period):
    return 2 * period + 2


def minmax_start(s, period):
    s.period = period


def minmax_reset(s):
    s.min = nan
    s.max = nan
    s.at = 0
    s.full = 0
    return nan


def minmax_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return minmax_reset(s)
    low = -highest_step(window, 0, s.at, s.period, s.full, -x)
    s.min = low
    s.max = highest_step(window, s.period + 1, s.at, s.period, s.full, x)
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    return low
