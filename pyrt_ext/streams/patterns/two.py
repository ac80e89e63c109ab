# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Patterns of two candles; the form is that of ``pyrt_ext.streams``."""

USES = ("patterns.candles",)


def kicks(s, w, b, a):
    # Two candles of hardly any shadows and of opposite colors, one kicking off from the other: the value.
    up = black(w, a) & white(w, b) & (low_of(w, b) > high_of(w, a))
    down = white(w, a) & black(w, b) & (high_of(w, b) < low_of(w, a))
    s.value = either(up, down)
    if s.value != 0.0:
        hit = bald(w, a) & bald(w, b)
        s.value = either(hit & up, hit & down)
    return s.value


def bald(w, i):
    return big(w, i) & no_upper(w, i) & no_lower(w, i)


def thrusts(w, b, a):
    # A black candle, and a white one that opens below it.
    return black(w, a) & white(w, b) & (open_of(w, b) < low_of(w, a))


def cdlcounterattack_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = within(close_of(w, b), close_of(w, a), equal(w, a))
        up = hit & white(w, b) & black(w, a)
        down = hit & black(w, b) & white(w, a)
        s.value = either(up, down)
        if s.value != 0.0:
            hit = big(w, a) & big(w, b)
            s.value = either(hit & up, hit & down)
    return s.value


def cdldarkcloudcover_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = white(w, a) & black(w, b) & (open_of(w, b) > high_of(w, a)) & (close_of(w, b) > open_of(w, a))
        s.value = either(False, hit & (close_of(w, b) < close_of(w, a) - body(w, a) * s.penetration))
        if s.value != 0.0:
            s.value = either(False, big(w, a))
    return s.value


def cdldojistar_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = big(w, a) & doji(w, b)
        s.value = either(hit & black(w, a) & gap_down(w, b, a), hit & white(w, a) & gap_up(w, b, a))
    return s.value


def cdlengulfing_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 2, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = contained(w, a, b) & ((top(w, b) > top(w, a)) | (bottom(w, b) < bottom(w, a)))
        s.value = either(hit & white(w, b) & black(w, a), hit & black(w, b) & white(w, a))
        if s.value != 0.0:
            s.value *= clarity(w, b, a)
    return s.value


def cdlharami_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = contained(w, b, a)
        s.value = either(hit & black(w, a), hit & white(w, a))
        if s.value != 0.0:
            hit = big(w, a) & (body(w, b) <= usual(w, b))
            s.value = either(hit & black(w, a), hit & white(w, a)) * clarity(w, a, b)
    return s.value


def cdlharamicross_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = contained(w, b, a)
        s.value = either(hit & black(w, a), hit & white(w, a))
        if s.value != 0.0:
            hit = big(w, a) & doji(w, b)
            s.value = either(hit & black(w, a), hit & white(w, a)) * clarity(w, a, b)
    return s.value


def cdlhomingpigeon_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        s.value = (black(w, a) & black(w, b) & inside(w, b, a)) * 100.0
        if s.value != 0.0:
            s.value = (big(w, a) & (body(w, b) <= usual(w, b))) * 100.0
    return s.value


def cdlinneck_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        s.value = either(False, thrusts(w, b, a) & (close_of(w, b) >= close_of(w, a)))
        if s.value != 0.0:
            s.value = either(False, big(w, a) & (close_of(w, b) <= close_of(w, a) + equal(w, a)))
    return s.value


def cdlkicking_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        kicks(s, w, b, a)
    return s.value


def cdlkickingbylength_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0 and kicks(s, w, b, a) != 0.0 and body(w, b) <= body(w, a):
        s.value = -s.value
    return s.value


def cdlmatchinglow_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 6, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = black(w, a) & black(w, b) & within(close_of(w, b), close_of(w, a), equal(w, a))
        s.value = hit * 100.0
    return s.value


def cdlonneck_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        s.value = either(False, thrusts(w, b, a))
        if s.value != 0.0:
            s.value = either(False, big(w, a) & within(close_of(w, b), low_of(w, a), equal(w, a)))
    return s.value


def cdlpiercing_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = thrusts(w, b, a) & (close_of(w, b) < open_of(w, a))
        s.value = (hit & (close_of(w, b) > close_of(w, a) + body(w, a) * 0.5)) * 100.0
        if s.value != 0.0:
            s.value = (big(w, a) & big(w, b)) * 100.0
    return s.value


def cdlseparatinglines_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = within(open_of(w, b), open_of(w, a), equal(w, a))
        up = hit & white(w, b) & black(w, a)
        down = hit & black(w, b) & white(w, a)
        s.value = either(up, down)
        if s.value != 0.0:
            s.value = either(up & big(w, b) & no_lower(w, b), down & big(w, b) & no_upper(w, b))
    return s.value


def cdlthrusting_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        s.value = either(False, thrusts(w, b, a) & (close_of(w, b) <= close_of(w, a) + body(w, a) * 0.5))
        if s.value != 0.0:
            s.value = either(False, big(w, a) & (close_of(w, b) > close_of(w, a) + equal(w, a)))
    return s.value
