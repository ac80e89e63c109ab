"""Measures of returns and of equity curves: each once, with its convention.

=============  =======================================================================================================
``ratios``     growth, risk, Sharpe, Sortino, Calmar, Omega
``drawdowns``  how far and how long under water, one by one
``tails``      skewness, kurtosis, value at risk and expected shortfall
``relative``   beside a benchmark: alpha, beta, information ratio, captures
``inference``  how sure a Sharpe ratio is
=============  =======================================================================================================

Common to all: `returns` are simple returns a period, shape (n_observations,), finite; `equity` is a curve of values,
finite. `periods_per_year` comes from :func:`pyrt.analysis.calendar.periods_per_year`. Too few observations, or a ratio
to zero, give NaN. What is not finite, not numbers, or of another length is refused (InputError, DTypeError).
"""

from __future__ import annotations

from ._series import annualized_ratio
from .drawdowns import DRAWDOWN, drawdown, drawdown_length, drawdown_table, max_drawdown, pain_index, ulcer_index
from .inference import (
    deflated_sharpe,
    expected_best_sharpe,
    probabilistic_sharpe,
    sharpe_error,
    sharpe_interval,
    sharpe_probability,
    sharpe_scale,
)
from .ratios import cagr, calmar, compounded, downside_deviation, omega, sharpe, sortino, total_return, volatility
from .relative import alpha, beta, down_capture, information_ratio, tracking_error, up_capture
from .tails import conditional_value_at_risk, kurtosis, skewness, tail_ratio, value_at_risk

__all__ = [
    "DRAWDOWN",
    "alpha",
    "annualized_ratio",
    "beta",
    "cagr",
    "calmar",
    "compounded",
    "conditional_value_at_risk",
    "deflated_sharpe",
    "down_capture",
    "downside_deviation",
    "drawdown",
    "drawdown_length",
    "drawdown_table",
    "expected_best_sharpe",
    "information_ratio",
    "kurtosis",
    "max_drawdown",
    "omega",
    "pain_index",
    "probabilistic_sharpe",
    "sharpe",
    "sharpe_error",
    "sharpe_interval",
    "sharpe_probability",
    "sharpe_scale",
    "skewness",
    "sortino",
    "tail_ratio",
    "total_return",
    "tracking_error",
    "ulcer_index",
    "up_capture",
    "value_at_risk",
    "volatility",
]
