"""The backtester: trading rules against recorded data, with costs, and the truth about what was assumed.

===============  ======================================================================================================
``Account``      leverage, margin, financing and currency; ``Rates`` over time
``Backtest``     data, cash, costs and rules of filling; runs what is given to it
``BarResult``    immutable: orders, fills, trades, equity of a strategy class on bars; saved and loaded
``EventResult``  immutable: orders, fills, signals, exact money of a strategy on events
``PanelResult``  results of signals of several instruments, by name, and their table
``Portfolio``    several strategies in one account; ``Part`` is one of them, ``PortfolioResult`` what came of it
``sessions``     runs that are stepped, looked at, kept and put back (``Session``, ``Snapshot``)
``Simulation``   latencies, fees and queue of the simulated venue
``Result``       immutable: trades, fills, equity, metrics, assumptions, warnings, pictures, report; saved and loaded
``Latency``      how long orders and answers take: ``Delay`` constant, normal or recorded
``Lookahead``    whether decisions depend on what comes after them
``compare``      two results side by side
``CostModel``    what a fill costs: ``Commission``, ``Spread``, ``Slippage``, ``Impact``, or functions of your own
``Fraction``     a size: part of the equity
``Notional``     a size: an amount of money
``Sweep``        many parameter sets, and what each came to
``Stops``        stop loss, take profit and trailing stop of signals
===============  ======================================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .account import Account, Rates
    from .bars import BarResult
    from .costs import Commission, CostModel, Impact, Slippage, Spread
    from .engine import Backtest
    from .latency import Delay, Latency
    from .lookahead import Lookahead
    from .matching import Simulation
    from .panels import PanelResult
    from .portfolio import Part, Portfolio
    from .results.comparison import Comparison, compare
    from .results.event_result import EventResult
    from .results.portfolio_result import PortfolioResult
    from .results.result import Result
    from .results.sweep import Sweep
    from .sizing import Fraction, Notional
    from .stops import Stops

__all__ = [
    "Account",
    "Backtest",
    "BarResult",
    "Commission",
    "Comparison",
    "CostModel",
    "Delay",
    "EventResult",
    "Fraction",
    "Impact",
    "Latency",
    "Lookahead",
    "Notional",
    "PanelResult",
    "Part",
    "Portfolio",
    "PortfolioResult",
    "Rates",
    "Result",
    "Simulation",
    "Slippage",
    "Spread",
    "Stops",
    "Sweep",
    "compare",
]

_HOMES = {
    "Account": "account",
    "Backtest": "engine",
    "BarResult": "bars",
    "Commission": "costs",
    "Comparison": "results.comparison",
    "CostModel": "costs",
    "Delay": "latency",
    "EventResult": "results.event_result",
    "Fraction": "sizing",
    "Impact": "costs",
    "Latency": "latency",
    "Lookahead": "lookahead",
    "Notional": "sizing",
    "PanelResult": "panels",
    "Part": "portfolio",
    "Portfolio": "portfolio",
    "PortfolioResult": "results.portfolio_result",
    "Rates": "account",
    "Result": "results.result",
    "Simulation": "matching",
    "Slippage": "costs",
    "Spread": "costs",
    "Stops": "stops",
    "Sweep": "results.sweep",
    "compare": "results.comparison",
}
"""Where each name is from: a run on signals does without what runs strategies and events."""


def __getattr__(name: str) -> object:
    """Fetch a public name from its home at first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
