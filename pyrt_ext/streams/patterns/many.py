# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Patterns of four candles and more; the form is that of ``pyrt_ext.streams``."""

USES = ("patterns.candles",)


def same(w, b, a):
    return white(w, b) == white(w, a)


def opens_in(w, b, a):
    # In the body before it, or near.
    return (bottom(w, a) - near(w, a) <= open_of(w, b)) & (open_of(w, b) <= top(w, a) + near(w, a))


def reaches(w, b, a):
    # b's body into a's range.
    return (bottom(w, b) < high_of(w, a)) & (top(w, b) > low_of(w, a))


def trap(w, i, modified):
    # A bar inside the one before, and now a break: 100 if it is downward, -100 if upward, 0 if there is none. Modified:
    # that one lies inside another and closes near the end that is broken. The eighth of a row is there for it.
    hit = inside_bar(w, i - 1, i - 2)
    down = hit & falls(w, i, i - 1)
    up = hit & rises(w, i, i - 1)
    if modified == 1 and (up | down):
        hit = inside_bar(w, i - 2, i - 3)
        down = hit & down & (close_of(w, i - 2) <= low_of(w, i - 2) + near(w, i - 2))
        up = hit & up & (close_of(w, i - 2) >= high_of(w, i - 2) - near(w, i - 2))
    w[8 * i + 7] = either(down, up)


def beyond(w, i, bar, sign):
    if sign > 0.0:
        return close_of(w, i) > high_of(w, bar)
    return close_of(w, i) < low_of(w, bar)


def hikkake(w, i):
    # A trap, or the first close beyond the inside bar of the last trap, on its other side, within three rows.
    sign = w[8 * i + 7]
    if sign != 0.0:
        return sign
    t = i - 1
    while t > i - 4:
        sign = w[8 * t + 7]
        if sign != 0.0:
            k = t + 1
            while k < i and not beyond(w, k, t - 1, sign):
                k += 1
            if k == i and beyond(w, i, t - 1, sign):
                return sign * 2.0
            return 0.0
        t -= 1
    return 0.0


def cdl3blackcrows_update(s, w, opening, high, low, close):
    d = candle_step(s, w, 13, opening, high, low, close)
    c = d - 1
    b = d - 2
    a = d - 3
    if d > 0:
        hit = white(w, a) & black(w, b) & black(w, c) & black(w, d) & (high_of(w, a) > close_of(w, b))
        hit = hit & (close_of(w, b) > close_of(w, c)) & (close_of(w, c) > close_of(w, d))
        hit = hit & (open_of(w, b) > open_of(w, c)) & (open_of(w, c) > close_of(w, b))
        hit = hit & (open_of(w, c) > open_of(w, d)) & (open_of(w, d) > close_of(w, c))
        s.value = 0.0 - hit * 100.0
        if s.value != 0.0:
            s.value = either(False, no_lower(w, b) & no_lower(w, c) & no_lower(w, d))
    return s.value


def cdl3linestrike_update(s, w, opening, high, low, close):
    d = candle_step(s, w, 8, opening, high, low, close)
    c = d - 1
    b = d - 2
    a = d - 3
    if d > 0:
        up = white(w, a) & white(w, b) & white(w, c) & black(w, d) & (open_of(w, d) > close_of(w, c))
        up = up & (close_of(w, d) < open_of(w, a)) & (close_of(w, c) > close_of(w, b))
        up = up & (close_of(w, b) > close_of(w, a))
        down = black(w, a) & black(w, b) & black(w, c) & white(w, d) & (open_of(w, d) < close_of(w, c))
        down = down & (close_of(w, d) > open_of(w, a)) & (close_of(w, c) < close_of(w, b))
        down = down & (close_of(w, b) < close_of(w, a))
        s.value = either(up, down)
        if s.value != 0.0:
            hit = opens_in(w, b, a) & opens_in(w, c, b)
            s.value = either(hit & up, hit & down)
    return s.value


def cdlbreakaway_update(s, w, opening, high, low, close):
    e = candle_step(s, w, 14, opening, high, low, close)
    d = e - 1
    c = e - 2
    b = e - 3
    a = e - 4
    if e > 0:
        up = black(w, a) & black(w, b) & black(w, d) & white(w, e) & gap_down(w, b, a) & falls(w, c, b)
        up = up & falls(w, d, c) & (open_of(w, b) < close_of(w, e)) & (close_of(w, e) < close_of(w, a))
        down = white(w, a) & white(w, b) & white(w, d) & black(w, e) & gap_up(w, b, a) & rises(w, c, b)
        down = down & rises(w, d, c) & (close_of(w, a) < close_of(w, e)) & (close_of(w, e) < open_of(w, b))
        s.value = either(up, down)
        if s.value != 0.0:
            s.value = either(up & big(w, a), down & big(w, a))
    return s.value


def cdlconcealbabyswall_update(s, w, opening, high, low, close):
    d = candle_step(s, w, 13, opening, high, low, close)
    c = d - 1
    b = d - 2
    a = d - 3
    if d > 0:
        hit = black(w, a) & black(w, b) & black(w, c) & black(w, d) & gap_down(w, c, b)
        hit = hit & (high_of(w, c) > close_of(w, b)) & (high_of(w, d) > high_of(w, c))
        s.value = (hit & (low_of(w, d) < low_of(w, c))) * 100.0
        if s.value != 0.0:
            hit = no_upper(w, a) & no_lower(w, a) & no_upper(w, b) & no_lower(w, b)
            s.value = (hit & (upper(w, c) > bare(w, c))) * 100.0
    return s.value


def cdlhikkake_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 5, opening, high, low, close)
    if s.at > 2:
        trap(w, s.at - 1, 0)
    if a > 0:
        s.value = hikkake(w, a)
    return s.value


def cdlhikkakemod_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if s.at > 7:
        trap(w, s.at - 1, 1)
    if a > 0:
        s.value = hikkake(w, a)
    return s.value


def cdlladderbottom_update(s, w, opening, high, low, close):
    e = candle_step(s, w, 14, opening, high, low, close)
    d = e - 1
    c = e - 2
    b = e - 3
    a = e - 4
    if e > 0:
        hit = black(w, a) & black(w, b) & black(w, c) & black(w, d) & white(w, e)
        hit = hit & (open_of(w, a) > open_of(w, b)) & (open_of(w, b) > open_of(w, c))
        hit = hit & (close_of(w, a) > close_of(w, b)) & (close_of(w, b) > close_of(w, c))
        s.value = (hit & (open_of(w, e) > open_of(w, d)) & (close_of(w, e) > high_of(w, d))) * 100.0
        if s.value != 0.0:
            s.value = (upper(w, d) > bare(w, d)) * 100.0
    return s.value


def cdlmathold_update(s, w, opening, high, low, close):
    e = candle_step(s, w, 14, opening, high, low, close)
    d = e - 1
    c = e - 2
    b = e - 3
    a = e - 4
    if e > 0:
        hit = white(w, a) & black(w, b) & white(w, e) & gap_up(w, b, a) & (open_of(w, e) > close_of(w, d))
        s.value = (hit & (top(w, c) < open_of(w, b)) & (top(w, d) < top(w, c))) * 100.0
        if s.value != 0.0:
            floor = close_of(w, a) - body(w, a) * s.penetration
            hit = (close_of(w, e) > high_of(w, b)) & (close_of(w, e) > high_of(w, c)) & (close_of(w, e) > high_of(w, d))
            hit = hit & (floor < bottom(w, c)) & (bottom(w, c) < close_of(w, a))
            hit = hit & (floor < bottom(w, d)) & (bottom(w, d) < close_of(w, a))
            s.value = (hit & big(w, a) & small(w, b) & small(w, c) & small(w, d)) * 100.0
    return s.value


def cdlrisefall3methods_update(s, w, opening, high, low, close):
    e = candle_step(s, w, 14, opening, high, low, close)
    d = e - 1
    c = e - 2
    b = e - 3
    a = e - 4
    if e > 0:
        up = white(w, a) & black(w, b) & black(w, c) & black(w, d) & white(w, e)
        up = up & (close_of(w, b) > close_of(w, c)) & (close_of(w, c) > close_of(w, d))
        up = up & (open_of(w, e) > close_of(w, d)) & (close_of(w, e) > close_of(w, a))
        down = black(w, a) & white(w, b) & white(w, c) & white(w, d) & black(w, e)
        down = down & (close_of(w, b) < close_of(w, c)) & (close_of(w, c) < close_of(w, d))
        down = down & (open_of(w, e) < close_of(w, d)) & (close_of(w, e) < close_of(w, a))
        s.value = either(up, down)
        if s.value != 0.0:
            hit = reaches(w, b, a) & reaches(w, c, a) & reaches(w, d, a)
            hit = hit & big(w, a) & small(w, b) & small(w, c) & small(w, d) & big(w, e)
            s.value = either(hit & up, hit & down)
    return s.value
