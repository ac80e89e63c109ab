"""Returns beside those of a benchmark, period by period."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._validate import number, same_labels, same_length
from ._series import NAN, Floats, annualized_ratio, per_year, returns_of

__all__ = ["alpha", "beta", "down_capture", "information_ratio", "tracking_error", "up_capture"]


def beta(returns: Any, benchmark: Any) -> float:
    """Return the covariance with the benchmark over the benchmark's variance; NaN if the benchmark never moves.

    Examples
    --------
    >>> round(beta([0.02, -0.01, 0.05], [0.01, -0.005, 0.025]), 6)
    2.0
    """
    r, b = _pair(returns, benchmark)
    if len(r) < 2:
        return NAN
    moves = b - b.mean()
    variance = float(moves @ moves)
    return float(moves @ (r - r.mean())) / variance if math.sqrt(variance / len(b)) > 1e-15 else NAN


def alpha(returns: Any, benchmark: Any, periods_per_year: float = 1.0, *, risk_free: float = 0.0) -> float:
    """Return the mean return that :func:`beta` does not explain (Jensen's), times `periods_per_year`.

    ``mean(r - risk_free) - beta * mean(b - risk_free)``: the intercept of the regression, with `risk_free` a period.
    Source: Jensen, The Performance of Mutual Funds in the Period 1945-1964, 1968.

    Examples
    --------
    >>> round(alpha([0.03, 0.00, 0.06], [0.01, -0.005, 0.025], 12), 6)
    0.12
    """
    r, b = _pair(returns, benchmark)
    free, periods = number(risk_free, "risk_free"), per_year(periods_per_year)
    return (float(r.mean()) - free - beta(r, b) * (float(b.mean()) - free)) * periods if len(r) else NAN


def tracking_error(returns: Any, benchmark: Any, periods_per_year: float = 1.0) -> float:
    """Return the sample standard deviation (n - 1) of ``r - b``, times the square root of `periods_per_year`.

    Examples
    --------
    >>> round(tracking_error([0.01, 0.02, 0.03], [0.02, 0.02, 0.02], 4), 6)
    0.02
    """
    r, b = _pair(returns, benchmark)
    return float(np.std(r - b, ddof=1)) * math.sqrt(per_year(periods_per_year)) if len(r) > 1 else NAN


def information_ratio(returns: Any, benchmark: Any, periods_per_year: float = 1.0) -> float:
    """Return the mean of ``r - b`` over its :func:`tracking_error`, annualized by the square root.

    Arithmetic, as in Grinold and Kahn, Active Portfolio Management; NaN if the two never differ in their returns.

    Examples
    --------
    >>> round(information_ratio([0.02, 0.03, 0.04], [0.02, 0.02, 0.02], 4), 6)
    2.0
    """
    r, b = _pair(returns, benchmark)
    return annualized_ratio(float(np.mean(r - b)), tracking_error(r, b), per_year(periods_per_year)) if len(r) else NAN


def up_capture(returns: Any, benchmark: Any) -> float:
    """Return the geometric mean return over the benchmark's, of the periods in which the benchmark rose.

    1 moves like the benchmark. NaN if it never rose. Source: Morningstar, Upside and Downside Capture Ratio, 2011.

    Examples
    --------
    >>> round(up_capture([0.02, -0.03, 0.02], [0.01, -0.02, 0.01]), 6)
    2.0
    """
    r, b = _pair(returns, benchmark)
    return _capture(r[b > 0], b[b > 0])


def down_capture(returns: Any, benchmark: Any) -> float:
    """Return what :func:`up_capture` does, of the periods in which the benchmark fell: below 1, it lost less.

    Examples
    --------
    >>> round(down_capture([0.02, -0.01, 0.02], [0.01, -0.02, 0.01]), 6)
    0.5
    """
    r, b = _pair(returns, benchmark)
    return _capture(r[b < 0], b[b < 0])


def _pair(returns: Any, benchmark: Any) -> tuple[Floats, Floats]:
    r, b = returns_of(returns), returns_of(benchmark, "benchmark")
    same_length(returns=r, benchmark=b)
    same_labels([("returns", returns), ("benchmark", benchmark)])
    return r, b


def _capture(r: Floats, b: Floats) -> float:
    ours, theirs = _geometric_mean(r), _geometric_mean(b)
    return ours / theirs if theirs else NAN


def _geometric_mean(r: Floats) -> float:
    if not len(r):
        return NAN
    if not (r > -1).all():
        return -1.0
    with np.errstate(over="ignore"):
        grown = float(np.prod(1.0 + r))
    # The product is ten times as fast as logarithms, where it can be told.
    logarithm = math.log(grown) if 1e-300 < grown < math.inf else float(np.log1p(r).sum())
    return math.expm1(logarithm / len(r))
