# ruff: noqa: ANN001, ANN201, D103  # the subset that two compilers share: types are in the .pxd
"""Steps that formulas of several families share; the form is that of ``pyrt_ext.streams``."""

import math

nan = float("nan")

WINDOW = (
    ("value", "f8"),
    ("factor", "f8"),
    ("center", "f8"),
    ("variance", "f8"),
    ("slope", "f8"),
    ("period", "i8"),
    ("at", "i8"),
    ("seen", "i8"),
)


def window_arena(period, factor=1.0):
    return 2 * period


def window_start(s, period, factor=1.0):
    s.period = period
    s.factor = factor


def window_reset(s):
    s.value = nan
    s.at = 0
    s.seen = 0
    return nan


def window_put(s, window, x):
    # The last values in a ring, which stands twice in a row: once there are `period`, the oldest stands at `at`, the
    # others behind it. Returns how many are missing.
    window[s.at] = x
    window[s.at + s.period] = x
    s.at += 1
    if s.at == s.period:
        s.at = 0
    if s.seen < s.period:
        s.seen += 1
    return s.period - s.seen


def counted(seen, period):
    # One more has come. A count that only says whether there are `period`, and where the next goes in a ring of as
    # many, need not grow: up to 2 * period less than it is can be asked of place_in without a division.
    seen += 1
    if seen == 3 * period:
        seen -= period
    return seen


def place_in(seen, period):
    # seen % period.
    at = seen
    if at >= period:
        at -= period
    if at >= period:
        at -= period
    if at >= period:
        at = seen % period
    return at


def sma_step(window, base, seen, period, x):
    # As sma of ``moving``: a head, and the values and tails behind it. `seen` values came before. Takes period + 1.
    at = place_in(seen, period)
    i = base + 1 + at
    if at == 0:
        window[base] = 0.0
    total = window[base] + x
    window[base] = total
    window[i] = x
    at += 1
    if at < period:
        if seen >= period:
            return (window[i + 1] + total) / period
        return nan
    mean = total / period
    total = 0.0
    while at > 0:
        at -= 1
        total += window[i]
        window[i] = total
        i -= 1
    return mean


def ema_step(window, base, seen, period, gain, x):
    # As ema of ``moving``: the average, and the value that it began with. Takes 2.
    return ema_next(window, base, window[base], seen, period, gain, x)


def ema_next(window, base, average, seen, period, gain, x):
    # As ema_step, where the average before is known: loops keep it in a register if an update reads it first of all.
    # NaN where nothing has come yet, which a `seen` below 0 says.
    if seen >= period:
        if gain == 1.0:  # the value itself, which the difference from the one before would round
            average = x
        else:
            average += (x - average) * gain
        window[base] = average
        return average
    if seen < 0:
        return nan
    if seen == 0:
        average = 0.0
        window[base + 1] = x
    average += x - window[base + 1]
    if seen + 1 >= period:
        average = window[base + 1] + average / period
    window[base] = average
    if seen + 1 < period:
        return nan
    return average


def ema_kept(window, at, average, seen, period, gain, x):
    # As ema_step, of an average that a record keeps, which loops keep in a register: in the window stands only the
    # value that it began with. A sum while seen + 1 < period; nothing happens while `seen` is below 0.
    if seen >= period:
        if gain == 1.0:
            return x
        return average + (x - average) * gain
    if seen < 0:
        return average
    if seen == 0:
        window[at] = x
        average = 0.0
    average += x - window[at]
    if seen + 1 == period:
        average = window[at] + average / period
    return average


def wma_step(window, base, seen, period, x):
    # Weights 1 ... period. As sma_step, of distances from a block's first value: sums of this block, without and with
    # weights that begin at 1, and behind it sums of the last block's tails with such weights. Takes period + 4.
    at = place_in(seen, period)
    i = base + 4 + at
    if at == 0:
        window[base + 1] = window[base]
        window[base] = x
        window[base + 2] = 0.0
        window[base + 3] = 0.0
    first = window[base]
    d = x - first
    at += 1
    total = window[base + 2] + d
    ranked = window[base + 3] + d * at
    window[base + 2] = total
    window[base + 3] = ranked
    window[i] = d
    share = 2.0 / (period * (period + 1.0))
    if at < period:
        if seen < period:
            return nan
        rest = period - at * 1.0
        apart = (window[base + 1] - first) * (rest * (rest + 1.0) * 0.5)
        return first + ((window[i + 1] + apart) + (ranked + total * rest)) * share
    mean = first + ranked * share
    total = 0.0
    ranked = 0.0
    while at > 0:
        at -= 1
        total += window[i]
        ranked += total
        window[i] = ranked
        i -= 1
    return mean


def trima_step(window, base, seen, inner, period, x):
    # A mean of means, of which `inner` came before. Takes period + 3.
    first = (period + 1) // 2
    mean = sma_step(window, base, seen, first, x)
    if seen + 1 < first:
        return nan
    return sma_step(window, base + first + 1, inner, period + 1 - first, mean)


def cascade_step(window, base, seen, period, gain, depth, x):
    # Averages of averages: the last of `depth`; each stands 2 places behind the one before. Takes 2 * depth.
    value = x
    while depth > 0:
        value = ema_step(window, base, seen, period, gain, value)
        if seen + 1 < period:
            return nan
        seen += 1 - period
        base += 2
        depth -= 1
    return value


def arc(up, along):
    # The angle whose tangent is up / along, between -pi / 2 and pi / 2, as v8_arc in analytic.h; one of both is not 0.
    low = abs(up)
    high = abs(along)
    steep = low > high
    if steep:
        low = abs(along)
        high = abs(up)
    top = low
    bottom = high
    base = 0.0
    rest = 0.0
    if high * 0.41421356237309503 - low < 0.0:
        top = low - high
        bottom = high + low
        base = 0.7853981633974483
        rest = 3.061616997868383e-17
    elif steep:
        base = 1.5707963267948966
        rest = 6.123233995736766e-17
    r = top / bottom
    z = r * r
    z2 = z * z
    z4 = z2 * z2
    a = z * 0.1999999999999552 + -0.3333333333333333
    b = z * 0.11111111015255669 + -0.14285714284666534
    c = z * 0.07692183190171728 + -0.09090904578095735
    d = z * 0.05858148832731273 + -0.06664511438164644
    e = z * 0.039231646190551486 + -0.05085449318930035
    if steep:
        r = -r
    tail = (a + z2 * b) + z4 * ((c + z2 * d) + z4 * (e + z2 * -0.019176872294336067))
    angle = base + (r + (r * z * tail + rest))
    if up < 0.0:
        angle = -angle
    if along < 0.0:
        angle = -angle
    return angle


def hilbert_of(window, ring, size, t, now):
    # The transform of row t's value and those 2, 4 and 6 rows before in a ring.
    two = window[ring + (t - 2) % size]
    four = window[ring + (t - 4) % size]
    six = window[ring + (t - 6) % size]
    return ((now * 0.0962 - six * 0.0962) - four * 0.5769) + two * 0.5769


def smoothed_price(window, base, seen, x):
    # Weights 4, 3, 2, 1, by two sums and the value that leaves them, at `base`, and the last three values behind.
    at = base + 3 + seen % 3
    before = window[at]
    window[at] = x
    if seen < 3:
        window[base] += x
        window[base + 1] += x * (seen + 1.0)
        return nan
    total = (window[base] + x) - window[base + 2]
    weighted = window[base + 1] + x * 4.0
    window[base] = total
    window[base + 1] = weighted - total
    window[base + 2] = before
    return weighted * 0.1


def hilbert_step(window, base, seen, start, x):
    # Ehlers' transform as hilbert.h has it, from row `start` on; returns the smoothed period. Places from `base`: 6 of
    # smoothed_price, the smoothed price; 7, 8 the averaged components, 9, 10 real and imaginary part, 11 period, 12
    # smoothed period, 13, 14 the components; rings of 8 smoothed prices, 16 waves, 8 quadratures. Takes 47.
    if seen == 0:
        at = base + 47
        while at > base:
            at -= 1
            window[at] = 0.0
    smooth = smoothed_price(window, base, seen, x)
    if seen < start:
        return nan
    rows = base + 15
    waves = base + 23
    turns = base + 39
    old = window[base + 11]
    scale = old * 0.075 + 0.54
    wave = hilbert_of(window, rows, 8, seen, smooth) * scale
    quadrature = hilbert_of(window, waves, 16, seen, wave) * scale
    inphase = window[waves + (seen - 3) % 16]
    ahead = hilbert_of(window, waves, 16, seen - 3, inphase) * scale
    across_ahead = hilbert_of(window, turns, 8, seen, quadrature) * scale
    window[base + 6] = smooth
    window[rows + seen % 8] = smooth
    window[waves + seen % 16] = wave
    window[turns + seen % 8] = quadrature
    window[base + 13] = inphase
    window[base + 14] = quadrature
    across = (quadrature + ahead) * 0.2 + window[base + 8] * 0.8
    along = (inphase - across_ahead) * 0.2 + window[base + 7] * 0.8
    real = (along * window[base + 7] + across * window[base + 8]) * 0.2 + window[base + 9] * 0.8
    imaginary = (along * window[base + 8] - across * window[base + 7]) * 0.2 + window[base + 10] * 0.8
    window[base + 7] = along
    window[base + 8] = across
    window[base + 9] = real
    window[base + 10] = imaginary
    period = old
    if real * imaginary != 0.0:
        angle = arc(imaginary, real)
        period = old * 1.5
        if angle != 0.0:
            period = 6.283185307179586 / angle
    period = min(max(min(period, old * 1.5), old * 0.67, 6.0), 50.0)
    period = period * 0.2 + old * 0.8
    window[base + 11] = period
    window[base + 12] = period * 0.33 + window[base + 12] * 0.67
    return window[base + 12]


def mama_step(window, base, seen, fast, slow, x):
    # Ehlers' adaptive average; the one that follows it stands at base + 48, the phase at base + 49. Takes 50.
    if seen == 0:
        window[base + 47] = 0.0
        window[base + 48] = 0.0
        window[base + 49] = 0.0
    hilbert_step(window, base, seen, 12, x)
    if seen < 12:
        return nan
    phase = 0.0
    if window[base + 13] != 0.0:
        phase = arc(window[base + 14], window[base + 13]) * 57.29577951308232
    turned = window[base + 49] - phase
    window[base + 49] = phase
    gain = fast
    if turned > 1.0:
        gain = max(fast / turned, slow)
    window[base + 47] = gain * x + (1.0 - gain) * window[base + 47]
    gain *= 0.5
    window[base + 48] = gain * window[base + 47] + (1.0 - gain) * window[base + 48]
    if seen < 32:
        return nan
    return window[base + 47]


def kama_step(window, base, seen, period, x):
    # Kaufman's average: the ring of the last values, behind it the sum of their steps as sma_step keeps it, then the
    # average. Takes 2 * period + 2.
    at = base + place_in(seen, period)
    if period == 1:
        return x
    if seen == 0:
        window[at] = x
        return nan
    newest = at - 1
    if newest < base:
        newest = base + period - 1
    way = sma_step(window, base + period, seen - 1, period, abs(x - window[newest])) * period
    change = abs(x - window[at])
    value = base + 2 * period + 1
    if seen == period:
        window[value] = window[newest]
    window[at] = x
    if seen < period:
        return nan
    ratio = 1.0
    if way > change:
        ratio = change / way
    root = ratio * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0
    window[value] += root * root * (x - window[value])
    return window[value]


def t3_step(window, base, seen, period, v, x):
    # Tillson's: six averages of each other. Takes 12.
    last = cascade_step(window, base, seen, period, 2.0 / (period + 1.0), 6, x)
    v2 = v * v
    v3 = v2 * v
    return (
        (1.0 + 3.0 * v + v3 + 3.0 * v2) * window[base + 4]
        + (-6.0 * v2 - 3.0 * (v + v3)) * window[base + 6]
        + 3.0 * (v2 + v3) * window[base + 8]
        - v3 * last
    )


def hma_step(window, base, half_seen, seen, inner, period, x):
    # Hull's: weighted averages over half the period, the period, and its root, of what has come before to each. Takes
    # 2 * period + 13.
    first = max(period // 2, 1)
    half = wma_step(window, base, half_seen, first, x)
    whole = wma_step(window, base + first + 4, seen, period, x)
    if seen + 1 < period:
        return nan
    return wma_step(window, base + first + period + 8, inner, int(math.sqrt(period * 1.0)), 2.0 * half - whole)


def ahead(window, base, seen, lag, x):
    # A value with what it moved over `lag` rows added, once there are so many. Takes `lag`.
    before = x
    if lag > 0:
        at = base + place_in(seen, lag)
        before = window[at]
        window[at] = x
    return 2.0 * x - before


def zlema_step(window, base, seen, period, x):
    # An exponential average of values that have what they moved over half its length added. Takes period + 2.
    lag = (period - 1) // 2
    x = ahead(window, base, seen, lag, x)
    return ema_step(window, base + period, seen - lag, period, 2.0 / (period + 1.0), x)


def average_step(window, base, seen, period, kind, x):
    # TA-Lib's kinds of averages, as in kinds.h. Takes average_places.
    if kind == 0:
        return sma_step(window, base, seen, period, x)
    if kind == 1:
        return ema_step(window, base, seen, period, 2.0 / (period + 1.0), x)
    return other_average(window, base, seen, period, kind, x)


def other_average(window, base, seen, period, kind, x):
    # The kinds that are not the common two.
    gain = 2.0 / (period + 1.0)
    if kind == 10 or (kind == 7 and period == 1):
        return x
    if kind == 13:
        return ema_step(window, base, seen, period, 1.0 / period, x)
    if kind == 2:
        return wma_step(window, base, seen, period, x)
    if kind == 5:
        return trima_step(window, base, seen, seen + 1 - (period + 1) // 2, period, x)
    if kind == 6:
        return kama_step(window, base, seen, period, x)
    if kind == 7:
        return mama_step(window, base, seen, 0.5, 0.05, x)
    if kind == 8:
        return t3_step(window, base, seen, period, 0.7, x)
    if kind == 9:
        return hma_step(window, base, seen, seen, seen + 1 - period, period, x)
    if kind == 12:
        return zlema_step(window, base, seen, period, x)
    if kind == 3:
        last = cascade_step(window, base, seen, period, gain, 2, x)
        return 2.0 * window[base] - last
    if kind == 4:
        last = cascade_step(window, base, seen, period, gain, 3, x)
        return 3.0 * (window[base] - window[base + 2]) + last
    return sma_step(window, base, seen, period, x)


def average_places(period):
    return 3 * period + 50


def average_lost(period, kind):
    # How many values an average of that kind takes before its first.
    lost = period - 1
    if kind == 3:
        lost = 2 * lost
    elif kind == 4:
        lost = 3 * lost
    elif kind == 8:
        lost = 6 * lost
    elif kind == 12:
        lost += lost // 2
    elif kind == 9:
        root = int(math.sqrt(period * 1.0))
        lost += root - 1
    elif kind == 10 or period == 1:
        lost = 0
    elif kind == 6:
        lost = period
    elif kind == 7:
        lost = 32
    return lost


def highest_step(window, base, at, period, full, x):
    # The highest of the last `period` values; for the lowest, of their negatives. Blocks as long as the window: up to
    # `at` the window holds this block's values, from there on the highest of the last block's tails; before them stands
    # the highest of this block. `full` says that there is a last block. Takes period + 1 places from `base`.
    # Whether a value is the highest nobody foresees: what has to be chosen is chosen without a branch.
    head = window[base]
    if at == 0:
        head = x
    head = max(head, x)
    window[base] = head
    i = base + 1 + at
    window[i] = x
    if at + 1 < period:
        if full == 0:
            return nan
        return max(head, window[i + 1])
    best = x
    while at > 0:
        at -= 1
        i -= 1
        best = max(best, window[i])
        window[i] = best
    return head
