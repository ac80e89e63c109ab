"""Order statistics are pandas', polars' and SciPy's, whatever the window's length and the data's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from pyrt import indicators as ta

PERIODS = (1, 2, 3, 7, 8, 9, 30, 31, 64, 65, 96, 97, 192, 193, 256, 257, 700)
QUANTILES = (0.0, 0.1, 0.25, 0.5, 2 / 3, 0.95, 1.0)


def same(got, expected, told):
    np.testing.assert_allclose(got, expected, rtol=1e-14, atol=1e-13, err_msg=told)


@pytest.mark.parametrize("period", PERIODS)
def test_quantiles_and_medians_are_pandas(period, series):
    pd = pytest.importorskip("pandas")
    for name, x in series.items():
        rolling = pd.Series(x).rolling(period)
        same(ta.median(x, period), rolling.median(), name)
        for q in QUANTILES:
            same(ta.quantile(x, period, q), rolling.quantile(q), f"{name}, {q}")


@pytest.mark.parametrize("period", [1, 2, 30, 193])
def test_quantiles_are_polars(period, series):
    pl = pytest.importorskip("polars")
    for name, x in series.items():
        for q in QUANTILES:
            expected = pl.Series(x).rolling_quantile(q, interpolation="linear", window_size=period)
            same(ta.quantile(x, period, q), expected.to_numpy().astype(float), f"{name}, {q}")


@pytest.mark.parametrize("period", PERIODS)
def test_ranks_are_pandas(period, series):
    pd = pytest.importorskip("pandas")
    for name, x in series.items():
        np.testing.assert_array_equal(ta.rank(x, period), pd.Series(x).rolling(period).rank(), err_msg=name)
        same(ta.rank(x, period, pct=1), pd.Series(x).rolling(period).rank(pct=True), name)


@pytest.mark.parametrize("period", PERIODS)
def test_deviations_are_scipys(period, series):
    stats = pytest.importorskip("scipy.stats")
    for name, x in series.items():
        expected = np.full(len(x), np.nan)
        if len(x) >= period:
            expected[period - 1 :] = stats.median_abs_deviation(sliding_window_view(x, period), axis=1)
        same(ta.mad(x, period), expected, name)


def test_streams_of_ranks_know_shares():
    rng = np.random.default_rng(5)
    x = rng.integers(0, 9, 200).astype(float)
    live = ta.rank.stream(30, pct=1)
    np.testing.assert_array_equal([live.update(v) for v in x], ta.rank(x, 30, pct=1))


@pytest.mark.parametrize("name", ["median", "mad", "rank", "quantile"])
def test_order_is_exact_however_far_values_are_apart(name):
    rng = np.random.default_rng(6)
    x = rng.normal(0, 1, 4000) * 10.0 ** rng.integers(-300, 300, 4000)
    function = getattr(ta, name)
    for period in (31, 131):
        live = function.stream(period)
        np.testing.assert_array_equal(function(x, period), [live.update(v) for v in x])


values = st.integers(-3, 3).map(float) | st.floats(-1e6, 1e6, allow_subnormal=False)


@given(x=st.lists(values, min_size=1, max_size=60).map(np.array), period=st.integers(1, 25), q=st.floats(0, 1))
@settings(deadline=None)
def test_windows_of_any_values_are_numpys(x, period, q):
    expected = {name: np.full(len(x), np.nan) for name in ("quantile", "median", "mad", "rank")}
    for t in range(period - 1, len(x)):
        window = x[t - period + 1 : t + 1]
        expected["quantile"][t] = np.quantile(window, q)
        expected["median"][t] = np.median(window)
        expected["mad"][t] = np.median(np.abs(window - np.median(window)))
        expected["rank"][t] = np.sum(window < x[t]) + (np.sum(window == x[t]) + 1) / 2
    for name, wanted in expected.items():
        given = (period, q) if name == "quantile" else (period,)
        live = getattr(ta, name).stream(*given)
        for got in (getattr(ta, name)(x, *given), [live.update(v) for v in x]):
            np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-9, err_msg=name)
