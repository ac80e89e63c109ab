"""Moments of windows are SciPy's and pandas', to long doubles where prices are high and series long."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from pyrt import indicators as ta

PERIODS = (4, 5, 15, 16, 17, 23, 24, 30, 100, 129)


def moments(x, period):
    """Distance of the newest value from the mean, and central moments 2 to 4, in long doubles."""
    windows = sliding_window_view(x.astype(np.longdouble), period)
    d = windows - windows.mean(axis=1, keepdims=True)
    return d[:, -1], *((d**k).mean(axis=1) for k in (2, 3, 4))


def defined(name, x, period):
    out = np.full(len(x), np.nan, np.longdouble)
    if len(x) >= period:
        last, m2, m3, m4 = moments(x, period)
        n = np.longdouble(period)
        m2 = np.where(
            sliding_window_view(x, period).max(axis=1) > sliding_window_view(x, period).min(axis=1), m2, np.nan
        )
        out[period - 1 :] = {
            "zscore": last / np.sqrt(m2),
            "skew": np.sqrt(n * (n - 1)) / (n - 2) * m3 / m2**1.5,
            "kurtosis": (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * m4 / m2**2 - 3 * (n - 1)),
        }[name]
    return out


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("name", ["zscore", "skew", "kurtosis"])
def test_moments_are_as_defined_and_nan_where_nothing_moves(name, period, series):
    for told, x in series.items():
        got, expected = getattr(ta, name)(x, period), defined(name, x, period)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected), err_msg=told)
        np.testing.assert_allclose(got, expected.astype(float), rtol=1e-10, atol=1e-10, err_msg=told)


@pytest.mark.parametrize("period", PERIODS)
def test_moments_are_scipys_and_pandas(period, series):
    stats = pytest.importorskip("scipy.stats")
    pd = pytest.importorskip("pandas")
    for told in ("walk", "noise"):
        x = series[told]
        windows, rolling = sliding_window_view(x, period), pd.Series(x).rolling(period)
        close = {"rtol": 1e-8, "atol": 1e-8, "err_msg": told}
        np.testing.assert_allclose(ta.skew(x, period)[period - 1 :], stats.skew(windows, axis=1, bias=False), **close)
        expected = stats.kurtosis(windows, axis=1, bias=False)
        np.testing.assert_allclose(ta.kurtosis(x, period)[period - 1 :], expected, **close)
        np.testing.assert_allclose(ta.zscore(x, period)[period - 1 :], stats.zscore(windows, axis=1)[:, -1], **close)
        np.testing.assert_allclose(ta.skew(x, period), rolling.skew(), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(ta.kurtosis(x, period), rolling.kurt(), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(ta.zscore(x, period) * ta.stddev(x, period), x - ta.sma(x, period), atol=1e-9)


@pytest.mark.parametrize("period", [30, 5000])
def test_ten_million_high_prices_keep_their_digits(period, high_prices):
    x = high_prices
    ends = np.random.default_rng(5).integers(period, len(x), 200)
    windows = sliding_window_view(x, period)[ends - period + 1]
    for name in ("zscore", "skew", "kurtosis"):
        got = getattr(ta, name)(x, period)[ends]
        expected = np.array([defined(name, window, period)[-1] for window in windows])
        np.testing.assert_allclose(got, expected.astype(float), rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("name", ["zscore", "skew", "kurtosis", "rsquared", "autocorr", "ols"])
def test_what_has_left_the_window_leaves_no_trace(name):
    rng = np.random.default_rng(8)
    x = rng.normal(100, 1, 2000)
    hit = x.copy()
    hit[700] = 1e12
    function = getattr(ta, name)
    for period in (10, 30, 257):
        after = 700 + period + 1
        one, other = (function(v, x[::-1], period).beta if name == "ols" else function(v, period) for v in (x, hit))
        np.testing.assert_allclose(other[after:], one[after:], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", ["zscore", "skew", "kurtosis", "rsquared", "autocorr"])
@pytest.mark.parametrize("period", [10, 30])
def test_one_move_is_enough(name, period):
    x = np.full(200, 100.1)
    x[90:] = np.nextafter(100.1, 200)
    got = getattr(ta, name)(x, period)
    assert np.isnan(got[:90]).all()
    lag = name == "autocorr"
    assert np.isfinite(got[90 + lag : 90 + period - 1]).all()
    assert np.isnan(got[90 + period :]).all()
