"""Measures of trades: each once, with its convention.

`pnl` is the profit of each closed trade after all its fees, in money, shape (n_trades,).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._validate import as_floats, number

__all__ = ["expectancy", "payoff", "profit_factor", "turnover", "win_rate"]

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
