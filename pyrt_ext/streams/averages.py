# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Moving averages beyond ``moving``, one value at a time; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("windows",)

nan = float("nan")

AVERAGE = (
    ("value", "f8"),
    ("factor", "f8"),
    ("first", "f8"),
    ("second", "f8"),
    ("third", "f8"),
    ("period", "i8"),
    ("seen", "i8"),
    ("half", "i8"),
    ("inner", "i8"),
)
VARIABLE = (("value", "f8"), ("least", "i8"), ("most", "i8"), ("kind", "i8"), ("seen", "i8"))


def average_start(s, period, factor=0.0):
    s.period = period
    s.factor = factor


def average_arena(period, factor=0.0):
    return average_places(period)


def average_reset(s):
    s.value = nan
    s.seen = 0
    s.half = 0
    s.inner = 0
    return nan


def rma_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    s.first = ema_kept(window, 0, s.first, s.seen, s.period, 1.0 / s.period, x)
    s.seen += 1
    if s.seen >= s.period:
        s.value = s.first
    return s.value


def wma_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    s.value = wma_step(window, 0, s.seen, s.period, x)
    s.seen = counted(s.seen, s.period)
    return s.value


def dema_update(s, window, x):
    # The averages of averages begin where those below them are complete.
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    gain = 2.0 / (s.period + 1.0)
    lost = s.period - 1
    s.first = ema_kept(window, 0, s.first, s.seen, s.period, gain, x)
    s.second = ema_kept(window, 1, s.second, s.seen - lost, s.period, gain, s.first)
    if s.seen >= 2 * lost:
        s.value = 2.0 * s.first - s.second
    s.seen += 1
    return s.value


def tema_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    gain = 2.0 / (s.period + 1.0)
    lost = s.period - 1
    s.first = ema_kept(window, 0, s.first, s.seen, s.period, gain, x)
    s.second = ema_kept(window, 1, s.second, s.seen - lost, s.period, gain, s.first)
    s.third = ema_kept(window, 2, s.third, s.seen - 2 * lost, s.period, gain, s.second)
    if s.seen >= 3 * lost:
        s.value = 3.0 * (s.first - s.second) + s.third
    s.seen += 1
    return s.value


def trima_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    first = (s.period + 1) // 2
    s.value = trima_step(window, 0, s.seen, s.inner, s.period, x)
    s.seen = counted(s.seen, first)
    if s.seen >= first:
        s.inner = counted(s.inner, s.period + 1 - first)
    return s.value


def ma_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    kind = 0
    while kind < s.factor:
        kind += 1
    s.value = average_step(window, 0, s.seen, s.period, kind, x)
    s.seen += 1
    return s.value


def t3_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    s.value = t3_step(window, 0, s.seen, s.period, s.factor, x)
    s.seen += 1
    return s.value


def hma_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    s.value = hma_step(window, 0, s.half, s.seen, s.inner, s.period, x)
    s.half = counted(s.half, max(s.period // 2, 1))
    s.seen = counted(s.seen, s.period)
    if s.seen >= s.period:
        s.inner = counted(s.inner, int(math.sqrt(s.period * 1.0)))
    return s.value


def zlema_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    lag = (s.period - 1) // 2
    x = ahead(window, 0, s.seen, lag, x)
    seen = s.seen - lag
    s.first = ema_kept(window, s.period, s.first, seen, s.period, 2.0 / (s.period + 1.0), x)
    s.seen += 1
    if seen + 1 >= s.period:
        s.value = s.first
    return s.value


def kama_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return average_reset(s)
    s.value = kama_step(window, 0, s.seen, s.period, x)
    s.seen = counted(s.seen, s.period)
    return s.value


def variable_start(s, least, most, kind):
    s.least = least
    s.most = most
    s.kind = kind


def variable_arena(least, most, kind):
    return min((most - least + 1) * average_places(most), 2**56)  # which no memory holds


def variable_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def latest_mean(window, base, size, newest, period):
    # Of the last `period` values in a ring of `size`, as distances from the newest.
    x = window[base + newest]
    total = 0.0
    total2 = 0.0
    i = base + newest - 1
    left = period - 1
    if newest < left:
        end = base + size - (left - newest)
        while i >= base:
            total += window[i] - x
            i -= 1
        i = base + size - 1
    else:
        end = base + newest - left
    while i > end:
        total += window[i] - x
        total2 += window[i - 1] - x
        i -= 2
    if i == end:
        total += window[i] - x
    return x + (total + total2) / period


def mavp_update(s, window, x, periods):
    # Averages over all periods go along, each begun so that it is complete where that over the longest is; but for
    # means, which are added up from the last values.
    if not x * 0.0 * periods >= 0.0:
        return variable_reset(s)
    own = int(min(max(periods, s.least * 1.0), s.most * 1.0))
    if s.kind == 0:
        at = place_in(s.seen, s.most)
        window[at] = x
        s.seen = counted(s.seen, s.most)
        if s.seen >= s.most:
            s.value = latest_mean(window, 0, s.most, at, own)
        return s.value
    lost = average_lost(s.most, s.kind)
    places = average_places(s.most)
    period = s.least
    while period <= s.most:
        late = lost - average_lost(period, s.kind)
        value = nan
        if s.seen >= late:
            value = average_step(window, (period - s.least) * places, s.seen - late, period, s.kind, x)
        if period == own:
            s.value = value
        period += 1
    s.seen += 1
    return s.value
