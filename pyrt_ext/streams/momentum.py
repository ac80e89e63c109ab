# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd, the form is told below
"""Momentum, one value at a time; the form is that of ``pyrt_ext.streams``."""

nan = float("nan")
FLAT = 1e-290  # gains and losses that have no digits left: the index is 0, as without any

RSI = (
    ("value", "f8"),
    ("last", "f8"),
    ("gain", "f8"),
    ("loss", "f8"),
    ("weight", "f8"),
    ("period", "i8"),
    ("seen", "i8"),
)

MACD = (
    ("value", "f8"),
    ("fast", "f8"),
    ("slow", "f8"),
    ("fast_gain", "f8"),
    ("slow_gain", "f8"),
    ("first", "f8"),
    ("fast_period", "i8"),
    ("slow_period", "i8"),
    ("ready", "i8"),
    ("seen", "i8"),
)


def rsi_start(s, period):
    s.period = period
    s.weight = 1.0 / period


def rsi_reset(s):
    s.value = nan
    s.last = nan
    s.gain = 0.0
    s.loss = 0.0
    s.seen = -1
    return nan


def rsi_update(s, window, x):
    # Wilder: gains and losses are averaged over the first period changes, then smoothed by 1/period.
    # Both are chosen without a branch, which nobody foresees.
    gain = s.gain
    loss = s.loss
    change = x - s.last
    if not x * 0.0 >= 0.0:
        return rsi_reset(s)
    s.last = x
    rise = 0.0
    fall = 0.0
    if change > 0.0:
        rise = change
    else:
        fall = -change
    if s.seen < s.period:
        s.seen += 1
        if s.seen == 0:
            return s.value
        gain += rise
        loss += fall
        if s.seen == s.period:
            gain /= s.period
            loss /= s.period
    else:
        gain += (rise - gain) * s.weight
        loss += (fall - loss) * s.weight
    s.gain = gain
    s.loss = loss
    if s.seen == s.period:
        total = gain + loss
        if total < FLAT:
            s.value = 0.0
        else:
            s.value = 100.0 * (gain / total)
    return s.value


def macd_start(s, fast, slow, signal):
    s.fast_period = fast
    s.slow_period = slow
    s.fast_gain = 2.0 / (fast + 1.0)
    s.slow_gain = 2.0 / (slow + 1.0)
    s.ready = slow + signal - 1


def macd_reset(s):
    s.value = nan
    s.fast = 0.0
    s.slow = 0.0
    s.seen = 0
    return nan


def macd_update(s, window, x):
    # Both averages begin at the same value, with the means of their last values; the line is shown when its own average
    # over `signal` values could be: TA-Lib's MACD. Sums are of distances from the first value, as in ema.
    if not x * 0.0 >= 0.0:
        return macd_reset(s)
    if s.seen < s.slow_period:
        if s.seen == 0:
            s.first = x
        s.slow += x - s.first
        if s.seen >= s.slow_period - s.fast_period:
            s.fast += x - s.first
        s.seen += 1
        if s.seen == s.slow_period:
            s.slow = s.first + s.slow / s.slow_period
            s.fast = s.first + s.fast / s.fast_period
    else:
        s.fast += (x - s.fast) * s.fast_gain
        s.slow += (x - s.slow) * s.slow_gain
        if s.seen < s.ready:
            s.seen += 1
    if s.seen == s.ready:
        s.value = s.fast - s.slow
    return s.value
