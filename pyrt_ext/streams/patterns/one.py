# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Patterns of one candle, some with a look at the one before; the form is that of ``pyrt_ext.streams``."""

USES = ("patterns.candles",)


def central(w, i):
    # The body near the middle of the range.
    middle = low_of(w, i) + (high_of(w, i) - low_of(w, i)) * 0.5
    return bottom(w, i) <= middle + near(w, i) and top(w, i) >= middle - near(w, i)


def cdlbelthold_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and big(w, a) and ((white(w, a) and no_lower(w, a)) or (black(w, a) and no_upper(w, a))):
        s.value = colored(w, a)
    return s.value


def cdlclosingmarubozu_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and big(w, a) and ((white(w, a) and no_upper(w, a)) or (black(w, a) and no_lower(w, a))):
        s.value = colored(w, a)
    return s.value


def cdldoji_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and doji(w, a):
        s.value = 100.0
    return s.value


def cdldragonflydoji_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and doji(w, a) and no_upper(w, a) and lower(w, a) > bare(w, a):
        s.value = 100.0
    return s.value


def cdlgravestonedoji_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and doji(w, a) and no_lower(w, a) and upper(w, a) > bare(w, a):
        s.value = 100.0
    return s.value


def cdlhammer_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and small(w, b) and long_lower(w, b) and no_upper(w, b) and bottom(w, b) <= low_of(w, a) + near(w, a):
        s.value = 100.0
    return s.value


def cdlhangingman_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and small(w, b) and long_lower(w, b) and no_upper(w, b) and bottom(w, b) >= high_of(w, a) - near(w, a):
        s.value = -100.0
    return s.value


def cdlhighwave_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and small(w, a) and upper(w, a) > body(w, a) * 2.0 and lower(w, a) > body(w, a) * 2.0:
        s.value = colored(w, a)
    return s.value


def cdlinvertedhammer_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and small(w, b) and long_upper(w, b) and no_lower(w, b) and gap_down(w, b, a):
        s.value = 100.0
    return s.value


def cdllongleggeddoji_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and doji(w, a) and (long_upper(w, a) or long_lower(w, a)):
        s.value = 100.0
    return s.value


def cdllongline_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and big(w, a) and short_upper(w, a) and short_lower(w, a):
        s.value = colored(w, a)
    return s.value


def cdlmarubozu_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and big(w, a) and no_upper(w, a) and no_lower(w, a):
        s.value = colored(w, a)
    return s.value


def cdlrickshawman_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and doji(w, a) and long_upper(w, a) and long_lower(w, a) and central(w, a):
        s.value = 100.0
    return s.value


def cdlshootingstar_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and small(w, b) and long_upper(w, b) and no_lower(w, b) and gap_up(w, b, a):
        s.value = -100.0
    return s.value


def cdlshortline_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and small(w, a) and short_upper(w, a) and short_lower(w, a):
        s.value = colored(w, a)
    return s.value


def cdlspinningtop_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and small(w, a) and long_upper(w, a) and long_lower(w, a):
        s.value = colored(w, a)
    return s.value


def cdltakuri_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0 and doji(w, a) and no_upper(w, a) and lower(w, a) > body(w, a) * 2.0:
        s.value = 100.0
    return s.value
