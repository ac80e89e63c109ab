"""Variance ratios are arch's, half-lives are least squares', Hurst's exponent is what it is called."""

import math

import numpy as np
import pytest

from pyrt import indicators as ta


@pytest.mark.parametrize(("period", "lag"), [(5, 2), (40, 2), (40, 5), (100, 16), (250, 2)])
def test_variance_ratios_are_archs(period, lag, series):
    unitroot = pytest.importorskip("arch.unitroot")
    for told in ("walk", "noise"):
        x = np.log(series["walk"]) if told == "walk" else series[told]
        got = ta.variance_ratio(x, period, lag)
        for t in (period, period + 7, 1000, 2999):
            theirs = unitroot.VarianceRatio(x[t - period : t + 1], lags=lag, trend="c", robust=True, debiased=True)
            np.testing.assert_allclose(got.ratio[t], theirs.vr, rtol=1e-9, err_msg=told)
            np.testing.assert_allclose(got.z[t], theirs.stat, rtol=1e-7, err_msg=told)


def test_variance_ratios_need_windows_longer_than_the_lag(series):
    for period, lag in ((5, 5), (5, 6), (100, 2**31 - 1)):
        for out in ta.variance_ratio(series["walk"], period, lag):
            assert np.isnan(out).all()
        live = ta.variance_ratio.stream(period, lag)
        assert all(math.isnan(live.update(v)) for v in series["walk"][:300])


@pytest.mark.parametrize("period", [3, 8, 60, 500])
def test_half_lives_are_least_squares(period, series):
    for told in ("walk", "noise", "steps"):
        x = series[told]
        got = ta.half_life(x, period)
        for t in range(period - 1, len(x), 173):
            window = x[t - period + 1 : t + 1]
            before, changes = window[:-1], np.diff(window)
            if np.ptp(before) == 0:
                assert np.isnan(got[t])
                continue
            slope = np.linalg.lstsq(np.stack([before, np.ones(period - 1)], axis=1), changes)[0][0]
            if abs(slope) > 1e-6:
                np.testing.assert_allclose(got[t], -math.log(2) / slope, rtol=1e-6, err_msg=f"{told}, {t}")


def test_half_life_of_what_comes_back():
    rng = np.random.default_rng(4)
    x = np.zeros(60_000)
    for t, shock in enumerate(rng.normal(0, 1, len(x) - 1)):
        x[t + 1] = 0.98 * x[t] + shock
    assert ta.half_life(x, 50_000)[-1] == pytest.approx(math.log(2) / 0.02, rel=0.1)
    assert np.isnan(ta.half_life(np.full(50, 7.7), 20)).all()
    assert ta.half_life(np.arange(50.0), 20)[-1] == math.inf
    assert (ta.half_life(2.0 ** np.arange(50), 20)[19:] < 0).all()


def defined(x, period):
    """Hurst's exponent, written to be read."""
    lags = [2**j for j in range(40) if 4 * 2**j <= period]
    out = np.full(len(x), np.nan)
    for t in range(period - 1, len(x)):
        window = x[t - period + 1 : t + 1]
        squares = [np.mean((window[lag:] - window[:-lag]) ** 2) for lag in lags]
        if all(s > 0 for s in squares):
            out[t] = np.polynomial.Polynomial.fit(np.log(lags), np.log(squares), 1).convert().coef[1] / 2
    return out


@pytest.mark.parametrize("period", [8, 15, 16, 17, 100, 300])
def test_hurst_is_as_defined(period, series):
    for told, x in series.items():
        np.testing.assert_allclose(ta.hurst(x[:420], period), defined(x[:420], period), atol=1e-9, err_msg=told)


def test_hurst_tells_trends_from_walks_from_noise():
    noise = np.random.default_rng(1).normal(0, 1, 200_000)
    assert np.nanmean(ta.hurst(np.cumsum(noise), 1000)) == pytest.approx(0.5, abs=0.02)
    assert np.nanmean(ta.hurst(noise, 1000)) == pytest.approx(0.0, abs=0.02)
    np.testing.assert_allclose(ta.hurst(np.arange(500.0), 100)[99:], 1.0)
