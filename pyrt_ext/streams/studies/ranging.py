# ruff: noqa: ANN001, ANN201, D103, F821, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Channels around prices, and what the ranges of bars tell; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("volatility", "windows")

nan = float("nan")

AROUND = (
    ("upperband", "f8"),
    ("middleband", "f8"),
    ("lowerband", "f8"),
    ("width", "f8"),
    ("last", "f8"),
    ("middle", "f8"),
    ("span", "f8"),
    ("period", "i8"),
    ("slow", "i8"),
    ("seen", "i8"),
)
FOLLOWER = (
    ("supertrend", "f8"),
    ("trend", "f8"),
    ("upper", "f8"),
    ("lower", "f8"),
    ("width", "f8"),
    ("last", "f8"),
    ("period", "i8"),
    ("rising", "i8"),
    ("seen", "i8"),
)
CANDLE = (("haopen", "f8"), ("hahigh", "f8"), ("halow", "f8"), ("haclose", "f8"), ("seen", "i8"))
SPREAD = (
    ("value", "f8"),
    ("last", "f8"),
    ("once", "f8"),
    ("twice", "f8"),
    ("period", "i8"),
    ("second", "i8"),
    ("seen", "i8"),
)


def around_start(s, period, slow=0, width=0.0):
    s.period = period
    s.slow = slow
    s.width = width


def around_arena(period, slow=0, width=0.0):
    return 3 * period + 3


def around_reset(s):
    s.upperband = nan
    s.middleband = nan
    s.lowerband = nan
    s.seen = 0
    return nan


def accbands_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return around_reset(s)
    total = high + low
    width = 0.0
    if abs(total) >= 1e-14:
        width = 4.0 * (high - low) / total
    s.upperband = sma_step(window, 0, s.seen, s.period, high * (1.0 + width))
    s.middleband = sma_step(window, s.period + 1, s.seen, s.period, close)
    s.lowerband = sma_step(window, 2 * s.period + 2, s.seen, s.period, low * (1.0 - width))
    s.seen = counted(s.seen, s.period)
    return s.upperband


def kc_update(s, window, high, low, close):
    # Both averages begin so that their first values come in one row.
    if not high * 0.0 * low * close >= 0.0:
        return around_reset(s)
    start = s.slow
    if s.period - 1 > start:
        start = s.period - 1
    since = s.seen - start
    gain = 2.0 / (s.period + 1.0)
    s.middle = ema_kept(window, 0, s.middle, since + s.period - 1, s.period, gain, (high + low + close) / 3.0)
    span = true_range(high, low, s.last)
    s.span = ema_kept(window, 1, s.span, since + s.slow - 1, s.slow, 1.0 / s.slow, span)
    if since >= 0:
        s.upperband = s.middle + s.width * s.span
        s.middleband = s.middle
        s.lowerband = s.middle - s.width * s.span
    s.last = close
    s.seen += 1
    return s.upperband


def follower_start(s, period, width):
    s.period = period
    s.width = width


def follower_arena(period, width):
    return 2


def follower_reset(s):
    s.supertrend = nan
    s.trend = nan
    s.seen = 0
    return nan


def supertrend_update(s, window, high, low, close):
    span = window[0]
    if not high * 0.0 * low * close >= 0.0:
        return follower_reset(s)
    if s.seen > 0:
        span = ema_next(window, 0, span, s.seen - 1, s.period, 1.0 / s.period, true_range(high, low, s.last))
    if s.seen >= s.period:
        middle = (high + low) / 2.0
        upper = middle + s.width * span
        lower = middle - s.width * span
        if s.seen == s.period or upper < s.upper or s.last > s.upper:
            s.upper = upper
        if s.seen == s.period or lower > s.lower or s.last < s.lower:
            s.lower = lower
        if s.seen == s.period:
            s.rising = 1
        elif s.rising != 0:
            if close < s.lower:
                s.rising = 0
        elif close > s.upper:
            s.rising = 1
        s.supertrend = s.upper
        s.trend = -1.0
        if s.rising != 0:
            s.supertrend = s.lower
            s.trend = 1.0
    s.last = close
    s.seen += 1
    return s.supertrend


def candle_reset(s):
    s.haopen = nan
    s.hahigh = nan
    s.halow = nan
    s.haclose = nan
    s.seen = 0
    return nan


def ha_update(s, window, opening, high, low, close):
    if not opening * 0.0 * high * low * close >= 0.0:
        return candle_reset(s)
    begun = (opening + close) / 2.0
    if s.seen > 0:
        begun = (s.haopen + s.haclose) / 2.0
    mean = (opening + high + low + close) / 4.0
    s.haopen = begun
    s.haclose = mean
    s.hahigh = high
    if begun > s.hahigh:
        s.hahigh = begun
    if mean > s.hahigh:
        s.hahigh = mean
    s.halow = low
    if begun < s.halow:
        s.halow = begun
    if mean < s.halow:
        s.halow = mean
    s.seen = 1
    return s.haopen


def spread_start(s, period, second):
    s.period = period
    s.second = second


def spread_arena(period, second):
    return second + 5


def spread_reset(s):
    s.value = nan
    s.last = nan
    s.seen = 0
    return nan


def cvi_update(s, window, high, low):
    # The average's places, and behind them its last values.
    if not high * 0.0 * low >= 0.0:
        return spread_reset(s)
    s.once = ema_kept(window, 0, s.once, s.seen, s.period, 2.0 / (s.period + 1.0), high - low)
    since = s.seen + 1 - s.period
    s.seen += 1
    if since >= 0:
        at = 2 + place_in(since, s.second)
        if since >= s.second:
            s.value = 0.0
            if window[at] != 0.0:
                s.value = (s.once - window[at]) / window[at] * 100.0
        window[at] = s.once
        s.seen = counted(since, s.second) + s.period - 1
    return s.value


def massi_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return spread_reset(s)
    gain = 2.0 / (s.period + 1.0)
    s.once = ema_kept(window, 0, s.once, s.seen, s.period, gain, high - low)
    since = s.seen + 1 - s.period
    s.twice = ema_kept(window, 1, s.twice, since, s.period, gain, s.once)
    since += 1 - s.period
    s.seen += 1
    if since >= 0:
        ratio = 1.0
        if s.twice != 0.0:
            ratio = s.once / s.twice
        s.value = sma_step(window, 4, since, s.second, ratio) * s.second
        s.seen = counted(since, s.second) + 2 * s.period - 2
    return s.value


def deviation_step(window, base, seen, period, x):
    # Of the last `period` values, in time proportional to it; distances from the newest. Takes period.
    at = seen % period
    window[base + at] = x
    if seen + 1 < period:
        return nan
    total = 0.0
    squares = 0.0
    left = period - 1
    while left > 0:
        at -= 1
        if at < 0:
            at = period - 1
        d = window[base + at] - x
        total += d
        squares += d * d
        left -= 1
    mean = total / period
    variance = squares / period - mean * mean
    if variance > 0.0:
        return math.sqrt(variance)
    return 0.0


def rvi_update(s, window, x):
    up = window[0]
    down = window[2]
    if not x * 0.0 >= 0.0:
        return spread_reset(s)
    deviation = deviation_step(window, 4, s.seen, s.second, x)
    since = s.seen + 1 - s.second
    if since >= 0:
        rise = 0.0
        fall = 0.0
        if x > s.last:
            rise = deviation
        elif x < s.last:
            fall = deviation
        up = ema_next(window, 0, up, since, s.period, 1.0 / s.period, rise)
        down = ema_next(window, 2, down, since, s.period, 1.0 / s.period, fall)
        if since + 1 >= s.period:
            s.value = 50.0
            if up + down != 0.0:
                s.value = 100.0 * (up / (up + down))
    s.last = x
    s.seen += 1
    return s.value
