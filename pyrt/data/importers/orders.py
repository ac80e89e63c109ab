"""Order by order data as records: LOBSTER's messages, and market by order tables as Databento writes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_times
from ...errors import DataError, InputError
from ...types import EVENT, RECORDS, Events, Flag, Instrument, Kind, Side, State
from ..bars import MISSING_TIME
from ..ingest import columns_of, find_column, times_of
from ..order_book import grids_of

__all__ = ["load_lobster", "load_mbo", "orders_of"]

Ints = npt.NDArray[np.int64]

ADD, MODIFY, DELETE, EXECUTE = 1, 2, 3, 4
"""Actions of order records."""
STANDING = np.uint64(1)
"""High word of the ids of what a level held before anything was known of its orders."""
_COLUMNS = ("time_ns", "type", "order_id", "size", "price", "direction")
_NOTHING = 9_999_999_999
"""LOBSTER's price of a level that is not there, negative for bids."""


def load_lobster(messages: Any, instrument: Instrument, *, date: Any, orderbook: Any = None) -> Events:
    """Read LOBSTER's messages, and with its order book what stood there before them.

    Messages become order records: type 1 adds an order, 2 and 3 take (part of) it away, 4 fills it, with the trade
    before it in the same message; 5 (a hidden order was hit) and 6 (an auction) become trades, 7 a state. The files
    know no order that came before their first message, and nothing beyond their deepest level. With `orderbook`
    each level that was there at the start, or that comes into sight at the deep end, stands as one order of its own
    (its id has a 1 in the high word), first in line, and what happens to unknown orders happens to it; without it
    such messages are left out, but for their trades.

    Parameters
    ----------
    messages : path or table
        ``..._message_N.csv`` as LOBSTER writes it, or columns time_ns (ns since midnight in New York), type, order_id,
        size, price (1/10,000 dollar), direction (1: the resting order is a bid).
    instrument : Instrument
        Its tick must divide 0.0001 dollar's multiples that occur: usually ``Grid.parse("0.0001")``, for hidden orders
        trade between cents.
    date : datetime64, date or str
        The day in New York.
    orderbook : path or table, optional
        ``..._orderbook_N.csv``: row k is the book after message k.

    Returns
    -------
    ndarray of EVENT
        The book is whole after the last record of each message (LAST); the one at the start is a snapshot.

    Raises
    ------
    DataError
        For tables of another form or length, times that go back, and messages that the book contradicts; names the row.

    Examples
    --------
    >>> from pyrt import Grid
    >>> rows = {"time_ns": [34_200_000_000_001], "type": [1], "order_id": [5], "size": [10], "price": [2_238_100],
    ...         "direction": [1]}
    >>> spec = Instrument("nasdaq:AMZN-USD", tick=Grid.parse("0.0001"), lot=Grid.parse("1"))
    >>> load_lobster(rows, spec, date="2012-06-21").view(RECORDS[Kind.ORDER])[["event_time", "price", "qty"]].tolist()
    [(1340285400000000001, 223.81, 10.0)]
    """
    grids_of(instrument)
    columns = _lobster_table(messages)
    midnight = _midnight(date)
    if len(columns["type"]) and np.any(np.diff(columns["time_ns"]) < 0):
        row = int(np.argmax(np.diff(columns["time_ns"]) < 0)) + 1
        raise DataError(f"messages: row {row} is earlier than the row before")
    tape = _Tape(columns["time_ns"] + midnight)
    book = _Sight(tape, None if orderbook is None else _levels_of(orderbook, len(columns["type"])))
    fields = (columns[name].tolist() for name in _COLUMNS[1:])
    for row, (kind, number, size, price, direction) in enumerate(zip(*fields, strict=True)):
        side = Side.BUY if direction == 1 else Side.SELL
        if row == 0:
            book.begin(kind, size, price, side)
        if kind in (4, 5, 6):
            taker = Side.NONE if kind == 6 else Side.SELL if side == Side.BUY else Side.BUY
            tape.add(row, Kind.TRADE, taker, 0, price, size, 0, 0)
        if kind == 7:
            tape.add(row, Kind.STATE, Side.NONE, State.SYNCED if price == 1 else State.HALTED, 0, 0, 0, 0)
        elif kind in (1, 2, 3, 4):
            book.on_order(row, kind, number, size, price, side)
        elif kind not in (5, 6):
            raise DataError(f"messages: row {row} is of type {kind}; known are 1 to 7")
        book.on_sight(row)
    return tape.events()


class _Tape:
    """Records in the making."""

    def __init__(self, times: Ints) -> None:
        self.times, self.rows = times, list[tuple[int, ...]]()

    def add(self, row: int, *record: int) -> None:
        """Add a record of a message: kind, side, flags, price, size, low and high word of the order's id."""
        self.rows.append((row, *record))

    def events(self) -> Events:
        """Return the records; prices came in 1/10,000."""
        made = np.array(self.rows, np.int64).reshape(-1, 8)
        events = np.zeros(len(made), RECORDS[Kind.ORDER])
        row, events["kind"], events["side"], events["flags"] = made[:, 0], made[:, 1], made[:, 2], made[:, 3]
        events["event_time"] = events["receive_time"] = self.times[row]
        events["flags"] |= np.where(np.append(np.diff(row), 1) > 0, Flag.LAST, 0).astype(np.uint16)
        events["price"], events["qty"] = made[:, 4] / 10_000, made[:, 5]
        events["order_id_low"], events["order_id_high"] = made[:, 6], made[:, 7]
        events["stamp"] = np.arange(len(events))
        return events.view(EVENT)


class _Sight:
    """What is known of a book of which a few levels are in sight."""

    def __init__(self, tape: _Tape, levels: Ints | None) -> None:
        self.tape, self.blind, self.made = tape, levels is None, 0
        self.levels = np.zeros((0, 4), np.int64) if levels is None else levels
        self.deepest = self.levels[:, -2].tolist(), self.levels[:, -4].tolist()
        self.orders = dict[int, list[int]]()  # by id: side, price, what is left
        self.places = dict[int, set[int]](), dict[int, set[int]]()  # by price: ids of bids, of asks
        self.standing = dict[tuple[int, int], list[int]]()  # by side and price: id, what is left
        self.ends = [0, 0]  # worst price in sight, of bids and asks

    def begin(self, kind: int, size: int, price: int, side: int) -> None:
        """Tell the book that there was before the first message."""
        if self.blind:
            return
        back = {1: -size, 2: size, 3: size, 4: size}.get(kind, 0)
        for one in (Side.BUY, Side.SELL):
            there = dict(self._row(0, one))
            if one == side and back:
                there[price] = there.get(price, 0) + back
            for at, lots in there.items():
                if lots > 0:
                    self._stand(0, one, at, lots, Flag.SNAPSHOT)
            self.ends[one - 1] = self.deepest[one - 1][0]

    def on_order(self, row: int, kind: int, number: int, size: int, price: int, side: int) -> None:
        """Tell what happened to an order."""
        if kind == 1:
            if number in self.orders:
                raise DataError(f"messages: row {row} adds order {number}, which is there already")
            self.orders[number] = [side, price, size]
            self.places[side - 1].setdefault(price, set()).add(number)
            self.tape.add(row, Kind.ORDER, side, ADD, price, size, number, 0)
            return
        action, known = EXECUTE if kind == 4 else DELETE, self.orders.get(number)
        high = 0
        if known is None:
            if self.blind:
                return
            known = self.standing.get((side, price))
            number, high = (known[0], int(STANDING)) if known else (number, 0)
        if known is None or known[-1] < size:
            raise DataError(f"messages: row {row} takes {size} of order {number} at {price}, which has not so much")
        known[-1] -= size
        self.tape.add(row, Kind.ORDER, side, action, price, size, number, high)
        if known[-1] == 0:
            if high:
                del self.standing[side, price]
            else:
                self._end_of(number)

    def on_sight(self, row: int) -> None:
        """Tell the levels that have come into sight at the deep end."""
        if self.blind:
            return
        for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
            end, before = self.deepest[side - 1][row], self.ends[side - 1]
            self.ends[side - 1] = end
            if sign * end <= sign * before:
                continue
            fresh = [(price, lots) for price, lots in self._row(row, side) if sign * price > sign * before]
            self._forget(row, side, range(before + sign, end + sign, sign))
            for price, lots in fresh:
                self._stand(row, side, price, lots, 0)

    def _forget(self, row: int, side: int, hidden: range) -> None:
        """Take away what was known at prices that were out of sight: nobody said what became of it."""
        for price in [price for price in self.places[side - 1] if price in hidden]:
            for number in sorted(self.places[side - 1][price]):
                self.tape.add(row, Kind.ORDER, side, DELETE, price, self.orders[number][-1], number, 0)
                self._end_of(number)
        for own, price in [(own, price) for own, price in self.standing if own == side and price in hidden]:
            number, left = self.standing.pop((own, price))
            self.tape.add(row, Kind.ORDER, side, DELETE, price, left, number, int(STANDING))

    def _end_of(self, number: int) -> None:
        side, price, _ = self.orders.pop(number)
        there = self.places[side - 1][price]
        there.discard(number)
        if not there:
            del self.places[side - 1][price]

    def _stand(self, row: int, side: int, price: int, lots: int, flags: int) -> None:
        self.made += 1
        self.standing[side, price] = [self.made, lots]
        self.tape.add(row, Kind.ORDER, side, ADD | flags, price, lots, self.made, int(STANDING))

    def _row(self, row: int, side: int) -> Iterable[tuple[int, int]]:
        first = 2 if side == Side.BUY else 0
        levels = self.levels[row, first::4].tolist(), self.levels[row, first + 1 :: 4].tolist()
        return [(price, lots) for price, lots in zip(*levels, strict=True) if abs(price) != _NOTHING]


def load_mbo(data: Any, instrument: Instrument) -> Events:
    """Read a market by order table (columns as Databento's MBO) of one instrument.

    ``A`` adds an order, ``M`` changes one, ``C`` takes `size` of it away, ``R`` empties the book; ``T`` becomes a trade
    by its aggressor. ``F`` says which resting order a trade filled and becomes an execution of it; the ``C`` or ``M``
    that follows, and says what is left, takes no more than that. An ``F`` of an order that was not seen changes
    nothing, and nor does ``N``.

    Parameters
    ----------
    data : path or table
        Columns ts_event, ts_recv (ns UTC, or datetimes; one may be the index), order_id, action, side (B, A, N), price,
        size and flags (128: the last record of an event). A ``.parquet`` or ``.csv`` file, DataFrame, mapping or
        structured array.
    instrument : Instrument
        With the tick and lot of the data.

    Returns
    -------
    ndarray of EVENT
        Order records and trades in the order of the table; event_time is ts_event, receive_time ts_recv.

    Raises
    ------
    DataError
        For a missing column, time, size or price, an unknown action or side, or a ts_recv that goes back; names the
        row.

    Examples
    --------
    >>> from pyrt import Grid
    >>> rows = {"ts_event": [5], "ts_recv": [9], "order_id": [77], "action": ["A"], "side": ["B"], "price": [4799.25],
    ...         "size": [2], "flags": [128]}
    >>> es = Instrument("cme:ES-USD", tick=Grid.parse("0.25"), lot=Grid.parse("1"))
    >>> load_mbo(rows, es).view(RECORDS[Kind.ORDER])[["receive_time", "side", "price", "qty"]].tolist()
    [(9, 1, 4799.25, 2.0)]
    """
    grids_of(instrument)
    columns = columns_of(data)
    if "time" in columns and getattr(getattr(data, "index", None), "name", None) in ("ts_recv", "ts_event"):
        columns.setdefault(data.index.name, columns["time"])  # as Databento's to_df leaves it
    names = ("ts_event", "ts_recv", "order_id", "action", "side", "price", "size", "flags")
    missing = [name for name in names if find_column(columns, (name,)) is None]
    if missing:
        raise DataError(f"data: no column {', '.join(missing)} among {', '.join(columns) or 'none at all'}")
    columns |= {name: times_of(columns[name], name) for name in ("ts_event", "ts_recv")}
    received = columns["ts_recv"]
    if len(received) and received.min() == MISSING_TIME:
        raise DataError(f"data: row {int(received.argmin())} has no ts_recv; drop that row")
    columns["ts_event"] = np.where(columns["ts_event"] == MISSING_TIME, received, columns["ts_event"])
    back = np.flatnonzero(np.diff(received) < 0)
    if len(back):
        raise DataError(f"data: row {back[0] + 1}: ts_recv is earlier than that of the row before")
    events = orders_of(columns)
    events["stamp"] = np.arange(len(events))
    return events


def orders_of(columns: Mapping[str, Any]) -> Events:
    """Make records of the columns of :func:`load_mbo`, all of which are there; ``stamp`` is the row of each."""
    action, side = (np.asarray(columns[name]).astype("U1") for name in ("action", "side"))
    for name, values, known in (("action", action, "ACMTFRN"), ("side", side, "BAN")):
        bad = ~np.isin(values, list(known))
        if bad.any():
            row = int(np.argmax(bad))
            raise DataError(f"data: row {row}: {name} {str(values[row])!r} is none of {', '.join(known)}")
    names = ("ts_event", "ts_recv", "order_id", "price", "size", "flags")
    numbers = {name: np.asarray(columns[name]) for name in names}
    _refuse_numbers(action, numbers)
    last = numbers["flags"].astype(np.int64) & 128 != 0
    action, side, numbers["size"], keep = _executions(action, side, numbers["order_id"], numbers["size"])
    last = _last_of_messages(last, keep)
    action, side, last = action[keep], side[keep], last[keep]
    numbers = {name: values[keep] for name, values in numbers.items()}
    events = np.zeros(len(action), RECORDS[Kind.ORDER])
    events["stamp"] = np.flatnonzero(keep)
    for name, of in (("event_time", "ts_event"), ("receive_time", "ts_recv")):
        events[name] = numbers[of].astype(np.int64)
    events["kind"] = np.where(action == "T", Kind.TRADE, Kind.ORDER)
    events["side"] = np.where(side == "B", Side.BUY, np.where(side == "A", Side.SELL, Side.NONE))
    told = {"A": ADD, "M": MODIFY, "C": DELETE, "R": DELETE, "F": EXECUTE}
    codes = np.select([action == name for name in told], list(told.values()), 0)
    empties = action == "R"
    events["flags"] = codes | np.where(last, int(Flag.LAST), 0) | np.where(empties, int(Flag.SNAPSHOT), 0)
    events["price"], events["qty"] = np.where(empties, 0.0, numbers["price"]), np.where(empties, 0, numbers["size"])
    events["side"][empties] = Side.NONE
    ids = np.where((action == "T") | empties, 0, numbers["order_id"].astype(np.uint64))
    events["order_id_low"] = ids
    return events.view(EVENT)


def _refuse_numbers(action: Any, numbers: Mapping[str, Any]) -> None:
    """Refuse sizes that are none, and prices that are missing where something is there for the first time."""
    for name, told in (("size", ~np.isin(action, ["R", "N"])), ("price", np.isin(action, ["A", "M", "T"]))):
        values = numbers[name]
        bad = told & ~(np.isfinite(values) & ((values >= 0) | (name == "price")))
        if bad.any():
            row = int(bad.argmax())
            raise DataError(f"data: row {row}: {name} of action {str(action[row])!r} is {values[row]}; drop that row")


def _executions(action: Any, side: Any, ids: Any, sizes: Any) -> tuple[Any, Any, Any, Any]:
    """Make executions of fills: actions, sides and sizes as they are then, and which rows say anything.

    What follows a fill says what is left of the order: no more is taken than the fills have not. An auction's fill does
    not say the order's side.
    """
    action, side, sizes, keep = action.copy(), side.copy(), np.array(sizes, np.int64), ~np.isin(action, ["F", "N"])
    hit = np.isin(ids, np.unique(ids[action == "F"])) & np.isin(action, list("ACMF"))
    left, filled, sides = dict[int, int](), dict[int, int](), dict[int, str]()
    rows = np.flatnonzero(hit | (action == "R"))
    for row, what, number, size in zip(
        rows.tolist(), action[rows].tolist(), ids[rows].tolist(), sizes[rows].tolist(), strict=True
    ):
        already = 0 if what == "F" else filled.pop(number, 0)
        if what == "R":
            left, filled = {}, {}
        elif what == "F":
            if left.get(number, 0) >= size > 0:
                keep[row], left[number], side[row] = True, left[number] - size, sides[number]
                filled[number] = filled.get(number, 0) + size
        elif what == "C":
            more = max(0, size - already)
            left[number] = max(0, left.get(number, 0) - more)
            keep[row], sizes[row] = more > 0 or not already, more
        else:
            if what == "M" and already and left[number] == 0:
                action[row] = "A"  # it was filled, and shows its next part
            left[number], sides[number] = size, side[row]
    return action, side, sizes, keep


def _last_of_messages(last: Any, keep: Any) -> Any:
    """Let a message end with the last row that is kept of it."""
    kept = np.maximum.accumulate(np.where(keep, np.arange(len(keep)), -1))
    ends = kept[last]
    moved = np.zeros(len(last), bool)
    moved[ends[ends >= 0]] = True
    return moved


def _midnight(date: Any) -> int:
    """Return when a day begins in New York, ns UTC."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    day = np.datetime64(int(as_times([np.datetime64(date, "ns")], "date")[0]), "ns").astype("datetime64[D]").item()
    begin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("America/New_York"))
    return int(begin.timestamp()) * 1_000_000_000


def _lobster_table(messages: Any) -> dict[str, Ints]:
    if isinstance(messages, (str, os.PathLike)) and Path(messages).suffix.lower() == ".csv":
        columns = _lobster_csv(Path(messages))
    else:
        columns = columns_of(messages)
    missing = [name for name in _COLUMNS if name not in columns]
    if missing:
        raise DataError(f"messages: no column {', '.join(missing)} among {', '.join(columns) or 'none at all'}")
    return {name: _whole(columns[name], f"messages: {name}") for name in _COLUMNS}


def _whole(column: Any, name: str) -> Ints:
    """Return whole numbers as such; DataError for what is none, such as a price in dollars."""
    values = np.asarray(column)
    if values.dtype.kind not in "iuf":
        raise DataError(f"{name} must be whole numbers, got dtype {values.dtype}")
    bad = ~(np.isfinite(values) & (values == np.rint(values)))
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"{name}[{row}] is {values[row]}, and LOBSTER's are whole: prices in 1/10,000 dollar, times in ns"
        )
    return values.astype(np.int64)


def _lobster_csv(path: Path) -> dict[str, Any]:
    """Read LOBSTER's own file: no header, seconds with decimal places."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _csv(path, {"time": pa.decimal128(18, 9)}, ["time", *_COLUMNS[1:]])
    nanos = pc.multiply(table["time"], pa.scalar(Decimal(10**9), pa.decimal128(10, 0)))
    columns: dict[str, Any] = {name: table[name].to_numpy() for name in _COLUMNS[1:]}
    columns["time_ns"] = pc.cast(nanos, pa.int64()).to_numpy()
    return columns


def _csv(path: Path, types: dict[str, Any], names: list[str] | None) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    if not path.exists():
        raise DataError(f"{path}: there is no such file")
    try:
        read = csv.ReadOptions(column_names=names, autogenerate_column_names=names is None)
        return csv.read_csv(path, read_options=read, convert_options=csv.ConvertOptions(column_types=types))
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}: is no file of LOBSTER's: {error}") from None


def _levels_of(orderbook: Any, n: int) -> Ints:
    """Return LOBSTER's book: ask price and size, bid price and size, level by level."""
    if isinstance(orderbook, (str, os.PathLike)) and Path(orderbook).suffix.lower() == ".csv":
        table = _csv(Path(orderbook), {}, None)
        columns = [table.column(k).to_numpy() for k in range(table.num_columns)]
    else:
        columns = [np.asarray(column) for column in columns_of(orderbook).values()]
    if not columns or len(columns) % 4:
        raise DataError(
            f"orderbook: {len(columns)} columns; a level has four: ask price, ask size, bid price, bid size"
        )
    if len(columns[0]) != n:
        raise InputError(f"orderbook: {len(columns[0])} rows, and {n} messages; row k is the book after message k")
    return np.column_stack(columns).astype(np.int64)
