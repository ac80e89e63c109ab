"""Binance's public files (data.binance.vision): trades, aggTrades, bookTicker and klines, spot and futures."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import choice
from ...errors import DataError, InputError
from ...grid import Grid
from ...types import EVENT, RECORDS, Events, Flag, Instrument, InstrumentKind, Kind, Side
from ..bars import Bars, check_bars
from ..recordings import Recording
from ..regularity import infer_tick, off_tick

__all__ = ["load_binance", "load_binance_klines"]

_COLUMNS = {
    "trades": ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker"),
    "aggTrades": ("id", "price", "qty", "first_id", "last_id", "time", "is_buyer_maker"),
    "bookTicker": ("id", "bid", "bid_qty", "ask", "ask_qty", "time", "sent"),
    "klines": ("open_time", "open", "high", "low", "close", "volume", "close_time"),
}
"""What is read of each file: its first columns, in order. Spot's files have no header, the futures' have."""

_NAME = re.compile(
    r"(?P<symbol>[A-Z0-9_]+)-(?P<kind>trades|aggTrades|bookTicker|[0-9]+(?:s|m|h|d|w|mo))-[0-9]{4}-[0-9]{2}"
)
_QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY")
_MARKETS = ("spot", "usd-m", "coin-m")


def load_binance(
    *paths: str | os.PathLike[str], market: str = "spot", kind: str | None = None, instrument: Instrument | None = None
) -> Recording:
    r"""Read public files of trades or best prices of one symbol as records.

    Parameters
    ----------
    *paths : path
        CSV or zip, such as ``BTCUSDT-trades-2024-08-08.zip``; several follow each other in time.
    market : {"spot", "usd-m", "coin-m"}
        Which of the venue's markets they are of; it decides the instrument's name.
    kind : {"trades", "aggTrades", "bookTicker"}, optional
        Unless the names say so.
    instrument : Instrument, optional
        With its tick and lot. Unless given, the name comes from the file's, and the grids are the coarsest on which all
        prices and all quantities lie: enough for these data, perhaps finer or coarser than the venue's own. Contracts
        of COIN-M are inverse and worth 100 USD each of BTC, 10 USD of others.

    Returns
    -------
    Recording
        Trades (taker's side; an aggTrade is one trade under its own number) or quotes, and one instrument. The files do
        not say when anything was received: receive_time is event_time, of bookTicker the time at which it was sent.

    Raises
    ------
    DataError
        For files that are not what their name says, times that go back, numbers that come twice, prices or quantities
        off the grid or not above zero; names file and row.
    InputError
        For a name that says neither symbol nor kind.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "BTCUSDT-trades-2024-08-08.csv"
    >>> rows = ["7,61000.01,0.002,122.00002,1723075200000,True,True", "8,61000.5,1,61000.5,1723075200004,False,True"]
    >>> _ = path.write_text("\n".join(rows))
    >>> tape = load_binance(path)
    >>> tape.instruments[0].name, tape.instruments[0].tick.step
    ('binance:BTC-USDT', 0.01)
    >>> tape.events.view(RECORDS[Kind.TRADE])[["side", "price", "qty", "trade_id"]].tolist()
    [(2, 61000.01, 0.002, 7), (1, 61000.5, 1.0, 8)]
    """
    choice(market, "market", _MARKETS)
    if not paths:
        raise InputError("paths: give at least one file")
    if kind is not None:
        choice(kind, "kind", [name for name in _COLUMNS if name != "klines"])
    parts, symbols = [], set()
    for path in map(Path, paths):
        symbol, said = _named(path)
        what = kind or said
        if what not in _COLUMNS or what == "klines":
            raise InputError(
                f"{path}: the name does not say what it holds; pass kind='trades', 'aggTrades' or 'bookTicker'"
            )
        symbols.add(symbol)
        parts.append(_records(_table(path, what), what, path))
    events = parts[0] if len(parts) == 1 else np.concatenate(parts)
    _in_order(events, paths, [len(part) for part in parts])
    if instrument is None:
        if len(symbols) != 1 or "" in symbols:
            raise InputError(
                f"instrument: the files are of {sorted(symbols)}; give files of one symbol, or the instrument"
            )
        instrument = _instrument(symbols.pop(), market, events)
    else:
        for name, values in _numbers(events).items():
            _demand_grid(values, instrument, name)
    events["stamp"] = np.arange(len(events), dtype=np.uint64)
    return Recording(events, (instrument,))


def load_binance_klines(*paths: str | os.PathLike[str]) -> Bars:
    r"""Read public files of klines (bars) of one symbol, such as ``BTCUSDT-1m-2024-08.zip``.

    Returns
    -------
    Bars
        A bar's time is its end: the open time of the one after it.

    Raises
    ------
    DataError
        For files that are no klines, and bars that cannot be; names file and row.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "BTCUSDT-1m-2024-08-08.csv"
    >>> _ = path.write_text("1723075200000,1,3,0.5,2,10,1723075259999,20,5,4,8,0\n")
    >>> load_binance_klines(path).close
    array([2.])
    """
    if not paths:
        raise InputError("paths: give at least one file")
    columns: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in ("time", *_COLUMNS["klines"][1:6])}
    for path in map(Path, paths):
        table = _table(path, "klines")
        for name in _COLUMNS["klines"][1:6]:
            columns[name].append(table[name])
        # close_time is the last unit of time that is inside the bar.
        columns["time"].append(_nanoseconds(table, "close_time", path) + _unit(table, "close_time", path))
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    return check_bars(Bars(**whole, stamping="end of each kline"))


def _named(path: Path) -> tuple[str, str]:
    found = _NAME.search(path.name)
    return (found["symbol"], found["kind"]) if found else ("", "")


def _table(path: Path, kind: str) -> dict[str, npt.NDArray[Any]]:
    """Read a file's first columns, decimals as the doubles nearest to them."""
    import pyarrow as pa
    from pyarrow import csv

    names = _COLUMNS[kind]
    text = _text(path)
    first = text[: text.find(b"\n") if b"\n" in text else len(text)].split(b",")
    if len(first) < len(names):
        raise DataError(f"{path}: has {len(first)} columns, {kind} have at least {len(names)}")
    types = {name: pa.float64() if name in _FLOATS else pa.string() if name == _TAKER else pa.int64() for name in names}
    columns = [*names, *(f"_{i}" for i in range(len(names), len(first)))]
    titled = not first[0].strip().isdigit()
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            read_options=csv.ReadOptions(column_names=columns, skip_rows=int(titled)),
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=list(names), strings_can_be_null=True
            ),
        )
        if any(table[name].null_count for name in names):
            bad = next(name for name in names if table[name].null_count)
            row = table[bad].to_pylist().index(None)
            raise DataError(f"{path}, row {row}: {bad} is missing")
        return {name: table[name].to_numpy() for name in names}
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}: cannot be read as {kind}: {error}") from None


def _text(path: Path) -> bytes:
    try:
        if path.suffix != ".zip":
            text = path.read_bytes()
        else:
            with zipfile.ZipFile(path) as archive:
                text = archive.read(archive.namelist()[0])
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (zipfile.BadZipFile, IndexError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read as zip: {error}") from None
    if not text.strip():
        raise DataError(f"{path}: is empty")
    return text


_TAKER = "is_buyer_maker"
_FLOATS = frozenset(
    ("price", "qty", "quote_qty", "bid", "bid_qty", "ask", "ask_qty", "open", "high", "low", "close", "volume")
)


def _records(table: dict[str, npt.NDArray[Any]], kind: str, path: Path) -> Events:
    quotes = kind == "bookTicker"
    made = np.zeros(len(table["time"]), RECORDS[Kind.QUOTE if quotes else Kind.TRADE])
    made["event_time"], made["flags"] = _nanoseconds(table, "time", path), Flag.LAST
    if quotes:
        made["kind"] = Kind.QUOTE
        made["receive_time"] = np.maximum(_nanoseconds(table, "sent", path), made["event_time"])
        for name in ("bid", "ask", "bid_qty", "ask_qty"):
            made[name] = _possible(table, name, path, zero=True)
        return made.view(EVENT)
    made["kind"], made["receive_time"], made["trade_id"] = Kind.TRADE, made["event_time"], table["id"]
    made["price"], made["qty"] = _possible(table, "price", path), _possible(table, "qty", path)
    maker = np.char.lower(table[_TAKER].astype(str))
    known = np.isin(maker, ["true", "false"])
    if not known.all():
        row = int(np.argmin(known))
        raise DataError(f"{path}, row {row}: {_TAKER} is {table[_TAKER][row]!r}, neither true nor false")
    made["side"] = np.where(maker == "true", Side.SELL, Side.BUY)
    return made.view(EVENT)


def _possible(
    table: dict[str, npt.NDArray[Any]], name: str, path: Path, *, zero: bool = False
) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = table[name]
    good = np.isfinite(values) & ((values >= 0) if zero else (values > 0))
    if not good.all():
        row = int(np.argmin(good))
        raise DataError(f"{path}, row {row}: {name} is {values[row]}; it must be above zero")
    return values


def _unit(table: dict[str, npt.NDArray[Any]], name: str, path: Path) -> int:
    """Return the length of one unit of a column of times, ns: milliseconds, or (spot from 2025 on) microseconds."""
    times = table[name]
    for unit, least in ((1000, 10**15), (10**6, 10**12)):
        if ((times >= least) & (times < 10 * least)).all():
            return unit
    bad = times[(times < 10**12) | (times >= 10**16) | ((times >= 10**13) & (times < 10**15))]
    said = f"{bad[0]} is neither" if len(bad) else "is in both"
    raise DataError(f"{path}: {name} {said} milliseconds nor microseconds since 1970 (2001 to 2286)")


def _nanoseconds(table: dict[str, npt.NDArray[Any]], name: str, path: Path) -> npt.NDArray[np.int64]:
    times: npt.NDArray[np.int64] = table[name] * _unit(table, name, path)
    return times


def _in_order(events: Events, paths: tuple[str | os.PathLike[str], ...], sizes: list[int]) -> None:
    received, ids = events["words"][:, 0], events.view(RECORDS[Kind.TRADE])["trade_id"]
    back = np.diff(received) < 0
    twice = (events["kind"][1:] == Kind.TRADE) & (ids[1:] <= ids[:-1])
    for wrong, what in ((back, "is earlier than the one before"), (twice, "has a number that came before")):
        if wrong.any():
            at = int(np.argmax(wrong)) + 1
            file = int(np.searchsorted(np.cumsum(sizes), at, side="right"))
            row = at - sum(sizes[:file])
            raise DataError(f"{paths[file]}, row {row}: {what}; give the files in order, each once")


def _numbers(events: Events) -> dict[str, npt.NDArray[np.float64]]:
    if len(events) and events["kind"][0] == Kind.QUOTE:
        quotes = events.view(RECORDS[Kind.QUOTE])
        return {
            "tick": np.concatenate([quotes["bid"], quotes["ask"]]),
            "lot": np.concatenate([quotes["bid_qty"], quotes["ask_qty"]]),
        }
    trades = events.view(RECORDS[Kind.TRADE])
    return {"tick": np.ascontiguousarray(trades["price"]), "lot": np.ascontiguousarray(trades["qty"])}


def _instrument(symbol: str, market: str, events: Events) -> Instrument:
    pair, _, delivery = symbol.partition("_")
    quote = next((quote for quote in _QUOTES if pair.endswith(quote) and len(pair) > len(quote)), None)
    if quote is None:
        raise InputError(f"instrument: {symbol!r} does not say where its base ends; pass instrument=Instrument(...)")
    suffix = "" if market == "spot" else f"-{delivery or 'PERP'}"
    base, kind, details = pair[: -len(quote)], InstrumentKind.SPOT, dict[str, float]()
    if market == "coin-m":  # perpetual or not, profits are coins
        kind, details = InstrumentKind.INVERSE, {"multiplier": 100.0 if base == "BTC" else 10.0}
    elif market == "usd-m":
        kind = InstrumentKind.PERPETUAL if suffix == "-PERP" else InstrumentKind.FUTURE
    grids: dict[str, Grid] = {}
    for name, values in _numbers(events).items():
        grid = infer_tick(values)
        if grid is None or off_tick(values, grid).any():
            raise DataError(f"instrument: no {name} of up to eight decimal places fits the data; pass instrument=")
        grids[name] = grid
    name = f"binance:{base}-{quote}{suffix}"
    return Instrument(name, tick=grids["tick"], lot=grids["lot"], symbol=symbol, kind=kind, details=details)


def _demand_grid(values: npt.NDArray[np.float64], instrument: Instrument, name: str) -> None:
    grid = instrument.tick if name == "tick" else instrument.lot
    if grid is None:
        raise InputError(f"instrument: {instrument.name} has no {name}")
    off = off_tick(values, grid)
    if off.any():
        raise DataError(
            f"row {int(np.argmax(off)) % max(1, len(off))}: {values[off][0]!r} lies off the {name} {grid.step}"
        )
