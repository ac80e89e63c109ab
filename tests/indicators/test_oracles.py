"""Equal to their definitions, to TA-Lib at every kind of window, and to long doubles where TA-Lib drifts; to libm."""

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


@pytest.mark.parametrize("period", [*PERIODS[1:], 10, 15, 20, 24, 25, 31, 33, 63, 64, 65])
def test_bands_lie_around_the_average(period, random_series):
    for whole in random_series.values():
        for n in (period - 1, period, period + 1, period + 7, period + 8, period + 9, len(whole)):
            values = whole[:n]
            middle, away = ta.sma(values, period), ta.stddev(values, period)
            upper, between, lower = ta.bbands(values, period, 2.5, 1.5)
            assert_close(between, middle, values)
            assert_close(upper, middle + 2.5 * away, values)
            assert_close(lower, middle - 1.5 * away, values)


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


def test_how_large_the_line_has_become_does_not_matter_to_its_averages():
    rng = np.random.default_rng(4)
    high, low, close = np.full(2000, 3.0), np.full(2000, 1.0), rng.uniform(1, 3, 2000)
    calm = rng.uniform(1, 2, 2000)
    wild = calm.copy()
    wild[:100] *= 1e18
    for periods in ((3, 10), (12, 26), (10, 3)):
        expected = ta.adosc(high, low, close, calm, *periods)[1500:]
        live = ta.adosc.stream(*periods)
        streamed = [live.update(*row) for row in zip(high, low, close, wild, strict=True)]
        for result in (ta.adosc(high, low, close, wild, *periods), streamed):
            np.testing.assert_allclose(result[1500:], expected, rtol=0, atol=1e-13)


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


TINY = np.finfo(float).tiny
EXACT = {
    "acos": np.arccos, "asin": np.arcsin, "atan": np.arctan, "cos": np.cos, "cosh": np.cosh, "exp": np.exp,
    "ln": np.log, "log10": np.log10, "sin": np.sin, "sinh": np.sinh, "tan": np.tan, "tanh": np.tanh,
}  # fmt: skip
REACH = {"acos": 1.0, "asin": 1.0, "cosh": 710.4, "exp": 708.3, "sinh": 710.4, "tanh": 25.0}
"""How far from 0 arguments are drawn; of the others up to a thousand."""

ENDS = [
    ("exp", 709.79, np.inf), ("exp", -745.2, 0.0), ("exp", 1e308, np.inf), ("exp", -1e308, 0.0), ("exp", 0.0, 1.0),
    ("ln", 0.0, -np.inf), ("ln", -0.0, -np.inf), ("ln", -1.0, np.nan), ("ln", -5e-324, np.nan), ("ln", 1.0, 0.0),
    ("ln", 5e-324, -744.4400719213812), ("ln", 1.7976931348623157e308, 709.782712893384),
    ("log10", 0.0, -np.inf), ("log10", -1e300, np.nan), ("log10", 1.0, 0.0),
    ("acos", 1.0, 0.0), ("acos", -1.0, np.pi), ("acos", 1.0000000000000002, np.nan), ("acos", -1e300, np.nan),
    ("asin", 1.0, np.pi / 2), ("asin", -1.0, -np.pi / 2), ("asin", 1.0000000000000002, np.nan), ("asin", 0.0, 0.0),
    ("atan", 1e308, np.pi / 2), ("atan", -1e308, -np.pi / 2), ("atan", -0.0, -0.0), ("atan", 5e-324, 5e-324),
    ("cosh", 710.5, np.inf), ("cosh", -1e308, np.inf), ("cosh", 0.0, 1.0),
    ("sinh", 710.5, np.inf), ("sinh", -710.5, -np.inf), ("sinh", -0.0, -0.0), ("sinh", 1e-300, 1e-300),
    ("tanh", 1e308, 1.0), ("tanh", -25.0, -1.0), ("tanh", -0.0, -0.0), ("tanh", 1e-300, 1e-300),
]  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_within_a_few_units_of_the_last_place(name):
    if np.finfo(np.longdouble).nmant < 63:
        pytest.skip("needs a long double that is longer than a double")
    rng = np.random.default_rng(11)
    reach = REACH.get(name, 1000.0)
    draws = [rng.uniform(-1, 1, 20_000) * reach * scale for scale in (1.0, 0.1, 1e-3, 1e-7)]
    draws += [np.linspace(-1, 1, 4001) * min(reach, 2.0)]
    if name in ("ln", "log10"):
        draws = [10 ** rng.uniform(-307, 308, 20_000), *(1 + d / 1000 for d in draws[:3]), TINY * rng.random(100)]
    x = np.concatenate(draws)
    x = x[np.abs(x) > 1e-300] if name not in ("ln", "log10") else x[x > 0]
    exact = EXACT[name](x.astype(np.longdouble))
    error = np.abs(ta.functions()[name](x) - exact) / np.spacing(np.abs(exact.astype(np.float64)))
    limit = 3.5 if name == "tan" else 2.5
    assert error.max() <= limit, f"{name}({x[error.argmax()]!r}) is {error.max():.2f} units off"


@pytest.mark.parametrize(("name", "x", "expected"), ENDS)
def test_where_doubles_end(name, x, expected):
    for got in ta.functions()[name](np.full(11, x)):
        np.testing.assert_array_max_ulp(got, expected, 1)
        assert np.signbit(got) == np.signbit(expected) or np.isnan(expected)


def test_powers_of_ten_have_whole_logarithms():
    powers = np.arange(-22, 23)
    np.testing.assert_array_equal(ta.log10(10.0**powers), powers)
