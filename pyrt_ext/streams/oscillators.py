# ruff: noqa: ANN001, ANN201, D103, F821, PLR1730  # the subset that two compilers share: types are in the .pxd
"""Oscillators: where a price stands in what its window has reached; the form is that of ``pyrt_ext.streams``."""

USES = ("windows",)

nan = float("nan")
TINY = 1e-14  # a rounding error beside the numbers that it is the difference of

REACH = (("value", "f8"), ("last", "f8"), ("period", "i8"), ("at", "i8"), ("full", "i8"), ("seen", "i8"))
CHANNEL = (
    ("upperband", "f8"),
    ("middleband", "f8"),
    ("lowerband", "f8"),
    ("period", "i8"),
    ("at", "i8"),
    ("full", "i8"),
)
STOCH = (
    ("slowk", "f8"),
    ("slowd", "f8"),
    ("period", "i8"),
    ("slow", "i8"),
    ("kind", "i8"),
    ("signal", "i8"),
    ("signal_kind", "i8"),
    ("at", "i8"),
    ("full", "i8"),
    ("seen", "i8"),
    ("lost", "i8"),
)
FAST = (
    ("fastk", "f8"),
    ("fastd", "f8"),
    ("last", "f8"),
    ("rsi", "i8"),
    ("period", "i8"),
    ("signal", "i8"),
    ("signal_kind", "i8"),
    ("at", "i8"),
    ("full", "i8"),
    ("seen", "i8"),
    ("changes", "i8"),
)
STOCHRSI = FAST
AROON = (("aroondown", "f8"), ("aroonup", "f8"), ("period", "i8"), ("seen", "i8"), ("top", "i8"), ("bottom", "i8"))
AROONOSC = (("value", "f8"), ("period", "i8"), ("seen", "i8"), ("top", "i8"), ("bottom", "i8"))
ULTIMATE = (
    ("value", "f8"),
    ("last", "f8"),
    ("one", "i8"),
    ("two", "i8"),
    ("three", "i8"),
    ("seen1", "i8"),
    ("seen2", "i8"),
    ("seen3", "i8"),
)


def reach_start(s, period):
    s.period = period


def reach_arena(period):
    return 2 * period + 2


def reach_reset(s):
    s.value = nan
    s.last = nan
    s.at = 0
    s.full = 0
    s.seen = 0
    return nan


def reach_advance(s):
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    return s.value


def willr_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return reach_reset(s)
    top = highest_step(window, 0, s.at, s.period, s.full, high)
    bottom = -highest_step(window, s.period + 1, s.at, s.period, s.full, -low)
    span = top - bottom
    s.value = span * 0.0
    if span < 0.0 or span > 0.0:
        s.value = (top - close) / span * -100.0
        if s.value > 0.0:
            s.value = 0.0
        if s.value < -100.0:
            s.value = -100.0
    return reach_advance(s)


def midpoint_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return reach_reset(s)
    top = highest_step(window, 0, s.at, s.period, s.full, x)
    s.value = (top - highest_step(window, s.period + 1, s.at, s.period, s.full, -x)) / 2.0
    return reach_advance(s)


def midprice_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return reach_reset(s)
    top = highest_step(window, 0, s.at, s.period, s.full, high)
    s.value = (top - highest_step(window, s.period + 1, s.at, s.period, s.full, -low)) / 2.0
    return reach_advance(s)


def channel_start(s, period):
    s.period = period


def channel_arena(period):
    return 2 * period + 2


def channel_reset(s):
    s.upperband = nan
    s.middleband = nan
    s.lowerband = nan
    s.at = 0
    s.full = 0
    return nan


def donchian_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return channel_reset(s)
    s.upperband = highest_step(window, 0, s.at, s.period, s.full, high)
    s.lowerband = -highest_step(window, s.period + 1, s.at, s.period, s.full, -low)
    s.middleband = (s.upperband + s.lowerband) / 2.0
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    return s.upperband


def cci_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return reach_reset(s)
    x = (high + low + close) / 3.0
    window[s.at] = x
    reach_advance(s)
    if s.full != 0:
        total = 0.0
        at = s.period - 1
        while at >= 0:
            total += window[at] - x
            at -= 1
        mean = total / s.period
        total = 0.0
        total2 = 0.0
        at = s.period - 1
        while at > 0:
            total += abs((window[at] - x) - mean)
            total2 += abs((window[at - 1] - x) - mean)
            at -= 2
        if at == 0:
            total += abs((window[0] - x) - mean)
        total += total2
        s.value = 0.0
        if total != 0.0 and abs(mean) > TINY * (abs(x) + abs(x + mean)):
            s.value = -mean / (0.015 * (total / s.period))
    return s.value


def mfi_update(s, window, high, low, close, volume):
    if not high * 0.0 * low * close * volume >= 0.0:
        return reach_reset(s)
    price = (high + low + close) / 3.0
    if s.seen > 0:
        flow = price * volume
        up = 0.0
        down = 0.0
        moved = abs(price - s.last) > TINY * (abs(price) + abs(s.last))
        if moved & (price > s.last):
            up = flow
        if moved & (price < s.last):
            down = flow
        up = sma_step(window, 0, s.seen - 1, s.period, up) * s.period
        total = up + sma_step(window, s.period + 1, s.seen - 1, s.period, down) * s.period
        if s.seen >= s.period:
            s.value = 0.0
            if total > 0.0 and up > 0.0:
                s.value = 100.0
                if up < total:
                    s.value = 100.0 * (up / total)
    s.last = price
    s.seen = counted(s.seen, s.period)
    return s.value


def place(x, top, bottom):
    span = top - bottom
    if abs(span) > TINY * (abs(top) + abs(bottom)):
        return (x - bottom) / span * 100.0
    return span * 0.0


def stoch_start(s, period, slow, kind, signal, signal_kind):
    s.period = period
    s.slow = slow
    s.kind = kind
    s.signal = signal
    s.signal_kind = signal_kind
    s.lost = average_lost(slow, kind)


def stoch_arena(period, slow, kind, signal, signal_kind):
    return 2 * period + 2 + average_places(slow) + average_places(signal)


def stoch_reset(s):
    s.slowk = nan
    s.slowd = nan
    s.at = 0
    s.full = 0
    s.seen = 0
    return nan


def stoch_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return stoch_reset(s)
    top = highest_step(window, 0, s.at, s.period, s.full, high)
    bottom = -highest_step(window, s.period + 1, s.at, s.period, s.full, -low)
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    if s.full != 0:
        base = 2 * s.period + 2
        k = average_step(window, base, s.seen, s.slow, s.kind, place(close, top, bottom))
        if s.seen >= s.lost:
            d = average_step(window, base + average_places(s.slow), s.seen - s.lost, s.signal, s.signal_kind, k)
            if d - d == 0.0:
                s.slowk = k
                s.slowd = d
        s.seen += 1
    return s.slowk


def fast_start(s, period, signal, signal_kind):
    s.period = period
    s.signal = signal
    s.signal_kind = signal_kind


def fast_arena(period, signal, signal_kind):
    return 2 * period + 2 + average_places(signal) + 4


def fast_reset(s):
    s.fastk = nan
    s.fastd = nan
    s.last = nan
    s.at = 0
    s.full = 0
    s.seen = 0
    s.changes = 0
    return nan


def fast_put(s, window, high, low, close):
    top = highest_step(window, 0, s.at, s.period, s.full, high)
    bottom = -highest_step(window, s.period + 1, s.at, s.period, s.full, -low)
    s.at += 1
    if s.at == s.period:
        s.at = 0
        s.full = 1
    if s.full != 0:
        k = place(close, top, bottom)
        d = average_step(window, 2 * s.period + 2, s.seen, s.signal, s.signal_kind, k)
        if d - d == 0.0:
            s.fastk = k
            s.fastd = d
        s.seen += 1
    return s.fastk


def stochf_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return fast_reset(s)
    return fast_put(s, window, high, low, close)


def stochrsi_start(s, rsi, period, signal, signal_kind):
    s.rsi = rsi
    s.period = period
    s.signal = signal
    s.signal_kind = signal_kind


def stochrsi_arena(rsi, period, signal, signal_kind):
    return 2 * period + 2 + average_places(signal) + 4


def stochrsi_reset(s):
    return fast_reset(s)


def stochrsi_update(s, window, x):
    if not x * 0.0 >= 0.0:
        return fast_reset(s)
    if s.changes > 0:
        change = x - s.last
        gain = 0.5 * (change + abs(change))
        base = 2 * s.period + 2 + average_places(s.signal)
        gains = ema_step(window, base, s.changes - 1, s.rsi, 1.0 / s.rsi, gain)
        losses = ema_step(window, base + 2, s.changes - 1, s.rsi, 1.0 / s.rsi, gain - change)
        if s.changes >= s.rsi:
            total = gains + losses
            index = 0.0
            if total >= 1e-290:  # as rsi of ``momentum``
                index = 100.0 * (gains / total)
            fast_put(s, window, index, index, index)
    s.last = x
    s.changes += 1
    return s.fastk


def aroon_start(s, period):
    s.period = period


def aroon_arena(period):
    return 2 * period + 2


def aroon_reset(s):
    s.aroondown = nan
    s.aroonup = nan
    s.seen = 0
    s.top = -1
    s.bottom = -1
    return nan


def since_step(window, base, at, size, since, x):
    # How long ago the highest of the last `size` rows was, of equals the newest; for the lowest, of their negatives. It
    # was `since` before, -1 where nothing has come; only where it leaves the ring is the ring gone through.
    window[base + at] = x
    age = since + 1
    if age < size:
        i = at - age
        if i < 0:
            i += size
        if x >= window[base + i]:
            age = 0
        return age
    best = x
    since = 0
    age = 1
    while age < size:
        at -= 1
        if at < 0:
            at = size - 1
        if window[base + at] > best:
            best = window[base + at]
            since = age
        age += 1
    return since


def aroon_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return aroon_reset(s)
    size = s.period + 1
    at = place_in(s.seen, size)
    s.top = since_step(window, 0, at, size, s.top, high)
    s.bottom = since_step(window, size, at, size, s.bottom, -low)
    s.seen = counted(s.seen, size)
    if s.seen >= size:
        s.aroondown = 100.0 / s.period * (s.period - s.bottom)
        s.aroonup = 100.0 / s.period * (s.period - s.top)
    return s.aroondown


def aroonosc_start(s, period):
    s.period = period


def aroonosc_arena(period):
    return 2 * period + 2


def aroonosc_reset(s):
    s.value = nan
    s.seen = 0
    s.top = -1
    s.bottom = -1
    return nan


def aroonosc_update(s, window, high, low):
    if not high * 0.0 * low >= 0.0:
        return aroonosc_reset(s)
    size = s.period + 1
    at = place_in(s.seen, size)
    s.top = since_step(window, 0, at, size, s.top, high)
    s.bottom = since_step(window, size, at, size, s.bottom, -low)
    s.seen = counted(s.seen, size)
    if s.seen >= size:
        s.value = (s.bottom - s.top) * (100.0 / s.period)
    return s.value


def ultimate_start(s, one, two, three):
    ordered = sorted((one, two, three))
    s.one = ordered[0]
    s.two = ordered[1]
    s.three = ordered[2]


def ultimate_arena(one, two, three):
    return 2 * (one + two + three) + 6


def ultimate_reset(s):
    s.value = nan
    s.last = nan
    s.seen1 = 0
    s.seen2 = 0
    s.seen3 = 0
    return nan


def ratio_step(window, base, seen, period, x, y):
    # The sum of the last `period` x over that of as many y, kept as in sma_step. Takes 2 * period + 2 places.
    at = place_in(seen, period)
    i = base + 1 + at
    j = i + period + 1
    if at == 0:
        window[base] = 0.0
        window[base + period + 1] = 0.0
    a = window[base] + x
    b = window[base + period + 1] + y
    window[base] = a
    window[base + period + 1] = b
    window[i] = x
    window[j] = y
    at += 1
    if at < period:
        if seen < period:
            return nan
        a += window[i + 1]
        b += window[j + 1]
    else:
        tail = 0.0
        other = 0.0
        while at > 0:
            at -= 1
            tail += window[i]
            other += window[j]
            window[i] = tail
            window[j] = other
            i -= 1
            j -= 1
    if b != 0.0:
        return a / b
    return 0.0


def ultosc_update(s, window, high, low, close):
    if not high * 0.0 * low * close >= 0.0:
        return ultimate_reset(s)
    if s.last == s.last:  # there is a bar before
        floor = min(low, s.last)
        span = max(high - low, abs(s.last - high), abs(s.last - low))
        base = 2 * s.one + 2
        total = 4.0 * ratio_step(window, 0, s.seen1, s.one, close - floor, span)
        total += 2.0 * ratio_step(window, base, s.seen2, s.two, close - floor, span)
        total += ratio_step(window, base + 2 * s.two + 2, s.seen3, s.three, close - floor, span)
        s.seen1 = counted(s.seen1, s.one)
        s.seen2 = counted(s.seen2, s.two)
        s.seen3 = counted(s.seen3, s.three)
        if s.seen3 >= s.three:
            s.value = total / 7.0 * 100.0
    s.last = close
    return s.value
