# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd, the form is told below
"""Moving averages, one value at a time: plain Python that Cython compiles for Python and Numba into strategies.

A formula is a record's layout (first its value), ``_start`` (parameters into a fresh record, plain Python only),
``_reset`` (forget all data; returns NaN), ``_update`` (the next value in, the indicator out), and ``_arena`` (length of
its window, if it has one). A value that is not finite resets. C types are in the ``.pxd`` beside.
"""

nan = float("nan")

SMA = (("value", "f8"), ("head", "f8"), ("period", "i8"), ("at", "i8"), ("full", "i8"))
EMA = (("value", "f8"), ("gain", "f8"), ("first", "f8"), ("distance", "f8"), ("period", "i8"), ("seen", "i8"))


def sma_arena(period):
    return period


def sma_start(s, period):
    s.period = period


def sma_reset(s):
    s.value = nan
    s.head = 0.0
    s.at = 0
    s.full = 0
    return nan


def sma_update(s, window, x):
    # Blocks as long as the window. Up to `at` the window holds this block's values, from there on the sums of the last
    # block's tails: a mean is a head plus a tail. Nothing that has left is ever subtracted, so an error cannot outlive
    # its window.
    if not x * 0.0 >= 0.0:
        return sma_reset(s)
    at = s.at
    window[at] = x
    total = s.head + x
    s.head = total
    at += 1
    if at < s.period:
        s.at = at
        if s.full != 0:
            s.value = (window[at] + total) / s.period
        return s.value
    s.value = total / s.period
    total = 0.0
    while at > 0:
        at -= 1
        total += window[at]
        window[at] = total
    s.head = 0.0
    s.at = 0
    s.full = 1
    return s.value


def ema_start(s, period):
    s.period = period
    s.gain = 2.0 / (period + 1.0)


def ema_reset(s):
    s.value = nan
    s.distance = 0.0
    s.seen = 0
    return nan


def ema_update(s, window, x):
    # It begins with the mean of the first period values, as in TA-Lib; summed as distances from the first of them, so
    # that a constant stays what it is.
    value = s.value
    if not x * 0.0 >= 0.0:
        return ema_reset(s)
    if s.seen == s.period:
        value += (x - value) * s.gain
        s.value = value
        return value
    if s.seen == 0:
        s.first = x
    s.distance += x - s.first
    s.seen += 1
    if s.seen == s.period:
        s.value = s.first + s.distance / s.period
    return s.value


def sum_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return sma_reset(s)
    s.value = sma_update(s, window, x) * s.period
    return s.value
