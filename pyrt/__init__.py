"""pyrt: trading research in Python, live trading in Rust, one set of rules.

The rooms, each imported at first use, so that ``import pyrt`` is instant:

==================  ==================================================================================
``indicators``      TA-Lib's functions: batch and streaming, one registry
``analysis``        statistics, risk measures, pictures
``data``            ingestion and cleaning of bars
``strategy``        :class:`Strategy`: written once, compiled to machine code, for backtest and engine
``backtest``        :class:`Backtest`, its result and its report
``ml``              trained models as files that the engine trades
``live``            :class:`~pyrt.live.SharedFeed`: the engine's feed as NumPy arrays
``types``, ``grid`` the event record, instruments, exact prices
``errors``          what can go wrong
==================  ==================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import analysis, backtest, cli, data, errors, grid, indicators, live, ml, strategy, types
    from .backtest import Backtest
    from .errors import PyrtError
    from .grid import Grid
    from .strategy import Strategy
    from .types import Instrument

__version__ = "0.1.0"

__all__ = [
    "Backtest",
    "Grid",
    "Instrument",
    "PyrtError",
    "Strategy",
    "__version__",
    "analysis",
    "backtest",
    "cli",
    "data",
    "errors",
    "grid",
    "indicators",
    "live",
    "ml",
    "strategy",
    "types",
]

_HOMES = {"Backtest": "backtest", "Grid": "grid", "Instrument": "types", "PyrtError": "errors", "Strategy": "strategy"}


def __getattr__(name: str) -> object:
    """Import a room, or fetch a public name from its room, at first use (PEP 562)."""
    if name in _HOMES:
        value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif name in __all__:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module 'pyrt' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
