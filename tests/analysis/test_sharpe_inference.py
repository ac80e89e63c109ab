"""How sure a Sharpe ratio is: published figures, the matrix form of the theory, simulation, properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pyrt.analysis import risk_metrics as risk
from pyrt.errors import DTypeError, InputError


def test_deflated_sharpe_of_the_paper():
    """Bailey and Lopez de Prado, 2014: SR 2.5 a year over 1,250 days, 100 trials (46), skewness -3, kurtosis 10."""
    spread = math.sqrt(0.5 / 250)
    best = risk.expected_best_sharpe(100, spread)
    assert best == pytest.approx(0.1132, abs=5e-5)
    moments = {"skew": -3.0, "excess_kurtosis": 7.0}
    daily = 2.5 / math.sqrt(250)
    assert risk.sharpe_probability(daily, 1250, benchmark=best, **moments) == pytest.approx(0.9004, abs=5e-5)
    fewer = risk.expected_best_sharpe(46, spread)
    assert risk.sharpe_probability(daily, 1250, benchmark=fewer, **moments) == pytest.approx(0.9505, abs=5e-5)


def test_probabilistic_sharpe_of_the_paper():
    """Bailey and Lopez de Prado, 2012: 24 months of 0.458, skewness -2.448, kurtosis 10.164."""
    monthly = 0.458
    normal = risk.sharpe_probability(monthly, 24)
    real = risk.sharpe_probability(monthly, 24, skew=-2.448, excess_kurtosis=7.164)
    assert (round(normal, 3), round(real, 3)) == (0.982, 0.913)


@pytest.mark.parametrize(("s", "n", "expected"), [(0.5, 60, 0.137), (1.5, 60, 0.188), (1.0, 125, 0.110)])
def test_standard_errors_of_lo_for_normal_returns(s, n, expected):
    """Lo, 2002, Table 1, through returns that are normal quantiles scaled to the moments of a normal distribution."""
    assert math.sqrt((1 + s * s / 2) / n) == pytest.approx(expected, abs=6e-4)
    z = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    z = (z - z.mean()) / z.std(ddof=1)
    error = risk.sharpe_error(z + s) * math.sqrt(len(z) / n)
    assert error == pytest.approx(math.sqrt((1 + s * s / 2) / n), rel=1e-3)


def matrix_form(r, lags):
    """Lo, 2002, appendix: the delta method over the Newey-West covariance of the moment conditions."""
    n, mean, variance = len(r), r.mean(), r.var()
    phi = np.stack([r - mean, (r - mean) ** 2 - variance])
    total = phi @ phi.T / n
    for lag in range(1, lags + 1):
        gamma = phi[:, lag:] @ phi[:, :-lag].T / n
        total += (1 - lag / (lags + 1)) * (gamma + gamma.T)
    slope = np.array([1 / math.sqrt(variance), -r.mean() * math.sqrt((n - 1) / n) / (2 * variance**1.5)])
    return math.sqrt(max(slope @ total @ slope, 0.0) / n)


@pytest.mark.parametrize("lags", [0, 1, 3, 12])
def test_error_is_that_of_the_matrix_form(lags):
    r = np.random.default_rng(1).standard_t(5, 500) / 100 + 0.001
    assert risk.sharpe_error(r, lags=lags) == pytest.approx(matrix_form(r, lags), rel=1e-9)


def test_lags_by_default_are_those_of_the_rule():
    r = np.random.default_rng(2).normal(size=200)
    assert risk.sharpe_error(r, lags=None) == risk.sharpe_error(r, lags=4)


def test_error_without_lags_is_that_of_the_moments():
    r = np.random.default_rng(3).gamma(2.0, size=400) - 1.9
    s = risk.sharpe(r)
    theory = (1 - stats.skew(r) * s + (stats.kurtosis(r) + 2) / 4 * s * s) / len(r)
    assert risk.sharpe_error(r) == pytest.approx(math.sqrt(theory), rel=1e-9)


def test_the_interval_covers_what_it_says():
    rng = np.random.default_rng(4)
    draws = rng.standard_t(6, (2000, 250)) + 0.1 * math.sqrt(1.5)
    intervals = np.array([risk.sharpe_interval(row, level=0.9) for row in draws])
    covered = np.mean((intervals[:, 0] < 0.1) & (intervals[:, 1] > 0.1))
    assert covered == pytest.approx(0.9, abs=0.02)


def test_lags_see_what_independence_does_not():
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(400, 600))
    series = np.empty_like(noise)
    series[:, 0] = noise[:, 0]
    for k in range(1, 600):
        series[:, k] = 0.5 * series[:, k - 1] + noise[:, k]
    true = np.std([risk.sharpe(row) for row in series])
    naive, aware = (np.mean([risk.sharpe_error(row, lags=lags) for row in series[:50]]) for lags in (0, 20))
    assert naive < 0.7 * true
    assert aware == pytest.approx(true, rel=0.15)


@pytest.mark.parametrize("rho", [-0.3, 0.0, 0.2, 0.6])
def test_scale_of_an_autoregression_is_the_closed_form(rho):
    """Lo, 2002, equation 23: autocorrelations rho ** k."""
    rng, n, q = np.random.default_rng(8), 400_000, 12
    noise, series = rng.normal(size=n), np.empty(n)
    series[0] = noise[0]
    for k in range(1, n):
        series[k] = rho * series[k - 1] + noise[k]
    closed = math.sqrt(q) / math.sqrt(1 + 2 * rho / (1 - rho) * (1 - (1 - rho**q) / (q * (1 - rho))))
    assert risk.sharpe_scale(series, q, lags=q - 1) == pytest.approx(closed, rel=0.02)
    sums = series[: n - n % q].reshape(-1, q).sum(axis=1) + q  # a mean of one a period
    assert risk.sharpe(sums) / risk.sharpe(series + 1) == pytest.approx(closed, rel=0.03)


@given(st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=40), st.integers(1, 30))
def test_scale_without_lags_is_the_square_root(returns, periods):
    scale = risk.sharpe_scale(returns, periods, lags=0)
    assert math.isnan(scale) or scale == pytest.approx(math.sqrt(periods))
    used = risk.sharpe_scale(returns, periods)
    assert math.isnan(used) or used > 0


returns_lists = st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=40)


@given(returns_lists, st.floats(0.01, 100.0))
def test_scale_changes_nothing(returns, factor):
    r = np.array(returns)
    if r.std() > 1e-6:
        assert risk.sharpe_error(r * factor) == pytest.approx(risk.sharpe_error(r), rel=1e-6)
        assert risk.probabilistic_sharpe(r * factor) == pytest.approx(risk.probabilistic_sharpe(r), rel=1e-6, abs=1e-9)


@given(returns_lists)
def test_probability_and_interval_agree(returns):
    r = np.array(returns)
    s = risk.sharpe(r)
    if math.isnan(s):
        assert math.isnan(risk.sharpe_error(r))
        assert math.isnan(risk.probabilistic_sharpe(r))
        return
    low, high = risk.sharpe_interval(r, 252)
    assert low <= s * math.sqrt(252) <= high
    chance = risk.probabilistic_sharpe(r)
    assert math.isnan(chance) or (0 <= chance <= 1 and (chance >= 0.5) == (s >= 0))


@given(st.integers(1, 10_000), st.floats(0.0, 1.0))
def test_more_trials_ask_for_more(trials, spread):
    assert 0 <= risk.expected_best_sharpe(trials, spread) <= risk.expected_best_sharpe(trials + 1, spread) + 1e-12


def test_the_best_of_many_is_what_it_says():
    rng = np.random.default_rng(6)
    best = rng.normal(0, 0.05, (4000, 100)).max(axis=1).mean()
    assert risk.expected_best_sharpe(100, 0.05) == pytest.approx(best, rel=0.02)


def test_deflated_is_probabilistic_above_the_best():
    r = np.random.default_rng(7).normal(0.1, 1.0, 300)
    trials = [0.1, 0.02, -0.05, 0.07]
    floor = risk.expected_best_sharpe(4, float(np.std(trials, ddof=1)))
    assert (
        risk.deflated_sharpe(r, trials) == risk.probabilistic_sharpe(r, benchmark=floor) < risk.probabilistic_sharpe(r)
    )


BAD = {
    "negative lags": (lambda: risk.sharpe_error([0.1, 0.2], lags=-1), InputError, "lags: must be 0 to 1"),
    "lags beyond": (lambda: risk.sharpe_error([0.1, 0.2], lags=2), InputError, "lags: must be 0 to 1"),
    "text lags": (lambda: risk.sharpe_error([0.1, 0.2], lags="4"), DTypeError, "lags: must be an integer"),
    "no periods to take": (lambda: risk.sharpe_scale([0.1, 0.2], 0), InputError, "periods: must be at least 1"),
    "lags of a whole": (lambda: risk.sharpe_scale([0.1] * 9, 4, lags=4), InputError, "lags: must be 0 to 3"),
    "half a period": (lambda: risk.sharpe_scale([0.1, 0.2], 1.5), DTypeError, "periods: must be an integer"),
    "level 1": (lambda: risk.sharpe_interval([0.1, 0.2], level=1.0), InputError, "level: must be above 0 and below 1"),
    "level 0": (lambda: risk.sharpe_interval([0.1, 0.2], level=0), InputError, "level: must be above 0"),
    "no periods": (lambda: risk.sharpe_interval([0.1, 0.2], 0), InputError, "periods_per_year: must be above 0"),
    "one trial": (lambda: risk.deflated_sharpe([0.1, 0.2], [0.1]), InputError, "trials: at least two"),
    "nan trial": (lambda: risk.deflated_sharpe([0.1, 0.2], [0.1, math.nan]), InputError, r"trials\[1\]: nan"),
    "no trials": (lambda: risk.expected_best_sharpe(0, 0.1), InputError, "n_trials: must be at least 1"),
    "negative spread": (lambda: risk.expected_best_sharpe(5, -0.1), InputError, "spread: must be at least 0"),
    "infinite estimate": (lambda: risk.sharpe_probability(math.inf, 9), InputError, "estimate: must be finite"),
    "nan returns": (lambda: risk.probabilistic_sharpe([0.1, math.nan]), InputError, r"returns\[1\]: nan"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    call, error, words = BAD[case]
    with pytest.raises(error, match=words):
        call()


def test_what_is_not_defined_is_nan():
    assert math.isnan(risk.sharpe_error([]))
    assert math.isnan(risk.sharpe_error([0.1]))
    assert math.isnan(risk.sharpe_probability(1.0, 1))
    assert math.isnan(risk.sharpe_probability(1.0, 100, skew=5.0))  # no distribution has this skewness at kurtosis 3
    assert all(map(math.isnan, risk.sharpe_interval([0.1, 0.1])))
