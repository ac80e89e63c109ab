# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""What a candle is; the form is that of ``pyrt_ext.streams``.

All patterns share one record and one window: 128 rows of eight, which hold a bar's open, high, low and close, lengths
of body and range, and what some patterns ask for (``shadow_step``); from the end the last fourteen rows go back to the
front. A candle is its row ``i``, the one before it ``i - 1``. A pattern adds a condition on the row that
``candle_step`` gives. Conditions are joined by ``&``. What is rare and costs no means comes first, as the value; where
that is not 0 the rest is looked at. (LLVM makes branches of an ``&`` whose outcome it can ask for: where nobody
foresees it, the value is a product.)
"""

nan = float("nan")

CANDLES = (("value", "f8"), ("penetration", "f8"), ("at", "i8"))


def candles_arena(penetration=0.0):
    return 8 * 128


def candles_start(s, penetration=0.0):
    s.penetration = penetration


def candles_reset(s):
    s.value = nan
    s.at = 0
    return nan


def candle_back(w):
    # What patterns and their means look back at, to the front.
    k = 0
    while k < 112:
        w[k] = w[k + 912]
        k += 1


def candle_step(s, w, warmup, opening, high, low, close):
    # The newest candle's row, 0 while there are too few; the value is 0 until a pattern says otherwise. No warm-up is
    # longer than the fourteen rows that go back.
    if not opening * 0.0 * high * low * close >= 0.0:
        candles_reset(s)
        return 0
    i = s.at
    if i == 128:
        candle_back(w)
        i = 14
    s.at = i + 1
    k = 8 * i
    w[k] = opening
    w[k + 1] = high
    w[k + 2] = low
    w[k + 3] = close
    w[k + 4] = abs(close - opening)
    w[k + 5] = high - low
    if i < warmup:
        return 0
    s.value = 0.0
    return i


def shadow_step(s, w, warmup, opening, high, low, close):
    # As candle_step, for patterns that ask how long shadows are.
    i = candle_step(s, w, warmup, opening, high, low, close)
    k = s.at - 1
    if k >= 0:
        w[8 * k + 6] = upper(w, k) + lower(w, k)
    return i


def open_of(w, i):
    return w[8 * i]


def high_of(w, i):
    return w[8 * i + 1]


def low_of(w, i):
    return w[8 * i + 2]


def close_of(w, i):
    return w[8 * i + 3]


def body(w, i):
    return w[8 * i + 4]


def top(w, i):
    return max(w[8 * i], w[8 * i + 3])


def bottom(w, i):
    return min(w[8 * i], w[8 * i + 3])


def upper(w, i):
    return w[8 * i + 1] - max(w[8 * i], w[8 * i + 3])


def lower(w, i):
    return min(w[8 * i], w[8 * i + 3]) - w[8 * i + 2]


def white(w, i):
    return w[8 * i + 3] >= w[8 * i]


def black(w, i):
    return w[8 * i + 3] < w[8 * i]


def five_before(w, k):
    # The mean, afresh, the oldest first: it depends on nothing older. Without a loop, so that compilers see twins.
    return (w[k - 40] + w[k - 32] + w[k - 24] + w[k - 16] + w[k - 8]) / 5.0


def ten_before(w, k):
    older = w[k - 80] + w[k - 72] + w[k - 64] + w[k - 56] + w[k - 48]
    return (older + w[k - 40] + w[k - 32] + w[k - 24] + w[k - 16] + w[k - 8]) / 10.0


def usual(w, i):
    # The length of a body.
    return ten_before(w, 8 * i + 4)


def bare(w, i):
    # A length that hardly counts.
    return ten_before(w, 8 * i + 5) * 0.1


def shadow(w, i):
    return ten_before(w, 8 * i + 6) * 0.5


def near(w, i):
    return five_before(w, 8 * i + 5) * 0.2


def far(w, i):
    return five_before(w, 8 * i + 5) * 0.6


def equal(w, i):
    return five_before(w, 8 * i + 5) * 0.05


def big(w, i):
    return body(w, i) > usual(w, i)


def small(w, i):
    return body(w, i) < usual(w, i)


def doji(w, i):
    return body(w, i) <= bare(w, i)


def no_upper(w, i):
    return upper(w, i) < bare(w, i)


def no_lower(w, i):
    return lower(w, i) < bare(w, i)


def short_upper(w, i):
    return upper(w, i) < shadow(w, i)


def short_lower(w, i):
    return lower(w, i) < shadow(w, i)


def long_upper(w, i):
    return upper(w, i) > body(w, i)


def long_lower(w, i):
    return lower(w, i) > body(w, i)


def gap_up(w, b, a):
    # All of b's body above a's.
    return bottom(w, b) > top(w, a)


def gap_down(w, b, a):
    return top(w, b) < bottom(w, a)


def inside(w, b, a):
    # b's body inside a's, touching neither end.
    return (top(w, b) < top(w, a)) & (bottom(w, b) > bottom(w, a))


def contained(w, b, a):
    return (top(w, b) <= top(w, a)) & (bottom(w, b) >= bottom(w, a))


def rises(w, b, a):
    # b's range above a's at both ends.
    return (high_of(w, b) > high_of(w, a)) & (low_of(w, b) > low_of(w, a))


def falls(w, b, a):
    return (high_of(w, b) < high_of(w, a)) & (low_of(w, b) < low_of(w, a))


def inside_bar(w, b, a):
    return (high_of(w, b) < high_of(w, a)) & (low_of(w, b) > low_of(w, a))


def within(x, y, distance):
    # No further from y.
    return (x <= y + distance) & (x >= y - distance)


def either(up, down):
    # 100 if one holds, -100 if the other does, 0 else.
    if up:
        return 100.0
    if down:
        return -100.0
    return 0.0


def clarity(w, b, a):
    # Of a body b that holds a's: 1, or 0.8 where ends touch.
    if inside(w, a, b):
        return 1.0
    return 0.8
