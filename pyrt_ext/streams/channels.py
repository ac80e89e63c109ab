# ruff: noqa: ANN001, ANN201, D103, F821, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Bands, and the stop that follows a price; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("windows",)

nan = float("nan")

BBANDS = (
    ("upperband", "f8"),
    ("middleband", "f8"),
    ("lowerband", "f8"),
    ("up", "f8"),
    ("down", "f8"),
    ("period", "i8"),
    ("kind", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
)
SAR = (
    ("value", "f8"),
    ("stop", "f8"),
    ("extreme", "f8"),
    ("pace", "f8"),
    ("high", "f8"),
    ("low", "f8"),
    ("step", "f8"),
    ("most", "f8"),
    ("rising", "i8"),
    ("seen", "i8"),
)
SAREXT = (
    ("value", "f8"),
    ("stop", "f8"),
    ("extreme", "f8"),
    ("pace", "f8"),
    ("high", "f8"),
    ("low", "f8"),
    ("sign", "f8"),
    ("begin", "f8"),
    ("offset", "f8"),
    ("long_first", "f8"),
    ("long_step", "f8"),
    ("long_most", "f8"),
    ("short_first", "f8"),
    ("short_step", "f8"),
    ("short_most", "f8"),
    ("seen", "i8"),
)


def bbands_start(s, period, up, down, kind):
    s.period = period
    s.up = up
    s.down = down
    s.kind = kind


def bbands_arena(period, up, down, kind):
    return period + average_places(period)


def bbands_reset(s):
    s.upperband = nan
    s.middleband = nan
    s.lowerband = nan
    s.at = 0
    s.seen = 0
    return nan


def bbands_update(s, window, x):
    # The average's places stand behind the ring of the last values; sums are of distances from the newest.
    if not x * 0.0 >= 0.0:
        return bbands_reset(s)
    window[s.at] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    middle = average_step(window, s.period, s.seen, s.period, s.kind, x)
    s.seen += 1
    if middle - middle == 0.0 and s.seen >= s.period:
        total = 0.0
        squares = 0.0
        at = s.period - 1
        while at >= 0:
            d = window[at] - x
            total += d
            squares += d * d
            at -= 1
        total /= s.period
        variance = squares / s.period - total * total
        deviation = 0.0
        if variance > 0.0:
            deviation = math.sqrt(variance)
        s.upperband = middle + s.up * deviation
        s.middleband = middle
        s.lowerband = middle - s.down * deviation
    return s.upperband


def sar_start(s, acceleration, maximum):
    s.most = maximum
    s.step = min(acceleration, maximum)


def sar_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def sar_begin(s, high, low):
    # The second bar says where the first trend goes; the first step takes it for the bar before itself, too.
    up = high - s.high
    down = s.low - low
    s.pace = s.step
    s.rising = 1
    s.extreme = high
    s.stop = s.low
    if down > 0.0 and down > up:
        s.rising = 0
        s.extreme = low
        s.stop = s.high
    s.high = high
    s.low = low
    return nan


def outside(s, stop, high, low):
    # A stop stays below the last two bars of a rising trend, above those of a falling one.
    if s.rising != 0:
        if stop > s.low:
            stop = s.low
        if stop > low:
            stop = low
    else:
        if stop < s.high:
            stop = s.high
        if stop < high:
            stop = high
    return stop


def sar_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return sar_reset(s)
    if s.seen == 1:
        sar_begin(s, high, low)
    if s.seen > 0:
        turned = 0
        if (s.rising != 0 and low <= s.stop) or (s.rising == 0 and high >= s.stop):
            turned = 1
            s.rising = 1 - s.rising
            s.stop = outside(s, s.extreme, high, low)
        s.value = s.stop
        reach = low
        if s.rising != 0:
            reach = high
        if turned != 0:
            s.extreme = reach
            s.pace = s.step
        elif (s.rising != 0 and reach > s.extreme) or (s.rising == 0 and reach < s.extreme):
            s.extreme = reach
            s.pace += s.step
            if s.pace > s.most:
                s.pace = s.most
        s.stop = outside(s, s.stop + s.pace * (s.extreme - s.stop), high, low)
    s.high = high
    s.low = low
    s.seen += 1
    return s.value


def sarext_start(s, begin, offset, *paces):  # noqa: ANN002
    long_first, long_step, long_most, short_first, short_step, short_most = paces
    s.begin = begin
    s.offset = offset
    s.long_first = min(long_first, long_most)
    s.long_step = min(long_step, long_most)
    s.long_most = long_most
    s.short_first = min(short_first, short_most)
    s.short_step = min(short_step, short_most)
    s.short_most = short_most


def sarext_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def sarext_begin(s, high, low):
    # As sar_begin, in the mirror of a falling trend; or where it is told to.
    up = high - s.high
    down = s.low - low
    s.sign = 1.0
    if s.begin < 0.0 or (s.begin == 0.0 and down > 0.0 and down > up):
        s.sign = -1.0
    s.stop = s.begin
    if s.begin == 0.0:
        s.stop = s.low
        if s.sign < 0.0:
            s.stop = -s.high
    s.pace = s.long_first
    s.high = high
    s.low = low
    if s.sign < 0.0:
        s.pace = s.short_first
        s.high = -low
        s.low = -high
    s.extreme = s.high
    return nan


def sarext_turn(s, reach, low):
    # From bar's extremes as the new trend's mirror shows them.
    stop = max(s.extreme, s.high, -low)
    if s.offset != 0.0:
        stop += s.sign * (stop * s.offset)
    s.sign = -s.sign
    s.stop = -stop
    held = -s.low
    s.low = -s.high
    s.high = held
    s.extreme = reach
    s.pace = s.long_first
    if s.sign < 0.0:
        s.pace = s.short_first
    return s.stop


def sarext_update(s, window, high, low):
    # A falling trend is a rising one in a mirror, where prices are negative: outputs are of the mirror.
    if not high * 0.0 * low >= 0.0:
        return sarext_reset(s)
    top = high
    bottom = low
    if s.seen == 1:
        sarext_begin(s, high, low)
    if s.seen > 0:
        if s.sign < 0.0:
            top = -low
            bottom = -high
        s.value = s.stop
        if bottom <= s.stop:
            held = top
            top = -bottom
            bottom = -held
            s.value = sarext_turn(s, top, bottom)
        elif top > s.extreme:
            s.extreme = top
            if s.sign > 0.0:
                s.pace = min(s.pace + s.long_step, s.long_most)
            else:
                s.pace = min(s.pace + s.short_step, s.short_most)
        s.stop = min(s.stop + s.pace * (s.extreme - s.stop), s.low, bottom)
    s.high = top
    s.low = bottom
    s.seen += 1
    return s.value
