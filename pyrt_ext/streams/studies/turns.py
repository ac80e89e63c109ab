# ruff: noqa: ANN001, ANN002, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Oscillators that look for turns, one value at a time; the form is that of ``pyrt_ext.streams``."""

import math

USES = ("windows", "distribution.order")

nan = float("nan")
FLAT = 1e-14  # TA-Lib's zero: without gains or losses above it the index is 0
TINY = 1e-14  # what is a rounding error beside the numbers that it is the difference of
STILL = 1e-10  # what is one in differences of averages

KST = (
    ("kst", "f8"),
    ("signal", "f8"),
    ("lag1", "i8"),
    ("lag2", "i8"),
    ("lag3", "i8"),
    ("lag4", "i8"),
    ("period1", "i8"),
    ("period2", "i8"),
    ("period3", "i8"),
    ("period4", "i8"),
    ("smooth", "i8"),
    ("longest", "i8"),
    ("lost", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
    ("seen1", "i8"),
    ("seen2", "i8"),
    ("seen3", "i8"),
    ("seen4", "i8"),
    ("seen5", "i8"),
)
FISHER = (
    ("fisher", "f8"),
    ("trigger", "f8"),
    ("level", "f8"),
    ("last", "f8"),
    ("period", "i8"),
    ("at", "i8"),
    ("full", "i8"),
    ("begun", "i8"),
)
CONNORS = (
    ("value", "f8"),
    ("last", "f8"),
    ("streak", "f8"),
    ("period", "i8"),
    ("streaks", "i8"),
    ("rank", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
)
STC = (
    ("value", "f8"),
    ("first", "f8"),
    ("place", "f8"),
    ("level", "f8"),
    ("second", "f8"),
    ("smoothing", "f8"),
    ("cycle", "i8"),
    ("fast", "i8"),
    ("slow", "i8"),
    ("seen", "i8"),
    ("lines", "i8"),
    ("levels", "i8"),
)
QQE = (
    ("rsima", "f8"),
    ("stop", "f8"),
    ("last", "f8"),
    ("average", "f8"),
    ("floor", "f8"),
    ("ceiling", "f8"),
    ("factor", "f8"),
    ("period", "i8"),
    ("smooth", "i8"),
    ("trend", "i8"),
    ("seen", "i8"),
)


def kst_start(s, *lengths):
    s.lag1, s.lag2, s.lag3, s.lag4, s.period1, s.period2, s.period3, s.period4, s.smooth = lengths
    s.longest = max(lengths[:4])
    s.lost = max(lengths[i] + lengths[i + 4] for i in range(4)) - 1


def kst_arena(*lengths):
    return max(lengths[:4]) + sum(lengths[4:]) + 5


def kst_reset(s):
    s.kst = nan
    s.signal = nan
    s.at = 0
    s.seen = 0
    s.seen1 = 0
    s.seen2 = 0
    s.seen3 = 0
    s.seen4 = 0
    s.seen5 = 0
    return nan


def change_step(s, window, lag, base, seen, period, x):
    # The average of percent changes over `lag` rows, of which `seen` came before. Takes period + 1 places.
    if s.seen < lag:
        return nan
    i = s.at - lag
    if i < 0:
        i += s.longest
    before = window[i]
    change = 0.0
    if before != 0.0:
        change = (x / before - 1.0) * 100.0
    return sma_step(window, base, seen, period, change)


def kst_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return kst_reset(s)
    base = s.longest
    total = change_step(s, window, s.lag1, base, s.seen1, s.period1, x)
    base += s.period1 + 1
    total += 2.0 * change_step(s, window, s.lag2, base, s.seen2, s.period2, x)
    base += s.period2 + 1
    total += 3.0 * change_step(s, window, s.lag3, base, s.seen3, s.period3, x)
    base += s.period3 + 1
    total += 4.0 * change_step(s, window, s.lag4, base, s.seen4, s.period4, x)
    base += s.period4 + 1
    if s.seen >= s.lag1:
        s.seen1 = counted(s.seen1, s.period1)
    if s.seen >= s.lag2:
        s.seen2 = counted(s.seen2, s.period2)
    if s.seen >= s.lag3:
        s.seen3 = counted(s.seen3, s.period3)
    if s.seen >= s.lag4:
        s.seen4 = counted(s.seen4, s.period4)
    if s.seen >= s.lost:
        line = sma_step(window, base, s.seen5, s.smooth, total)
        s.seen5 = counted(s.seen5, s.smooth)
        if s.seen5 >= s.smooth:
            s.kst = total
            s.signal = line
    window[s.at] = x
    s.at += 1
    if s.at == s.longest:
        s.at = 0
    s.seen += 1
    return s.kst


def fisher_start(s, period):
    s.period = period


def fisher_arena(period):
    return 2 * period + 2


def fisher_reset(s):
    s.fisher = nan
    s.trigger = nan
    s.level = 0.0
    s.last = 0.0
    s.at = 0
    s.full = 0
    s.begun = 0
    return nan


def fisher_update(s, window, high, low):
    # Ehlers: the place in the window, smoothed and kept off the ends, and the logarithm that makes a bell curve of it.
    if not high * 0.0 * low >= 0.0:
        return fisher_reset(s)
    x = (high + low) / 2.0
    top = highest_step(window, 0, s.at, s.period, s.full, x)
    bottom = -highest_step(window, s.period + 1, s.at, s.period, s.full, -x)
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    if s.full != 0:
        span = top - bottom
        level = 0.67 * s.level
        if span > TINY * (abs(top) + abs(bottom)):
            level += 0.66 * ((x - bottom) / span - 0.5)
        if level > 0.99:
            level = 0.999
        if level < -0.99:
            level = -0.999
        s.level = level
        fish = 0.5 * math.log((1.0 + level) / (1.0 - level)) + 0.5 * s.last
        if s.begun != 0:
            s.fisher = fish
            s.trigger = s.last
        s.last = fish
        s.begun = 1
    return s.fisher


def strength_step(window, base, seen, period, change):
    # Wilder's index of a series, from its changes. Takes 4 places.
    gain = 0.5 * (change + abs(change))
    gains = ema_step(window, base, seen, period, 1.0 / period, gain)
    losses = ema_step(window, base + 2, seen, period, 1.0 / period, gain - change)
    total = gains + losses
    if total < FLAT:
        return 0.0
    return 100.0 * (gains / total)


def connors_start(s, period, streaks, rank):
    s.period = period
    s.streaks = streaks
    s.rank = rank


def connors_arena(period, streaks, rank):
    return 8 + rank


def connors_reset(s):
    s.value = nan
    s.last = nan
    s.streak = 0.0
    s.at = 0
    s.seen = 0
    return nan


def connors_update(s, window, x):
    # Behind the two indices stands the ring of changes that the newest is ranked among.
    if not x * 0.0 >= 0.0:
        return connors_reset(s)
    if s.seen > 0:
        change = x - s.last
        before = s.streak
        if change > 0.0:
            s.streak = max(before, 0.0) + 1.0
        elif change < 0.0:
            s.streak = min(before, 0.0) - 1.0
        else:
            s.streak = 0.0
        total = strength_step(window, 0, s.seen - 1, s.period, change)
        total += strength_step(window, 4, s.seen - 1, s.streaks, s.streak - before)
        if s.last != 0.0:
            change /= s.last
        else:
            change = 0.0
        if s.seen > s.rank:
            total += below(window, 8, s.rank, change) * (100.0 / s.rank)
            if total - total == 0.0:
                s.value = total / 3.0
        window[8 + s.at] = change
        s.at += 1
        if s.at == s.rank:
            s.at = 0
    s.last = x
    s.seen += 1
    return s.value


def stc_start(s, cycle, fast, slow, smoothing):
    s.cycle = cycle
    s.fast = min(fast, slow)
    s.slow = max(fast, slow)
    s.smoothing = smoothing


def stc_arena(cycle, fast, slow, smoothing):
    return 4 + 4 * cycle + 4


def stc_reset(s):
    s.value = nan
    s.place = 0.0
    s.second = 0.0
    s.seen = 0
    s.lines = 0
    s.levels = 0
    return nan


def cycle_step(window, base, seen, cycle, x, scale, before):
    # The place of x among the last `cycle` values in percent; the one before, where they are equal but for rounding
    # errors of what is as large as `scale`. Takes 2 * cycle + 2 places.
    at = place_in(seen, cycle)
    full = 0
    if seen >= cycle:
        full = 1
    top = highest_step(window, base, at, cycle, full, x)
    bottom = -highest_step(window, base + cycle + 1, at, cycle, full, -x)
    span = top - bottom
    if span > STILL * scale:
        return (x - bottom) / span * 100.0
    if span - span == 0.0:
        return before
    return nan


def stc_update(s, window, x):
    # The averages are of distances from the first value, so that a market that stands still is still.
    if not x * 0.0 >= 0.0:
        return stc_reset(s)
    if s.seen == 0:
        s.first = x
    d = x - s.first
    quick = ema_step(window, 0, s.seen, s.fast, 2.0 / (s.fast + 1.0), d)
    slack = ema_step(window, 2, s.seen, s.slow, 2.0 / (s.slow + 1.0), d)
    s.seen += 1
    if s.seen < s.slow:
        return s.value
    place = cycle_step(window, 4, s.lines, s.cycle, quick - slack, abs(quick) + abs(slack), s.place)
    s.lines = counted(s.lines, s.cycle)
    if s.lines < s.cycle:
        return s.value
    s.place = place
    if s.levels == 0:
        s.level = place
    else:
        s.level += (place - s.level) * s.smoothing
    place = cycle_step(window, 6 + 2 * s.cycle, s.levels, s.cycle, s.level, 1e6, s.second)
    s.levels = counted(s.levels, s.cycle)
    if s.levels < s.cycle:
        return s.value
    s.second = place
    if s.value == s.value:  # there is one before
        s.value += (place - s.value) * s.smoothing
    else:
        s.value = place
    return s.value


def qqe_start(s, period, smooth, factor):
    s.period = period
    s.smooth = smooth
    s.factor = factor


def qqe_arena(period, smooth, factor):
    return 10


def qqe_reset(s):
    s.rsima = nan
    s.stop = nan
    s.last = nan
    s.trend = 0
    s.seen = 0
    return nan


def follow(s, average, reach):
    # Two stops that never move away from the average while it stays on their side; the trend says which one is shown.
    under = average - reach
    over = average + reach
    if s.trend == 0:
        s.trend = 1
        s.floor = under
        s.ceiling = over
    else:
        if average > s.ceiling:
            s.trend = 1
        elif average < s.floor:
            s.trend = -1
        if average > s.floor and s.average > s.floor and s.floor > under:
            under = s.floor
        if average < s.ceiling and s.average < s.ceiling and s.ceiling < over:
            over = s.ceiling
        s.floor = under
        s.ceiling = over
    s.rsima = average
    s.stop = over
    if s.trend > 0:
        s.stop = under
    return average


def qqe_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return qqe_reset(s)
    seen = s.seen - s.period  # of indices
    if s.seen > 0:
        index = strength_step(window, 0, s.seen - 1, s.period, x - s.last)
        if seen >= 0:
            average = ema_step(window, 4, seen, s.smooth, 2.0 / (s.smooth + 1.0), index)
            wide = 2 * s.period - 1
            seen -= s.smooth  # of moves of the average
            if seen >= 0:
                reach = ema_step(window, 6, seen, wide, 1.0 / s.period, abs(average - s.average))
                seen += 1 - wide
                if seen >= 0:
                    reach = ema_step(window, 8, seen, wide, 1.0 / s.period, reach)
                    if seen + 1 >= wide:
                        follow(s, average, reach * s.factor)
            s.average = average
    s.last = x
    s.seen += 1
    return s.rsima
