"""Analysis: what a series of returns or trades is worth, every measure once, and pictures of it.

==================  ==================================================================================================
``calendar``        how many periods a year the data itself has; returns by month
``risk_metrics``    of returns and equity: growth, risk, ratios, drawdowns, tails, beside a benchmark, how sure they are
``trade_metrics``   of trades: how often and how much they win, how sure that is, exposure, turnover
``visualization``   equity with drawdown, drawdowns, exposure, trades, excursions, monthly returns
==================  ==================================================================================================

Returns are simple and, like every measure, fractions: 0.01 is one percent. Drawdowns and losses are negative. What is
not defined for the data (a ratio to zero risk, a mean of nothing) is NaN, without a warning.
"""

from __future__ import annotations

from . import calendar, risk_metrics, trade_metrics, visualization

__all__ = ["calendar", "risk_metrics", "trade_metrics", "visualization"]
