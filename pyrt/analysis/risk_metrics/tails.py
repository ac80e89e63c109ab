"""The shape of a distribution of returns, and what a bad period costs."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from ..._validate import choice
from ._series import NAN, Floats, quantile_level, returns_of

__all__ = ["conditional_value_at_risk", "kurtosis", "skewness", "tail_ratio", "value_at_risk"]

Method = Literal["historical", "gaussian", "cornish_fisher"]
METHODS = ("historical", "gaussian", "cornish_fisher")


def skewness(returns: Any) -> float:
    """Return the third standardized moment, with population moments (n), not corrected for bias.

    Examples
    --------
    >>> round(skewness([0.0, 0.0, 0.3]), 6)
    0.707107
    """
    return _moment(returns_of(returns), 3)


def kurtosis(returns: Any) -> float:
    """Return the excess kurtosis (0 for a normal distribution), with population moments (n), not corrected for bias.

    Examples
    --------
    >>> round(kurtosis([-0.1, 0.1]), 6)
    -2.0
    """
    return _moment(returns_of(returns), 4) - 3.0


def value_at_risk(returns: Any, *, level: float = 0.95, method: Method = "historical") -> float:
    """Return the return of a period that is undercut in ``1 - level`` of the periods. A loss is negative.

    Parameters
    ----------
    returns : array_like, shape (n_observations,)
        Simple returns a period.
    level : float
        Between 0 and 1.
    method : {"historical", "gaussian", "cornish_fisher"}
        The quantile of the observations, linear between them; of a normal distribution with their mean and sample
        standard deviation (n - 1); or that, corrected for their skewness and kurtosis. The correction is good for
        moderate skewness and kurtosis; far out, and for much of either, its quantiles need not rise with the level.

    Returns
    -------
    float
        NaN without observations, and with fewer than two unless historical.

    References
    ----------
    Cornish and Fisher, Moments and Cumulants in the Specification of Distributions, 1937; Maillard, A User's Guide to
    the Cornish Fisher Expansion, 2012.

    Examples
    --------
    >>> losses = np.linspace(-0.1, 0.1, 201)
    >>> round(value_at_risk(losses), 6), round(value_at_risk(losses, method="gaussian"), 6)
    (-0.09, -0.095678)
    """
    r, tail = returns_of(returns), 1.0 - quantile_level(level)
    if choice(method, "method", METHODS) == "historical":
        return float(np.quantile(r, tail)) if len(r) else NAN
    z, skew, kurt = _expansion(r, tail, method)
    corrected = z + (z * z - 1) * skew / 6 + (z**3 - 3 * z) * kurt / 24 - (2 * z**3 - 5 * z) * skew * skew / 36
    return _placed(r, corrected)


def conditional_value_at_risk(returns: Any, *, level: float = 0.95, method: Method = "historical") -> float:
    """Return the mean of what is at or below :func:`value_at_risk`: the expected shortfall. A loss is negative.

    Parameters
    ----------
    returns : array_like, shape (n_observations,)
        Simple returns a period.
    level : float
        Between 0 and 1.
    method : {"historical", "gaussian", "cornish_fisher"}
        The mean of the observations there; or of the distributions that :func:`value_at_risk` describes, in closed form
        (Maillard, 2012).

    Returns
    -------
    float
        NaN where :func:`value_at_risk` is.

    Examples
    --------
    >>> losses = np.linspace(-0.1, 0.1, 201)
    >>> round(conditional_value_at_risk(losses), 6), round(conditional_value_at_risk(losses, method="gaussian"), 6)
    (-0.095, -0.119984)
    """
    r, tail = returns_of(returns), 1.0 - quantile_level(level)
    if choice(method, "method", METHODS) == "historical":
        return float(r[r <= value_at_risk(r, level=level)].mean()) if len(r) else NAN
    z, skew, kurt = _expansion(r, tail, method)
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    shape = 1 + z * skew / 6 + (z * z - 1) * kurt / 24 - (2 * z * z - 1) * skew * skew / 36
    return _placed(r, -density / tail * shape)


def tail_ratio(returns: Any, *, level: float = 0.95) -> float:
    """Return the quantile at `level` over the one at ``1 - level``, without signs: above 1, good periods reach further.

    Linear between observations. NaN if the lower quantile is zero.

    Examples
    --------
    >>> round(tail_ratio([-0.02, -0.01, 0.0, 0.02, 0.04], level=0.75), 6)
    2.0
    """
    r = returns_of(returns)
    high = quantile_level(level)
    upper, lower = (abs(float(q)) for q in np.quantile(r, [high, 1.0 - high])) if len(r) else (NAN, NAN)
    return upper / lower if lower > 0 else NAN


def _expansion(r: Floats, tail: float, method: str) -> tuple[float, float, float]:
    """Return the normal quantile, and skewness and kurtosis of the expansion (none: a normal distribution)."""
    from statistics import NormalDist

    z = NormalDist().inv_cdf(tail)
    return (z, 0.0, 0.0) if method == "gaussian" else (z, _moment(r, 3), _moment(r, 4) - 3.0)


def _placed(r: Floats, standardized: float) -> float:
    return float(r.mean()) + standardized * float(np.std(r, ddof=1)) if len(r) > 1 else NAN


def _moment(r: Floats, power: Literal[3, 4]) -> float:
    if not len(r):
        return NAN
    deviation = r - r.mean()
    square = deviation * deviation  # products: raising a million floats to a power takes twenty times as long
    spread = math.sqrt(float(square.mean()))
    return float(np.mean(square * (deviation if power == 3 else square))) / spread**power if spread > 1e-15 else NAN
