# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""What a series remembers; the form is that of ``pyrt_ext.streams``.

Hurst's exponent takes time in proportion to the logarithm of the window, the others to the window.
"""

import math

USES = ("windows", "distribution.filters")

nan = float("nan")
infinity = float("inf")

HURST = (("value", "f8"), ("period", "i8"), ("at", "i8"), ("seen", "i8"))
VARIANCE_RATIO = (("ratio", "f8"), ("z", "f8"), ("period", "i8"), ("lag", "i8"), ("at", "i8"), ("seen", "i8"))


def hurst_arena(period):
    total = period // 2
    lag = 1
    while 4 * lag <= period:
        total += period - lag + 1
        lag *= 2
    return total


def hurst_start(s, period):
    s.period = period


def hurst_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def hurst_update(s, window, x):
    # A ring of values, then for every lag the mean of squared changes, as sma_step keeps it.
    if not x * 0.0 >= 0.0:
        return hurst_reset(s)
    size = s.period // 2
    window[s.at] = x
    count = 0
    lag = 1
    while 4 * lag <= s.period:
        count += 1
        lag *= 2
    n = count * 1.0
    step = 6.0 / (0.693147180559945309417 * n * (n * n - 1.0))
    total = 0.0
    base = size
    lag = 1
    j = 0
    while j < count:
        if s.seen >= lag:
            at = s.at - lag
            if at < 0:
                at += size
            d = x - window[at]
            square = sma_step(window, base, s.seen - lag, s.period - lag, d * d)
            if square >= 2.2250738585072014e-308 and square <= 1.7976931348623157e308:
                total += math.log(square) * (step * (j - 0.5 * (n - 1.0)))
            else:
                total = nan
        base += s.period - lag + 1
        lag *= 2
        j += 1
    s.at += 1
    if s.at == size:
        s.at = 0
    s.seen += 1
    if s.seen >= s.period:
        s.value = total
    return s.value


def variance_ratio_arena(period, lag):
    return 3 * period + 2


def variance_ratio_start(s, period, lag):
    s.period = period
    s.lag = lag


def variance_ratio_reset(s):
    s.ratio = nan
    s.z = nan
    s.at = 0
    s.seen = 0
    return nan


def change_squares(s, window, oldest, mean):
    # Squared distances of changes from their mean, oldest first, behind the values; returns their sum.
    one = 0.0
    two = 0.0
    base = 2 * (s.period + 1)
    k = 0
    while k + 1 < s.period:
        i = oldest + k
        d = (window[i + 1] - window[i]) - mean
        d2 = (window[i + 2] - window[i + 1]) - mean
        window[base + k] = d * d
        window[base + k + 1] = d2 * d2
        one += d * d
        two += d2 * d2
        k += 2
    if k < s.period:
        d = (window[oldest + k + 1] - window[oldest + k]) - mean
        window[base + k] = d * d
        one += d * d
    return one + two


def wide_squares(s, window, oldest, mean):
    # The sum of squared distances of changes over `lag` rows from their mean.
    one = 0.0
    two = 0.0
    i = oldest
    end = oldest + s.period - s.lag
    while i < end:
        d = (window[i + s.lag] - window[i]) - mean
        d2 = (window[i + s.lag + 1] - window[i + 1]) - mean
        one += d * d
        two += d2 * d2
        i += 2
    if i == end:
        d = (window[i + s.lag] - window[i]) - mean
        one += d * d
    return one + two


def variance_ratio_of(s, window, x):
    n = s.period * 1.0
    q = s.lag * 1.0
    mean = (x - window[s.at]) / n
    total = change_squares(s, window, s.at, mean)
    wide = wide_squares(s, window, s.at, mean * q)
    base = 2 * (s.period + 1)
    theta = 0.0
    j = 1
    while j < s.lag:
        weight = 2.0 * (q - j) / q
        theta += dot(window, base, base + j, s.period - j) * (weight * weight)
        j += 1
    s.ratio = nan
    s.z = nan
    spread = total / (n - 1.0)
    if spread > 0.0:
        s.ratio = (wide / (q * (n - q + 1.0) * (1.0 - q / n))) / spread
        if theta > 0.0:
            s.z = (s.ratio - 1.0) * total / math.sqrt(theta)
    return s.ratio


def variance_ratio_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return variance_ratio_reset(s)
    window[s.at] = x
    window[s.at + s.period + 1] = x
    s.at += 1
    if s.at > s.period:
        s.at = 0
    if s.seen <= s.period:
        s.seen += 1
    if s.seen > s.period and s.lag < s.period:
        variance_ratio_of(s, window, x)
    return s.ratio


def half_life_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) > 0:
        return s.value
    share = 1.0 / (s.period - 1.0)
    i = s.at + s.period - 2
    anchor = window[i]
    sp = 0.0
    pp = 0.0
    pd = 0.0
    after = x
    while i >= s.at:
        before = window[i]
        p = before - anchor
        sp += p
        pp += p * p
        pd += p * (after - before)
        after = before
        i -= 1
    spread = pp - sp * sp * share
    s.value = nan
    if spread > 0.0:
        spread = (pd - sp * (x - after) * share) / spread
        s.value = infinity
        if spread != 0.0:
            s.value = -0.693147180559945309417 / spread
    return s.value
