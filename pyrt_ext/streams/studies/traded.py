# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Prices weighed by volume, and what volume moves; the form is that of ``pyrt_ext.streams``."""

USES = ("windows",)

nan = float("nan")

VWAP = (
    ("value", "f8"),
    ("first", "f8"),
    ("money", "f8"),
    ("total", "f8"),
    ("mark", "f8"),
    ("begun", "i8"),
)
TRADED = (("value", "f8"), ("last", "f8"), ("divisor", "f8"), ("period", "i8"), ("seen", "i8"))
KLINGER = (
    ("kvo", "f8"),
    ("signal", "f8"),
    ("price", "f8"),
    ("range", "f8"),
    ("trend", "f8"),
    ("reach", "f8"),
    ("fast", "i8"),
    ("slow", "i8"),
    ("smooth", "i8"),
    ("seen", "i8"),
)


def vwap_reset(s):
    s.value = nan
    s.begun = 0
    return nan


def vwap_step(s, high, low, close, volume, anew):
    # Sums are of distances from the first price, so that a constant stays what it is.
    price = (high + low + close) / 3.0
    if anew != 0:
        s.first = price
        s.money = 0.0
        s.total = 0.0
        s.begun = 1
    if s.begun != 0:
        s.money += (price - s.first) * volume
        s.total += volume
        s.value = price
        if s.total > 0.0:
            s.value = s.first + s.money / s.total
    return s.value


def session_vwap_update(s, window, high, low, close, volume, session):
    if not high * 0.0 * low * close * volume * session >= 0.0:
        return vwap_reset(s)
    anew = 0
    if s.begun == 0 or session != s.mark:
        anew = 1
    s.mark = session
    return vwap_step(s, high, low, close, volume, anew)


def anchored_vwap_update(s, window, high, low, close, volume, anchor):
    if not high * 0.0 * low * close * volume * anchor >= 0.0:
        return vwap_reset(s)
    anew = 0
    if anchor != 0.0:
        anew = 1
    return vwap_step(s, high, low, close, volume, anew)


def traded_start(s, period, divisor=1.0):
    s.period = period
    s.divisor = divisor


def traded_arena(period, divisor=1.0):
    return 2 * period + 2


def traded_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def rolling_vwap_update(s, window, high, low, close, volume):
    if not high * 0.0 * low * close * volume >= 0.0:
        return traded_reset(s)
    price = (high + low + close) / 3.0
    money = sma_step(window, 0, s.seen, s.period, price * volume)
    total = sma_step(window, s.period + 1, s.seen, s.period, volume)
    s.seen = counted(s.seen, s.period)
    if s.seen >= s.period:
        s.value = price
        if total > 0.0:
            s.value = money / total
    return s.value


def eom_update(s, window, high, low, volume):
    if not high * 0.0 * low * volume >= 0.0:
        return traded_reset(s)
    middle = (high + low) / 2.0
    if s.seen > 0:
        ease = 0.0
        if volume != 0.0:
            ease = (middle - s.last) * (high - low) / volume
        s.value = sma_step(window, 0, s.seen - 1, s.period, ease) * s.divisor
    s.last = middle
    s.seen = counted(s.seen, s.period)
    return s.value


def klinger_start(s, fast, slow, signal):
    s.fast = min(fast, slow)
    s.slow = max(fast, slow)
    s.smooth = signal


def klinger_arena(fast, slow, signal):
    return 6


def klinger_reset(s):
    s.kvo = nan
    s.signal = nan
    s.reach = 0.0
    s.seen = 0
    return nan


def klinger_update(s, window, high, low, close, volume):
    # `reach` is Klinger's cumulative measurement: the ranges of the bars of a trend, and of the one before it.
    quick = window[0]
    slack = window[2]
    line = window[4]
    if not high * 0.0 * low * close * volume >= 0.0:
        return klinger_reset(s)
    price = high + low + close
    span = abs(high - low)
    trend = -1.0
    if s.seen > 0 and price > s.price:
        trend = 1.0
    if s.seen > 1:
        if trend == s.trend:
            s.reach += span
        else:
            s.reach = s.range + span
        force = 0.0
        if s.reach > 0.0:
            force = volume * abs(2.0 * (span / s.reach - 1.0)) * trend * 100.0
        seen = s.seen - 2
        quick = ema_next(window, 0, quick, seen, s.fast, 2.0 / (s.fast + 1.0), force)
        slack = ema_next(window, 2, slack, seen, s.slow, 2.0 / (s.slow + 1.0), force)
        if seen + 1 >= s.slow:
            gain = 2.0 / (s.smooth + 1.0)
            line = ema_next(window, 4, line, seen + 1 - s.slow, s.smooth, gain, quick - slack)
            if line - line == 0.0:
                s.kvo = quick - slack
                s.signal = line
    s.price = price
    s.range = span
    s.trend = trend
    s.seen += 1
    return s.kvo
