"""The measures of a result: which ones, in which order, and how they are written for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ...analysis import risk_metrics as risk
from ...analysis import trade_metrics as trading
from ...analysis.calendar import periods_per_year, years_spanned

if TYPE_CHECKING:
    from .result import Result

__all__ = ["MEASURES", "Measure", "measure"]

Unit = Literal["percent", "ratio", "money", "count", "days"]


class Measure(NamedTuple):
    """How a measure is written for people."""

    label: str
    unit: Unit

    def write(self, value: float) -> str:
        """Write a value; percent carries its sign, what is not defined is a dash."""
        if math.isnan(value):
            return "\N{EN DASH}"
        if math.isinf(value):
            return "\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}"
        words = {
            "percent": f"{value:,.2%}",
            "ratio": f"{value:,.2f}",
            "money": f"{value:,.2f}",
            "count": f"{value:,.0f}",
            "days": f"{value:,.0f} days" if value >= 2 or value == 0 else f"{24 * value:,.1f} hours",
        }
        return words[self.unit].replace("-", "\N{MINUS SIGN}")


MEASURES = {
    "final_equity": Measure("Final equity", "money"),
    "total_return": Measure("Total return", "percent"),
    "buy_and_hold": Measure("Buy and hold", "percent"),
    "cagr": Measure("CAGR", "percent"),
    "volatility": Measure("Volatility a year", "percent"),
    "sharpe": Measure("Sharpe ratio", "ratio"),
    "sortino": Measure("Sortino ratio", "ratio"),
    "calmar": Measure("Calmar ratio", "ratio"),
    "omega": Measure("Omega ratio", "ratio"),
    "max_drawdown": Measure("Deepest drawdown", "percent"),
    "max_drawdown_days": Measure("Longest drawdown", "days"),
    "ulcer_index": Measure("Ulcer index", "percent"),
    "value_at_risk": Measure("Value at risk, 95 %", "percent"),
    "conditional_value_at_risk": Measure("Expected shortfall, 95 %", "percent"),
    "skewness": Measure("Skewness", "ratio"),
    "kurtosis": Measure("Excess kurtosis", "ratio"),
    "n_trades": Measure("Closed trades", "count"),
    "win_rate": Measure("Win rate", "percent"),
    "profit_factor": Measure("Profit factor", "ratio"),
    "payoff": Measure("Mean win to mean loss", "ratio"),
    "expectancy": Measure("Mean profit a trade", "money"),
    "exposure": Measure("Time in the market", "percent"),
    "turnover": Measure("Turnover a year", "ratio"),
    "total_fees": Measure("Fees paid", "money"),
    "periods_per_year": Measure("Periods a year", "ratio"),
}
"""Every measure of a result: its name in ``Result.metrics`` and how it is written."""


def measure(result: Result) -> dict[str, float]:
    """Compute every measure of a result; conventions are those of :mod:`pyrt.analysis`."""
    returns = result.returns
    if not (np.isfinite(returns).all() and (result.equity > 0).all()):
        returns = returns[:0]  # a ruined account has no returns: NaN, and the result carries a warning
    yearly, years = periods_per_year(result.bars.time), years_spanned(result.bars.time)
    closed = result.trades["pnl"][result.trades["status"] == "closed"]
    growth = risk.cagr(returns, yearly)
    deepest = risk.max_drawdown(result.equity, start=result.cash)
    values = {
        "final_equity": float(result.equity[-1]),
        "total_return": float(result.equity[-1] / result.cash - 1.0),
        "buy_and_hold": float(result.bars.close[-1] / result.bars.close[0] - 1.0),
        "cagr": growth,
        "volatility": risk.volatility(returns, yearly),
        "sharpe": risk.sharpe(returns, yearly),
        "sortino": risk.sortino(returns, yearly),
        "calmar": risk.calmar(growth, deepest),
        "omega": risk.omega(returns),
        "max_drawdown": deepest,
        "max_drawdown_days": risk.drawdown_length(result.bars.time, result.equity, start=result.cash),
        "ulcer_index": risk.ulcer_index(result.equity, start=result.cash),
        "value_at_risk": risk.value_at_risk(returns),
        "conditional_value_at_risk": risk.conditional_value_at_risk(returns),
        "skewness": risk.skewness(returns),
        "kurtosis": risk.kurtosis(returns),
        "n_trades": float(len(closed)),
        "win_rate": trading.win_rate(closed),
        "profit_factor": trading.profit_factor(closed),
        "payoff": trading.payoff(closed),
        "expectancy": trading.expectancy(closed),
        "exposure": _exposure(result),
        "turnover": trading.turnover(result.fills["qty"] * result.fills["price"], float(result.equity.mean()), years),
        "total_fees": float(result.fills["fee"].sum()),
        "periods_per_year": yearly,
    }
    return {name: values[name] for name in MEASURES}


def _exposure(result: Result) -> float:
    """Return the fraction of bars at whose close there is a position."""
    rows, n = result.fills["row"], len(result.bars)
    left = rows[1::2] if len(rows) % 2 == 0 else np.append(rows[1::2], n)
    return float((left - rows[::2]).sum()) / n
