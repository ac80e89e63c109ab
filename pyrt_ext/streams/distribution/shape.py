# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""The shape of a window's distribution, in time proportional to it; the form is that of ``pyrt_ext.streams``.

Twice through the window, from the newest value: for the mean, and for powers of distances from it.
"""

import math

USES = ("windows",)

nan = float("nan")


def centered(s, window):
    # The mean, as a distance from the newest value.
    at = s.at - 1
    if at < 0:
        at = s.period - 1
    newest = window[at]
    mean = 0.0
    left = s.period - 1
    while left > 0:
        at -= 1
        if at < 0:
            at = s.period - 1
        mean += window[at] - newest
        left -= 1
    s.center = mean / s.period
    return s.center


def power_sum(s, window, exponent):
    # Of distances from the mean, to the power 2, 3 or 4.
    at = s.at - 1
    if at < 0:
        at = s.period - 1
    newest = window[at]
    total = 0.0
    left = s.period
    while left > 0:
        d = (window[at] - newest) - s.center
        power = d * d
        if exponent == 3:
            power = power * d
        elif exponent == 4:
            power = power * power
        total += power
        at -= 1
        if at < 0:
            at = s.period - 1
        left -= 1
    return total


def zscore_update(s, window, x):
    if x - x != 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        n = s.period * 1.0
        centered(s, window)
        squares = math.sqrt(power_sum(s, window, 2) * (1.0 / n))
        s.value = nan
        if squares > 0.0:
            s.value = -s.center / squares
    return s.value


def skew_update(s, window, x):
    if x - x != 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        n = s.period * 1.0
        centered(s, window)
        squares = power_sum(s, window, 2)
        spread = squares * math.sqrt(squares)
        s.value = nan
        if spread > 0.0:
            s.value = power_sum(s, window, 3) * (n * math.sqrt(n - 1.0) / (n - 2.0)) / spread
    return s.value


def kurtosis_update(s, window, x):
    if x - x != 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        n = s.period * 1.0
        centered(s, window)
        squares = power_sum(s, window, 2)
        spread = squares * squares
        rest = (n - 2.0) * (n - 3.0)
        s.value = nan
        if spread > 0.0:
            s.value = power_sum(s, window, 4) / spread * (n * (n + 1.0) * (n - 1.0) / rest)
            s.value -= 3.0 * (n - 1.0) * (n - 1.0) / rest
    return s.value
