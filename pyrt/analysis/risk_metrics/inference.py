"""How sure a Sharpe ratio is: its standard error, its interval, and the chance that it is luck.

All of a period: multiply by the square root of the periods a year for an annual one. Sources: Lo, The Statistics of
Sharpe Ratios, 2002; Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, 2012, and The Deflated Sharpe
Ratio, 2014.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._validate import integer, number
from ...errors import InputError
from ._series import NAN, per_year, quantile_level, returns_of
from .ratios import sharpe
from .tails import kurtosis, skewness

__all__ = [
    "deflated_sharpe",
    "expected_best_sharpe",
    "probabilistic_sharpe",
    "sharpe_error",
    "sharpe_interval",
    "sharpe_probability",
    "sharpe_scale",
]

EULER = 0.5772156649015329


def sharpe_error(returns: Any, *, risk_free: float = 0.0, lags: int | None = 0) -> float:
    """Return the standard error of the :func:`sharpe` of a period.

    Lo's generalized method of moments: no distribution is assumed. Without lags returns are taken as independent, and
    the error is ``sqrt((1 - skew * s + (kurtosis - 1) / 4 * s**2) / n)``, which for normal returns is
    ``sqrt((1 + s**2 / 2) / n)``.

    Parameters
    ----------
    returns : array_like, shape (n_observations,)
        Simple returns a period.
    risk_free : float
        Return a period.
    lags : int, optional
        Autocorrelations that count, with the weights of Newey and West (1987); None takes
        ``4 * (n / 100) ** (2 / 9)``, cut to an integer.

    Returns
    -------
    float
        NaN for fewer than two observations, or none that differ.

    Examples
    --------
    >>> round(sharpe_error([0.01, -0.01, 0.03, 0.01]), 6)
    0.522913
    """
    r = returns_of(returns)
    n = len(r)
    if lags is not None:
        integer(lags, "lags", low=0, high=max(n - 1, 0))
    used = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    s = sharpe(r, risk_free=risk_free)
    if n < 2 or math.isnan(s):
        return NAN
    z = (r - r.mean()) / r.std()
    # The influence of each observation on the ratio: of the mean, and of the variance.
    influence = z - (z * z - 1.0) * (s / 2.0)
    variance = float(influence @ influence)
    for lag in range(1, used + 1):
        variance += 2.0 * (1.0 - lag / (used + 1)) * float(influence[lag:] @ influence[:-lag])
    return math.sqrt(variance) / n if variance > 0 else 0.0


def sharpe_interval(
    returns: Any,
    periods_per_year: float = 1.0,
    *,
    level: float = 0.95,
    risk_free: float = 0.0,
    lags: int | None = 0,
) -> tuple[float, float]:
    """Return where the true :func:`sharpe` lies with confidence `level`: the estimate and its normal quantiles.

    Both ends are annualized by the square root of `periods_per_year`; see :func:`sharpe_error` for the others.

    Examples
    --------
    >>> low, high = sharpe_interval([0.01, -0.01, 0.03, 0.01])
    >>> round(low, 6), round(high, 6)
    (-0.412517, 1.637262)
    """
    from statistics import NormalDist

    reach = NormalDist().inv_cdf(0.5 + quantile_level(level) / 2.0)
    center, error = sharpe(returns, risk_free=risk_free), sharpe_error(returns, risk_free=risk_free, lags=lags)
    scale = math.sqrt(per_year(periods_per_year))
    return (center - reach * error) * scale, (center + reach * error) * scale


def sharpe_scale(returns: Any, periods: int, *, lags: int | None = None) -> float:
    """Return by what the :func:`sharpe` of a period grows when `periods` of them are taken together (Lo's eta).

    The square root of `periods` for independent returns, which every annualized ratio here takes; less for returns that
    follow each other (smoothed prices, momentum), more for those that turn back. Source: Lo, 2002, equation 20.

    Parameters
    ----------
    returns : array_like, shape (n_observations,)
        Simple returns a period.
    periods : int
        How many are taken together: 12 months, 252 days.
    lags : int, optional
        Autocorrelations that count, at most ``periods - 1``, and those of longer lags are taken as zero; None takes as
        many as the record can tell: ``4 * (n / 100) ** (2 / 9)``.

    Returns
    -------
    float
        NaN for returns that do not differ, or autocorrelations that no process has.

    Examples
    --------
    >>> trending = [0.02, 0.02, 0.02, -0.01, -0.01, -0.01] * 20
    >>> round(sharpe_scale(trending, 12, lags=0), 4), round(sharpe_scale(trending, 12, lags=1), 4)
    (3.4641, 2.7163)
    """
    r, q = returns_of(returns), integer(periods, "periods")
    n = len(r)
    if lags is not None:
        integer(lags, "lags", low=0, high=max(min(q, n) - 1, 0))
    used = min(int(4 * (n / 100) ** (2 / 9)), q - 1, max(n - 1, 0)) if lags is None else lags
    deviation = r - r.mean() if n else r
    power = float(deviation @ deviation)
    if n < 2 or math.sqrt(power / n) <= 1e-15:
        return NAN
    total = float(q)
    for lag in range(1, used + 1):
        total += 2.0 * (q - lag) * float(deviation[lag:] @ deviation[:-lag]) / power
    return q / math.sqrt(total) if total > 0 else NAN


def sharpe_probability(
    estimate: float, n_observations: int, *, benchmark: float = 0.0, skew: float = 0.0, excess_kurtosis: float = 0.0
) -> float:
    """Return the probability that the true Sharpe ratio of a period is above `benchmark`, from moments alone.

    ``Phi((s - benchmark) * sqrt(n - 1) / sqrt(1 - skew * s + (kurtosis - 1) / 4 * s**2))``.

    Parameters
    ----------
    estimate, benchmark : float
        Sharpe ratios of a period, not annualized.
    n_observations : int
        Length of the record.
    skew, excess_kurtosis : float
        Of the returns; 0 and 0 are normal.

    Returns
    -------
    float
        NaN for fewer than two observations, and for moments that no distribution has.

    Examples
    --------
    >>> round(sharpe_probability(0.1, 252), 4)
    0.943
    """
    s, n = number(estimate, "estimate"), integer(n_observations, "n_observations", low=0)
    bulk = 1.0 - number(skew, "skew") * s + (number(excess_kurtosis, "excess_kurtosis") + 2.0) / 4.0 * s * s
    if n < 2 or bulk <= 0:
        return NAN
    return _phi((s - number(benchmark, "benchmark")) * math.sqrt((n - 1) / bulk))


def probabilistic_sharpe(returns: Any, *, benchmark: float = 0.0, risk_free: float = 0.0) -> float:
    """Return the probability that the true :func:`sharpe` of a period is above `benchmark` (of a period as well).

    Sees the length of the record, its skewness and its kurtosis; takes returns as independent.

    Examples
    --------
    >>> round(probabilistic_sharpe([0.01, -0.01, 0.03, 0.01]), 4)
    0.8448
    """
    r = returns_of(returns)
    s = sharpe(r, risk_free=risk_free)
    if math.isnan(s):
        return NAN
    return sharpe_probability(s, len(r), benchmark=benchmark, skew=skewness(r), excess_kurtosis=kurtosis(r))


def expected_best_sharpe(n_trials: int, spread: float) -> float:
    """Return the Sharpe ratio to expect of the best of `n_trials` that are all worthless.

    Parameters
    ----------
    n_trials : int
        Independent trials.
    spread : float
        Standard deviation of their Sharpe ratios, of a period; from 0.

    Examples
    --------
    >>> round(expected_best_sharpe(100, 0.05), 4)
    0.1265
    """
    from statistics import NormalDist

    n, width = integer(n_trials, "n_trials"), number(spread, "spread", low=0.0)
    if n == 1:
        return 0.0
    high = NormalDist().inv_cdf
    return width * ((1.0 - EULER) * high(1.0 - 1.0 / n) + EULER * high(1.0 - 1.0 / (n * math.e)))


def deflated_sharpe(returns: Any, trials: Any, *, risk_free: float = 0.0) -> float:
    """Return the probability that a :func:`sharpe` chosen as the best of many trials is above what luck gives.

    Parameters
    ----------
    returns : array_like, shape (n_observations,)
        Simple returns a period of the trial that was chosen.
    trials : array_like, shape (n_trials,)
        Sharpe ratios of a period of all trials, the chosen one included; trials that resemble each other count as
        fewer than they are: give one of each kind.
    risk_free : float
        Return a period.

    Returns
    -------
    float
        :func:`probabilistic_sharpe` above :func:`expected_best_sharpe`.

    Examples
    --------
    >>> round(deflated_sharpe([0.01, -0.01, 0.03, 0.01], [0.6, 0.1, -0.2]), 4)
    0.6713
    """
    ratios = returns_of(trials, "trials")
    if len(ratios) < 2:
        raise InputError(f"trials: at least two are needed to know how much they differ, got {len(ratios)}")
    floor = expected_best_sharpe(len(ratios), float(np.std(ratios, ddof=1)))
    return probabilistic_sharpe(returns, benchmark=floor, risk_free=risk_free)


def _phi(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))
