# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""How far a market has come and how wide it is, one value at a time; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("windows", "volatility")

nan = float("nan")
TINY = 1e-14  # what is a rounding error beside the numbers that it is the difference of
EDGE = 1e-10  # by how much a band must be inside another

ICHIMOKU = (
    ("tenkan", "f8"),
    ("kijun", "f8"),
    ("senkou_a", "f8"),
    ("senkou_b", "f8"),
    ("lead_a", "f8"),
    ("lead_b", "f8"),
    ("quick", "i8"),
    ("slack", "i8"),
    ("wide", "i8"),
    ("apart", "i8"),
    ("at1", "i8"),
    ("at2", "i8"),
    ("at3", "i8"),
    ("at4", "i8"),
    ("lost", "i8"),
    ("seen", "i8"),
)
SQUEEZE = (
    ("momentum", "f8"),
    ("on", "f8"),
    ("last", "f8"),
    ("nbdev", "f8"),
    ("nbrange", "f8"),
    ("period", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
)
REACH = (
    ("value", "f8"),
    ("last", "f8"),
    ("scale", "f8"),
    ("period", "i8"),
    ("at", "i8"),
    ("full", "i8"),
    ("seen", "i8"),
)


def ichimoku_start(s, quick, slack, wide, apart):
    s.quick = quick
    s.slack = slack
    s.wide = wide
    s.apart = apart
    s.lost = max(quick, slack, wide) + apart - 2


def ichimoku_arena(quick, slack, wide, apart):
    return 2 * (quick + slack + wide + apart) + 6


def ichimoku_reset(s):
    s.tenkan = nan
    s.kijun = nan
    s.senkou_a = nan
    s.senkou_b = nan
    s.lead_a = nan
    s.lead_b = nan
    s.at1 = 0
    s.at2 = 0
    s.at3 = 0
    s.at4 = 0
    s.seen = 0
    return nan


def middle_step(window, base, at, period, seen, high, low):
    # Halfway between the extremes of the last `period` bars. Takes 2 * period + 2 places.
    full = 0
    if seen >= period:
        full = 1
    top = highest_step(window, base, at, period, full, high)
    return (top - highest_step(window, base + period + 1, at, period, full, -low)) / 2.0


def onward(at, period):
    if at + 1 == period:
        return 0
    return at + 1


def ichimoku_update(s, window, high, low):
    # Behind the windows stand two rings of `apart` places: what leads by as many rows, the present one counted.
    if not high * 0.0 * low >= 0.0:
        return ichimoku_reset(s)
    base = 0
    tenkan = middle_step(window, base, s.at1, s.quick, s.seen, high, low)
    base += 2 * s.quick + 2
    kijun = middle_step(window, base, s.at2, s.slack, s.seen, high, low)
    base += 2 * s.slack + 2
    lead = middle_step(window, base, s.at3, s.wide, s.seen, high, low)
    base += 2 * s.wide + 2
    window[base + s.at4] = (tenkan + kijun) / 2.0
    window[base + s.apart + s.at4] = lead
    s.at1 = onward(s.at1, s.quick)
    s.at2 = onward(s.at2, s.slack)
    s.at3 = onward(s.at3, s.wide)
    s.at4 = onward(s.at4, s.apart)
    if s.seen >= s.lost:
        s.tenkan = tenkan
        s.kijun = kijun
        s.senkou_a = window[base + s.at4]
        s.senkou_b = window[base + s.apart + s.at4]
        s.lead_a = (tenkan + kijun) / 2.0
        s.lead_b = lead
    s.seen += 1
    return s.tenkan


def squeeze_start(s, period, nbdev, nbrange):
    s.period = period
    s.nbdev = nbdev
    s.nbrange = nbrange


def squeeze_arena(period, nbdev, nbrange):
    return 8 * period + 4


def squeeze_reset(s):
    s.momentum = nan
    s.on = nan
    s.last = nan
    s.at = 0
    s.seen = 0
    return nan


def squeeze_fit(s, window, base, at):
    # The standard deviation of the last closes, and where the regression line on time of their distances from the
    # middle ends; sums are of distances from the newest. Both stand twice in a row, so that a window is never cut, and
    # are added up in twos, which do not wait for each other.
    period = s.period
    apart = 2 * period
    oldest = base + at + 1
    i = base + at + period
    newest = window[i]
    last = window[i + apart]
    total = 0.0
    squares = 0.0
    sums = 0.0
    ranked = 0.0
    total2 = 0.0
    squares2 = 0.0
    sums2 = 0.0
    ranked2 = 0.0
    rank = period - 2.0
    i -= 1
    while i > oldest:
        d = window[i] - newest
        d2 = window[i - 1] - newest
        total += d
        total2 += d2
        squares += d * d
        squares2 += d2 * d2
        d = window[i + apart] - last
        d2 = window[i + apart - 1] - last
        sums += d
        sums2 += d2
        ranked += d * rank
        ranked2 += d2 * (rank - 1.0)
        rank -= 2.0
        i -= 2
    if i == oldest:
        d = window[i] - newest
        total += d
        squares += d * d
        sums += window[i + apart] - last  # whose rank is 0
    n = period * 1.0
    mean = (total + total2) / n
    squares = (squares + squares2) / n - mean * mean
    squares = max(squares, 0.0)
    sums += sums2
    slope = (ranked + ranked2 - sums * (0.5 * (n - 1.0))) / (n * (n * n - 1.0) / 12.0)
    s.momentum = last + sums / n + slope * (0.5 * (n - 1.0))
    return math.sqrt(squares)


def squeeze_update(s, window, high, low, close):
    # Behind the extremes' windows: averages of closes and of true ranges, then closes and their distances from the
    # middle, as squeeze_fit takes them.
    if not high * 0.0 * low * close >= 0.0:
        return squeeze_reset(s)
    period = s.period
    at = s.at
    base = 2 * period + 2
    middle = middle_step(window, 0, at, period, s.seen, high, low)
    middle = (middle + sma_step(window, base, s.seen, period, close)) / 2.0
    base += period + 1
    wide = 0.0
    if s.seen > 0:
        wide = s.nbrange * sma_step(window, base, s.seen - 1, period, true_range(high, low, s.last))
    base += period + 1
    middle = close - middle
    window[base + at] = close
    window[base + period + at] = close
    window[base + 2 * period + at] = middle
    window[base + 3 * period + at] = middle
    if s.seen >= 2 * period - 2:
        s.on = 0.0
        if wide - s.nbdev * squeeze_fit(s, window, base, at) > EDGE * wide:
            s.on = 1.0
    s.last = close
    s.at = onward(at, period)
    s.seen = counted(s.seen, s.period)
    return s.momentum


def reach_start(s, period):
    s.period = period
    s.scale = 0.0
    if period > 1:
        s.scale = 100.0 / math.log(period)


def reach_arena(period):
    return 3 * period + 3


def reach_reset(s):
    s.value = nan
    s.last = nan
    s.at = 0
    s.full = 0
    s.seen = 0
    return nan


def choppiness_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return reach_reset(s)
    base = s.period + 1
    top = highest_step(window, 0, s.at, s.period, s.full, high)
    bottom = -highest_step(window, base, s.at, s.period, s.full, -low)
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    if s.seen > 0:
        way = sma_step(window, 2 * base, s.seen - 1, s.period, true_range(high, low, s.last)) * s.period
        if s.seen >= s.period:
            s.value = 0.0
            if way > 0.0 and top - bottom > TINY * (abs(top) + abs(bottom)):
                s.value = s.scale * math.log(way / (top - bottom))
    s.last = close
    s.seen = counted(s.seen, s.period)
    return s.value


def ulcer_index_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return reach_reset(s)
    top = highest_step(window, 0, s.at, s.period, s.full, x)
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    if s.full != 0:
        fall = 0.0
        if top != 0.0:
            fall = (x - top) / top * 100.0
        mean = sma_step(window, s.period + 1, s.seen, s.period, fall * fall)
        s.seen = counted(s.seen, s.period)
        if s.seen >= s.period:
            s.value = math.sqrt(mean)
    return s.value
