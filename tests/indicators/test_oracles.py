"""Equal to their definitions, to TA-Lib at every kind of window, and to long doubles where TA-Lib drifts."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.peers import accuracy
from pyrt import indicators as ta

from .definitions import DEFINITIONS, assert_close, with_policy

numbers = st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda v: v if abs(v) > 1e-6 else 0.0)
series = st.lists(numbers | st.sampled_from([math.nan, 1.0, 1.0, 2.0]), min_size=1, max_size=90)
periods = st.integers(2, 40)
PERIODS = (1, 2, 3, 5, 6, 7, 8, 9, 14, 16, 17, 30, 50, 255, 256, 257, 1000)


def same_as_talib(name, values, period):
    talib = pytest.importorskip("talib")
    if period < ta.functions()[name].parameters[0].low:
        return
    expected = getattr(talib, name.upper())(values, timeperiod=period)
    assert_close(ta.functions()[name](values, period), expected, values, tolerance=1e-9)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("name", DEFINITIONS)
def test_equals_talib_at_every_kind_of_window(name, period, random_series):
    for values in random_series.values():
        same_as_talib(name, values, period)


@pytest.mark.parametrize("name", DEFINITIONS)
@given(values=series, period=periods, nan=st.sampled_from(["restart", "propagate", "skip"]))
@settings(deadline=None)
def test_both_forms_equal_the_definition(name, values, period, nan):
    expected = with_policy(name, values, period, nan)
    live = ta.functions()[name].stream(period, nan=nan)
    assert_close(ta.functions()[name](values, period, nan=nan), expected, values)
    assert_close([live.update(v) for v in values], expected, values)


def test_long_averages_of_large_prices_do_not_drift():
    rng = np.random.default_rng(3)
    x = 1e5 * np.exp(np.cumsum(rng.normal(0, 1e-4, 10_000_000)))
    total = np.cumsum(x, dtype=np.longdouble)  # good to 1e-12 of a window's sum
    for period in (30, 5000):
        exact = (total[period:] - total[:-period]) / period
        assert float(np.max(np.abs(ta.sma(x, period)[period:] - exact) / exact)) < 1e-11


@pytest.fixture(scope="module")
def large_prices():
    return accuracy.market(100_000)


@pytest.mark.parametrize("name", accuracy.DEFINITIONS)
def test_windows_of_large_prices_keep_their_digits(name, large_prices):
    for period in (5, 30, 300):
        ours, _ = accuracy.errors(name, large_prices, period, count=1000)
        assert ours < 1e-11, period


def test_what_has_left_the_window_leaves_no_trace():
    values = np.full(1000, 1.1)
    values[300] = 1e300
    for period in (5, 30, 257):
        out, live = ta.sma(values, period), ta.sma.stream(period)
        streamed = np.array([live.update(v) for v in values])
        for result in (out, streamed):
            np.testing.assert_allclose(result[300 + period :], 1.1, rtol=1e-14)


@pytest.mark.parametrize("period", [1, 2, 7, 30, 100_000])
def test_a_constant_stays_what_it_is(period):
    flat = np.full(200_000, 100.1)
    assert np.all(ta.ema(flat, period)[period - 1 :] == 100.1)
    np.testing.assert_allclose(ta.sma(flat, period)[period - 1 :], 100.1, rtol=1e-12)
    assert np.all(ta.rsi(flat, max(period, 2))[max(period, 2) :] == 0.0)


def test_streams_of_long_windows_stay_close():
    rng = np.random.default_rng(9)
    x = 1e5 * np.exp(np.cumsum(rng.normal(0, 1e-4, 250_000)))
    for function in (ta.sma, ta.ema, ta.rsi):
        live = function.stream(100_000)
        for values in (x, np.full(250_000, 100.1)):
            live.reset()
            assert_close([live.update(v) for v in values], function(values, 100_000), values, tolerance=1e-11)
