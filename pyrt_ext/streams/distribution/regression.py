# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Lines through windows, in time proportional to them; the form is that of ``pyrt_ext.streams``.

Sums are of distances from the newest value: where nothing moves they are exactly 0.
"""

import math

USES = ("windows", "statistics")

nan = float("nan")

AUTOCORR = (("value", "f8"), ("period", "i8"), ("lag", "i8"), ("at", "i8"), ("seen", "i8"))
OLS = (
    ("beta", "f8"),
    ("alpha", "f8"),
    ("rsquared", "f8"),
    ("sx", "f8"),
    ("sy", "f8"),
    ("xx", "f8"),
    ("yy", "f8"),
    ("xy", "f8"),
    ("period", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
)


def share_of(xy, xx, yy):
    # What a line explains of the movement.
    if xx > 0.0 and yy > 0.0 and xx * yy > 0.0:
        if xy * xy > xx * yy:
            return 1.0
        return xy * xy / (xx * yy)
    return nan


def rsquared_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if window_put(s, window, x) == 0:
        add_up(s, window)
        total = s.center
        n = s.period * 1.0
        ranked = s.slope - total * (0.5 * (n - 1.0))
        s.value = share_of(ranked, n * (n * n - 1.0) / 12.0, s.variance - total * total * (1.0 / n))
    return s.value


def autocorr_arena(period, lag):
    return period + lag


def autocorr_start(s, period, lag):
    s.period = period
    s.lag = lag


def autocorr_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def autocorr_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return autocorr_reset(s)
    size = s.period + s.lag
    i = s.at
    window[i] = x
    s.at += 1
    if s.at == size:
        s.at = 0
    if s.seen < size:
        s.seen += 1
        if s.seen < size:
            return s.value
    j = i - s.lag
    if j < 0:
        j += size
    ax = x
    ay = window[j]
    sx = 0.0
    sy = 0.0
    xx = 0.0
    yy = 0.0
    xy = 0.0
    left = s.period - 1
    while left > 0:
        i -= 1
        if i < 0:
            i = size - 1
        j -= 1
        if j < 0:
            j = size - 1
        dx = window[i] - ax
        dy = window[j] - ay
        sx += dx
        sy += dy
        xx += dx * dx
        yy += dy * dy
        xy += dx * dy
        left -= 1
    n = 1.0 / s.period
    xx -= sx * sx * n
    yy -= sy * sy * n
    xy -= sx * sy * n
    s.value = nan
    if xx > 0.0 and yy > 0.0:
        scale = math.sqrt(xx) * math.sqrt(yy)
        if scale > 0.0:
            s.value = xy / scale
    return s.value


def ols_arena(period):
    return 2 * period


def ols_start(s, period):
    s.period = period


def ols_reset(s):
    s.beta = nan
    s.alpha = nan
    s.rsquared = nan
    s.at = 0
    s.seen = 0
    return nan


def ols_sums(s, window, x, y):
    # Through the rings from end to end: the order of rows does not matter.
    s.sx = 0.0
    s.sy = 0.0
    s.xx = 0.0
    s.yy = 0.0
    s.xy = 0.0
    at = 0
    while at < s.period:
        dx = window[at] - x
        dy = window[s.period + at] - y
        s.sx += dx
        s.sy += dy
        s.xx += dx * dx
        s.yy += dy * dy
        s.xy += dx * dy
        at += 1
    return s.sx


def ols_update(s, window, x, y):
    if not x * 0.0 * y >= 0.0:
        return ols_reset(s)
    window[s.at] = x
    window[s.period + s.at] = y
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen < s.period:
        s.seen += 1
    if s.seen == s.period:
        share = 1.0 / s.period
        ols_sums(s, window, x, y)
        s.xx -= s.sx * s.sx * share
        s.yy -= s.sy * s.sy * share
        s.xy -= s.sx * s.sy * share
        s.beta = nan
        if s.xx > 0.0:
            s.beta = s.xy / s.xx
        s.alpha = (y + s.sy * share) - s.beta * (x + s.sx * share)
        s.rsquared = share_of(s.xy, s.xx, s.yy)
    return s.beta
