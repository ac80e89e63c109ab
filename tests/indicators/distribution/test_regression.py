"""Lines through windows are those of NumPy, pandas and SciPy."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from pyrt import indicators as ta

PERIODS = (2, 3, 14, 15, 16, 17, 30, 100, 129)


def correlation(x, y):
    """Row by row in long doubles, with both variances and the slope; NaN where a side does not move."""
    moves = [np.ptp(v, axis=1) > 0 for v in (x, y)]
    dx, dy = (v - v.mean(axis=1, keepdims=True) for v in (x.astype(np.longdouble), y.astype(np.longdouble)))
    xx, yy, xy = (dx * dx).sum(axis=1), (dy * dy).sum(axis=1), (dx * dy).sum(axis=1)
    xx, yy = (np.where(moved, v, np.nan) for moved, v in zip(moves, (xx, yy), strict=True))
    return xy / np.sqrt(xx * yy), xy / xx


@pytest.mark.parametrize("period", PERIODS)
def test_share_explained_by_time(period, series):
    for told, x in series.items():
        if len(x) < period:
            continue
        windows = sliding_window_view(x, period)
        expected = correlation(np.tile(np.arange(float(period)), (len(windows), 1)), windows)[0] ** 2
        got = ta.rsquared(x, period)[period - 1 :]
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected), err_msg=told)
        np.testing.assert_allclose(got, expected.astype(float), rtol=1e-9, atol=1e-11, err_msg=told)
        assert np.nanmax(got, initial=0.0) <= 1.0


def test_share_is_scipys(series):
    stats = pytest.importorskip("scipy.stats")
    x = series["walk"]
    for t in (13, 99, 2999):
        expected = stats.linregress(np.arange(14), x[t - 13 : t + 1]).rvalue ** 2
        np.testing.assert_allclose(ta.rsquared(x, 14)[t], expected, rtol=1e-10)


@pytest.mark.parametrize("lag", [1, 2, 5, 40])
@pytest.mark.parametrize("period", PERIODS)
def test_autocorrelation(period, lag, series):
    for told, x in series.items():
        if len(x) < period + lag:
            assert np.isnan(ta.autocorr(x, period, lag)).all()
            continue
        expected = correlation(sliding_window_view(x[lag:], period), sliding_window_view(x[:-lag], period))[0]
        got = ta.autocorr(x, period, lag)[period + lag - 1 :]
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected), err_msg=told)
        np.testing.assert_allclose(got, expected.astype(float), rtol=1e-8, atol=1e-9, err_msg=told)


def test_autocorrelation_is_pandas(series):
    pd = pytest.importorskip("pandas")
    x = pd.Series(series["walk"])
    np.testing.assert_allclose(ta.autocorr(x, 30, 3), x.rolling(30).corr(x.shift(3)), rtol=1e-6, atol=1e-6)
    for t in (32, 400, 2999):
        np.testing.assert_allclose(ta.autocorr(x, 30, 3)[t], x[t - 32 : t + 1].autocorr(3), rtol=1e-9)


@pytest.mark.parametrize("period", PERIODS)
def test_lines_through_another_series(period, series):
    for told in ("walk", "still for a while", "steps"):
        x = series[told]
        y = 3 + 2 * x + series["noise"]
        got = ta.ols(x, y, period)
        wx, wy = sliding_window_view(x, period), sliding_window_view(y, period)
        r, slope = correlation(wx, wy)
        beta, alpha, rsquared = (out[period - 1 :] for out in got)
        np.testing.assert_array_equal(np.isnan(beta), np.isnan(slope), err_msg=told)
        np.testing.assert_allclose(beta, slope.astype(float), rtol=1e-8, err_msg=told)
        intercept = wy.mean(axis=1) - slope * wx.mean(axis=1)
        np.testing.assert_allclose(alpha, intercept.astype(float), rtol=1e-7, atol=1e-7, err_msg=told)
        np.testing.assert_allclose(rsquared, (r**2).astype(float), rtol=1e-8, atol=1e-9, err_msg=told)


def test_lines_are_numpys(series):
    x, y = series["walk"], series["noise"]
    got = ta.ols(x, y, 30)
    for t in (29, 500, 2999):
        fitted = np.polynomial.Polynomial.fit(x[t - 29 : t + 1], y[t - 29 : t + 1], 1).convert().coef
        np.testing.assert_allclose([got.alpha[t], got.beta[t]], fitted, rtol=1e-8)


@pytest.mark.parametrize("period", [30, 5000])
def test_ten_million_high_prices_keep_their_digits(period, high_prices):
    x = high_prices
    ends = np.random.default_rng(5).integers(period, len(x), 200)
    now, before = (sliding_window_view(v, period)[ends - period] for v in (x[1:], x[:-1]))
    np.testing.assert_allclose(ta.autocorr(x, period)[ends], correlation(now, before)[0].astype(float), rtol=1e-9)
    time = np.tile(np.arange(float(period)), (len(ends), 1))
    expected = correlation(time, now)[0] ** 2
    np.testing.assert_allclose(ta.rsquared(x, period)[ends], expected.astype(float), rtol=1e-9, atol=1e-9)
    slope = correlation(before, now)[1]
    got = ta.ols(x[:-1], x[1:], period).beta[ends - 1]
    np.testing.assert_allclose(got, slope.astype(float), rtol=1e-9)
