# ruff: noqa: ANN001, ANN201, D103, F821, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Volatility: true ranges; the form is that of ``pyrt_ext.streams``."""

USES = ("windows",)

nan = float("nan")

RANGE = (("value", "f8"), ("last", "f8"), ("period", "i8"), ("seen", "i8"))


def range_start(s, period=1):
    s.period = period


def range_arena(period=1):
    return period + 3


def range_reset(s):
    s.value = nan
    s.last = nan
    s.seen = 0
    return nan


def true_range(high, low, last):
    span = high - low
    up = abs(high - last)
    down = abs(low - last)
    if up > span:
        span = up
    if down > span:
        span = down
    return span


def trange_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return range_reset(s)
    if s.seen > 0:
        s.value = true_range(high, low, s.last)
    s.last = close
    s.seen = 1
    return s.value


def atr_update(s, window, high, low, close):
    average = window[0]
    if not high * 0.0 * low * close >= 0.0:
        return range_reset(s)
    if s.seen > 0:
        span = true_range(high, low, s.last)
        s.value = ema_next(window, 0, average, s.seen - 1, s.period, 1.0 / s.period, span)
    s.last = close
    s.seen += 1
    return s.value


def natr_update(s, window, high, low, close):
    average = window[0]
    if not high * 0.0 * low * close >= 0.0:
        return range_reset(s)
    if s.seen > 0:
        span = true_range(high, low, s.last)
        average = ema_next(window, 0, average, s.seen - 1, s.period, 1.0 / s.period, span)
    if s.seen >= s.period:
        s.value = 0.0
        if close != 0.0:
            s.value = average / close * 100.0
    s.last = close
    s.seen += 1
    return s.value


def adr_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return range_reset(s)
    s.value = sma_step(window, 0, s.seen, s.period, high - low)
    s.seen = counted(s.seen, s.period)
    return s.value
