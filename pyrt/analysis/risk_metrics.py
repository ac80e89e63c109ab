"""Measures of returns and of equity curves: each once, with its convention.

Common to all: `returns` are simple returns a period, shape (n_observations,), finite; `equity` is a curve of values,
finite. `periods_per_year` comes from :func:`pyrt.analysis.calendar.periods_per_year`. Too few observations, or a ratio
to zero, give NaN.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._validate import as_floats, as_times, number, same_length, sorted_times

__all__ = [
    "cagr",
    "calmar",
    "conditional_value_at_risk",
    "downside_deviation",
    "drawdown",
    "drawdown_length",
    "kurtosis",
    "max_drawdown",
    "omega",
    "pain_index",
    "sharpe",
    "skewness",
    "sortino",
    "total_return",
    "ulcer_index",
    "value_at_risk",
    "volatility",
]

Floats = npt.NDArray[np.float64]
NAN = float("nan")


def total_return(returns: Any) -> float:
    """Return the compounded return of all periods: ``prod(1 + r) - 1``.

    Examples
    --------
    >>> round(total_return([0.1, -0.1]), 6)
    -0.01
    """
    return float(np.prod(1.0 + _returns(returns)) - 1.0)


def cagr(returns: Any, periods_per_year: float) -> float:
    """Return the compound annual growth rate: ``(1 + total_return) ** (periods_per_year / n) - 1``.

    -1 if everything is lost.

    Examples
    --------
    >>> round(cagr([0.01] * 12, 12), 6)
    0.126825
    """
    r = _returns(returns)
    grown = 1.0 + total_return(r)
    if not len(r) or not periods_per_year > 0:
        return NAN
    if grown <= 0:
        return -1.0
    try:
        return math.expm1(math.log(grown) * periods_per_year / len(r))
    except OverflowError:  # a lucky minute, a year of it
        return math.inf


def volatility(returns: Any, periods_per_year: float = 1.0) -> float:
    """Return the sample standard deviation (n - 1) times the square root of `periods_per_year`.

    Examples
    --------
    >>> round(volatility([0.01, -0.01, 0.03], 4), 6)
    0.04
    """
    r = _returns(returns)
    return float(np.std(r, ddof=1)) * math.sqrt(periods_per_year) if len(r) > 1 else NAN


def downside_deviation(returns: Any, periods_per_year: float = 1.0, *, target: float = 0.0) -> float:
    """Return the root mean square of what returns fall short of `target` a period, over all n periods.

    Times the square root of `periods_per_year`. Source: Bacon, Practical Portfolio Performance Measurement, 4.

    Examples
    --------
    >>> round(downside_deviation([0.03, -0.04, 0.0, 0.0]), 6)
    0.02
    """
    r = _returns(returns)
    short = np.minimum(r - number(target, "target"), 0.0)
    return math.sqrt(float(np.mean(short * short)) * periods_per_year) if len(r) else NAN


def sharpe(returns: Any, periods_per_year: float = 1.0, *, risk_free: float = 0.0) -> float:
    """Return mean over sample standard deviation of returns above `risk_free` a period, annualized by the square root.

    Source: Sharpe, The Sharpe Ratio, 1994.

    Examples
    --------
    >>> round(sharpe([0.01, -0.01, 0.03], 4), 6)
    1.0
    """
    r = _returns(returns)
    return (
        _ratio(float(np.mean(r)) - number(risk_free, "risk_free"), volatility(r), periods_per_year) if len(r) else NAN
    )


def sortino(returns: Any, periods_per_year: float = 1.0, *, target: float = 0.0) -> float:
    """Return mean return above `target` a period over :func:`downside_deviation`, annualized by the square root.

    Examples
    --------
    >>> round(sortino([0.04, -0.02, 0.0, 0.02]), 6)
    1.0
    """
    r = _returns(returns)
    return _ratio(float(np.mean(r)) - target, downside_deviation(r, target=target), periods_per_year) if len(r) else NAN


def omega(returns: Any, *, target: float = 0.0) -> float:
    """Return the sum of returns above `target` a period over the sum of what falls short of it; inf without shortfall.

    Source: Keating and Shadwick, A Universal Performance Measure, 2002.

    Examples
    --------
    >>> round(omega([0.03, -0.01, 0.0]), 6)
    3.0
    """
    excess = _returns(returns) - number(target, "target")
    gain, loss = float(excess[excess > 0].sum()), float(-excess[excess < 0].sum())
    return gain / loss if loss > 0 else (math.inf if gain > 0 else NAN)


def skewness(returns: Any) -> float:
    """Return the third standardized moment, with population moments (n), not corrected for bias.

    Examples
    --------
    >>> round(skewness([0.0, 0.0, 0.3]), 6)
    0.707107
    """
    return _moment(_returns(returns), 3)


def kurtosis(returns: Any) -> float:
    """Return the excess kurtosis (0 for a normal distribution), with population moments (n), not corrected for bias.

    Examples
    --------
    >>> round(kurtosis([-0.1, 0.1]), 6)
    -2.0
    """
    return _moment(_returns(returns), 4) - 3.0


def value_at_risk(returns: Any, *, level: float = 0.95) -> float:
    """Return the return of a period that is undercut in ``1 - level`` of the periods: the historical quantile.

    Linear between observations. A loss is negative.

    Examples
    --------
    >>> round(value_at_risk(np.linspace(-0.1, 0.1, 201)), 6)
    -0.09
    """
    r = _returns(returns)
    return float(np.quantile(r, 1.0 - number(level, "level", low=0.0, high=1.0))) if len(r) else NAN


def conditional_value_at_risk(returns: Any, *, level: float = 0.95) -> float:
    """Return the mean of the returns at or below :func:`value_at_risk`: the expected shortfall. A loss is negative.

    Examples
    --------
    >>> round(conditional_value_at_risk(np.linspace(-0.1, 0.1, 201)), 6)
    -0.095
    """
    r = _returns(returns)
    return float(r[r <= value_at_risk(r, level=level)].mean()) if len(r) else NAN


def drawdown(equity: Any, *, start: float | None = None) -> Floats:
    """Return how far each value lies below the highest one so far: ``equity / peak - 1``, zero or negative.

    Parameters
    ----------
    equity : array_like, shape (n_observations,)
        Values; the peak must be above zero.
    start : float, optional
        The value before the first observation: the first peak.

    Returns
    -------
    ndarray of float64, shape (n_observations,)

    Examples
    --------
    >>> drawdown([100.0, 120.0, 90.0, 130.0]).tolist()
    [0.0, 0.0, -0.25, 0.0]
    """
    values = as_floats(equity, "equity", nan="refuse")
    peaks = np.maximum.accumulate(values)
    if start is not None:
        peaks = np.maximum(peaks, number(start, "start"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return values / peaks - 1.0


def max_drawdown(equity: Any, *, start: float | None = None) -> float:
    """Return the deepest :func:`drawdown`: zero or negative.

    Examples
    --------
    >>> max_drawdown([100.0, 120.0, 90.0, 130.0])
    -0.25
    """
    values = as_floats(equity, "equity", nan="refuse")
    return float(drawdown(values, start=start).min()) if len(values) else NAN


def drawdown_length(times: Any, equity: Any, *, start: float | None = None) -> float:
    """Return the longest time under water in days: from a peak to the first value that reaches it again.

    A drawdown that has not ended counts to the last observation. Zero if equity never falls.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    equity : array_like, shape (n_observations,)
        Values.
    start : float, optional
        The value before the first observation: a first peak, at the time of the first observation.

    Examples
    --------
    >>> days = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")
    >>> drawdown_length(days, [100.0, 120.0, 90.0, 110.0, 120.0, 119.0])
    3.0
    """
    stamps = sorted_times(as_times(times, "times"), "times")
    values = as_floats(equity, "equity", nan="refuse")
    if not same_length(times=stamps, equity=values):
        return NAN
    # Rows at their peak break the curve into stretches under water; each spans from one peak row to the next.
    highest = np.maximum.accumulate(values) if start is None else np.maximum(np.maximum.accumulate(values), start)
    peaks = np.flatnonzero(values >= highest)
    if not len(peaks) or peaks[0]:  # the first peak is the start itself, at the first time
        peaks = np.append(0, peaks)
    ends = np.append(stamps[peaks[1:]], stamps[-1])
    under = (np.diff(np.append(peaks, len(values))) > 1) | (values[peaks] < highest[peaks])
    return float((ends - stamps[peaks])[under].max(initial=0)) / 86400e9


def calmar(growth: float, deepest: float) -> float:
    """Return :func:`cagr` over the absolute :func:`max_drawdown`; NaN without a drawdown.

    Over the whole history. Source: Young, Calmar Ratio: A Smoother Tool, 1991, who took three years.

    Examples
    --------
    >>> calmar(0.1, -0.25)
    0.4
    """
    return growth / -deepest if deepest < 0 else NAN


def pain_index(equity: Any, *, start: float | None = None) -> float:
    """Return the mean :func:`drawdown`: zero or negative.

    Source: Becker, The Zephyr Pain Index, 2006; there without the sign.

    Examples
    --------
    >>> round(pain_index([100.0, 90.0]), 6)
    -0.05
    """
    values = as_floats(equity, "equity", nan="refuse")
    return float(drawdown(values, start=start).mean()) if len(values) else NAN


def ulcer_index(equity: Any, *, start: float | None = None) -> float:
    """Return the root mean square of the :func:`drawdown`.

    Source: Martin and McCann, The Investor's Guide to Fidelity Funds, 1989.

    Examples
    --------
    >>> round(ulcer_index([100.0, 90.0]), 6)
    0.070711
    """
    values = as_floats(equity, "equity", nan="refuse")
    return math.sqrt(float(np.mean(drawdown(values, start=start) ** 2))) if len(values) else NAN


def _returns(returns: Any) -> Floats:
    return as_floats(returns, "returns", nan="refuse")


def _ratio(mean: float, risk: float, periods_per_year: float) -> float:
    # Equal returns have a standard deviation of a few rounding errors, not zero.
    return mean / risk * math.sqrt(periods_per_year) if risk > 1e-15 * max(1.0, abs(mean)) else NAN


def _moment(r: Floats, power: Literal[3, 4]) -> float:
    if not len(r):
        return NAN
    deviation = r - r.mean()
    square = deviation * deviation  # products: raising a million floats to a power takes twenty times as long
    spread = math.sqrt(float(square.mean()))
    return float(np.mean(square * (deviation if power == 3 else square))) / spread**power if spread > 1e-15 else NAN
