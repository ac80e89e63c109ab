# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""What volume tells about prices; the form is that of ``pyrt_ext.streams``."""

USES = ("windows",)

nan = float("nan")
inf = float("inf")

TURNOVER = (
    ("value", "f8"),
    ("money", "f8"),
    ("total", "f8"),
    ("last", "f8"),
    ("before", "f8"),
    ("period", "i8"),
    ("seen", "i8"),
)


def turnover_start(s, period=1):
    s.period = period


def turnover_arena(period=1):
    return 2 * period + 2


def turnover_reset(s):
    s.value = nan
    s.money = 0.0
    s.total = 0.0
    s.seen = 0
    return nan


def vwma_update(s, window, x, volume):
    if not x * 0.0 * volume >= 0.0:
        return turnover_reset(s)
    money = sma_step(window, 0, s.seen, s.period, x * volume)
    total = sma_step(window, s.period + 1, s.seen, s.period, volume)
    s.seen = counted(s.seen, s.period)
    if s.period == 1:
        s.value = x
    elif s.seen >= s.period:
        s.value = money * inf
        if total != 0.0:
            s.value = money / total
    return s.value


def cmf_update(s, window, high, low, close, volume):
    if not high * 0.0 * low * close * volume >= 0.0:
        return turnover_reset(s)
    span = high - low
    flow = 0.0
    if span > 0.0:
        flow = ((close - low) - (high - close)) / span * volume
    money = sma_step(window, 0, s.seen, s.period, flow)
    total = sma_step(window, s.period + 1, s.seen, s.period, volume)
    s.seen = counted(s.seen, s.period)
    if s.seen >= s.period:
        s.value = 0.0
        if total > 0.0:
            s.value = money / total
    return s.value


def rvol_update(s, window, volume):
    # `total` is the mean of the rows before.
    if not volume * 0.0 >= 0.0:
        return turnover_reset(s)
    if s.seen >= s.period:
        s.value = volume * inf
        if s.total != 0.0:
            s.value = volume / s.total
    s.total = sma_step(window, 0, s.seen, s.period, volume)
    s.seen = counted(s.seen, s.period)
    return s.value


def efi_update(s, window, close, volume):
    average = window[0]
    if not close * 0.0 * volume >= 0.0:
        return turnover_reset(s)
    if s.seen > 0:
        force = (close - s.last) * volume
        s.value = ema_next(window, 0, average, s.seen - 1, s.period, 2.0 / (s.period + 1.0), force)
    s.last = close
    s.seen += 1
    return s.value


def marketfi_update(s, window, high, low, volume):
    if not high * 0.0 * low * volume >= 0.0:
        return turnover_reset(s)
    s.value = 0.0
    if volume != 0.0:
        s.value = (high - low) / volume
    return s.value


def index_step(s, close, moves):
    ratio = 1.0
    if moves != 0 and s.last != 0.0:
        ratio = close / s.last
    if s.seen == 0:
        s.value = 1000.0
    else:
        s.value *= ratio
    s.last = close
    s.seen = 1
    return s.value


def nvi_update(s, window, close, volume):
    if not close * 0.0 * volume >= 0.0:
        return turnover_reset(s)
    moves = 0
    if s.seen > 0 and volume < s.before:
        moves = 1
    s.before = volume
    return index_step(s, close, moves)


def pvi_update(s, window, close, volume):
    if not close * 0.0 * volume >= 0.0:
        return turnover_reset(s)
    moves = 0
    if s.seen > 0 and volume > s.before:
        moves = 1
    s.before = volume
    return index_step(s, close, moves)


def pvt_update(s, window, close, volume):
    if not close * 0.0 * volume >= 0.0:
        return turnover_reset(s)
    if s.seen > 0 and s.last != 0.0:
        s.total += volume * ((close - s.last) / s.last)
    s.last = close
    s.seen = 1
    s.value = s.total
    return s.value


def vwap_update(s, window, high, low, close, volume):
    if not high * 0.0 * low * close * volume >= 0.0:
        return turnover_reset(s)
    s.money += (high + low + close) / 3.0 * volume
    s.total += volume
    if s.total > 0.0:
        s.value = s.money / s.total
    elif s.seen == 0:
        s.value = 0.0
    s.seen = 1
    return s.value
