# ruff: noqa: ANN001, ANN201, D103, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Entropies of windows, in nats; the form is that of ``pyrt_ext.streams``.

The window: a ring of values, then counts.
"""

import math

nan = float("nan")

COUNTS = (("value", "f8"), ("period", "i8"), ("order", "i8"), ("bins", "i8"), ("at", "i8"), ("seen", "i8"))
PATTERNS = COUNTS


def counts_arena(period, bins):
    return period + bins


def counts_start(s, period, bins):
    s.period = period
    s.bins = bins


def patterns_arena(period, order):
    return period + math.factorial(order)


def patterns_start(s, period, order):
    s.period = period
    s.order = order
    s.bins = math.factorial(order)


def counts_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def patterns_reset(s):
    return counts_reset(s)


def entropy_of(s, window, n):
    # log(n) - sum(k * log(k)) / n of counts k that sum up to n.
    total = 0.0
    i = s.period
    while i < s.period + s.bins:
        k = window[i]
        if k > 1.0:
            total += k * math.log(k)
        i += 1
    return math.log(n) - total / n


def clear(s, window):
    i = s.period
    while i < s.period + s.bins:
        window[i] = 0.0
        i += 1
    return 0.0


def entropy_update(s, window, x):
    if x - x != 0.0:
        return counts_reset(s)
    window[s.at] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen < s.period:
        s.seen += 1
        if s.seen < s.period:
            return s.value
    low = x
    high = x
    i = 0
    while i < s.period:
        if window[i] < low:
            low = window[i]
        if window[i] > high:
            high = window[i]
        i += 1
    scale = 0.0
    if high - low > 0.0:
        scale = s.bins / (high - low)
    clear(s, window)
    i = 0
    while i < s.period:
        place = (window[i] - low) * scale
        first = 0
        last = s.bins
        while last - first > 1:
            middle = (first + last) // 2
            if place >= middle:
                first = middle
            else:
                last = middle
        window[s.period + first] += 1.0
        i += 1
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
