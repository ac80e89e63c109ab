# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Momentum of averages: how far they are apart from each other, or from a price; the form is ``pyrt_ext.streams``'s."""

USES = ("windows", "statistics")

nan = float("nan")

AWESOME = (
    ("value", "f8"),
    ("fast", "i8"),
    ("slow", "i8"),
    ("signal", "i8"),
    ("quick", "i8"),
    ("slack", "i8"),
    ("lines", "i8"),
)
DETRENDED = (("value", "f8"), ("period", "i8"), ("lag", "i8"), ("before", "i8"), ("seen", "i8"))
COPPOCK = (
    ("value", "f8"),
    ("period", "i8"),
    ("one", "i8"),
    ("two", "i8"),
    ("longest", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
    ("inner", "i8"),
)
ERI = (("bullpower", "f8"), ("bearpower", "f8"), ("average", "f8"), ("period", "i8"), ("seen", "i8"))


def awesome_start(s, fast, slow, signal=1):
    s.fast = fast
    s.slow = slow
    s.signal = signal


def awesome_arena(fast, slow, signal=1):
    return fast + slow + signal + 3


def awesome_reset(s):
    s.value = nan
    s.quick = 0
    s.slack = 0
    s.lines = 0
    return nan


def awesome_line(s, window, high, low):
    middle = (high + low) / 2.0
    line = sma_step(window, 0, s.quick, s.fast, middle) - sma_step(window, s.fast + 1, s.slack, s.slow, middle)
    s.quick = counted(s.quick, s.fast)
    s.slack = counted(s.slack, s.slow)
    return line


def ao_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return awesome_reset(s)
    s.value = awesome_line(s, window, high, low)
    return s.value


def ac_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return awesome_reset(s)
    line = awesome_line(s, window, high, low)
    if line - line == 0.0:
        s.value = line - sma_step(window, s.fast + s.slow + 2, s.lines, s.signal, line)
        s.lines = counted(s.lines, s.signal)
    return s.value


def detrended_start(s, period):
    s.period = period
    s.lag = period // 2 + 1


def detrended_arena(period):
    return period + 1 + period // 2 + 1


def detrended_reset(s):
    s.value = nan
    s.before = 0
    s.seen = 0
    return nan


def dpo_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return detrended_reset(s)
    at = s.period + 1 + place_in(s.before, s.lag)
    average = sma_step(window, 0, s.seen, s.period, x)
    if s.before >= s.lag:
        s.value = window[at] - average
    window[at] = x
    s.before = counted(s.before, s.lag)
    s.seen = counted(s.seen, s.period)
    return s.value


def qstick_update(s, window, open, close):  # noqa: A002
    if not open * 0.0 * close >= 0.0:
        return detrended_reset(s)
    s.value = sma_step(window, 0, s.seen, s.period, close - open)
    s.seen = counted(s.seen, s.period)
    return s.value


def fosc_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return window_reset(s)
    if s.seen == s.period:
        n = fit(s, window)
        s.value = 0.0
        if x != 0.0:
            s.value = 100.0 * (x - (s.center + s.slope * (0.5 * (n + 1.0)))) / x
    window_put(s, window, x)
    return s.value


def coppock_start(s, period, one, two):
    s.period = period
    s.one = one
    s.two = two
    s.longest = max(one, two)


def coppock_arena(period, one, two):
    return period + 4 + max(one, two)


def coppock_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    s.inner = 0
    return nan


def percent_since(window, at, rows, size, x):
    # The change from the value so many rows before, in a ring of `size` in which x will stand at `at`.
    at -= rows
    if at < 0:
        at += size
    before = window[at]
    if before != 0.0:
        return (x / before - 1.0) * 100.0
    return 0.0


def coppock_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return coppock_reset(s)
    at = s.at
    if s.seen < s.longest:
        s.seen += 1
    else:
        change = percent_since(window, at, s.one, s.longest, x) + percent_since(window, at, s.two, s.longest, x)
        s.value = wma_step(window, s.longest, s.inner, s.period, change)
        s.inner = counted(s.inner, s.period)
    window[at] = x
    s.at += 1
    if s.at == s.longest:
        s.at = 0
    return s.value


def eri_start(s, period):
    s.period = period


def eri_arena(period):
    return 2


def eri_reset(s):
    s.bullpower = nan
    s.bearpower = nan
    s.seen = 0
    return nan


def eri_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return eri_reset(s)
    s.average = ema_kept(window, 0, s.average, s.seen, s.period, 2.0 / (s.period + 1.0), close)
    s.seen += 1
    if s.seen >= s.period:
        s.bullpower = high - s.average
        s.bearpower = low - s.average
    return s.bullpower
