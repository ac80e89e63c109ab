"""Measures of trades: each once, with its convention.

`pnl` is the profit of each closed trade after all its fees, in money, shape (n_trades,), finite. Where only the signs
and the proportions count (all but :func:`expectancy`), returns of trades do as well, and are the better choice when
stakes grow with the account.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._validate import as_floats, number

__all__ = ["expectancy", "exposure", "kelly", "payoff", "profit_factor", "sqn", "turnover", "win_rate"]

NAN = float("nan")


def win_rate(pnl: Any) -> float:
    """Return the fraction of trades that made money: a profit of zero is no win. NaN without trades.

    Examples
    --------
    >>> win_rate([5.0, -3.0, 0.0, 2.0])
    0.5
    """
    profits = as_floats(pnl, "pnl", nan="refuse")
    return float(np.mean(profits > 0)) if len(profits) else NAN


def profit_factor(pnl: Any) -> float:
    """Return gross profit over gross loss; inf without a loss, NaN without either.

    Examples
    --------
    >>> profit_factor([6.0, -3.0, 0.0])
    2.0
    """
    profits = as_floats(pnl, "pnl", nan="refuse")
    gain, loss = float(profits[profits > 0].sum()), float(-profits[profits < 0].sum())
    return gain / loss if loss > 0 else (math.inf if gain > 0 else NAN)


def expectancy(pnl: Any) -> float:
    """Return the mean profit of a trade, in money. NaN without trades.

    Examples
    --------
    >>> expectancy([6.0, -3.0, 0.0])
    1.0
    """
    profits = as_floats(pnl, "pnl", nan="refuse")
    return float(profits.mean()) if len(profits) else NAN


def payoff(pnl: Any) -> float:
    """Return the mean win over the mean loss; NaN unless there are both.

    Examples
    --------
    >>> payoff([6.0, 2.0, -2.0])
    2.0
    """
    profits = as_floats(pnl, "pnl", nan="refuse")
    wins, losses = profits[profits > 0], profits[profits < 0]
    return float(wins.mean() / -losses.mean()) if len(wins) and len(losses) else NAN


def sqn(pnl: Any) -> float:
    """Return the system quality number: the mean profit over its sample standard deviation, times the root of n.

    The statistic of the t-test that the mean is zero. NaN for fewer than two trades or none that differ. Source: Tharp,
    Definitive Guide to Position Sizing, 2008, who caps n at 100; here it is not.

    Examples
    --------
    >>> sqn([3.0, 1.0, 2.0, 2.0]) == 2.0 / float(np.std([3, 1, 2, 2], ddof=1)) * 2.0
    True
    """
    profits = as_floats(pnl, "pnl", nan="refuse")
    if len(profits) < 2:
        return NAN
    mean, spread = float(profits.mean()), float(np.std(profits, ddof=1))
    return mean / spread * math.sqrt(len(profits)) if spread > 1e-15 * max(1.0, abs(mean)) else NAN


def kelly(pnl: Any) -> float:
    """Return the fraction of capital to risk that grows it fastest: ``win_rate - (1 - win_rate) / payoff``.

    A trade of zero is a loss of nothing: it lowers the win rate. Below zero, do not take the bet. NaN unless there are
    both wins and losses. Source: Kelly, A New Interpretation of Information Rate, 1956.

    Examples
    --------
    >>> kelly([2.0, 2.0, -1.0, -1.0])
    0.25
    """
    rate = win_rate(pnl)
    return rate - (1.0 - rate) / payoff(pnl)


def exposure(position: Any) -> float:
    """Return the fraction of observations with a position: the time in the market. NaN without observations.

    Parameters
    ----------
    position : array_like, shape (n_observations,)
        Units held, long above and short below zero.

    Examples
    --------
    >>> exposure([0.0, 2.0, -1.0, 0.0])
    0.5
    """
    held = as_floats(position, "position", nan="refuse")
    return float(np.count_nonzero(held) / len(held)) if len(held) else NAN


def turnover(traded: Any, mean_equity: float, years: float) -> float:
    """Return the value traded a year over the mean equity; a full entry and a full exit count as two.

    Parameters
    ----------
    traded : array_like, shape (n_fills,)
        Value of each fill, quantity times price, positive.
    mean_equity : float
        Mean of the equity curve.
    years : float
        Time that the curve spans.

    Examples
    --------
    >>> turnover([100.0, 100.0], mean_equity=100.0, years=2.0)
    1.0
    """
    value = float(as_floats(traded, "traded", nan="refuse").sum())
    return value / number(mean_equity, "mean_equity") / years if years > 0 and mean_equity > 0 else NAN
