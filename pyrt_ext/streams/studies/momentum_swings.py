# ruff: noqa: ANN001, ANN201, D103, F821  # the subset that two compilers share: types are in the .pxd
"""Turns of the market, and what was bought and sold with them; the form is that of ``pyrt_ext.streams``."""

USES = ("windows",)

nan = float("nan")

FRACTAL = (("swinghigh", "f8"), ("swinglow", "f8"), ("left", "i8"), ("right", "i8"), ("seen", "i8"))
WAD = (("value", "f8"), ("last", "f8"), ("seen", "i8"))


def fractal_start(s, left, right):
    s.left = left
    s.right = right


def fractal_arena(left, right):
    return 2 * (left + 2 * right + 3)


def fractal_reset(s):
    s.swinghigh = nan
    s.swinglow = nan
    s.seen = 0
    return nan


def turn(window, base, seen, left, right, x):
    # 100 if the value of `right` rows before is above all on its right and left, else 0. A ring of the last values,
    # the highest on the right, and that on the left, of what has left the ring. Takes left + 2*right + 3.
    size = right + 1
    at = seen % size
    full = 0
    if seen >= right:
        full = 1
    best = highest_step(window, base + size, seen % right, right, full, x)
    before = window[base + at]
    window[base + at] = x
    if seen < size:
        return nan
    count = seen - size
    full = 0
    if count >= left:
        full = 1
    tail = highest_step(window, base + 2 * size, count % left, left, full, before)
    at += 1
    if at == size:
        at = 0
    middle = window[base + at]
    if not tail * 0.0 >= 0.0:
        return nan
    if middle > best and middle > tail:
        return 100.0
    return 0.0


def fractal_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return fractal_reset(s)
    s.swinghigh = turn(window, 0, s.seen, s.left, s.right, high)
    s.swinglow = turn(window, s.left + 2 * s.right + 3, s.seen, s.left, s.right, -low)
    s.seen += 1
    return s.swinghigh


def wad_reset(s):
    s.value = nan
    s.seen = 0
    return nan


def wad_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return wad_reset(s)
    if s.seen == 0:
        s.value = 0.0
        s.last = close
    if close > s.last:
        floor = low
        if s.last < low:
            floor = s.last
        s.value += close - floor
    elif close < s.last:
        ceiling = high
        if s.last > high:
            ceiling = s.last
        s.value += close - ceiling
    s.last = close
    s.seen = 1
    return s.value
