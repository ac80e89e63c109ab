# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd, the form is told below
"""Where a value stands among those before it, one value at a time; the form is that of ``pyrt_ext.streams``."""

import math

nan = float("nan")

BB_PCT = (("value", "f8"), ("width", "f8"), ("period", "i8"), ("at", "i8"), ("seen", "i8"))
CHANGE = (("value", "f8"), ("period", "i8"), ("at", "i8"), ("seen", "i8"))


def bb_pct_arena(period, width):
    return period


def bb_pct_start(s, period, width):
    s.period = period
    s.width = width


def bb_pct_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def bb_pct_update(s, window, x):
    # Mean and population variance in two passes, oldest first, as distances from the oldest: nothing is carried along,
    # so no error outlives its window, and a constant has exactly no width.
    if not x * 0.0 >= 0.0:
        return bb_pct_reset(s)
    at = s.at
    window[at] = x
    at += 1
    if at == s.period:
        at = 0
    s.at = at
    if s.seen < s.period:
        s.seen += 1
        if s.seen < s.period:
            return s.value
    first = window[at]
    total = 0.0
    i = at
    left = s.period
    while left > 0:
        total += window[i] - first
        i += 1
        if i == s.period:
            i = 0
        left -= 1
    mean = first + total / s.period
    total = 0.0
    left = s.period
    while left > 0:
        distance = window[i] - mean
        total += distance * distance
        i += 1
        if i == s.period:
            i = 0
        left -= 1
    half = s.width * math.sqrt(total / s.period)
    lower = mean - half
    span = (mean + half) - lower
    if span > 0.0:
        s.value = (x - lower) / span
    else:
        s.value = nan
    return s.value


def change_arena(period):
    return period


def change_start(s, period):
    s.period = period


def change_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def change_update(s, window, x):
    # Relative to the value `period` rows before.
    if not x * 0.0 >= 0.0:
        return change_reset(s)
    at = s.at
    if s.seen < s.period:
        s.seen += 1
    elif window[at] == 0.0:
        s.value = nan
    else:
        s.value = x / window[at] - 1.0
    window[at] = x
    at += 1
    if at == s.period:
        at = 0
    s.at = at
    return s.value
