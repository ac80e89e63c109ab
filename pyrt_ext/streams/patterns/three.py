# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Patterns of three candles; the form is that of ``pyrt_ext.streams``."""

USES = ("patterns.candles",)


def climbs(w, b, a):
    # Both white; b opens and closes higher.
    return white(w, a) & white(w, b) & (close_of(w, b) > close_of(w, a)) & (open_of(w, b) > open_of(w, a))


def near_close(w, b, a):
    # b opens in a white body before it, or near.
    return open_of(w, b) <= close_of(w, a) + near(w, a)


def weakens(w, c, b, a):
    # White candles that lose strength: much smaller ones, or ever smaller ones with shadows above.
    if body(w, c) < body(w, b) - far(w, b):
        return True
    if body(w, b) < body(w, a) - far(w, a) and body(w, c) < body(w, b) + near(w, b):
        return True
    if body(w, c) >= body(w, b):
        return False
    if body(w, b) < body(w, a) and (upper(w, c) > shadow(w, c) or upper(w, b) > shadow(w, b)):
        return True
    return long_upper(w, c)


def returns(w, c, a, share):
    # c has the other color, and closes beyond this share of a's body, seen from its close.
    up = white(w, c) & black(w, a) & (close_of(w, c) > close_of(w, a) + body(w, a) * share)
    return up | (black(w, c) & white(w, a) & (close_of(w, c) < close_of(w, a) - body(w, a) * share))


def south(w, b, a):
    # A smaller candle that opens higher, and goes below the close but not to a new low.
    hit = (body(w, b) < body(w, a)) & (close_of(w, a) < open_of(w, b)) & (open_of(w, b) <= high_of(w, a))
    return hit & (low_of(w, a) <= low_of(w, b)) & (low_of(w, b) < close_of(w, a))


def cdl2crows_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = white(w, a) & black(w, b) & black(w, c) & gap_up(w, b, a)
        hit = hit & (open_of(w, b) > open_of(w, c)) & (open_of(w, c) > close_of(w, b))
        hit = hit & (open_of(w, a) < close_of(w, c)) & (close_of(w, c) < close_of(w, a))
        s.value = 0.0 - hit * 100.0
        if s.value != 0.0:
            s.value = either(False, big(w, a))
    return s.value


def cdl3inside_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = inside(w, b, a)
        up = hit & white(w, c) & black(w, a) & (close_of(w, c) > open_of(w, a))
        down = hit & black(w, c) & white(w, a) & (close_of(w, c) < open_of(w, a))
        s.value = either(up, down)
        if s.value != 0.0:
            hit = big(w, a) & (body(w, b) <= usual(w, b))
            s.value = either(hit & up, hit & down)
    return s.value


def cdl3outside_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 3, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = inside(w, a, b)
        up = white(w, b) & black(w, a) & (close_of(w, c) > close_of(w, b))
        down = black(w, b) & white(w, a) & (close_of(w, c) < close_of(w, b))
        s.value = either(hit & up, hit & down)
    return s.value


def cdl3starsinsouth_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = black(w, a) & black(w, b) & black(w, c) & (low_of(w, c) > low_of(w, b)) & (high_of(w, c) < high_of(w, b))
        s.value = (hit & south(w, b, a) & long_lower(w, a)) * 100.0
        if s.value != 0.0:
            hit = big(w, a) & (lower(w, b) > bare(w, b))
            s.value = (hit & small(w, c) & no_upper(w, c) & no_lower(w, c)) * 100.0
    return s.value


def cdl3whitesoldiers_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        s.value = (climbs(w, b, a) & climbs(w, c, b)) * 100.0
        if s.value != 0.0:
            hit = near_close(w, b, a) & near_close(w, c, b) & big(w, c)
            hit = hit & no_upper(w, a) & no_upper(w, b) & no_upper(w, c)
            hit = hit & (body(w, b) > body(w, a) - far(w, a)) & (body(w, c) > body(w, b) - far(w, b))
            s.value = hit * 100.0
    return s.value


def cdlabandonedbaby_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        up = white(w, c) & (high_of(w, b) < low_of(w, a)) & (low_of(w, c) > high_of(w, b))
        down = black(w, c) & (low_of(w, b) > high_of(w, a)) & (high_of(w, c) < low_of(w, b))
        s.value = either(up, down)
        if s.value != 0.0:
            hit = big(w, a) & doji(w, b) & big(w, c) & returns(w, c, a, s.penetration)
            s.value = either(hit & up, hit & down)
    return s.value


def cdladvanceblock_update(s, w, opening, high, low, close):
    c = shadow_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        s.value = either(False, climbs(w, b, a) & climbs(w, c, b))
        if s.value != 0.0:
            hit = near_close(w, b, a) & near_close(w, c, b) & big(w, a) & short_upper(w, a)
            s.value = either(False, hit & weakens(w, c, b, a))
    return s.value


def cdleveningdojistar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        s.value = either(False, white(w, a) & gap_up(w, b, a) & returns(w, c, a, s.penetration))
        if s.value != 0.0:
            s.value = either(False, big(w, a) & doji(w, b) & big(w, c))
    return s.value


def cdleveningstar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        s.value = either(False, white(w, a) & gap_up(w, b, a) & returns(w, c, a, s.penetration))
        if s.value != 0.0:
            s.value = either(False, big(w, a) & (body(w, b) <= usual(w, b)) & big(w, c))
    return s.value


def cdlgapsidesidewhite_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 7, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = white(w, b) & white(w, c)
        up = hit & gap_up(w, b, a) & gap_up(w, c, a)
        down = hit & gap_down(w, b, a) & gap_down(w, c, a)
        s.value = either(up, down)
        if s.value != 0.0:
            hit = within(body(w, c), body(w, b), near(w, b)) & within(open_of(w, c), open_of(w, b), equal(w, b))
            s.value = either(hit & up, hit & down)
    return s.value


def cdlidentical3crows_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = black(w, a) & black(w, b) & black(w, c)
        s.value = either(False, hit & (close_of(w, a) > close_of(w, b)) & (close_of(w, b) > close_of(w, c)))
        if s.value != 0.0:
            hit = no_lower(w, a) & no_lower(w, b) & no_lower(w, c)
            hit = hit & within(open_of(w, b), close_of(w, a), equal(w, a))
            s.value = either(False, hit & within(open_of(w, c), close_of(w, b), equal(w, b)))
    return s.value


def cdlmorningdojistar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        s.value = (black(w, a) & gap_down(w, b, a) & returns(w, c, a, s.penetration)) * 100.0
        if s.value != 0.0:
            s.value = (big(w, a) & doji(w, b) & big(w, c)) * 100.0
    return s.value


def cdlmorningstar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        s.value = (black(w, a) & gap_down(w, b, a) & returns(w, c, a, s.penetration)) * 100.0
        if s.value != 0.0:
            s.value = (big(w, a) & (body(w, b) <= usual(w, b)) & big(w, c)) * 100.0
    return s.value


def cdlstalledpattern_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = white(w, c) & (close_of(w, c) > close_of(w, b))
        s.value = either(False, hit & climbs(w, b, a))
        if s.value != 0.0:
            hit = near_close(w, b, a) & big(w, a) & big(w, b) & no_upper(w, b) & small(w, c)
            s.value = either(False, hit & (open_of(w, c) >= close_of(w, b) - body(w, c) - near(w, b)))
    return s.value


def cdlsticksandwich_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 7, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = black(w, a) & white(w, b) & black(w, c) & (low_of(w, b) > close_of(w, a))
        s.value = (hit & within(close_of(w, c), close_of(w, a), equal(w, a))) * 100.0
    return s.value


def cdltasukigap_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 7, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = (bottom(w, b) < open_of(w, c)) & (open_of(w, c) < top(w, b))
        up = hit & white(w, b) & black(w, c) & gap_up(w, b, a)
        up = up & (top(w, a) < close_of(w, c)) & (close_of(w, c) < open_of(w, b))
        down = hit & black(w, b) & white(w, c) & gap_down(w, b, a)
        down = down & (open_of(w, b) < close_of(w, c)) & (close_of(w, c) < bottom(w, a))
        s.value = either(up, down)
        if s.value != 0.0:
            hit = abs(body(w, b) - body(w, c)) < near(w, b)
            s.value = either(hit & up, hit & down)
    return s.value


def cdltristar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        bound = bare(w, a)
        hit = (body(w, a) <= bound) & (body(w, b) <= bound) & (body(w, c) <= bound)
        up = hit & gap_down(w, b, a) & (bottom(w, c) > bottom(w, b))
        s.value = either(up, hit & gap_up(w, b, a) & (top(w, c) < top(w, b)))
    return s.value


def cdlunique3river_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = black(w, a) & black(w, b) & white(w, c) & (close_of(w, b) > close_of(w, a))
        hit = hit & (open_of(w, b) <= open_of(w, a)) & (low_of(w, b) < low_of(w, a)) & (open_of(w, c) > low_of(w, b))
        s.value = hit * 100.0
        if s.value != 0.0:
            s.value = (big(w, a) & small(w, c)) * 100.0
    return s.value


def cdlupsidegap2crows_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = white(w, a) & black(w, b) & black(w, c) & gap_up(w, b, a) & (open_of(w, c) > open_of(w, b))
        s.value = either(False, hit & (close_of(w, a) < close_of(w, c)) & (close_of(w, c) < close_of(w, b)))
        if s.value != 0.0:
            s.value = either(False, big(w, a) & (body(w, b) <= usual(w, b)))
    return s.value


def cdlxsidegap3methods_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 2, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0:
        hit = (bottom(w, b) < open_of(w, c)) & (open_of(w, c) < top(w, b))
        hit = hit & (bottom(w, a) < close_of(w, c)) & (close_of(w, c) < top(w, a))
        up = white(w, a) & white(w, b) & black(w, c) & gap_up(w, b, a)
        s.value = either(hit & up, hit & black(w, a) & black(w, b) & white(w, c) & gap_down(w, b, a))
    return s.value
