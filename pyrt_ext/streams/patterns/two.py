# ruff: noqa: ANN001, ANN201, D103, F821, SIM102  # the subset that two compilers share: types are in the .pxd
"""Patterns of two candles; the form is that of ``pyrt_ext.streams``."""

USES = ("patterns.candles",)


def kicks(w, b, a):
    # Two candles of hardly any shadows and of opposite colors, one kicking off from the other.
    if not (opposite(w, b, a) and bald(w, a) and bald(w, b)):
        return False
    if white(w, b):
        return low_of(w, b) > high_of(w, a)
    return high_of(w, b) < low_of(w, a)


def bald(w, i):
    return big(w, i) and no_upper(w, i) and no_lower(w, i)


def thrusts(w, b, a):
    # A big black candle, and a white one that opens below it.
    return black(w, a) and big(w, a) and white(w, b) and open_of(w, b) < low_of(w, a)


def cdlcounterattack_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and opposite(w, b, a) and big(w, a) and big(w, b):
        if within(close_of(w, b), close_of(w, a), equal(w, a)):
            s.value = colored(w, b)
    return s.value


def cdldarkcloudcover_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and white(w, a) and big(w, a) and black(w, b) and open_of(w, b) > high_of(w, a):
        if close_of(w, b) > open_of(w, a) and close_of(w, b) < close_of(w, a) - body(w, a) * s.penetration:
            s.value = -100.0
    return s.value


def cdldojistar_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and big(w, a) and doji(w, b):
        if (white(w, a) and gap_up(w, b, a)) or (black(w, a) and gap_down(w, b, a)):
            s.value = -colored(w, a)
    return s.value


def cdlengulfing_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 2, opening, high, low, close)
    a = b - 1
    if b > 0 and opposite(w, b, a) and contained(w, a, b):
        if top(w, b) > top(w, a) or bottom(w, b) < bottom(w, a):
            s.value = -colored(w, a) * clarity(w, b, a)
    return s.value


def cdlharami_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and big(w, a) and not big(w, b) and contained(w, b, a):
        s.value = -colored(w, a) * clarity(w, a, b)
    return s.value


def cdlharamicross_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and big(w, a) and doji(w, b) and contained(w, b, a):
        s.value = -colored(w, a) * clarity(w, a, b)
    return s.value


def cdlhomingpigeon_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and black(w, a) and black(w, b) and big(w, a) and not big(w, b) and inside(w, b, a):
        s.value = 100.0
    return s.value


def cdlinneck_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and thrusts(w, b, a) and close_of(w, b) >= close_of(w, a):
        if close_of(w, b) <= close_of(w, a) + equal(w, a):
            s.value = -100.0
    return s.value


def cdlkicking_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and kicks(w, b, a):
        s.value = colored(w, b)
    return s.value


def cdlkickingbylength_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and kicks(w, b, a):
        s.value = colored(w, a)
        if body(w, b) > body(w, a):
            s.value = colored(w, b)
    return s.value


def cdlmatchinglow_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 6, opening, high, low, close)
    a = b - 1
    if b > 0 and black(w, a) and black(w, b) and within(close_of(w, b), close_of(w, a), equal(w, a)):
        s.value = 100.0
    return s.value


def cdlonneck_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and thrusts(w, b, a) and within(close_of(w, b), low_of(w, a), equal(w, a)):
        s.value = -100.0
    return s.value


def cdlpiercing_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and thrusts(w, b, a) and big(w, b) and close_of(w, b) < open_of(w, a):
        if close_of(w, b) > close_of(w, a) + body(w, a) * 0.5:
            s.value = 100.0
    return s.value


def cdlseparatinglines_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and opposite(w, b, a) and big(w, b) and within(open_of(w, b), open_of(w, a), equal(w, a)):
        if (white(w, b) and no_lower(w, b)) or (black(w, b) and no_upper(w, b)):
            s.value = colored(w, b)
    return s.value


def cdlthrusting_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and thrusts(w, b, a) and close_of(w, b) > close_of(w, a) + equal(w, a):
        if close_of(w, b) <= close_of(w, a) + body(w, a) * 0.5:
            s.value = -100.0
    return s.value
