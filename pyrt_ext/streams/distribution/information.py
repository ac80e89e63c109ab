# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""Entropies of windows, in nats; the form is that of ``pyrt_ext.streams``.

The window: a ring of values, then counts, then k * log(k) of the numbers that a count can be, 0 where not yet known.
"""

import math

nan = float("nan")

COUNTS = (
    ("value", "f8"),
    ("low", "f8"),
    ("high", "f8"),
    ("scale", "f8"),
    ("whole", "f8"),
    ("period", "i8"),
    ("order", "i8"),
    ("bins", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
)
PATTERNS = COUNTS


def counts_arena(period, bins):
    return 2 * period + 1 + bins


def counts_start(s, period, bins):
    s.period = period
    s.bins = bins
    s.whole = math.log(period * 1.0)


def patterns_arena(period, order):
    return 2 * period + 1 + math.factorial(order)


def patterns_start(s, period, order):
    s.period = period
    s.order = order
    s.bins = math.factorial(order)
    if order <= period:
        s.whole = math.log(period - order + 1.0)


def counts_reset(s):
    s.value = nan
    s.low = nan
    s.high = nan
    s.at = 0
    s.seen = 0
    return nan


def patterns_reset(s):
    return counts_reset(s)


def entropy_of(s, window, n):
    # log(n) - sum(k * log(k)) / n of counts k that sum up to n.
    total = 0.0
    known = s.period + s.bins
    i = s.period
    while i < s.period + s.bins:
        k = window[i]
        if k > 1.0:
            place = int(k)
            place += known
            if window[place] == 0.0:
                window[place] = k * math.log(k)
            total += window[place]
        i += 1
    return s.whole - total / n


def clear(s, window):
    i = s.period
    while i < s.period + s.bins:
        window[i] = 0.0
        i += 1
    return 0.0


def bin_of(s, x):
    # The bin of a value between the lowest and the highest, which is in the last one.
    place = (x - s.low) * s.scale
    if place >= s.bins - 1.0:
        return s.bins - 1
    nth = 0
    if place >= 1.0:
        nth = int(place)
    return nth


def count_all(s, window):
    # Bins and counts, afresh.
    low = window[0]
    high = window[0]
    i = 1
    while i < s.period:
        low = min(low, window[i])
        high = max(high, window[i])
        i += 1
    s.low = low
    s.high = high
    s.scale = 0.0
    if high - low > 0.0:
        s.scale = s.bins / (high - low)
    clear(s, window)
    i = 0
    while i < s.period:
        window[s.period + bin_of(s, window[i])] += 1.0
        i += 1
    return high


def entropy_update(s, window, x):
    # While the extremes stay, so do the bins, and one value leaves and one comes.
    if x - x != 0.0:
        return counts_reset(s)
    before = window[s.at]
    window[s.at] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen < s.period:
        s.seen += 1
        if s.seen < s.period:
            return s.value
    if x >= s.low and x <= s.high and before > s.low and before < s.high:
        window[s.period + bin_of(s, before)] -= 1.0
        window[s.period + bin_of(s, x)] += 1.0
    else:
        count_all(s, window)
    s.value = entropy_of(s, window, s.period * 1.0)
    return s.value


def pattern(s, window, newest):
    # The number of the order in which the values that end there stand, of equals the older being the lower.
    i = newest - s.order + 1
    if i < 0:
        i += s.period
    code = 0
    left = s.order - 1
    while left > 0:
        lower = 0
        j = i
        k = left
        while k > 0:
            j += 1
            if j == s.period:
                j = 0
            if window[j] < window[i]:
                lower += 1
            k -= 1
        code = code * (left + 1) + lower
        i += 1
        if i == s.period:
            i = 0
        left -= 1
    return code


def perm_entropy_update(s, window, x):
    if x - x != 0.0:
        return counts_reset(s)
    if s.order > s.period:
        return s.value
    if s.seen == 0:
        clear(s, window)
    if s.seen == s.period:
        i = s.at + s.order - 1
        if i >= s.period:
            i -= s.period
        window[s.period + pattern(s, window, i)] -= 1.0
    else:
        s.seen += 1
    i = s.at
    window[i] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen >= s.order:
        window[s.period + pattern(s, window, i)] += 1.0
    if s.seen == s.period:
        s.value = entropy_of(s, window, s.period - s.order + 1.0)
    return s.value
