# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""What a candle is; the form is that of ``pyrt_ext.streams``.

All patterns share one record and one window: bars in columns of 64 (open, high, low, close, and the lengths of body,
range and shadows), from whose end the last fourteen go back to the front. A candle is its place ``i`` in a column, the
one before it ``i - 1``. A pattern adds a condition on the place that ``candle_step`` gives. Conditions are joined by
``&``, without branches that nobody foresees. What is rare and costs no means comes first, as the value; where that is
not 0 the rest is looked at. (The value has to be stored before it is asked: else LLVM makes a branch of every ``&``.)
"""

nan = float("nan")

CANDLES = (("value", "f8"), ("penetration", "f8"), ("at", "i8"), ("seen", "i8"))


def candles_arena(penetration=0.0):
    return 7 * 64


def candles_start(s, penetration=0.0):
    s.penetration = penetration


def candles_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def candle_back(w):
    # What patterns and their means look back at, to the front of each column.
    column = 0
    while column < 448:
        k = column
        while k < column + 14:
            w[k] = w[k + 50]
            k += 1
        column += 64


def candle_step(s, w, warmup, opening, high, low, close):
    # The newest candle's place, 0 while there are too few; the value is 0 until a pattern says otherwise.
    if opening - opening + (high - high) + (low - low) + (close - close) != 0.0:
        candles_reset(s)
        return 0
    i = s.at
    if i == 64:
        candle_back(w)
        i = 14
    w[i] = opening
    w[64 + i] = high
    w[128 + i] = low
    w[192 + i] = close
    w[256 + i] = abs(close - opening)
    w[320 + i] = high - low
    w[384 + i] = upper(w, i) + lower(w, i)
    s.at = i + 1
    s.seen += 1
    if s.seen <= warmup:
        return 0
    s.value = 0.0
    return i


def open_of(w, i):
    return w[i]


def high_of(w, i):
    return w[64 + i]


def low_of(w, i):
    return w[128 + i]


def close_of(w, i):
    return w[192 + i]


def body(w, i):
    return w[256 + i]


def top(w, i):
    return max(w[i], w[192 + i])


def bottom(w, i):
    return min(w[i], w[192 + i])


def upper(w, i):
    return w[64 + i] - max(w[i], w[192 + i])


def lower(w, i):
    return min(w[i], w[192 + i]) - w[128 + i]


def white(w, i):
    return w[192 + i] >= w[i]


def black(w, i):
    return w[192 + i] < w[i]


def five_before(w, i):
    # The mean, afresh, the oldest first: it depends on nothing older. Without a loop, so that compilers see twins.
    return (w[i - 5] + w[i - 4] + w[i - 3] + w[i - 2] + w[i - 1]) / 5.0


def ten_before(w, i):
    older = w[i - 10] + w[i - 9] + w[i - 8] + w[i - 7] + w[i - 6]
    return (older + w[i - 5] + w[i - 4] + w[i - 3] + w[i - 2] + w[i - 1]) / 10.0


def usual(w, i):
    # The length of a body.
    return ten_before(w, 256 + i)


def bare(w, i):
    # A length that hardly counts.
    return ten_before(w, 320 + i) * 0.1


def shadow(w, i):
    return ten_before(w, 384 + i) * 0.5


def near(w, i):
    return five_before(w, 320 + i) * 0.2


def far(w, i):
    return five_before(w, 320 + i) * 0.6


def equal(w, i):
    return five_before(w, 320 + i) * 0.05


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
    return up * 100.0 - down * 100.0


def clarity(w, b, a):
    # Of a body b that holds a's: 1, or 0.8 where ends touch.
    if inside(w, a, b):
        return 1.0
    return 0.8
