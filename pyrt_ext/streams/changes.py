# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Momentum as changes and as distances of averages; the form is that of ``pyrt_ext.streams``."""

USES = ("windows",)

nan = float("nan")

LAG = (("value", "f8"), ("period", "i8"), ("at", "i8"), ("seen", "i8"))
SWING = (
    ("value", "f8"),
    ("last", "f8"),
    ("period", "i8"),
    ("seen", "i8"),
)
APART = (
    ("value", "f8"),
    ("last", "f8"),
    ("first", "f8"),
    ("second", "f8"),
    ("third", "f8"),
    ("fast", "i8"),
    ("slow", "i8"),
    ("kind", "i8"),
    ("seen", "i8"),
)
LINES = (
    ("macd", "f8"),
    ("macdsignal", "f8"),
    ("macdhist", "f8"),
    ("first", "f8"),
    ("quick", "f8"),
    ("slack", "f8"),
    ("quick_gain", "f8"),
    ("slack_gain", "f8"),
    ("fast", "i8"),
    ("slow", "i8"),
    ("signal", "i8"),
    ("seen", "i8"),
)


EXTENDED = (
    ("macd", "f8"),
    ("macdsignal", "f8"),
    ("macdhist", "f8"),
    ("fast", "i8"),
    ("fast_kind", "i8"),
    ("slow", "i8"),
    ("slow_kind", "i8"),
    ("signal", "i8"),
    ("signal_kind", "i8"),
    ("fast_late", "i8"),
    ("slow_late", "i8"),
    ("start", "i8"),
    ("seen", "i8"),
)


def lag_start(s, period=1):
    s.period = period


def lag_arena(period=1):
    return period


def lag_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def lag_put(s, window, x):
    # Returns the value of `period` rows before, NaN if there is none.
    before = nan
    if s.seen < s.period:
        s.seen += 1
    else:
        before = window[s.at]
    window[s.at] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    return before


def mom_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return lag_reset(s)
    s.value = x - lag_put(s, window, x)
    return s.value


def roc_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return lag_reset(s)
    before = lag_put(s, window, x)
    s.value = before * 0.0
    if before != 0.0:
        s.value = (x / before - 1.0) * 100.0
    return s.value


def rocp_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return lag_reset(s)
    before = lag_put(s, window, x)
    s.value = before * 0.0
    if before != 0.0:
        s.value = (x - before) / before
    return s.value


def rocr_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return lag_reset(s)
    before = lag_put(s, window, x)
    s.value = before * 0.0
    if before != 0.0:
        s.value = x / before
    return s.value


def rocr100_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return lag_reset(s)
    before = lag_put(s, window, x)
    s.value = before * 0.0
    if before != 0.0:
        s.value = x / before * 100.0
    return s.value


def bop_update(s, window, open, high, low, close):  # noqa: A002
    if not open * 0.0 * high * low * close >= 0.0:
        return lag_reset(s)
    s.value = 0.0
    if high - low > 0.0:
        s.value = (close - open) / (high - low)
    return s.value


def swing_start(s, period):
    s.period = period


def swing_arena(period):
    return 4


def swing_reset(s):
    s.value = nan
    s.last = nan
    s.seen = 0
    return nan


def cmo_update(s, window, x):
    gain = window[0]
    loss = window[2]
    if not x * 0.0 >= 0.0:
        return swing_reset(s)
    if s.seen > 0:
        change = x - s.last
        rise = 0.5 * (change + abs(change))
        gain = ema_next(window, 0, gain, s.seen - 1, s.period, 1.0 / s.period, rise)
        loss = ema_next(window, 2, loss, s.seen - 1, s.period, 1.0 / s.period, rise - change)
        if s.seen >= s.period:
            total = gain + loss
            s.value = 0.0
            if total > 0.0:
                s.value = 100.0 * ((gain - loss) / total)
    s.last = x
    s.seen += 1
    return s.value


def trix_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return apart_reset(s)
    gain = 2.0 / (s.slow + 1.0)
    lost = s.slow - 1
    s.first = ema_kept(window, 0, s.first, s.seen, s.slow, gain, x)
    s.second = ema_kept(window, 1, s.second, s.seen - lost, s.slow, gain, s.first)
    s.third = ema_kept(window, 2, s.third, s.seen - 2 * lost, s.slow, gain, s.second)
    if s.last - s.last == 0.0:
        s.value = 0.0
        if s.last != 0.0:
            s.value = (s.third / s.last - 1.0) * 100.0
    if s.seen >= 3 * lost:
        s.last = s.third
    s.seen += 1
    return s.value


def apart_start(s, fast, slow=0, kind=1):
    s.fast = min(fast, slow)
    s.slow = max(fast, slow)
    s.kind = 1 if kind == 11 else kind


def apart_arena(fast, slow=0, kind=1):
    return average_places(fast) + average_places(slow)


def apart_reset(s):
    s.value = nan
    s.last = nan
    s.seen = 0
    return nan


def apart_put(s, window, x):
    # Both averages; NaN where they are not complete, but for exponential ones, of which only the longer is asked.
    if s.kind == 1:
        s.first = ema_kept(window, 0, s.first, s.seen, s.fast, 2.0 / (s.fast + 1.0), x)
        s.second = ema_kept(window, 1, s.second, s.seen, s.slow, 2.0 / (s.slow + 1.0), x)
    else:
        s.first = average_step(window, 0, s.seen, s.fast, s.kind, x)
        s.second = average_step(window, average_places(s.fast), s.seen, s.slow, s.kind, x)
    s.seen += 1
    return s.second


def apo_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return apart_reset(s)
    apart_put(s, window, x)
    if s.kind != 1 or s.seen >= s.slow:
        s.value = s.first - s.second
    return s.value


def ppo_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return apart_reset(s)
    slack = apart_put(s, window, x)
    if s.kind != 1 or s.seen >= s.slow:
        s.value = slack * 0.0
        if slack != 0.0:
            s.value = (s.first - slack) / slack * 100.0
    return s.value


def lines_start(s, fast, slow=0, signal=0):
    # One parameter: MACDFIX's signal, with gains that 12 and 26 rows are near to.
    s.fast = min(fast, slow) if slow > 0 else 12
    s.slow = max(fast, slow) if slow > 0 else 26
    s.signal = signal if slow > 0 else fast
    s.quick_gain = 2.0 / (s.fast + 1.0) if slow > 0 else 0.15
    s.slack_gain = 2.0 / (s.slow + 1.0) if slow > 0 else 0.075


def lines_arena(fast, slow=0, signal=0):
    return 2


def lines_reset(s):
    s.macd = nan
    s.macdsignal = nan
    s.macdhist = nan
    s.quick = 0.0
    s.slack = 0.0
    s.seen = 0
    return nan


def macd_lines_update(s, window, x):
    # As macd of ``momentum``, with the average of the line.
    mean = window[0]
    if not x * 0.0 >= 0.0:
        return lines_reset(s)
    if s.seen < s.slow:
        if s.seen == 0:
            s.first = x
        s.slack += x - s.first
        if s.seen >= s.slow - s.fast:
            s.quick += x - s.first
        if s.seen + 1 == s.slow:
            s.slack = s.first + s.slack / s.slow
            s.quick = s.first + s.quick / s.fast
    else:
        s.quick += (x - s.quick) * s.quick_gain
        s.slack += (x - s.slack) * s.slack_gain
    if s.seen + 1 >= s.slow:
        line = s.quick - s.slack
        mean = ema_next(window, 0, mean, s.seen + 1 - s.slow, s.signal, 2.0 / (s.signal + 1.0), line)
        if s.seen + 2 >= s.slow + s.signal:
            s.macd = line
            s.macdsignal = mean
            s.macdhist = line - mean
    s.seen += 1
    return s.macd


def extended_start(s, fast, fast_kind, slow, slow_kind, signal, signal_kind):
    s.fast, s.fast_kind, s.slow, s.slow_kind = fast, fast_kind, slow, slow_kind
    if slow < fast:
        s.fast, s.fast_kind, s.slow, s.slow_kind = slow, slow_kind, fast, fast_kind
    s.signal = signal
    s.signal_kind = signal_kind
    lost = average_lost(s.fast, s.fast_kind), average_lost(s.slow, s.slow_kind)
    s.start = max(lost)
    s.fast_late = s.start - lost[0]
    s.slow_late = s.start - lost[1]


def extended_arena(fast, fast_kind, slow, slow_kind, signal, signal_kind):
    return average_places(fast) + average_places(slow) + average_places(signal)


def extended_reset(s):
    s.macd = nan
    s.macdsignal = nan
    s.macdhist = nan
    s.seen = 0
    return nan


def macdext_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return extended_reset(s)
    quick = nan
    slack = nan
    if s.seen >= s.fast_late:
        quick = average_step(window, 0, s.seen - s.fast_late, s.fast, s.fast_kind, x)
    if s.seen >= s.slow_late:
        slack = average_step(window, average_places(s.fast), s.seen - s.slow_late, s.slow, s.slow_kind, x)
    if s.seen >= s.start:
        line = quick - slack
        base = average_places(s.fast) + average_places(s.slow)
        mean = average_step(window, base, s.seen - s.start, s.signal, s.signal_kind, line)
        if mean - mean == 0.0:
            s.macd = line
            s.macdsignal = mean
            s.macdhist = line - mean
    s.seen += 1
    return s.macd
