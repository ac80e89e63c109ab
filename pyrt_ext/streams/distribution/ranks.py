# ruff: noqa: ANN001, ANN201, D103, F821, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Order statistics of windows; the form is that of ``pyrt_ext.streams``.

A row takes time in proportion to how many values of the window stand between the one that leaves and the one that
comes.
"""

USES = ("distribution.order", "windows")

nan = float("nan")

SPOT = (("value", "f8"), ("share", "f8"), ("scale", "f8"), ("place", "i8"), ("period", "i8"), ("seen", "i8"))
RANKED = SPOT


def spot_arena(period, q=0.5):
    return 2 * period


def spot_start(s, period, q=0.5):
    s.period = period
    place = (period - 1) * q
    s.place = min(int(place), max(period - 2, 0))
    s.share = place - s.place


def spot_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def spot_value(s, window):
    low = window[s.period + s.place]
    if s.share > 0.0:
        low += (window[s.period + s.place + 1] - low) * s.share
    return low


def quantile_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return spot_reset(s)
    if order_put(window, 0, s.seen, s.period, x) == s.period:
        s.value = spot_value(s, window)
    s.seen = counted(s.seen, s.period)
    return s.value


def distance(window, base, period, k, m):
    # The k-th smallest distance from m: the k values nearest to it stand side by side, and one end is the farthest.
    low = 0
    high = period - k
    while low < high:
        middle = (low + high) // 2
        if m - window[base + middle] <= window[base + middle + k - 1] - m:
            high = middle
        else:
            low = middle + 1
    down = m - window[base + low]
    up = window[base + low + k - 1] - m
    if down > up:
        up = down
    if low > 0 and m - window[base + low - 1] < up:
        up = m - window[base + low - 1]
    return up


def mad_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return spot_reset(s)
    if order_put(window, 0, s.seen, s.period, x) == s.period:
        m = spot_value(s, window)
        one = distance(window, s.period, s.period, (s.period + 1) // 2, m)
        if s.period % 2 == 0:
            one += (distance(window, s.period, s.period, s.period // 2 + 1, m) - one) * 0.5
        s.value = one
    s.seen = counted(s.seen, s.period)
    return s.value


def ranked_arena(period, pct):
    return period


def ranked_start(s, period, pct):
    s.period = period
    s.scale = 1.0
    if pct:
        s.scale = 1.0 / period


def ranked_reset(s):
    return spot_reset(s)


def rank_update(s, window, x):
    # A ring, gone through from end to end: what is below counts twice, and equals once, the value itself among them.
    if not x * 0.0 >= 0.0:
        return spot_reset(s)
    window[place_in(s.seen, s.period)] = x
    s.seen = counted(s.seen, s.period)
    if s.seen >= s.period:
        count = 0
        i = 0
        while i < s.period:
            count += window[i] < x
            count += window[i] <= x
            i += 1
        s.value = (count + 1.0) * (0.5 * s.scale)
    return s.value
