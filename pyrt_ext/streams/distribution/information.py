# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""Entropies of windows, in nats; the form is that of ``pyrt_ext.streams``.

The window: a ring of values, then counts, then k * log(k) of the numbers that a count can be, 0 where not yet known,
then those of the counts that there are.
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
    return 2 * period + 1 + 2 * bins


def counts_start(s, period, bins):
    s.period = period
    s.bins = bins
    s.whole = math.log(period * 1.0)


def patterns_arena(period, order):
    return 2 * period + 1 + 2 * math.factorial(order)


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
    # log(n) - sum(k * log(k)) / n of counts k that sum up to n. In twos, which do not wait for each other.
    total = 0.0
    total2 = 0.0
    i = 2 * s.period + 1 + s.bins
    end = i + s.bins
    while i + 1 < end:
        total += window[i]
        total2 += window[i + 1]
        i += 2
    if i < end:
        total += window[i]
    return s.whole - (total + total2) / n


def count(s, window, place, more):
    # So many more in a bin.
    k = window[s.period + place] + more
    window[s.period + place] = k
    term = 0.0
    if k > 1.0:
        known = int(k)
        known += s.period + s.bins
        if window[known] == 0.0:
            window[known] = k * math.log(k)
        term = window[known]
    window[2 * s.period + 1 + s.bins + place] = term
    return term


def clear(s, window):
    i = 0
    while i < s.bins:
        window[s.period + i] = 0.0
        window[2 * s.period + 1 + s.bins + i] = 0.0
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
    i = 0
    while i < s.bins:
        count(s, window, i, 0.0)
        i += 1
    return high


def entropy_update(s, window, x):
    # While the extremes stay, so do the bins, and one value leaves and one comes.
    if not x * 0.0 >= 0.0:
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
        count(s, window, bin_of(s, before), -1.0)
        count(s, window, bin_of(s, x), 1.0)
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
    if not x * 0.0 >= 0.0:
        return counts_reset(s)
    if s.order > s.period:
        return s.value
    if s.seen == 0:
        clear(s, window)
    if s.seen == s.period:
        i = s.at + s.order - 1
        if i >= s.period:
            i -= s.period
        count(s, window, pattern(s, window, i), -1.0)
    else:
        s.seen += 1
    i = s.at
    window[i] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen >= s.order:
        count(s, window, pattern(s, window, i), 1.0)
    if s.seen == s.period:
        s.value = entropy_of(s, window, s.period - s.order + 1.0)
    return s.value
