# ruff: noqa: ANN001, ANN201, D103, F821, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Wilder's directional movement; the form is that of ``pyrt_ext.streams``."""

USES = ("windows",)

nan = float("nan")
NOTHING = 1e-16  # movement that is no movement beside the range

DIRECTION = (
    ("value", "f8"),
    ("high", "f8"),
    ("low", "f8"),
    ("close", "f8"),
    ("up", "f8"),
    ("down", "f8"),
    ("span", "f8"),
    ("average", "f8"),
    ("period", "i8"),
    ("seen", "i8"),
    ("averages", "i8"),
)


def direction_start(s, period):
    s.period = period


def direction_arena(period):
    return period + 2


def direction_reset(s):
    s.value = nan
    s.up = 0.0
    s.down = 0.0
    s.span = 0.0
    s.seen = 0
    s.averages = 0
    return nan


def direction_put(s, high, low, close):
    # Averages of moves: sums of the first period - 1 of them as though they were period, then smoothed. Returns how
    # many bars came before, or -1 at a gap. What one row tells the next is read first: loops keep it in registers then.
    mean_up = s.up
    mean_down = s.down
    mean_span = s.span
    if not high * 0.0 * low * close >= 0.0:
        direction_reset(s)
        return -1
    seen = s.seen
    if seen > 0:
        up = high - s.high
        down = s.low - low
        rise = 0.0
        fall = 0.0
        if up > 0.0 and up > down:
            rise = up
        if down > 0.0 and down > up:
            fall = down
        span = high - low
        if abs(high - s.close) > span:
            span = abs(high - s.close)
        if abs(low - s.close) > span:
            span = abs(low - s.close)
        share = 1.0 / s.period
        if seen < s.period:
            mean_up += rise * share
            mean_down += fall * share
            mean_span += span * share
        else:
            mean_up += (rise - mean_up) * share
            mean_down += (fall - mean_down) * share
            mean_span += (span - mean_span) * share
        s.up = mean_up
        s.down = mean_down
        s.span = mean_span
    s.high = high
    s.low = low
    s.close = close
    s.seen += 1
    return seen


def plus_dm_update(s, window, high, low):
    seen = direction_put(s, high, low, high)
    if seen > 0 and seen >= s.period - 1:
        s.value = s.up * s.period
    return s.value


def minus_dm_update(s, window, high, low):
    seen = direction_put(s, high, low, high)
    if seen > 0 and seen >= s.period - 1:
        s.value = s.down * s.period
    return s.value


def plus_di_update(s, window, high, low, close):
    if direction_put(s, high, low, close) >= s.period:
        s.value = 0.0
        if s.span > 0.0:
            s.value = 100.0 * (s.up / s.span)
    return s.value


def minus_di_update(s, window, high, low, close):
    if direction_put(s, high, low, close) >= s.period:
        s.value = 0.0
        if s.span > 0.0:
            s.value = 100.0 * (s.down / s.span)
    return s.value


def index_of(s):
    total = s.up + s.down
    if s.span > 0.0 and total > NOTHING * s.span:
        return 100.0 * (abs(s.up - s.down) / total)
    return 0.0


def dx_update(s, window, high, low, close):
    if direction_put(s, high, low, close) >= s.period:
        s.value = index_of(s)
    return s.value


def average_index(s, window):
    # The average of the index; returns how many there were before, less what it takes to be complete.
    s.average = ema_kept(window, 0, s.average, s.averages, s.period, 1.0 / s.period, index_of(s))
    s.averages += 1
    return s.averages - s.period


def adx_update(s, window, high, low, close):
    if direction_put(s, high, low, close) >= s.period and average_index(s, window) >= 0:
        s.value = s.average
    return s.value


def adxr_update(s, window, high, low, close):
    # Behind the average's places stand the last period - 1 averages.
    if direction_put(s, high, low, close) >= s.period:
        count = average_index(s, window)
        if count >= 0:
            at = 2 + place_in(count, s.period - 1)
            if count >= s.period - 1:
                s.value = (s.average + window[at]) / 2.0
            window[at] = s.average
            s.averages = counted(count, s.period - 1) - 1 + s.period
    return s.value
