# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""The shape of a window's distribution, in time proportional to it; the form is that of ``pyrt_ext.streams``.

Twice through the window, from the newest value: for the mean, and for powers of distances from it.
"""

import math

USES = ("windows",)

nan = float("nan")


def centered(s, window):
    # The mean, as a distance from the newest value. In twos, which do not wait for each other.
    newest = window[s.at + s.period - 1]
    mean = 0.0
    mean2 = 0.0
    i = 0
    while i + 1 < s.period:
        mean += window[i] - newest
        mean2 += window[i + 1] - newest
        i += 2
    if i < s.period:
        mean += window[i] - newest
    s.center = (mean + mean2) / s.period
    return s.center


def power_of(d, exponent):
    power = d * d
    if exponent == 3:
        power = power * d
    elif exponent == 4:
        power = power * power
    return power


def power_sum(s, window, exponent):
    # Of distances from the mean, to the power 2, 3 or 4.
    newest = window[s.at + s.period - 1]
    total = 0.0
    total2 = 0.0
    i = 0
    while i + 1 < s.period:
        total += power_of((window[i] - newest) - s.center, exponent)
        total2 += power_of((window[i + 1] - newest) - s.center, exponent)
        i += 2
    if i < s.period:
        total += power_of((window[i] - newest) - s.center, exponent)
    return total + total2


def zscore_update(s, window, x):
    if not x * 0.0 >= 0.0:
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
    if not x * 0.0 >= 0.0:
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
    if not x * 0.0 >= 0.0:
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
