# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Volatility from the range of bars; the form is that of ``pyrt_ext.streams``.

A price that is not above 0 makes a term NaN, and with it the windows that hold it.
"""

import math

USES = ("windows",)

nan = float("nan")

BARS = (("value", "f8"), ("last", "f8"), ("factor", "f8"), ("period", "i8"), ("at", "i8"), ("seen", "i8"))


def bars_start(s, period, factor):
    s.period = period
    s.factor = factor


def bars_arena(period, factor):
    return 3 * period + 1


def bars_reset(s):
    s.value = nan
    s.last = nan
    s.at = 0
    s.seen = 0
    return nan


def log_ratio(a, b):
    if a > 0.0 and b > 0.0:
        ratio = a / b
        if ratio >= 2.2250738585072014e-308 and ratio <= 1.7976931348623157e308:
            return math.log(ratio)
    return nan


def bars_step(s, window, term):
    # The root of the mean of a window's terms, a year's.
    s.value = sma_step(window, 0, s.seen, s.period, term) * s.factor
    s.seen = counted(s.seen, s.period)
    if s.value > 0.0:
        s.value = math.sqrt(s.value)
    elif s.value < 0.0:
        s.value = 0.0
    return s.value


def parkinson_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return bars_reset(s)
    span = log_ratio(high, low)
    return bars_step(s, window, span * span * (0.25 / 0.693147180559945309417))


def garman_klass_update(s, window, open_, high, low, close):
    if not open_ * 0.0 * high * low * close >= 0.0:
        return bars_reset(s)
    span = log_ratio(high, low)
    change = log_ratio(close, open_)
    return bars_step(s, window, span * span * 0.5 - change * change * (2.0 * 0.693147180559945309417 - 1.0))


def rogers_satchell_term(open_, high, low, close):
    up = log_ratio(high, close) * log_ratio(high, open_)
    down = log_ratio(low, close) * log_ratio(low, open_)
    return up + down


def rogers_satchell_update(s, window, open_, high, low, close):
    if not open_ * 0.0 * high * low * close >= 0.0:
        return bars_reset(s)
    return bars_step(s, window, rogers_satchell_term(open_, high, low, close))


def sample_variance(window, base, period):
    # In twos, which do not wait for each other.
    first = window[base]
    end = base + period
    mean = 0.0
    mean2 = 0.0
    i = base
    while i + 1 < end:
        mean += window[i] - first
        mean2 += window[i + 1] - first
        i += 2
    if i < end:
        mean += window[i] - first
    mean = first + (mean + mean2) / period
    total = 0.0
    total2 = 0.0
    i = base
    while i + 1 < end:
        d = window[i] - mean
        d2 = window[i + 1] - mean
        total += d * d
        total2 += d2 * d2
        i += 2
    if i < end:
        d = window[i] - mean
        total += d * d
    return (total + total2) / (period - 1)


def yang_zhang_update(s, window, open_, high, low, close):
    # The window: terms of ranges as sma_step keeps them, what happened between bars, what happened within.
    if not open_ * 0.0 * high * low * close >= 0.0:
        return bars_reset(s)
    if s.last == s.last:  # there is a bar before
        ranges = sma_step(window, 0, s.seen, s.period, rogers_satchell_term(open_, high, low, close))
        i = s.period + 1 + s.at
        window[i] = log_ratio(open_, s.last)
        window[i + s.period] = log_ratio(close, open_)
        s.seen = counted(s.seen, s.period)
        s.at += 1
        if s.at == s.period:
            s.at = 0
        if s.seen >= s.period:
            between = sample_variance(window, s.period + 1, s.period)
            within = sample_variance(window, 2 * s.period + 1, s.period)
            n = s.period
            k = 0.34 / (1.34 + (n + 1.0) / (n - 1.0))
            s.value = (between + (k * within + (1.0 - k) * ranges)) * s.factor
            if s.value > 0.0:
                s.value = math.sqrt(s.value)
            elif s.value < 0.0:
                s.value = 0.0
    s.last = close
    return s.value
