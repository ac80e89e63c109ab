"""Growth, risk, and the ratios of the two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._validate import number
from ._series import NAN, annualized_ratio, per_year, returns_of

__all__ = [
    "cagr",
    "calmar",
    "compounded",
    "downside_deviation",
    "omega",
    "sharpe",
    "sortino",
    "total_return",
    "volatility",
]


def total_return(returns: Any) -> float:
    """Return the compounded return of all periods: ``prod(1 + r) - 1``.

    Examples
    --------
    >>> round(total_return([0.1, -0.1]), 6)
    -0.01
    """
    return float(np.prod(1.0 + returns_of(returns)) - 1.0)


def cagr(returns: Any, periods_per_year: float) -> float:
    """Return the compound annual growth rate: ``(1 + total_return) ** (periods_per_year / n) - 1``.

    -1 if everything is lost.

    Examples
    --------
    >>> round(cagr([0.01] * 12, 12), 6)
    0.126825
    """
    r, periods = returns_of(returns), per_year(periods_per_year)
    return compounded(total_return(r), periods, len(r))


def compounded(total: float, periods_per_year: float, n: int) -> float:
    """Return the rate a year of a total return over n periods, as :func:`cagr` does of returns.

    Examples
    --------
    >>> round(compounded(0.21, 12.0, 24), 6)
    0.1
    """
    grown = 1.0 + total
    if not n or math.isnan(periods_per_year):
        return NAN
    if grown <= 0:
        return -1.0
    try:
        return math.expm1(math.log(grown) * periods_per_year / n)
    except OverflowError:  # a lucky minute, a year of it
        return math.inf


def volatility(returns: Any, periods_per_year: float = 1.0) -> float:
    """Return the sample standard deviation (n - 1) times the square root of `periods_per_year`.

    Examples
    --------
    >>> round(volatility([0.01, -0.01, 0.03], 4), 6)
    0.04
    """
    r = returns_of(returns)
    return float(np.std(r, ddof=1)) * math.sqrt(per_year(periods_per_year)) if len(r) > 1 else NAN


def downside_deviation(returns: Any, periods_per_year: float = 1.0, *, target: float = 0.0) -> float:
    """Return the root mean square of what returns fall short of `target` a period, over all n periods.

    Times the square root of `periods_per_year`. Source: Bacon, Practical Portfolio Performance Measurement, 4.

    Examples
    --------
    >>> round(downside_deviation([0.03, -0.04, 0.0, 0.0]), 6)
    0.02
    """
    r = returns_of(returns)
    short = np.minimum(r - number(target, "target"), 0.0)
    return math.sqrt(float(np.mean(short * short)) * per_year(periods_per_year)) if len(r) else NAN


def sharpe(returns: Any, periods_per_year: float = 1.0, *, risk_free: float = 0.0) -> float:
    """Return mean over sample standard deviation of returns above `risk_free` a period, annualized by the square root.

    Source: Sharpe, The Sharpe Ratio, 1994.

    Examples
    --------
    >>> round(sharpe([0.01, -0.01, 0.03], 4), 6)
    1.0
    """
    r = returns_of(returns)
    excess = float(np.mean(r)) - number(risk_free, "risk_free") if len(r) else NAN
    return annualized_ratio(excess, volatility(r), per_year(periods_per_year))


def sortino(returns: Any, periods_per_year: float = 1.0, *, target: float = 0.0) -> float:
    """Return mean return above `target` a period over :func:`downside_deviation`, annualized by the square root.

    Examples
    --------
    >>> round(sortino([0.04, -0.02, 0.0, 0.02]), 6)
    1.0
    """
    r = returns_of(returns)
    excess = float(np.mean(r)) - number(target, "target") if len(r) else NAN
    return annualized_ratio(excess, downside_deviation(r, target=target), per_year(periods_per_year))


def omega(returns: Any, *, target: float = 0.0) -> float:
    """Return the sum of returns above `target` a period over the sum of what falls short of it; inf without shortfall.

    Source: Keating and Shadwick, A Universal Performance Measure, 2002.

    Examples
    --------
    >>> round(omega([0.03, -0.01, 0.0]), 6)
    3.0
    """
    excess = returns_of(returns) - number(target, "target")
    gain, loss = float(np.maximum(excess, 0.0).sum()), -float(np.minimum(excess, 0.0).sum())
    return gain / loss if loss > 0 else (math.inf if gain > 0 else NAN)


def calmar(growth: float, deepest: float) -> float:
    """Return :func:`cagr` over the depth of :func:`max_drawdown`; NaN without a drawdown.

    Over the whole history. Source: Young, Calmar Ratio: A Smoother Tool, 1991, who took three years.

    Examples
    --------
    >>> calmar(0.1, -0.25)
    0.4
    """
    return growth / -deepest if deepest < 0 else NAN
