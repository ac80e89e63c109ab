"""Studies beyond TA-Lib equal their definitions, written to be read and not to be fast, and what others published.

A definition takes the columns and the parameters, and gives every output with NaN where a window is not full.
"""

import math

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from pyrt import indicators as ta

from .catalog import FUNCTIONS, assert_close, columns_of, outputs_of, parameter_sets, random_bars, scale_of
from .test_published import table

NAN = float("nan")


def over(x, period, reduce):
    """A function of each full window, NaN before the first; NaN inside stays what it is."""
    x = np.asarray(x, float)
    if len(x) < period:
        return np.full(len(x), NAN)
    return np.append(np.full(period - 1, NAN), [reduce(w) for w in sliding_window_view(x, period)])


def mean(x, period):
    return over(x, period, lambda w: math.fsum(w) / period)


def smoothed(x, period, gain):
    """An exponential average that begins with the mean of the first `period` numbers."""
    out = np.full(len(x), NAN)
    first = int(np.argmax(~np.isnan(x))) + period - 1
    if not np.isnan(x).all() and first < len(x):
        out[first] = math.fsum(x[first + 1 - period : first + 1]) / period
        for t in range(first + 1, len(x)):
            out[t] = (1 - gain) * out[t - 1] + gain * x[t]
    return out


def ema(x, period):
    return smoothed(x, period, 2 / (period + 1))


def middle(high, low, period):
    return (over(high, period, max) + over(low, period, min)) / 2


def true_range(high, low, close):
    before = np.append(NAN, close[:-1])
    return np.max([high - low, np.abs(high - before), np.abs(low - before)], axis=0) + 0 * before


def strength(changes, period):
    """Wilder's index of changes; 0 where nothing moves."""
    up, down = (smoothed(np.where(changes > 0, s, 0) * changes, period, 1 / period) for s in (1, 0))
    down = smoothed(np.where(changes < 0, -changes, 0 * changes), period, 1 / period)
    return np.where(up + down < 1e-290, 0 * up, 100 * up / np.where(up + down == 0, 1, up + down))


def alma(x, timeperiod, offset, sigma):
    at = np.arange(timeperiod, dtype=np.longdouble)
    weights = np.exp(-((at - offset * (timeperiod - 1)) ** 2) / (2 * np.longdouble(timeperiod / sigma) ** 2))
    return over(x, timeperiod, lambda w: float((w * weights).sum() / weights.sum()))


def mcginley(x, timeperiod, kfactor):
    out = [x[0]]
    for price in x[1:]:
        ratio = price / out[-1] if min(price, out[-1]) > 0 else 1.0
        out.append(out[-1] + (price - out[-1]) / max(1.0, kfactor * timeperiod * ratio**4))
    return np.append(np.full(min(timeperiod - 1, len(x)), NAN), out[timeperiod - 1 :])


def weighed(high, low, close, volume, starts):
    """The average from the last start on."""
    price, out, start = (high + low + close) / 3, [], None
    for t in range(len(price)):
        start = t if starts[t] else start
        total = 0.0 if start is None else math.fsum(volume[start : t + 1])
        money = 0.0 if start is None else math.fsum(price[start : t + 1] * volume[start : t + 1])
        out.append(NAN if start is None else money / total if total > 0 else price[t])
    return np.array(out)


def session_vwap(high, low, close, volume, session):
    return weighed(high, low, close, volume, np.append(True, np.diff(session) != 0))


def anchored_vwap(high, low, close, volume, anchor):
    return weighed(high, low, close, volume, anchor != 0)


def rolling_vwap(high, low, close, volume, timeperiod):
    price = (high + low + close) / 3
    money, total = mean(price * volume, timeperiod), mean(volume, timeperiod)
    return np.where(np.isnan(total), NAN, np.where(total > 0, money / np.where(total > 0, total, 1), price))


def eom(high, low, volume, timeperiod, divisor):
    moved = np.append(NAN, np.diff((high + low) / 2))
    box = np.where(volume == 0, NAN, volume / divisor) / np.where(high == low, 1, high - low)
    ease = np.where((volume == 0) | (high == low), 0 * moved, moved / box)
    return mean(ease, timeperiod)


def klinger(high, low, close, volume, fastperiod, slowperiod, signalperiod):
    trend = np.append(NAN, np.where(np.diff(high + low + close) > 0, 1, -1))
    span, reach, force = high - low, 0.0, np.full(len(high), NAN)
    for t in range(2, len(high)):
        reach = (reach if trend[t] == trend[t - 1] else span[t - 1]) + span[t]
        force[t] = volume[t] * abs(2 * (span[t] / reach - 1)) * trend[t] * 100 if reach else 0.0
    line = ema(force, min(fastperiod, slowperiod)) - ema(force, max(fastperiod, slowperiod))
    signal = ema(line, signalperiod)
    return line + 0 * signal, signal


def kst(x, *lengths):
    *lengths, signalperiod = lengths
    total = 0
    for i in range(4):
        lag = lengths[i]
        before = np.append(np.full(lag, NAN), x[:-lag])[: len(x)]
        rate = np.where(before == 0, 0, 100 * (x - before) / np.where(before == 0, 1, before))
        total = total + (i + 1) * mean(rate, lengths[4 + i])
    signal = mean(total, signalperiod)
    return total + 0 * signal, signal


def fisher(high, low, timeperiod):
    x = (high + low) / 2
    place = over(x, timeperiod, lambda w: (w[-1] - min(w)) / (max(w) - min(w)) - 0.5 if max(w) > min(w) else 0.0)
    out, level, last = np.full((2, len(x)), NAN), 0.0, 0.0
    for t in range(timeperiod - 1, len(x)):
        level = 0.66 * place[t] + 0.67 * level
        level = math.copysign(0.999, level) if abs(level) > 0.99 else level
        out[:, t] = math.atanh(level) + last / 2, last
        last = out[0, t]
    out[:, timeperiod - 1 : timeperiod] = NAN
    return out


def connors_rsi(x, timeperiod, streakperiod, rankperiod):
    changes = np.append(NAN, np.diff(x))
    streak = np.zeros(len(x))
    for t in range(1, len(x)):
        sign = np.sign(changes[t])
        streak[t] = sign + (streak[t - 1] if sign * streak[t - 1] > 0 else 0)
    before = np.append(NAN, x[:-1])
    returns = np.where(before == 0, 0, changes / np.where(before == 0, 1, before))
    rank = over(returns, rankperiod + 1, lambda w: NAN if np.isnan(w[0]) else 100 * (w[:-1] < w[-1]).mean())
    return (strength(changes, timeperiod) + strength(np.append(NAN, np.diff(streak)), streakperiod) + rank) / 3


def cycle(x, period, smoothing, least):
    """Schaff's smoothed place in the window; the place before where there is no span."""
    low, high = over(x, period, min), over(x, period, max)
    out, place, level = np.full(len(x), NAN), 0.0, NAN
    for t in np.flatnonzero(~np.isnan(high - low)):
        place = 100 * (x[t] - low[t]) / (high[t] - low[t]) if high[t] - low[t] > least[t] else place
        level = place if np.isnan(level) else level + smoothing * (place - level)
        out[t] = level
    return out


def stc(x, cycleperiod, fastperiod, slowperiod, smoothing):
    fast, slow = (ema(x - x[0], p) for p in sorted((fastperiod, slowperiod)))
    once = cycle(fast - slow, cycleperiod, smoothing, 1e-10 * (abs(fast) + abs(slow)))
    return cycle(once, cycleperiod, smoothing, np.full(len(x), 1e-4))


def qqe(x, timeperiod, smoothperiod, factor):
    average = ema(strength(np.append(NAN, np.diff(x)), timeperiod), smoothperiod)
    moves = np.append(NAN, np.abs(np.diff(average)))
    reach = factor * ema(ema(moves, 2 * timeperiod - 1), 2 * timeperiod - 1)
    stop, trend, floor, ceiling = np.full(len(x), NAN), 1, NAN, NAN
    for t in np.flatnonzero(~np.isnan(reach)):
        if average[t] > ceiling:
            trend = 1
        elif average[t] < floor:
            trend = -1
        stays_above, stays_below = min(average[t - 1 : t + 1]) > floor, max(average[t - 1 : t + 1]) < ceiling
        floor = max(floor, average[t] - reach[t]) if stays_above else average[t] - reach[t]
        ceiling = min(ceiling, average[t] + reach[t]) if stays_below else average[t] + reach[t]
        stop[t] = floor if trend > 0 else ceiling
    return average + 0 * stop, stop


def ichimoku(high, low, conversionperiod, baseperiod, spanperiod, displacement):
    tenkan, kijun, lead_b = (middle(high, low, p) for p in (conversionperiod, baseperiod, spanperiod))
    lead_a = (tenkan + kijun) / 2
    drawn = [np.append(np.full(displacement - 1, NAN), lead)[: len(high)] for lead in (lead_a, lead_b)]
    known = 0 * (drawn[0] + drawn[1] + lead_a + lead_b)
    return [line + known for line in (tenkan, kijun, *drawn, lead_a, lead_b)]


def line_end(w):
    return NAN if np.isnan(w[0]) else np.polyval(np.polyfit(range(len(w)), w, 1), len(w) - 1)


def squeeze(high, low, close, timeperiod, nbdev, nbrange):
    off = close - (middle(high, low, timeperiod) + mean(close, timeperiod)) / 2
    momentum = over(off, timeperiod, line_end)
    band = nbdev * over(close, timeperiod, np.std)
    channel = nbrange * mean(true_range(high, low, close), timeperiod)
    return momentum, np.where(channel - band > 1e-10 * channel, 1.0, 0.0) + 0 * momentum


def choppiness(high, low, close, timeperiod):
    way = mean(true_range(high, low, close), timeperiod) * timeperiod
    span = over(high, timeperiod, max) - over(low, timeperiod, min)
    flat = span <= 1e-14 * high
    ratio = np.where(flat, 1, way) / np.where(flat, 1, span)
    return 100 * np.log10(ratio) / math.log10(timeperiod) + 0 * way


def ulcer_index(x, timeperiod):
    top = over(x, timeperiod, max)
    return np.sqrt(mean((100 * (x - top) / top) ** 2, timeperiod))


DEFINITIONS = {
    f.__name__: f
    for f in (
        alma, anchored_vwap, choppiness, connors_rsi, eom, fisher, ichimoku, klinger, kst, mcginley, qqe, rolling_vwap,
        session_vwap, squeeze, stc, ulcer_index,
    )
}  # fmt: skip


def same_as_defined(name, bars, told, tolerance=1e-9):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], bars)
    for parameters in parameter_sets(function):
        expected = DEFINITIONS[name](*columns, *parameters.values())
        expected = expected if isinstance(expected, (tuple, list)) or np.ndim(expected) == 2 else (expected,)
        for got, wanted in zip(outputs_of(function(*columns, **parameters)), expected, strict=True):
            assert_close(got, np.asarray(wanted), scale_of(name, columns), tolerance, f"{told}, {parameters}")


@pytest.mark.parametrize("name", DEFINITIONS)
def test_on_invented_bars(name):
    for n in (1, 9, 700):
        same_as_defined(name, random_bars(n), f"{n} bars")


@pytest.mark.parametrize("name", DEFINITIONS)
def test_on_real_markets(name, real_bars):
    for told in ("SPY daily", "ETHUSD minute", "SPY hourly"):
        same_as_defined(name, {column: values[:1500] for column, values in real_bars[told].items()}, told)


PUBLISHED = {
    "klinger": ("kvo", "oscillator", lambda q: ta.klinger(q["high"], q["low"], q["close"], q["volume"]).kvo),
    "klinger's signal": ("kvo", "signal", lambda q: ta.klinger(q["high"], q["low"], q["close"], q["volume"]).signal),
    "mcginley": ("dynamic", "dynamic", lambda q: ta.mcginley(q["close"], 14, kfactor=0.6)),
    "session_vwap": (
        "vwap",
        "vwap",
        lambda q: ta.session_vwap(q["high"], q["low"], q["close"], q["volume"], np.zeros(len(q["close"]))),
    ),
}
"""File, column and ours. Not here, being defined otherwise: ulcer (highest in the mean's window alone)."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_series_of_another_library(shared, name):
    quotes = table(shared / "indicators" / "si_default_quotes.csv")
    file, column, ours = PUBLISHED[name]
    published = table(shared / "indicators" / "si_results" / f"{file}.csv")[column]
    got = ours(quotes)
    both = np.flatnonzero(~np.isnan(got))
    assert len(both) > 400
    assert_close(got[both], published[both], np.max(np.abs(published[both])), 1e-12, name)


def test_a_session_begins_where_the_number_changes_and_ends_what_was_before():
    bars = random_bars(60)
    columns = [bars[name] for name in ("high", "low", "close", "volume")]
    days = np.repeat([3.0, 7.0, 3.0], 20)
    whole = ta.session_vwap(*columns, days)
    parts = [ta.session_vwap(*(c[at : at + 20] for c in columns), days[:20]) for at in (0, 20, 40)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    np.testing.assert_array_equal(whole, ta.anchored_vwap(*columns, np.append(1, np.diff(days) != 0)))


def test_a_market_without_movement_is_told_as_such():
    flat = np.full(400, 100.1)
    bars = (flat, flat, flat)
    volume = np.full(400, 3.0)
    for price in (
        ta.alma(flat), ta.mcginley(flat), ta.rolling_vwap(*bars, volume), ta.session_vwap(*bars, volume, 0 * flat),
        ta.anchored_vwap(*bars, volume, flat), *ta.ichimoku(flat, flat),
    ):  # fmt: skip
        np.testing.assert_allclose(price[~np.isnan(price)], 100.1, rtol=1e-15)
    for still in (
        ta.choppiness(*bars), ta.eom(flat, flat, volume), *ta.fisher(flat, flat), *ta.klinger(*bars, volume),
        *ta.kst(flat), ta.stc(flat), *ta.squeeze(*bars), ta.ulcer_index(flat), *ta.qqe(flat), ta.connors_rsi(flat),
    ):  # fmt: skip
        assert np.all(still[~np.isnan(still)] == 0.0)


def test_alma_with_the_narrowest_weights_is_one_value():
    x = random_bars(50)["close"]
    np.testing.assert_allclose(ta.alma(x, 5, offset=1.0, sigma=1e6)[4:], x[4:])
    np.testing.assert_allclose(ta.alma(x, 5, offset=0.0, sigma=1e6)[4:], x[:-4])
    np.testing.assert_allclose(ta.alma(x, 5, offset=0.5, sigma=0.01)[4:], ta.sma(x, 5)[4:], rtol=1e-5)


def test_no_volume_is_the_price_of_the_row_and_before_an_anchor_nothing():
    price, none = np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4)
    np.testing.assert_array_equal(ta.session_vwap(price, price, price, none, none), price)
    np.testing.assert_array_equal(ta.rolling_vwap(price, price, price, none, 2), [NAN, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(ta.anchored_vwap(price, price, price, none, [0, 0, 1, 0]), [NAN, NAN, 3.0, 4.0])
    assert np.isnan(ta.anchored_vwap(price, price, price, price, none)).all()
