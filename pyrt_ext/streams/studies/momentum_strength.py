# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Momentum smoothed twice, and a place between extremes with its averages; the form is ``pyrt_ext.streams``'s."""

USES = ("windows", "oscillators")

nan = float("nan")

TSI = (("value", "f8"), ("last", "f8"), ("first", "i8"), ("second", "i8"), ("seen", "i8"))
SMI = (
    ("smi", "f8"),
    ("smisignal", "f8"),
    ("period", "i8"),
    ("fast", "i8"),
    ("slow", "i8"),
    ("signal", "i8"),
    ("at", "i8"),
    ("full", "i8"),
    ("seen", "i8"),
)
KDJ = (
    ("k", "f8"),
    ("d", "f8"),
    ("j", "f8"),
    ("period", "i8"),
    ("slow", "i8"),
    ("kind", "i8"),
    ("signal", "i8"),
    ("signal_kind", "i8"),
    ("at", "i8"),
    ("full", "i8"),
    ("seen", "i8"),
    ("lost", "i8"),
)


def twice_step(window, base, once, twice, seen, first, second, x):
    # An exponential average of an exponential average, of which these are the values before. Takes 4.
    once = ema_next(window, base, once, seen, first, 2.0 / (first + 1.0), x)
    return ema_next(window, base + 2, twice, seen + 1 - first, second, 2.0 / (second + 1.0), once)


def share_of(part, whole):
    if whole > 0.0:
        return 100.0 * (part / whole)
    return whole * 0.0


def tsi_start(s, first, second):
    s.first = first
    s.second = second


def tsi_arena(first, second):
    return 8


def tsi_reset(s):
    s.value = nan
    s.last = nan
    s.seen = 0
    return nan


def tsi_update(s, window, x):
    move = window[0]
    move_twice = window[2]
    way = window[4]
    way_twice = window[6]
    if not x * 0.0 >= 0.0:
        return tsi_reset(s)
    if s.seen > 0:
        change = x - s.last
        move = twice_step(window, 0, move, move_twice, s.seen - 1, s.first, s.second, change)
        way = twice_step(window, 4, way, way_twice, s.seen - 1, s.first, s.second, abs(change))
        s.value = share_of(move, way)
    s.last = x
    s.seen += 1
    return s.value


def smi_start(s, period, fast, slow, signal):
    s.period = period
    s.fast = fast
    s.slow = slow
    s.signal = signal


def smi_arena(period, fast, slow, signal):
    return 2 * period + 2 + 10


def smi_reset(s):
    s.smi = nan
    s.smisignal = nan
    s.at = 0
    s.full = 0
    s.seen = 0
    return nan


def smi_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return smi_reset(s)
    top = highest_step(window, 0, s.at, s.period, s.full, high)
    bottom = -highest_step(window, s.period + 1, s.at, s.period, s.full, -low)
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    if s.full != 0:
        base = 2 * s.period + 2
        middle = 0.5 * (top + bottom)
        move = twice_step(window, base, window[base], window[base + 2], s.seen, s.slow, s.fast, close - middle)
        way = 0.5 * (top - bottom)
        way = twice_step(window, base + 4, window[base + 4], window[base + 6], s.seen, s.slow, s.fast, way)
        index = share_of(move, way)
        late = s.slow + s.fast - 2
        if s.seen >= late:
            line = ema_step(window, base + 8, s.seen - late, s.signal, 2.0 / (s.signal + 1.0), index)
            if line - line == 0.0:
                s.smi = index
                s.smisignal = line
        s.seen += 1
    return s.smi


def kdj_start(s, period, slow, kind, signal, signal_kind):
    s.period = period
    s.slow = slow
    s.kind = 13 if kind == 11 else kind
    s.signal = signal
    s.signal_kind = 13 if signal_kind == 11 else signal_kind
    s.lost = average_lost(slow, s.kind)


def kdj_arena(period, slow, kind, signal, signal_kind):
    return 2 * period + 2 + average_places(slow) + average_places(signal)


def kdj_reset(s):
    s.k = nan
    s.d = nan
    s.j = nan
    s.at = 0
    s.full = 0
    s.seen = 0
    return nan


def kdj_update(s, window, high, low, close):
    # As stoch of ``oscillators``.
    if not high * 0.0 * low * close >= 0.0:
        return kdj_reset(s)
    top = highest_step(window, 0, s.at, s.period, s.full, high)
    bottom = -highest_step(window, s.period + 1, s.at, s.period, s.full, -low)
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    if s.full != 0:
        base = 2 * s.period + 2
        k = average_step(window, base, s.seen, s.slow, s.kind, place(close, top, bottom))
        if s.seen >= s.lost:
            d = average_step(window, base + average_places(s.slow), s.seen - s.lost, s.signal, s.signal_kind, k)
            if d - d == 0.0:
                s.k = k
                s.d = d
                s.j = 3.0 * k - 2.0 * d
        s.seen += 1
    return s.k
