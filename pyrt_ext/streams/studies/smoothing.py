# ruff: noqa: ANN001, ANN201, D103, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Averages with weights of their own, one value at a time; the form is that of ``pyrt_ext.streams``."""

import math

nan = float("nan")

ALMA = (("value", "f8"), ("offset", "f8"), ("sigma", "f8"), ("period", "i8"), ("at", "i8"), ("seen", "i8"))
MCGINLEY = (("value", "f8"), ("level", "f8"), ("share", "f8"), ("period", "i8"), ("seen", "i8"))


def alma_start(s, period, offset, sigma):
    s.period = period
    s.offset = offset
    s.sigma = sigma


def alma_arena(period, offset, sigma):
    return 2 * period


def alma_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def bell_weights(window, period, offset, sigma):
    # A bell curve behind the ring of values, the oldest value's weight first; beside the largest, so that there is one
    # however narrow the curve is, and adding up to 1.
    center = offset * (period - 1)
    width = period / sigma
    nearest = center * center
    i = 1
    while i < period:
        nearest = min(nearest, (i - center) * (i - center))
        i += 1
    total = 0.0
    i = 0
    while i < period:
        weight = math.exp((nearest - (i - center) * (i - center)) / (2.0 * width * width))
        window[period + i] = weight
        total += weight
        i += 1
    i = 0
    while i < period:
        window[period + i] /= total
        i += 1
    return total


def alma_update(s, window, x):
    # Distances from the newest value are weighed, so that a constant stays what it is.
    if not x * 0.0 >= 0.0:
        return alma_reset(s)
    period = s.period
    if s.seen == 0:
        bell_weights(window, period, s.offset, s.sigma)
    at = s.at
    window[at] = x
    if s.seen < period:
        s.seen += 1
    if s.seen == period:
        total = 0.0
        weight = 2 * period - 2
        i = at - 1
        while i >= 0:
            total += (window[i] - x) * window[weight]
            weight -= 1
            i -= 1
        i = period - 1
        while i > at:
            total += (window[i] - x) * window[weight]
            weight -= 1
            i -= 1
        s.value = x + total
    at += 1
    if at == period:
        at = 0
    s.at = at
    return s.value


def mcginley_start(s, period, factor):
    s.period = period
    s.share = 1.0 / (factor * period)


def mcginley_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def mcginley_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return mcginley_reset(s)
    if s.seen == 0:
        s.level = x
    else:
        ratio = 1.0
        if x > 0.0 and s.level > 0.0:
            ratio = s.level * (1.0 / x)
        square = ratio * ratio
        share = square * square * s.share
        if share > 1.0:
            share = 1.0
        s.level += (x - s.level) * share
    if s.seen < s.period:
        s.seen += 1
    if s.seen == s.period:
        s.value = s.level
    return s.value
