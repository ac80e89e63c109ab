# ruff: noqa: ANN001, ANN201, D103, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Filters that make a price fit for statistics; the form is that of ``pyrt_ext.streams``."""

nan = float("nan")

FRAC_DIFF = (("value", "f8"), ("d", "f8"), ("width", "i8"), ("filled", "i8"), ("at", "i8"), ("seen", "i8"))
CUSUM = (("value", "f8"), ("height", "f8"), ("last", "f8"), ("up", "f8"), ("down", "f8"))


def frac_diff_width(d, threshold):
    # How many weights of (1 - B)**d there are down to the threshold.
    weight, count = 1.0, 0
    while count == 0 or abs(weight) >= threshold:
        count += 1
        weight *= (count - 1.0 - d) / count
    return count


def frac_diff_arena(d, threshold):
    return 3 * frac_diff_width(d, threshold)


def frac_diff_start(s, d, threshold):
    s.d = d
    s.width = frac_diff_width(d, threshold)


def frac_diff_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def frac_weights(s, window):
    # The window: the last values, twice in a row so that they are never cut, then the weights, oldest value's first.
    weight = 1.0
    k = 0
    while k < s.width:
        window[3 * s.width - 1 - k] = weight
        k += 1
        weight *= (k - 1.0 - s.d) / k
    s.filled = 1
    return weight


def frac_diff_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return frac_diff_reset(s)
    if s.filled == 0:
        frac_weights(s, window)
    window[s.at] = x
    window[s.at + s.width] = x
    s.at += 1
    if s.at == s.width:
        s.at = 0
    if s.seen < s.width:
        s.seen += 1
        if s.seen < s.width:
            return s.value
    s.value = dot(window, s.at, 2 * s.width, s.width)
    return s.value


def dot(window, i, j, count):
    # The sum of products of `count` places from i on with those from j on; in four sums, none waiting for another.
    one = 0.0
    two = 0.0
    three = 0.0
    four = 0.0
    end = i + count
    while i + 3 < end:
        one += window[i] * window[j]
        two += window[i + 1] * window[j + 1]
        three += window[i + 2] * window[j + 2]
        four += window[i + 3] * window[j + 3]
        i += 4
        j += 4
    while i < end:
        one += window[i] * window[j]
        i += 1
        j += 1
    return (one + two) + (three + four)


def cusum_start(s, height):
    s.height = height


def cusum_reset(s):
    s.value = nan
    s.last = nan
    s.up = 0.0
    s.down = 0.0
    return nan


def cusum_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return cusum_reset(s)
    if s.last == s.last:  # there is a value before
        change = x - s.last
        s.up += change
        s.down += change
        if s.up < 0.0:
            s.up = 0.0
        if s.down > 0.0:
            s.down = 0.0
        s.value = 0.0
        if s.down < -s.height:
            s.down = 0.0
            s.value = -1.0
        elif s.up > s.height:
            s.up = 0.0
            s.value = 1.0
    s.last = x
    return s.value
