"""The backtester: trading rules against recorded data, with costs, and the truth about what was assumed.

===============  ======================================================================================================
``Backtest``     data, cash, costs and rules of filling; runs what is given to it
``Result``       immutable: trades, fills, equity, metrics, assumptions, warnings, pictures, report
``CostModel``    what a fill costs
``Fraction``     a size: part of the equity
===============  ======================================================================================================
"""

from __future__ import annotations

from .costs import CostModel
from .engine import Backtest
from .result import Result
from .sizing import Fraction

__all__ = ["Backtest", "CostModel", "Fraction", "Result"]
