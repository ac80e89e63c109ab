# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Moving averages beyond ``moving``, one value at a time; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("windows",)

nan = float("nan")

AVERAGE = (
    ("value", "f8"),
    ("gain", "f8"),
    ("factor", "f8"),
    ("period", "i8"),
    ("seen", "i8"),
    ("first", "i8"),
    ("last", "i8"),
)


def average_start(s, period, factor=0.0):
    s.period = period
    s.factor = factor
    s.gain = 2.0 / (period + 1.0)
    s.first = period // 2 if period > 1 else 1
    s.last = int(math.sqrt(period))


def average_arena(period, factor=0.0):
    return max(3 * period + 1, period + 12)


def average_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def rma_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    s.value = ema_step(window, 0, s.seen, s.period, 1.0 / s.period, x)
    s.seen += 1
    return s.value


def wma_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    s.value = wma_step(window, 0, s.seen, s.period, x)
    s.seen += 1
    return s.value


def dema_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    s.value = average_step(window, 0, s.seen, s.period, 3, x)
    s.seen += 1
    return s.value


def tema_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    s.value = average_step(window, 0, s.seen, s.period, 4, x)
    s.seen += 1
    return s.value


def trima_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    s.value = trima_step(window, 0, s.seen, s.period, x)
    s.seen += 1
    return s.value


def ma_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    kind = 0
    while kind < s.factor:
        kind += 1
    s.value = average_step(window, 0, s.seen, s.period, kind, x)
    s.seen += 1
    return s.value


def t3_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    last = cascade_step(window, 0, s.seen, s.period, s.gain, 6, x)
    v = s.factor
    v2 = v * v
    v3 = v2 * v
    s.value = (
        (1.0 + 3.0 * v + v3 + 3.0 * v2) * window[4]
        + (-6.0 * v2 - 3.0 * (v + v3)) * window[6]
        + 3.0 * (v2 + v3) * window[8]
        - v3 * last
    )
    s.seen += 1
    return s.value


def hma_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    half = wma_step(window, 0, s.seen, s.first, x)
    whole = wma_step(window, s.first, s.seen, s.period, x)
    if s.seen + 1 >= s.period:
        s.value = wma_step(window, s.first + s.period, s.seen + 1 - s.period, s.last, 2.0 * half - whole)
    s.seen += 1
    return s.value


def zlema_update(s, window, x):
    if x - x != 0.0:
        return average_reset(s)
    lag = (s.period - 1) // 2
    at = 0
    if lag > 0:
        at = s.seen % lag
    if s.seen >= lag:
        before = x
        if lag > 0:
            before = window[at]
        s.value = ema_step(window, s.period, s.seen - lag, s.period, s.gain, 2.0 * x - before)
    if lag > 0:
        window[at] = x
    s.seen += 1
    return s.value


def kama_update(s, window, x):
    # The ring holds the last values, behind it stands the sum of their steps as sma_step keeps it.
    if x - x != 0.0:
        return average_reset(s)
    at = s.seen % s.period
    if s.period == 1:
        s.value = x
    elif s.seen > 0:
        newest = at - 1
        if newest < 0:
            newest = s.period - 1
        way = sma_step(window, s.period, s.seen - 1, s.period, abs(x - window[newest])) * s.period
        if s.seen == s.period:
            s.value = window[newest]
        if s.seen >= s.period:
            change = abs(x - window[at])
            ratio = 1.0
            if way > change:
                ratio = change / way
            root = ratio * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0
            s.value += root * root * (x - s.value)
    window[at] = x
    s.seen += 1
    return s.value
