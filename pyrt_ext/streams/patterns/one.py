# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Patterns of one candle, some with a look at the one before; the form is that of ``pyrt_ext.streams``."""

USES = ("patterns.candles",)


def central(w, i):
    # The body near the middle of the range.
    middle = low_of(w, i) + (high_of(w, i) - low_of(w, i)) * 0.5
    return (bottom(w, i) <= middle + near(w, i)) & (top(w, i) >= middle - near(w, i))


def cdlbelthold_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        hit = big(w, a)
        s.value = either(hit & white(w, a) & no_lower(w, a), hit & black(w, a) & no_upper(w, a))
    return s.value


def cdlclosingmarubozu_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        hit = big(w, a)
        s.value = either(hit & white(w, a) & no_upper(w, a), hit & black(w, a) & no_lower(w, a))
    return s.value


def cdldoji_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        s.value = doji(w, a) * 100.0
    return s.value


def cdldragonflydoji_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        s.value = (doji(w, a) & no_upper(w, a) & (lower(w, a) > bare(w, a))) * 100.0
    return s.value


def cdlgravestonedoji_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        s.value = (doji(w, a) & no_lower(w, a) & (upper(w, a) > bare(w, a))) * 100.0
    return s.value


def cdlhammer_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = small(w, b) & long_lower(w, b) & no_upper(w, b)
        s.value = (hit & (bottom(w, b) <= low_of(w, a) + near(w, a))) * 100.0
    return s.value


def cdlhangingman_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        hit = small(w, b) & long_lower(w, b) & no_upper(w, b)
        s.value = either(False, hit & (bottom(w, b) >= high_of(w, a) - near(w, a)))
    return s.value


def cdlhighwave_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        hit = small(w, a) & (upper(w, a) > body(w, a) * 2.0) & (lower(w, a) > body(w, a) * 2.0)
        s.value = either(hit & white(w, a), hit & black(w, a))
    return s.value


def cdlinvertedhammer_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        s.value = (small(w, b) & long_upper(w, b) & no_lower(w, b) & gap_down(w, b, a)) * 100.0
    return s.value


def cdllongleggeddoji_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        s.value = (doji(w, a) & (long_upper(w, a) | long_lower(w, a))) * 100.0
    return s.value


def cdllongline_update(s, w, opening, high, low, close):
    a = shadow_step(s, w, 10, opening, high, low, close)
    if a > 0:
        hit = big(w, a) & short_upper(w, a) & short_lower(w, a)
        s.value = either(hit & white(w, a), hit & black(w, a))
    return s.value


def cdlmarubozu_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        hit = big(w, a) & no_upper(w, a) & no_lower(w, a)
        s.value = either(hit & white(w, a), hit & black(w, a))
    return s.value


def cdlrickshawman_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        s.value = (doji(w, a) & long_upper(w, a) & long_lower(w, a) & central(w, a)) * 100.0
    return s.value


def cdlshootingstar_update(s, w, opening, high, low, close):
    b = candle_step(s, w, 11, opening, high, low, close)
    a = b - 1
    if b > 0:
        s.value = either(False, small(w, b) & long_upper(w, b) & no_lower(w, b) & gap_up(w, b, a))
    return s.value


def cdlshortline_update(s, w, opening, high, low, close):
    a = shadow_step(s, w, 10, opening, high, low, close)
    if a > 0:
        hit = small(w, a) & short_upper(w, a) & short_lower(w, a)
        s.value = either(hit & white(w, a), hit & black(w, a))
    return s.value


def cdlspinningtop_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        hit = small(w, a) & long_upper(w, a) & long_lower(w, a)
        s.value = either(hit & white(w, a), hit & black(w, a))
    return s.value


def cdltakuri_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        s.value = (doji(w, a) & no_upper(w, a) & (lower(w, a) > body(w, a) * 2.0)) * 100.0
    return s.value
