"""The measures of a result: which ones, in which order, and how they are written for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ...analysis import risk_metrics as risk
from ...analysis import trade_metrics as trading
from ...analysis.calendar import YEAR_NS, periods_per_year, years_spanned
from ...types import Flag

if TYPE_CHECKING:
    from ..bars.result import BarResult
    from .event_result import EventResult
    from .result import Result

__all__ = ["MEASURES", "Measure", "measure", "measure_bars", "measure_events"]

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]

Unit = Literal["percent", "ratio", "money", "count", "days"]


class Measure(NamedTuple):
    """How a measure is written for people."""

    label: str
    unit: Unit
    group: str = "Growth and risk"

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
            "days": _length(value),
        }
        return words[self.unit].replace("-", "\N{MINUS SIGN}")


MEASURES = {
    "final_equity": Measure("Final equity", "money"),
    "total_return": Measure("Total return", "percent"),
    "buy_and_hold": Measure("Buy and hold", "percent"),
    "cagr": Measure("CAGR", "percent"),
    "volatility": Measure("Volatility a year", "percent"),
    "sharpe": Measure("Sharpe ratio", "ratio"),
    "sharpe_low": Measure("Sharpe, 95 %: from", "ratio"),
    "sharpe_high": Measure("Sharpe, 95 %: to", "ratio"),
    "probabilistic_sharpe": Measure("Chance that it is above 0", "percent"),
    "sortino": Measure("Sortino ratio", "ratio"),
    "calmar": Measure("Calmar ratio", "ratio"),
    "omega": Measure("Omega ratio", "ratio"),
    "max_drawdown": Measure("Deepest drawdown", "percent", "Drawdowns and tails"),
    "max_drawdown_days": Measure("Longest drawdown", "days", "Drawdowns and tails"),
    "ulcer_index": Measure("Ulcer index", "percent", "Drawdowns and tails"),
    "value_at_risk": Measure("Value at risk, 95 %", "percent", "Drawdowns and tails"),
    "conditional_value_at_risk": Measure("Expected shortfall, 95 %", "percent", "Drawdowns and tails"),
    "skewness": Measure("Skewness", "ratio", "Drawdowns and tails"),
    "kurtosis": Measure("Excess kurtosis", "ratio", "Drawdowns and tails"),
    "tail_ratio": Measure("Tail ratio", "ratio", "Drawdowns and tails"),
    "alpha": Measure("Alpha a year", "percent", "Beside buying and holding"),
    "beta": Measure("Beta", "ratio", "Beside buying and holding"),
    "information_ratio": Measure("Information ratio", "ratio", "Beside buying and holding"),
    "tracking_error": Measure("Tracking error a year", "percent", "Beside buying and holding"),
    "up_capture": Measure("Captured of the rises", "percent", "Beside buying and holding"),
    "down_capture": Measure("Captured of the falls", "percent", "Beside buying and holding"),
    "n_trades": Measure("Closed trades", "count", "Trades"),
    "win_rate": Measure("Win rate", "percent", "Trades"),
    "profit_factor": Measure("Profit factor", "ratio", "Trades"),
    "payoff": Measure("Mean win to mean loss", "ratio", "Trades"),
    "expectancy": Measure("Mean profit a trade", "money", "Trades"),
    "best_trade": Measure("Best trade", "percent", "Trades"),
    "worst_trade": Measure("Worst trade", "percent", "Trades"),
    "mean_trade_days": Measure("Mean time in a trade", "days", "Trades"),
    "sqn": Measure("SQN", "ratio", "Trades"),
    "kelly": Measure("Kelly fraction", "percent", "Trades"),
    "exposure": Measure("Time in the market", "percent", "Trades"),
    "turnover": Measure("Turnover a year", "ratio", "Trades"),
    "total_fees": Measure("Fees paid", "money", "Trades"),
    "n_orders": Measure("Orders", "count", "Trades"),
    "n_fills": Measure("Fills", "count", "Trades"),
    "maker_share": Measure("Fills that rested", "percent", "Trades"),
    "periods_per_year": Measure("Periods a year", "ratio", "Trades"),
}
"""Every measure of a result: its name in ``metrics``, how it is written, and with which others it is shown.

Of runs on events and of several instruments there is no buying and holding, and of signals no orders.
"""


def _length(days: float) -> str:
    """Write a length of time in the unit that suits it."""
    if abs(days) >= 2 or days == 0:
        return f"{days:,.0f} days"
    seconds = abs(days) * 86400
    units = (("hours", 3600), ("min", 60), ("s", 1), ("ms", 1e-3))
    name, size = next((unit for unit in units if seconds >= 2 * unit[1]), ("ns", 1e-9))
    return f"{days * 86400 / size:,.1f} {name}"


def measure(result: Result) -> dict[str, float]:
    """Compute every measure of a result; conventions are those of :mod:`pyrt.analysis`."""
    closes = result.benchmark
    years = years_spanned(result.bars.time)
    held = closes[1:] / closes[:-1] - 1.0
    returns = result.returns if _is_solvent(result.equity, result.returns) else result.returns[:0]
    values = {
        **measures_of_curve(result.bars.time, result.equity, returns, result.cash),
        **_beside(returns[1:], held if len(returns) else held[:0], periods_per_year(result.bars.time)),
        "buy_and_hold": float(closes[-1] / closes[0] - 1.0),
        **measures_of_trades(result.trades),
        "exposure": trading.exposure(result.positions),
        "turnover": trading.turnover(result.traded, float(result.equity.mean()), years),
        "total_fees": float(result.fills["fee"].sum()),
    }
    return {name: values[name] for name in MEASURES if name in values}


def measure_bars(result: BarResult) -> dict[str, float]:
    """Compute the measures of a strategy class on bars; those beside buying and holding if there is one instrument."""
    fills, orders, years = result.fills, len(result.orders), years_spanned(result.times)
    returns = result.returns if _is_solvent(result.equity, result.returns) else result.returns[:0]
    values = {
        **measures_of_curve(result.times, result.equity, returns, result.cash),
        **measures_of_trades(result.trades),
        "exposure": trading.exposure(np.abs(result.positions.reshape(len(result.times), -1)).sum(axis=1)),
        "turnover": trading.turnover(fills["value"], float(result.equity.mean()), years),
        "total_fees": float(fills["fee"].sum()),
        "n_orders": float(orders),
        "n_fills": float(len(fills)),
        "maker_share": float(np.mean(fills["maker"])) if len(fills) else math.nan,
    }
    closes = result.benchmark
    if closes is not None:
        held = closes[1:] / closes[:-1] - 1.0
        values |= _beside(returns[1:], held if len(returns) else held[:0], periods_per_year(result.times))
        values["buy_and_hold"] = float(closes[-1] / closes[0] - 1.0)
    return {name: values[name] for name in MEASURES if name in values}


def measure_events(result: EventResult) -> dict[str, float]:
    """Compute the measures of a result on events: those of its equity curve's points, of its trades and its orders."""
    from .event_trades import held_fraction, values_of  # with the rules of matching, which runs on signals do without

    curve, start, fills = result.equity_curve, result.start / 10**18, result.fills
    begin, end = (int(time) for time in (result.period[0], curve["time"][-1].astype(np.int64)))
    equity = np.ascontiguousarray(curve["equity"])
    returns = result.returns if _is_solvent(equity, result.returns) else result.returns[:0]
    values = {
        **measures_of_curve(curve["time"], equity, returns, start),
        **measures_of_trades(result.trades),
        "exposure": held_fraction(result.trades, begin, end),
        "turnover": trading.turnover(
            values_of(fills, result.instruments), float(equity.mean()), (end - begin) / YEAR_NS
        ),
        "total_fees": float(result.totals["fees"] / 10**18),
        "n_orders": float(len(result.orders)),
        "n_fills": float(len(fills)),
        "maker_share": float(np.mean((fills["flags"] & Flag.MAKER) != 0)) if len(fills) else math.nan,
    }
    return {name: values[name] for name in MEASURES if name in values}


def measures_of_curve(times: Any, equity: Floats, returns: Floats, start: float) -> dict[str, float]:
    """Compute what an equity curve alone says; returns are those of its periods, none of a ruined account."""
    yearly = periods_per_year(times)
    growth, deepest = risk.cagr(returns, yearly), risk.max_drawdown(equity, start=start)
    low, high = risk.sharpe_interval(returns, yearly)
    ratio, skewness, kurtosis = risk.sharpe(returns), risk.skewness(returns), risk.kurtosis(returns)
    chance = math.nan  # what probabilistic_sharpe says, without computing the moments again
    if not math.isnan(ratio):
        chance = risk.sharpe_probability(ratio, len(returns), skew=skewness, excess_kurtosis=kurtosis)
    return {
        "final_equity": float(equity[-1]),
        "total_return": float(equity[-1] / start - 1.0),
        "cagr": growth,
        "volatility": risk.volatility(returns, yearly),
        "sharpe": ratio * math.sqrt(yearly),
        "sharpe_low": low,
        "sharpe_high": high,
        "probabilistic_sharpe": chance,
        "sortino": risk.sortino(returns, yearly),
        "calmar": risk.calmar(growth, deepest),
        "omega": risk.omega(returns),
        "max_drawdown": deepest,
        "max_drawdown_days": risk.drawdown_length(times, equity, start=start),
        "ulcer_index": risk.ulcer_index(equity, start=start),
        "value_at_risk": risk.value_at_risk(returns),
        "conditional_value_at_risk": risk.conditional_value_at_risk(returns),
        "skewness": skewness,
        "kurtosis": kurtosis,
        "tail_ratio": risk.tail_ratio(returns),
        "periods_per_year": yearly,
    }


def measures_of_trades(trades: Records) -> dict[str, float]:
    """Compute what the closed trades say."""
    closed = trades[trades["status"] == "closed"]
    pnl, returns = closed["pnl"], closed["return"]
    days = closed["duration"].astype(np.int64) / 86400e9
    return {
        "n_trades": float(len(closed)),
        "win_rate": trading.win_rate(pnl),
        "profit_factor": trading.profit_factor(pnl),
        "payoff": trading.payoff(pnl),
        "expectancy": trading.expectancy(pnl),
        "best_trade": float(returns.max()) if len(closed) else math.nan,
        "worst_trade": float(returns.min()) if len(closed) else math.nan,
        "mean_trade_days": float(days.mean()) if len(closed) else math.nan,
        "sqn": trading.sqn(pnl),
        "kelly": trading.kelly(returns),
    }


def _is_solvent(equity: Floats, returns: Floats) -> bool:
    """Whether there are returns at all: a ruined account has none, and the result carries a warning."""
    return bool(np.isfinite(returns).all() and (equity > 0).all())


def _beside(returns: Floats, held: Floats, yearly: float) -> dict[str, float]:
    return {
        "alpha": risk.alpha(returns, held, yearly),
        "beta": risk.beta(returns, held),
        "information_ratio": risk.information_ratio(returns, held, yearly),
        "tracking_error": risk.tracking_error(returns, held, yearly),
        "up_capture": risk.up_capture(returns, held),
        "down_capture": risk.down_capture(returns, held),
    }
