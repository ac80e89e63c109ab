# ruff: noqa: ANN001, ANN201, D103, F821, SIM102  # the subset that two compilers share: types are in the .pxd
"""Patterns of four candles and more; the form is that of ``pyrt_ext.streams``."""

USES = ("patterns.candles",)


def same(w, b, a):
    return white(w, b) == white(w, a)


def opens_in(w, b, a):
    # In the body before it, or near.
    return bottom(w, a) - near(w, a) <= open_of(w, b) <= top(w, a) + near(w, a)


def reaches(w, b, a):
    # b's body into a's range.
    return bottom(w, b) < high_of(w, a) and top(w, b) > low_of(w, a)


def trap(w, i, modified):
    # A bar inside the one before, and now a break: 1 if it is downward, -1 if upward, 0 if there is none. Modified:
    # that one lies inside another and closes near the end that is broken.
    if not inside_bar(w, i - 1, i - 2) or (modified == 1 and not inside_bar(w, i - 2, i - 3)):
        return 0
    if falls(w, i, i - 1) and (modified == 0 or close_of(w, i - 2) <= low_of(w, i - 2) + near(w, i - 2)):
        return 1
    if rises(w, i, i - 1) and (modified == 0 or close_of(w, i - 2) >= high_of(w, i - 2) - near(w, i - 2)):
        return -1
    return 0


def beyond(w, i, bar, sign):
    if sign > 0:
        return close_of(w, i) > high_of(w, bar)
    return close_of(w, i) < low_of(w, bar)


def hikkake(w, i, modified):
    # A trap, or the first close beyond the inside bar of the last trap, on its other side, within three rows.
    sign = trap(w, i, modified)
    if sign != 0:
        return sign * 100.0
    t = i - 1
    while t > i - 4:
        sign = trap(w, t, modified)
        if sign != 0:
            k = t + 1
            while k < i and not beyond(w, k, t - 1, sign):
                k += 1
            if k == i and beyond(w, i, t - 1, sign):
                return sign * 200.0
            return 0.0
        t -= 1
    return 0.0


def cdl3blackcrows_update(s, w, opening, high, low, close):
    d = candle_step(s, w, 13, opening, high, low, close)
    c = d - 1
    b = d - 2
    a = d - 3
    if d > 0 and white(w, a) and black(w, b) and black(w, c) and black(w, d):
        if no_lower(w, b) and no_lower(w, c) and no_lower(w, d):
            if high_of(w, a) > close_of(w, b) > close_of(w, c) > close_of(w, d):
                if open_of(w, b) > open_of(w, c) > close_of(w, b) and open_of(w, c) > open_of(w, d) > close_of(w, c):
                    s.value = -100.0
    return s.value


def cdl3linestrike_update(s, w, opening, high, low, close):
    d = candle_step(s, w, 8, opening, high, low, close)
    c = d - 1
    b = d - 2
    a = d - 3
    if d > 0 and same(w, b, a) and same(w, c, b) and opposite(w, d, c) and opens_in(w, b, a) and opens_in(w, c, b):
        if white(w, c) and close_of(w, c) > close_of(w, b) > close_of(w, a):
            if open_of(w, d) > close_of(w, c) and close_of(w, d) < open_of(w, a):
                s.value = 100.0
        elif black(w, c) and close_of(w, c) < close_of(w, b) < close_of(w, a):
            if open_of(w, d) < close_of(w, c) and close_of(w, d) > open_of(w, a):
                s.value = -100.0
    return s.value


def cdlbreakaway_update(s, w, opening, high, low, close):
    e = candle_step(s, w, 14, opening, high, low, close)
    d = e - 1
    c = e - 2
    b = e - 3
    a = e - 4
    if e > 0 and big(w, a) and same(w, b, a) and same(w, d, b) and opposite(w, e, d):
        if black(w, a) and gap_down(w, b, a) and falls(w, c, b) and falls(w, d, c):
            if open_of(w, b) < close_of(w, e) < close_of(w, a):
                s.value = 100.0
        elif white(w, a) and gap_up(w, b, a) and rises(w, c, b) and rises(w, d, c):
            if close_of(w, a) < close_of(w, e) < open_of(w, b):
                s.value = -100.0
    return s.value


def cdlconcealbabyswall_update(s, w, opening, high, low, close):
    d = candle_step(s, w, 13, opening, high, low, close)
    c = d - 1
    b = d - 2
    a = d - 3
    if d > 0 and black(w, a) and black(w, b) and black(w, c) and black(w, d):
        if no_upper(w, a) and no_lower(w, a) and no_upper(w, b) and no_lower(w, b):
            if gap_down(w, c, b) and upper(w, c) > bare(w, c) and high_of(w, c) > close_of(w, b):
                if high_of(w, d) > high_of(w, c) and low_of(w, d) < low_of(w, c):
                    s.value = 100.0
    return s.value


def cdlhikkake_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 5, opening, high, low, close)
    if a > 0:
        s.value = hikkake(w, a, 0)
    return s.value


def cdlhikkakemod_update(s, w, opening, high, low, close):
    a = candle_step(s, w, 10, opening, high, low, close)
    if a > 0:
        s.value = hikkake(w, a, 1)
    return s.value


def cdlladderbottom_update(s, w, opening, high, low, close):
    e = candle_step(s, w, 14, opening, high, low, close)
    d = e - 1
    c = e - 2
    b = e - 3
    a = e - 4
    if e > 0 and black(w, a) and black(w, b) and black(w, c) and black(w, d) and white(w, e):
        if open_of(w, a) > open_of(w, b) > open_of(w, c) and close_of(w, a) > close_of(w, b) > close_of(w, c):
            if upper(w, d) > bare(w, d) and open_of(w, e) > open_of(w, d) and close_of(w, e) > high_of(w, d):
                s.value = 100.0
    return s.value


def cdlmathold_update(s, w, opening, high, low, close):
    e = candle_step(s, w, 14, opening, high, low, close)
    d = e - 1
    c = e - 2
    b = e - 3
    a = e - 4
    if e > 0 and white(w, a) and black(w, b) and white(w, e) and gap_up(w, b, a) and open_of(w, e) > close_of(w, d):
        if top(w, c) < open_of(w, b) and top(w, d) < top(w, c):
            if big(w, a) and small(w, b) and small(w, c) and small(w, d) and close_of(w, e) > high_of(w, b):
                if close_of(w, e) > high_of(w, c) and close_of(w, e) > high_of(w, d):
                    floor = close_of(w, a) - body(w, a) * s.penetration
                    if floor < bottom(w, c) < close_of(w, a) and floor < bottom(w, d) < close_of(w, a):
                        s.value = 100.0
    return s.value


def cdlrisefall3methods_update(s, w, opening, high, low, close):
    e = candle_step(s, w, 14, opening, high, low, close)
    d = e - 1
    c = e - 2
    b = e - 3
    a = e - 4
    if e > 0 and opposite(w, b, a) and same(w, c, b) and same(w, d, c) and opposite(w, e, d):
        if reaches(w, b, a) and reaches(w, c, a) and reaches(w, d, a):
            if big(w, a) and small(w, b) and small(w, c) and small(w, d) and big(w, e):
                if white(w, a) and close_of(w, b) > close_of(w, c) > close_of(w, d):
                    if open_of(w, e) > close_of(w, d) and close_of(w, e) > close_of(w, a):
                        s.value = 100.0
                elif black(w, a) and close_of(w, b) < close_of(w, c) < close_of(w, d):
                    if open_of(w, e) < close_of(w, d) and close_of(w, e) < close_of(w, a):
                        s.value = -100.0
    return s.value
