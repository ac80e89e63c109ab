# ruff: noqa: ANN001, ANN201, D103, F821, SIM102  # the subset that two compilers share: types are in the .pxd
"""Patterns of three candles; the form is that of ``pyrt_ext.streams``."""

USES = ("patterns.candles",)


def climbs(w, b, a):
    # Both white; b closes higher and opens in the body before it, or near.
    if not (white(w, a) and white(w, b) and close_of(w, b) > close_of(w, a) and open_of(w, b) > open_of(w, a)):
        return False
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
    if not opposite(w, c, a):
        return False
    if white(w, c):
        return close_of(w, c) > close_of(w, a) + body(w, a) * share
    return close_of(w, c) < close_of(w, a) - body(w, a) * share


def south(w, b, a):
    # A smaller candle that opens higher, goes below the close but not to a new low, and comes back.
    if not (body(w, b) < body(w, a) and close_of(w, a) < open_of(w, b) <= high_of(w, a)):
        return False
    return low_of(w, a) <= low_of(w, b) < close_of(w, a) and lower(w, b) > bare(w, b)


def cdl2crows_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and white(w, a) and big(w, a) and black(w, b) and gap_up(w, b, a) and black(w, c):
        if open_of(w, b) > open_of(w, c) > close_of(w, b) and open_of(w, a) < close_of(w, c) < close_of(w, a):
            s.value = -100.0
    return s.value


def cdl3inside_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and big(w, a) and not big(w, b) and inside(w, b, a) and opposite(w, c, a):
        if (white(w, c) and close_of(w, c) > open_of(w, a)) or (black(w, c) and close_of(w, c) < open_of(w, a)):
            s.value = colored(w, c)
    return s.value


def cdl3outside_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 3, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and opposite(w, b, a) and inside(w, a, b):
        if (white(w, b) and close_of(w, c) > close_of(w, b)) or (black(w, b) and close_of(w, c) < close_of(w, b)):
            s.value = colored(w, b)
    return s.value


def cdl3starsinsouth_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and black(w, a) and black(w, b) and black(w, c) and big(w, a) and long_lower(w, a):
        if south(w, b, a) and small(w, c) and no_upper(w, c) and no_lower(w, c):
            if low_of(w, c) > low_of(w, b) and high_of(w, c) < high_of(w, b):
                s.value = 100.0
    return s.value


def cdl3whitesoldiers_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and climbs(w, b, a) and climbs(w, c, b) and no_upper(w, a) and no_upper(w, b) and no_upper(w, c):
        if body(w, b) > body(w, a) - far(w, a) and body(w, c) > body(w, b) - far(w, b) and big(w, c):
            s.value = 100.0
    return s.value


def cdlabandonedbaby_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and big(w, a) and doji(w, b) and big(w, c) and returns(w, c, a, s.penetration):
        if white(w, c) and high_of(w, b) < low_of(w, a) and low_of(w, c) > high_of(w, b):
            s.value = 100.0
        elif black(w, c) and low_of(w, b) > high_of(w, a) and high_of(w, c) < low_of(w, b):
            s.value = -100.0
    return s.value


def cdladvanceblock_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and climbs(w, b, a) and climbs(w, c, b) and big(w, a) and short_upper(w, a) and weakens(w, c, b, a):
        s.value = -100.0
    return s.value


def cdleveningdojistar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and big(w, a) and white(w, a) and doji(w, b) and gap_up(w, b, a) and big(w, c):
        if returns(w, c, a, s.penetration):
            s.value = -100.0
    return s.value


def cdleveningstar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and big(w, a) and white(w, a) and not big(w, b) and gap_up(w, b, a) and big(w, c):
        if returns(w, c, a, s.penetration):
            s.value = -100.0
    return s.value


def cdlgapsidesidewhite_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 7, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and white(w, b) and white(w, c):
        if within(body(w, c), body(w, b), near(w, b)) and within(open_of(w, c), open_of(w, b), equal(w, b)):
            if gap_up(w, b, a) and gap_up(w, c, a):
                s.value = 100.0
            elif gap_down(w, b, a) and gap_down(w, c, a):
                s.value = -100.0
    return s.value


def cdlidentical3crows_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and black(w, a) and black(w, b) and black(w, c) and close_of(w, a) > close_of(w, b) > close_of(w, c):
        if no_lower(w, a) and no_lower(w, b) and no_lower(w, c):
            if within(open_of(w, b), close_of(w, a), equal(w, a)) and within(
                open_of(w, c), close_of(w, b), equal(w, b)
            ):
                s.value = -100.0
    return s.value


def cdlmorningdojistar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and big(w, a) and black(w, a) and doji(w, b) and gap_down(w, b, a) and big(w, c):
        if returns(w, c, a, s.penetration):
            s.value = 100.0
    return s.value


def cdlmorningstar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and big(w, a) and black(w, a) and not big(w, b) and gap_down(w, b, a) and big(w, c):
        if returns(w, c, a, s.penetration):
            s.value = 100.0
    return s.value


def cdlstalledpattern_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and white(w, c) and close_of(w, c) > close_of(w, b) and climbs(w, b, a):
        if big(w, a) and big(w, b) and no_upper(w, b) and small(w, c):
            if open_of(w, c) >= close_of(w, b) - body(w, c) - near(w, b):
                s.value = -100.0
    return s.value


def cdlsticksandwich_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 7, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and black(w, a) and white(w, b) and black(w, c) and low_of(w, b) > close_of(w, a):
        if within(close_of(w, c), close_of(w, a), equal(w, a)):
            s.value = 100.0
    return s.value


def cdltasukigap_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 7, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and opposite(w, c, b) and bottom(w, b) < open_of(w, c) < top(w, b):
        if abs(body(w, b) - body(w, c)) < near(w, b):
            if white(w, b) and gap_up(w, b, a) and top(w, a) < close_of(w, c) < open_of(w, b):
                s.value = 100.0
            elif black(w, b) and gap_down(w, b, a) and open_of(w, b) < close_of(w, c) < bottom(w, a):
                s.value = -100.0
    return s.value


def cdltristar_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and doji(w, a) and max(body(w, b), body(w, c)) <= bare(w, a):
        if gap_up(w, b, a) and top(w, c) < top(w, b):
            s.value = -100.0
        elif gap_down(w, b, a) and bottom(w, c) > bottom(w, b):
            s.value = 100.0
    return s.value


def cdlunique3river_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and black(w, a) and big(w, a) and black(w, b) and white(w, c) and small(w, c):
        if close_of(w, b) > close_of(w, a) and open_of(w, b) <= open_of(w, a) and low_of(w, b) < low_of(w, a):
            if open_of(w, c) > low_of(w, b):
                s.value = 100.0
    return s.value


def cdlupsidegap2crows_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 12, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and white(w, a) and big(w, a) and black(w, b) and not big(w, b) and gap_up(w, b, a) and black(w, c):
        if open_of(w, c) > open_of(w, b) and close_of(w, a) < close_of(w, c) < close_of(w, b):
            s.value = -100.0
    return s.value


def cdlxsidegap3methods_update(s, w, opening, high, low, close):
    c = candle_step(s, w, 2, opening, high, low, close)
    b = c - 1
    a = c - 2
    if c > 0 and opposite(w, c, b) and not opposite(w, b, a) and bottom(w, b) < open_of(w, c) < top(w, b):
        if bottom(w, a) < close_of(w, c) < top(w, a):
            if (white(w, a) and gap_up(w, b, a)) or (black(w, a) and gap_down(w, b, a)):
                s.value = colored(w, a)
    return s.value
