"""Databento's binary files (DBN): trades, best prices and orders as records, and bars; its own library decodes."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError, InputError, MissingPiece
from ...grid import Grid
from ...types import EVENT, RECORDS, Flag, Instrument, Kind, Side
from ..bars import Bars, check_bars
from ..recordings import Recording
from .orders import orders_of

__all__ = ["load_databento", "load_databento_bars"]

_CHUNK = 1 << 22
_UNIT = 10**9  # prices are whole billionths
_ABSENT = np.iinfo(np.int64).max
_NO_TIME = 2**64 - 1
_PERIODS = {0x20: 1, 0x21: 60, 0x22: 3600, 0x23: 86_400, 0x24: 86_400}
_SIDES = {"A": Side.SELL, "B": Side.BUY, "N": Side.NONE}


def load_databento(
    path: str | os.PathLike[str], *, instruments: Mapping[str, Instrument] | None = None, quote: str = "USD"
) -> Recording:
    """Read a DBN file of trades, ``mbp-1``, ``tbbo``, ``bbo`` or ``mbo`` as records.

    Parameters
    ----------
    path : path
        ``.dbn`` or ``.dbn.zst``.
    instruments : mapping of str to Instrument, optional
        By symbol, with tick and lot. Others are named ``dataset:SYMBOL-QUOTE``; their grids are the coarsest on which
        all their prices and all their sizes lie, exactly.
    quote : str
        The currency of prices, for those names.

    Returns
    -------
    Recording
        Sorted by receive_time (``ts_recv``); event_time is ``ts_event``, where there is none ``ts_recv``. A trade's
        side is the aggressor's. Best prices become quotes; a side that is not there is NaN with size 0. Orders become
        what :func:`~pyrt.data.load_mbo` makes of them.

    Raises
    ------
    DataError
        For what is no DBN, holds other records, or ends in the middle of one, and for orders whose ts_recv goes back;
        names the file.
    MissingPiece
        Without databento-dbn.

    Examples
    --------
    >>> load_databento("nowhere.dbn.zst")
    Traceback (most recent call last):
    pyrt.errors.DataError: nowhere.dbn.zst: there is no such file
    """
    source = Path(path)
    parts: dict[int, list[np.ndarray[Any, Any]]] = {}
    names: dict[int, str] = {}
    dataset = ""
    read = 0
    for metadata, records in _chunks(source):
        names, dataset = _symbols(metadata), metadata.dataset
        for number in {record.instrument_id for record in records}:
            places = [i for i, record in enumerate(records) if record.instrument_id == number]
            parts.setdefault(number, []).extend(_events(records, places, read, source))
        read += len(records)
    table, tapes = [], []
    for row, number in enumerate(sorted(parts)):
        symbol = names.get(number, str(number))
        events = np.concatenate(parts[number])
        if np.any(events["kind"] == Kind.ORDER) and np.any(np.diff(events["words"][:, 0]) < 0):
            raise DataError(f"{source}: ts_recv of {symbol}'s orders goes back; a book needs them in their order")
        given = (instruments or {}).get(symbol)
        table.append(given or _instrument(dataset, symbol, quote, events))
        events["instrument"] = row
        tapes.append(events)
    if not tapes:
        raise DataError(f"{source}: holds no trade, no best price and no order")
    whole = np.concatenate(tapes)
    # By the time of receipt; of one time, as they stood in the file.
    whole = whole[np.lexsort((whole["stamp"], whole["words"][:, 0]))]
    whole["stamp"] = np.arange(len(whole), dtype=np.uint64)
    return Recording(whole, tuple(table))


def load_databento_bars(path: str | os.PathLike[str], symbol: str | None = None) -> Bars:
    """Read a DBN file of bars (``ohlcv-1s`` to ``ohlcv-1d``) of one symbol.

    Parameters
    ----------
    path : path
        ``.dbn`` or ``.dbn.zst``.
    symbol : str, optional
        Needed if the file has several.

    Returns
    -------
    Bars
        A bar's time is its end: ``ts_event``, when it begins, and its period. Intervals without a trade have no bar.

    Raises
    ------
    DataError
        For what is no DBN, or holds no bars of the symbol; names the file.
    MissingPiece
        Without databento-dbn.
    """
    source = Path(path)
    rows: dict[str, list[tuple[int, int, int, int, int, int]]] = {}
    for metadata, records in _chunks(source):
        names = _symbols(metadata)
        for one in records:
            if type(one).__name__ != "OHLCVMsg":
                raise DataError(f"{source}: holds {type(one).__name__} records, no bars; see load_databento")
            end = one.ts_event + _PERIODS[int(one.rtype)] * _UNIT
            bar = (end, one.open, one.high, one.low, one.close, one.volume)
            rows.setdefault(names.get(one.instrument_id, str(one.instrument_id)), []).append(bar)
    there = ", ".join(sorted(rows)) or "none"
    wanted = next(iter(rows), "") if symbol is None and len(rows) == 1 else symbol
    if wanted is None or wanted not in rows:
        raise DataError(f"{source}: holds bars of {there}; name one as symbol=")
    time, *prices, volume = np.array(rows[wanted], np.int64).T
    opened, high, low, close = (price / _UNIT for price in prices)
    stamping = "start of each bar, and its period"
    return check_bars(Bars(time.copy(), opened, high, low, close, volume.astype(np.float64), stamping=stamping))


def _chunks(path: Path) -> Iterator[tuple[Any, list[Any]]]:
    """Yield the file's metadata and its records, some thousands at a time."""
    try:
        import databento_dbn as dbn
    except ImportError:
        raise MissingPiece("DBN files are decoded by databento-dbn: pip install databento-dbn") from None
    packed: Any = dbn.Compression.ZSTD if path.suffix == ".zst" else dbn.Compression.NONE
    decoder = dbn.DBNDecoder(compression=packed)
    metadata = None
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.write(chunk)
                records = decoder.decode()
                if records and metadata is None:
                    metadata, *records = records
                if records:
                    yield metadata, records
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except dbn.DBNError as error:
        raise DataError(f"{path}: cannot be read as DBN: {error}") from None
    if metadata is None:
        raise DataError(f"{path}: is no DBN file, or ends in its header")
    if left := len(decoder.buffer()):
        raise DataError(f"{path}: ends in the middle of a record, {left} bytes are left; was it copied whole?")


def _symbols(metadata: Any) -> dict[int, str]:
    """Return each instrument's symbol by its number."""
    found: dict[int, str] = {}
    for symbol, intervals in metadata.mappings.items():
        for interval in intervals:
            number = str(interval["symbol"])
            if number.isdigit():
                found[int(number)] = symbol
    return found


def _events(records: list[Any], mine: list[int], read: int, path: Path) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the trades and the quotes among some records, or orders; stamps are by their places in the file."""
    kinds = {type(records[i]).__name__ for i in mine}
    if kinds == {"MBOMsg"}:
        yield _orders([records[i] for i in mine], 2 * (read + np.array(mine)))
        return
    for unknown in kinds - {"TradeMsg", "MBP1Msg", "BBOMsg"}:
        raise DataError(f"{path}: holds {unknown} records; read here are trades, mbp-1, tbbo, bbo and mbo")
    places = [i for i in mine if _is_trade(records[i])]
    trades = _heads(Kind.TRADE, records, places, 2 * read)
    trades["price"] = np.array([records[i].price for i in places], np.int64) / _UNIT
    trades["qty"] = [records[i].size for i in places]
    trades["side"] = [_SIDES[str(records[i].side)] for i in places]
    trades["trade_id"] = [records[i].sequence for i in places]
    yield trades.view(EVENT)
    places = [i for i in mine if type(records[i]).__name__ != "TradeMsg"]
    quotes = _heads(Kind.QUOTE, records, places, 2 * read + 1)
    for side in ("bid", "ask"):
        prices = np.array([getattr(records[i].levels[0], f"{side}_px") for i in places], np.int64)
        sizes = np.array([getattr(records[i].levels[0], f"{side}_sz") for i in places], np.float64)
        absent = prices == _ABSENT
        quotes[side] = np.where(absent, np.nan, prices / _UNIT)
        quotes[f"{side}_qty"] = np.where(absent, 0.0, sizes)
    yield quotes.view(EVENT)


def _orders(records: list[Any], stamps: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    numbers = ("ts_event", "ts_recv", "order_id", "size", "flags")
    columns: dict[str, Any] = {
        name: np.array([int(getattr(one, name)) for one in records], np.uint64) for name in numbers
    }
    columns["ts_event"] = np.where(columns["ts_event"] == _NO_TIME, columns["ts_recv"], columns["ts_event"])
    columns |= {name: [str(getattr(one, name)) for one in records] for name in ("action", "side")}
    prices = np.array([one.price for one in records], np.int64)
    columns["price"] = np.where(prices == _ABSENT, np.nan, prices / _UNIT)
    events = orders_of(columns)
    events["stamp"] = stamps[events["stamp"]]
    return events


def _heads(kind: Kind, records: list[Any], places: list[int], stamp: int) -> np.ndarray[Any, Any]:
    made = np.zeros(len(places), RECORDS[kind])
    made["kind"], made["flags"] = kind, Flag.LAST
    made["stamp"] = [stamp + 2 * i for i in places]
    made["receive_time"] = [records[i].ts_recv for i in places]
    made["event_time"] = [r.ts_event if r.ts_event < _NO_TIME else r.ts_recv for r in map(records.__getitem__, places)]
    return made


def _is_trade(record: Any) -> bool:
    kind = type(record).__name__
    return kind == "TradeMsg" or (kind == "MBP1Msg" and str(record.action) == "T")


def _instrument(dataset: str, symbol: str, quote: str, events: np.ndarray[Any, Any]) -> Instrument:
    trades = events[events["kind"] == Kind.TRADE].view(RECORDS[Kind.TRADE])
    quotes = events[events["kind"] == Kind.QUOTE].view(RECORDS[Kind.QUOTE])
    orders = events[events["kind"] == Kind.ORDER].view(RECORDS[Kind.ORDER])
    prices = np.concatenate([trades["price"], quotes["bid"], quotes["ask"], orders["price"]])
    sizes = np.concatenate([trades["qty"], quotes["bid_qty"], quotes["ask_qty"], orders["qty"]])
    tick = math.gcd(*np.rint(prices[np.isfinite(prices)] * _UNIT).astype(np.int64).tolist()) or _UNIT
    lot = math.gcd(*sizes.astype(np.int64).tolist()) or 1
    places = next(n for n in range(10) if tick % 10 ** (9 - n) == 0)
    plain = "".join(c if c.isalnum() or c in "._" else "_" for c in symbol.upper())
    name = f"{dataset.partition('.')[0].lower()}:{plain}-{quote}"
    try:
        return Instrument(name, tick=Grid(tick // 10 ** (9 - places), places), lot=Grid(lot, 0), symbol=symbol)
    except InputError as error:
        raise InputError(f"instruments: {symbol!r} needs one of its own: {error}") from None
