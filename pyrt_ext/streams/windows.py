# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""Steps that formulas of several families share; the form is that of ``pyrt_ext.streams``."""

nan = float("nan")

WINDOW = (
    ("value", "f8"),
    ("factor", "f8"),
    ("center", "f8"),
    ("variance", "f8"),
    ("slope", "f8"),
    ("period", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
)


def window_arena(period, factor=1.0):
    return period


def window_start(s, period, factor=1.0):
    s.period = period
    s.factor = factor


def window_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def window_put(s, window, x):
    # The last values in a ring: `at` is where the oldest stands, once there are `period`. Returns how many are missing.
    window[s.at] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen < s.period:
        s.seen += 1
    return s.period - s.seen


def sma_step(window, base, seen, period, x):
    # As sma of ``moving``: a head, and the values and tails behind it. `seen` values came before. Takes period + 1.
    at = seen % period
    i = base + 1 + at
    if at == 0:
        window[base] = 0.0
    total = window[base] + x
    window[base] = total
    window[i] = x
    at += 1
    if at < period:
        if seen >= period:
            return (window[i + 1] + total) / period
        return nan
    mean = total / period
    total = 0.0
    while at > 0:
        at -= 1
        total += window[i]
        window[i] = total
        i -= 1
    return mean


def ema_step(window, base, seen, period, gain, x):
    # As ema of ``moving``: the average, and the value that it began with. Takes 2.
    if seen >= period:
        if gain == 1.0:  # the value itself, which the difference from the one before would round
            window[base] = x
        else:
            window[base] += (x - window[base]) * gain
        return window[base]
    if seen == 0:
        window[base] = 0.0
        window[base + 1] = x
    window[base] += x - window[base + 1]
    if seen + 1 < period:
        return nan
    window[base] = window[base + 1] + window[base] / period
    return window[base]


def wma_step(window, base, seen, period, x):
    # Weights 1 ... period, in time proportional to it; distances from the newest value. Takes period.
    at = seen % period
    window[base + at] = x
    if seen + 1 < period:
        return nan
    total = 0.0
    weight = period - 1
    while weight > 0:
        at -= 1
        if at < 0:
            at = period - 1
        total += (window[base + at] - x) * weight
        weight -= 1
    return x + total * (2.0 / (period * (period + 1.0)))


def trima_step(window, base, seen, period, x):
    # A mean of means. Takes period + 3.
    first = (period + 1) // 2
    mean = sma_step(window, base, seen, first, x)
    if seen + 1 < first:
        return nan
    return sma_step(window, base + first + 1, seen + 1 - first, period + 1 - first, mean)


def cascade_step(window, base, seen, period, gain, depth, x):
    # Averages of averages: the last of `depth`; each stands 2 places behind the one before. Takes 2 * depth.
    value = x
    while depth > 0:
        value = ema_step(window, base, seen, period, gain, value)
        if seen + 1 < period:
            return nan
        seen += 1 - period
        base += 2
        depth -= 1
    return value


def average_step(window, base, seen, period, kind, x):
    # TA-Lib's kinds of averages. Takes average_places.
    gain = 2.0 / (period + 1.0)
    if kind == 1:
        return ema_step(window, base, seen, period, gain, x)
    if kind == 13:
        return ema_step(window, base, seen, period, 1.0 / period, x)
    if kind == 2:
        return wma_step(window, base, seen, period, x)
    if kind == 5:
        return trima_step(window, base, seen, period, x)
    if kind == 3:
        last = cascade_step(window, base, seen, period, gain, 2, x)
        return 2.0 * window[base] - last
    if kind == 4:
        last = cascade_step(window, base, seen, period, gain, 3, x)
        return 3.0 * (window[base] - window[base + 2]) + last
    return sma_step(window, base, seen, period, x)


def average_places(period):
    return period + 6


def highest_step(window, base, at, period, full, x):
    # The highest of the last `period` values; for the lowest, of their negatives. Blocks as long as the window: up to
    # `at` the window holds this block's values, from there on the highest of the last block's tails; before them stands
    # the highest of this block. `full` says that there is a last block. Takes period + 1 places from `base`.
    if at == 0 or x > window[base]:
        window[base] = x
    head = window[base]
    i = base + 1 + at
    window[i] = x
    if at + 1 < period:
        if full == 0:
            return nan
        tail = window[i + 1]
        if tail > head:
            return tail
        return head
    best = x
    while at > 0:
        at -= 1
        i -= 1
        best = max(best, window[i])
        window[i] = best
    return head
