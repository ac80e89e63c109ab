# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Statistic Functions over a window, in time proportional to it; the form is that of ``pyrt_ext.streams``.

Sums are of distances from the newest value: rounding is in proportion to how far the window reaches.
"""

import math

USES = ("windows",)

nan = float("nan")

PAIR = (("value", "f8"), ("last_x", "f8"), ("last_y", "f8"), ("period", "i8"), ("at", "i8"), ("seen", "i8"))


def add_up(s, window):
    # Sums of distances from the newest value, which is returned: themselves, as the mean; their squares, as the
    # variance; and times their ranks, the oldest's 0, as the slope. Newest first in the order of additions, which are
    # in twos that do not wait for each other.
    oldest = s.at
    i = oldest + s.period - 1
    anchor = window[i]
    total = 0.0
    squares = 0.0
    ranked = 0.0
    total2 = 0.0
    squares2 = 0.0
    ranked2 = 0.0
    rank = s.period - 2.0
    i -= 1
    while i > oldest:
        d = window[i] - anchor
        d2 = window[i - 1] - anchor
        total += d
        total2 += d2
        squares += d * d
        squares2 += d2 * d2
        ranked += d * rank
        ranked2 += d2 * (rank - 1.0)
        rank -= 2.0
        i -= 2
    if i == oldest:
        d = window[i] - anchor
        total += d
        squares += d * d  # its rank is 0
    s.center = total + total2
    s.variance = squares + squares2
    s.slope = ranked + ranked2
    return anchor


def fit(s, window):
    # Mean, variance, and slope on time, oldest first in time.
    anchor = add_up(s, window)
    total = s.center
    ranked = s.slope
    n = s.period * 1.0
    mean = total / n
    s.center = anchor + mean
    s.variance = s.variance / n - mean * mean
    if s.variance < 0.0:  # noqa: PLR1730  # both compilers know this form
        s.variance = 0.0
    s.slope = 0.0
    if s.period > 1:
        s.slope = (ranked - total * (0.5 * (n - 1.0))) / (n * (n * n - 1.0) / 12.0)
    return n


def var_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        fit(s, window)
        s.value = s.variance
    return s.value


def stddev_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        fit(s, window)
        s.value = math.sqrt(s.variance) * s.factor
    return s.value


def linearreg_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        n = fit(s, window)
        s.value = s.center + s.slope * (0.5 * (n - 1.0))
    return s.value


def linearreg_slope_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        fit(s, window)
        s.value = s.slope
    return s.value


def linearreg_angle_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        fit(s, window)
        s.value = math.atan(s.slope) * (180.0 / 3.14159265358979323846)
    return s.value


def linearreg_intercept_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        n = fit(s, window)
        s.value = s.center - s.slope * (0.5 * (n - 1.0))
    return s.value


def tsf_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        n = fit(s, window)
        s.value = s.center + s.slope * (0.5 * (n + 1.0))
    return s.value


def avgdev_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        n = fit(s, window)
        total = 0.0
        total2 = 0.0
        at = s.period - 1
        while at > 0:
            total += abs(window[at] - s.center)
            total2 += abs(window[at - 1] - s.center)
            at -= 2
        if at == 0:
            total += abs(window[0] - s.center)
        s.value = (total + total2) / n
    return s.value


def pair_arena(period):
    return 2 * period


def pair_start(s, period):
    s.period = period


def pair_reset(s):
    s.value = nan
    s.last_x = nan
    s.at = 0
    s.seen = 0
    return nan


def pair_put(s, window, x, y):
    window[s.at] = x
    window[s.period + s.at] = y
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen < s.period:
        s.seen += 1
    return s.period - s.seen


def pair_relation(s, window, slope):
    # The correlation of the two series, or the slope of the second on the first; 0 where there is no movement.
    # Through the rings from end to end: the order of rows does not matter.
    at = s.at - 1
    if at < 0:
        at = s.period - 1
    anchor_x = window[at]
    anchor_y = window[s.period + at]
    sx = 0.0
    sy = 0.0
    sxx = 0.0
    syy = 0.0
    sxy = 0.0
    at = 0
    while at < s.period:
        dx = window[at] - anchor_x
        dy = window[s.period + at] - anchor_y
        sx += dx
        sy += dy
        sxx += dx * dx
        syy += dy * dy
        sxy += dx * dy
        at += 1
    n = s.period * 1.0
    sxx -= sx * sx / n
    syy -= sy * sy / n
    sxy -= sx * sy / n
    if slope != 0:
        if sxx > 0.0:
            return sxy / sxx
        return 0.0
    if sxx > 0.0 and syy > 0.0:
        return sxy / (math.sqrt(sxx) * math.sqrt(syy))
    return 0.0


def correl_update(s, window, x, y):
    if not x * 0.0 * y >= 0.0:
        return pair_reset(s)
    if pair_put(s, window, x, y) == 0:
        s.value = pair_relation(s, window, 0)
    return s.value


def beta_update(s, window, x, y):
    if not x * 0.0 * y >= 0.0:
        return pair_reset(s)
    last_x = s.last_x
    last_y = s.last_y
    s.last_x = x
    s.last_y = y
    if not last_x * 0.0 >= 0.0:
        return s.value
    change_x = 0.0
    change_y = 0.0
    if last_x != 0.0:
        change_x = (x - last_x) / last_x
    if last_y != 0.0:
        change_y = (y - last_y) / last_y
    if pair_put(s, window, change_x, change_y) == 0:
        s.value = pair_relation(s, window, 1)
    return s.value
