"""Data: what comes in from files and frames, checked, cleaned, and as plain arrays.

===================  =================================================================================================
``Bars``             open, high, low, close, volume of one instrument and the time at which each bar ended
``load_bars``        a DataFrame, arrays, a Parquet or CSV file to :class:`Bars`
``check_bars``       refuse bars that cannot be: unsorted, duplicated, impossible prices
``clean_bars``       repair them, with a log of what was done
``load_ticks``       trades or quotes, as :class:`Ticks`; ``clean_ticks`` repairs them
``check_data``       what is wrong with any of these: order, gaps, duplicates, crossed quotes, off-tick prices
``resample_trades``  bars from trades over arrays; :class:`BarBuilder` one trade at a time
``tick_bars``        bars of so many trades; ``volume_bars``, ``dollar_bars``, ``imbalance_bars``
``adjust_bars``      prices without splits and dividends (:class:`Actions`, ``load_actions``)
``events``           tables and Parquet files of trades, quotes and book deltas as records
``read_recording``   recorded events of a venue and their instruments, as a :class:`Recording`
``save_recording``   write one, for the engine and for later
``load_binance``     Binance's public files as a recording; ``load_binance_klines`` as bars
``load_databento``   Databento's DBN files as a recording; ``load_databento_bars`` as bars
``load_hftbacktest`` hftbacktest's event arrays and ``.npz`` files as records
``load_lobster``     order by order: LOBSTER's messages; ``load_mbo``, tables as Databento's MBO
``OrderBook``        a book of such orders, with every queue
``sample``           real bars for examples
===================  =================================================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from . import sample
from .actions import Actions, adjust_bars, load_actions
from .activity import dollar_bars, imbalance_bars, tick_bars, volume_bars
from .bars import Bars, check_bars
from .check import DataReport, Finding, check_data
from .clean import CleaningLog, Repair, clean_bars
from .ingest import load_bars
from .recordings import Recording, read_recording, save_recording
from .resampling import BarBuilder, resample_trades
from .ticks import Ticks, clean_ticks, load_ticks

if TYPE_CHECKING:
    from .importers.binance import load_binance, load_binance_klines
    from .importers.databento import load_databento, load_databento_bars
    from .importers.hftbacktest import load_hftbacktest
    from .importers.orders import load_lobster, load_mbo
    from .order_book import OrderBook

__all__ = [
    "Actions",
    "BarBuilder",
    "Bars",
    "CleaningLog",
    "DataReport",
    "Finding",
    "OrderBook",
    "Recording",
    "Repair",
    "Ticks",
    "adjust_bars",
    "check_bars",
    "check_data",
    "clean_bars",
    "clean_ticks",
    "dollar_bars",
    "imbalance_bars",
    "load_actions",
    "load_bars",
    "load_binance",
    "load_binance_klines",
    "load_databento",
    "load_databento_bars",
    "load_hftbacktest",
    "load_lobster",
    "load_mbo",
    "load_ticks",
    "read_recording",
    "resample_trades",
    "sample",
    "save_recording",
    "tick_bars",
    "volume_bars",
]

_HOMES = {
    "OrderBook": "order_book",
    "load_binance": "importers.binance",
    "load_binance_klines": "importers.binance",
    "load_databento": "importers.databento",
    "load_databento_bars": "importers.databento",
    "load_hftbacktest": "importers.hftbacktest",
    "load_lobster": "importers.orders",
    "load_mbo": "importers.orders",
}
"""Where names are from that few programs ask for: files of others, and a book with all its queues."""


def __getattr__(name: str) -> object:
    """Fetch a name of :data:`_HOMES` at first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
