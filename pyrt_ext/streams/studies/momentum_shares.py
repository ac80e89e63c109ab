# ruff: noqa: ANN001, ANN201, D103, F821, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Momentum as a share: how much of the way that prices went led anywhere; the form is ``pyrt_ext.streams``'s."""

USES = ("windows",)

nan = float("nan")

WAY = (("value", "f8"), ("last", "f8"), ("period", "i8"), ("seen", "i8"))
VORTEX = (
    ("plusvi", "f8"),
    ("minusvi", "f8"),
    ("high", "f8"),
    ("low", "f8"),
    ("close", "f8"),
    ("period", "i8"),
    ("seen", "i8"),
)


def way_start(s, period):
    s.period = period


def way_arena(period):
    return 3 * period + 3


def way_reset(s):
    s.value = nan
    s.last = nan
    s.seen = 0
    return nan


def way_put(s, window, base, x):
    # How far x went in its last `period` steps, NaN while there are fewer.
    way = nan
    if s.seen > 0:
        way = sma_step(window, base, s.seen - 1, s.period, abs(x - s.last)) * s.period
    s.last = x
    s.seen = counted(s.seen, s.period)
    return way


def er_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return way_reset(s)
    at = place_in(s.seen, s.period)
    change = abs(x - window[at])
    way = way_put(s, window, s.period, x)
    if way - way == 0.0:
        s.value = 1.0
        if way > change:
            s.value = change / way
    window[at] = x
    return s.value


def cmou_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return way_reset(s)
    at = place_in(s.seen, s.period)
    change = x - window[at]
    way = way_put(s, window, s.period, x)
    if way - way == 0.0:
        s.value = 0.0
        if way > abs(change):
            s.value = 100.0 * (change / way)
        elif change > 0.0:
            s.value = 100.0
        elif change < 0.0:
            s.value = -100.0
    window[at] = x
    return s.value


def imi_update(s, window, open, close):  # noqa: A002
    if not open * 0.0 * close >= 0.0:
        return way_reset(s)
    body = close - open
    up = 0.0
    down = 0.0
    if body > 0.0:
        up = body
    if body < 0.0:
        down = -body
    up = sma_step(window, 0, s.seen, s.period, up)
    total = up + sma_step(window, s.period + 1, s.seen, s.period, down)
    s.seen = counted(s.seen, s.period)
    if total - total == 0.0:
        s.value = 50.0
        if total > 0.0:
            s.value = 100.0 * (up / total)
    return s.value


def vhf_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return way_reset(s)
    at = place_in(s.seen, s.period)
    full = 0
    if s.seen >= s.period:
        full = 1
    top = highest_step(window, s.period + 1, at, s.period, full, x)
    bottom = -highest_step(window, 2 * s.period + 2, at, s.period, full, -x)
    way = way_put(s, window, 0, x)
    if way - way == 0.0:
        s.value = 0.0
        if way > 0.0:
            s.value = (top - bottom) / way
    return s.value


def vortex_start(s, period):
    s.period = period


def vortex_arena(period):
    return 3 * period + 3


def vortex_reset(s):
    s.plusvi = nan
    s.minusvi = nan
    s.seen = 0
    return nan


def vortex_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return vortex_reset(s)
    if s.seen > 0:
        span = high - low
        up = abs(high - s.close)
        down = abs(low - s.close)
        if up > span:
            span = up
        if down > span:
            span = down
        seen = s.seen - 1
        plus = sma_step(window, 0, seen, s.period, abs(high - s.low))
        minus = sma_step(window, s.period + 1, seen, s.period, abs(low - s.high))
        whole = sma_step(window, 2 * s.period + 2, seen, s.period, span)
        if whole - whole == 0.0:
            s.plusvi = 0.0
            s.minusvi = 0.0
            if whole > 0.0:
                s.plusvi = plus / whole
                s.minusvi = minus / whole
    s.high = high
    s.low = low
    s.close = close
    s.seen = counted(s.seen, s.period)
    return s.plusvi
