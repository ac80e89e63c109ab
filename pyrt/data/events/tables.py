"""Trades, quotes, book deltas and orders in tables as the records that strategies are run on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_floats, choice, same_length
from ...errors import DataError, DTypeError, InputError
from ...types import EVENT, RECORDS, Events, Flag, Instrument, Kind, Side
from ..bars import MISSING_TIME
from ..importers.hftbacktest import is_hft
from ..ingest import SYMBOL_NAMES, TIME_NAMES, columns_of, find_column, times_of
from ..ticks import IDS, NAMES, Ticks

__all__ = [
    "KINDS",
    "Layout",
    "are_events",
    "events_from",
    "joined",
    "layout_of",
    "merged",
    "records_of",
    "row_of",
    "whole_messages",
]

KINDS = {"trades": Kind.TRADE, "quotes": Kind.QUOTE, "deltas": Kind.DELTA, "orders": Kind.ORDER}
"""What the rows of a table without a column ``kind`` can be."""
NEEDS = {
    "trades": ("price", "qty"),
    "quotes": ("bid", "ask"),
    "deltas": ("price", "qty", "side"),
    "orders": ("action", "order_id", "side", "price", "qty"),
}
RECEIVED = ("receive_time", "ts_recv", *TIME_NAMES, "dt", "ts_event", "event_time")
HAPPENED = ("event_time", "ts_event")
SIDES = {
    **dict.fromkeys(("buy", "b", "bid", "1"), Side.BUY),
    **dict.fromkeys(("sell", "s", "ask", "a", "2", "-1"), Side.SELL),
    **dict.fromkeys(("none", "n", "", "0"), Side.NONE),
}
MAKERS = {
    **dict.fromkeys(("true", "1", "1.0"), Side.SELL),
    **dict.fromkeys(("false", "0", "0.0"), Side.BUY),
    "": Side.NONE,
}
"""Whose side the taker was on, by whether the buyer was the maker; polars reads Python's True and False as text."""
ACTIONS = {
    **dict.fromkeys(("add", "a", "new", "1"), 1),
    **dict.fromkeys(("modify", "m", "change", "2"), 2),
    **dict.fromkeys(("delete", "d", "cancel", "c", "3"), 3),
    **dict.fromkeys(("execute", "e", "fill", "f", "4"), 4),
}
"""What happens to an order of a book; ``proto/SHM_LAYOUT.md`` says what each does."""
ORDER_IDS = ("order_id", "oid", "orderid", "order_id_low")
MESSAGES = (Kind.DELTA, Kind.ORDER)
"""Records of which several are one message."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of a table is what.

    Parameters
    ----------
    kind : str
        What the rows are, ``"trades"``, ``"quotes"``, ``"deltas"`` or ``"orders"``; empty if a column says it.
    names : dict of str to str
        Column by field: receive_time, event_time, kind, instrument, side, flags, price, qty, trade_id, bid, ask,
        bid_qty, ask_qty, is_buyer_maker, action, order_id, order_id_high.
    """

    kind: str
    names: dict[str, str]

    @property
    def ends_by_time(self) -> bool:
        """Whether a message of several rows ends where time or instrument change: no column says so."""
        return "flags" not in self.names and self.kind not in ("trades", "quotes")


def layout_of(columns: Sequence[str], kind: str | None, where: str) -> Layout:
    """Find out what the columns of a table are; DataError if they are not those of events.

    Parameters
    ----------
    columns : sequence of str
        Names in lower case.
    kind : {"trades", "quotes", "deltas", "orders"}, optional
        What the rows are; by the columns unless given: an action is of orders, bid and ask are quotes, a price trades.
    where : str
        What errors call the table.
    """
    known = {name: name for name in columns}
    wanted: dict[str, tuple[str, ...]] = {
        "receive_time": RECEIVED,
        "event_time": HAPPENED,
        "kind": ("kind",),
        "instrument": SYMBOL_NAMES,
        "side": ("side", "aggressor", "taker_side"),
        "is_buyer_maker": ("is_buyer_maker", "isbuyermaker"),
        "flags": ("flags",),
        "trade_id": IDS,
        "action": ("action",),
        "order_id": ORDER_IDS,
        "order_id_high": ("order_id_high",),
        **NAMES,
    }
    found = {field: name for field, names in wanted.items() if (name := find_column(known, names)) is not None}
    if "receive_time" not in found:
        raise DataError(f"{where}: no time; give a DatetimeIndex or a column named {', '.join(TIME_NAMES)}")
    if kind is None and "kind" not in found:
        kind = "quotes" if {"bid", "ask"} <= set(found) else "trades"
        if kind == "quotes" and found.get("price") == "price" and found.get("qty", "volume") != "volume":
            both = ", ".join(found[name] for name in ("price", "qty", "bid", "ask"))
            mend = "leave the columns of one out (of files: kind='trades', or 'quotes')"
            raise DataError(f"{where}: {both} are of trades and of quotes; {mend}")
        kind = "orders" if {"action", "order_id", "price"} <= set(found) else kind
    if kind is not None:
        choice(kind, "kind", KINDS)
        for field in NEEDS[kind]:
            if field not in found:
                raise DataError(
                    f"{where}: {kind} need a column {' or '.join(NAMES.get(field, (field,)))}, which is not among "
                    f"{', '.join(columns) or 'none at all'}"
                )
        found.pop("kind", None)
    return Layout(kind or "", found)


def records_of(
    columns: Mapping[str, Any], layout: Layout, instruments: Sequence[Instrument], *, row: int | None, where: str
) -> Events:
    """Make records of the columns of a table, in its order; ``stamp`` is 0.

    Parameters
    ----------
    columns : mapping of str to array_like
        By name.
    layout : Layout
        Of :func:`layout_of`.
    instruments : sequence of Instrument
        The table of instruments.
    row : int or None
        Which one all rows are of; None: a column says it, or there is one alone.
    where : str
        What errors call the table.

    Raises
    ------
    DataError
        For a time that is missing or earlier than the row before, and for prices or sizes that are missing.
    """
    names = layout.names
    received = times_of(columns[names["receive_time"]], names["receive_time"])
    events = np.zeros(len(received), EVENT)
    _refuse_disorder(received, where)
    events["event_time"] = received
    if "event_time" in names and names["event_time"] != names["receive_time"]:
        happened = times_of(columns[names["event_time"]], names["event_time"])
        events["event_time"] = np.where(happened == MISSING_TIME, received, happened)
    events["words"][:, 0] = received
    kinds = _kinds(columns, layout, where)
    events["kind"], events["instrument"] = kinds, _rows_of(columns, names, instruments, row, where)
    events["flags"] = np.asarray(columns[names["flags"]]) if "flags" in names else _last_of(events, kinds)
    if np.any(kinds == Kind.ORDER):
        _set_orders(events, np.broadcast_to(kinds == Kind.ORDER, len(events)), columns, names, where)
    events["side"] = _sides(columns, names, where)
    floats = events["words"].view(np.float64)
    for kind, fields in zip(KINDS.values(), (PRICED, QUOTE, PRICED, PRICED), strict=True):
        rows = kinds == kind
        if not np.any(rows):
            continue
        for place, field in enumerate(fields, start=1):
            floats[:, place] = np.where(rows, _numbers(columns, names, field, rows, where), floats[:, place])
    if "trade_id" in names and np.any(kinds == Kind.TRADE):
        ids = np.asarray(columns[names["trade_id"]])
        if ids.dtype.kind in "iu":
            bits = ids.astype(np.int64, copy=False)  # beside them unsigned ones would become doubles
            events["words"][:, 3] = np.where(kinds == Kind.TRADE, bits, events["words"][:, 3])
    return events


PRICED, QUOTE = ("price", "qty"), ("bid", "ask", "bid_qty", "ask_qty")


def _set_orders(events: Events, rows: Any, columns: Mapping[str, Any], names: dict[str, str], where: str) -> None:
    """Write what happens to orders, and their ids: the upper half of one of 128 bits has a column of its own."""
    for place, field in ((3, "order_id"), (4, "order_id_high")):
        if field == "order_id" and field not in names:
            raise DataError(f"{where}: no column {' or '.join(ORDER_IDS)}, which some rows need")
        if field in names:
            ids = np.asarray(columns[names[field]])
            if ids.dtype.kind not in "iu":
                raise DataError(f"{where}: {names[field]} must be integers, got dtype {ids.dtype}; number the orders")
            events["words"][rows, place] = ids[rows].astype(np.int64, copy=False)
    if "action" not in names:
        if "flags" in names:  # their low byte says it
            return
        raise DataError(f"{where}: no column action, which some rows need")
    given = np.asarray(columns[names["action"]])[rows]
    codes = given if given.dtype.kind in "iu" else _by_word(given, ACTIONS, where, "action")
    if not np.isin(codes, (1, 2, 3, 4)).all():
        raise DataError(f"{where}: an action is 1 or 'add', 2 or 'modify', 3 or 'delete', 4 or 'execute'")
    events["flags"][rows] = (events["flags"][rows] & 0xFF00) | codes.astype(np.uint16)


def _refuse_disorder(received: npt.NDArray[np.int64], where: str) -> None:
    if len(received) and received.min() == MISSING_TIME:
        raise DataError(f"{where}: row {int(received.argmin())} has no time; drop it, or see pyrt data check --repair")
    back = np.flatnonzero(np.diff(received) < 0)
    if len(back):
        row = int(back[0]) + 1
        raise DataError(
            f"{where}: row {row} ({np.datetime64(int(received[row]), 'ns')}) is earlier than the row before; sort by "
            "time first, or see pyrt data check --repair"
        )


def _kinds(columns: Mapping[str, Any], layout: Layout, where: str) -> npt.NDArray[np.uint8]:
    if layout.kind:
        return np.array(KINDS[layout.kind], np.uint8)
    given = np.asarray(columns[layout.names["kind"]])
    if given.dtype.kind in "iu":
        return given.astype(np.uint8)
    words = {kind.name.lower(): int(kind) for kind in Kind}
    return _by_word(given, words, where, "kind").astype(np.uint8)


def _rows_of(
    columns: Mapping[str, Any], names: dict[str, str], instruments: Sequence[Instrument], row: int | None, where: str
) -> Any:
    if row is not None:
        return row
    if "instrument" not in names:
        if len(instruments) == 1:
            return 0
        raise DataError(
            f"{where}: {len(instruments)} instruments, and no column {' or '.join(SYMBOL_NAMES)} says which one a row "
            "is of; give a dict of tables by instrument, or that column"
        )
    given = np.asarray(columns[names["instrument"]])
    if given.dtype.kind in "iu":
        if len(given) and not 0 <= given.min() <= given.max() < len(instruments):
            raise DataError(f"{where}: instrument {given.max()} is not in the table of {len(instruments)}")
        return given
    words = {word: at for at, one in enumerate(instruments) for word in (one.symbol, one.name) if word}
    return _by_word(given, words, where, "instrument", lower=False)


def row_of(name: str, instruments: Sequence[Instrument]) -> int:
    """Return the row of an instrument by its name or its venue's symbol; InputError if there is none."""
    for row, instrument in enumerate(instruments):
        if name in (instrument.name, instrument.symbol):
            return row
    raise InputError(f"data: {name!r} is none of the instruments: {', '.join(one.name for one in instruments)}")


def _by_word(
    given: npt.NDArray[Any], words: Mapping[str, int], where: str, what: str, *, lower: bool = True
) -> npt.NDArray[np.int64]:
    import pandas as pd

    codes, found = pd.factorize(given)
    table = []
    for word in found:
        text = str(word).strip().lower() if lower else str(word)
        if text not in words:
            raise DataError(f"{where}: {what} {str(word)!r} is none of {', '.join(sorted(filter(None, words)))}")
        table.append(words[text])
    if len(codes) and codes.min() < 0:
        raise DataError(f"{where}: row {int(codes.argmin())} has no {what}")
    return np.array(table or [0], np.int64)[codes]


def _sides(columns: Mapping[str, Any], names: dict[str, str], where: str) -> Any:
    if "side" in names:
        given = np.asarray(columns[names["side"]])
        if given.dtype.kind in "iuf":
            given = np.where(np.isnan(given), 0, given)  # not known, as where text is missing
            bad = ~np.isin(given, (-1, 0, Side.BUY, Side.SELL))
            if bad.any():
                told = f"a side is 1 or 'buy', 2, -1 or 'sell', 0 or 'none', not {given[bad][0]}"
                raise DataError(f"{where}: row {int(bad.argmax())}: {told}")
            return np.where(given == -1, Side.SELL, given)
        import pandas as pd

        return _by_word(np.where(pd.isna(given), "", given), SIDES, where, "side")
    if "is_buyer_maker" in names:
        import pandas as pd

        given = np.asarray(columns[names["is_buyer_maker"]])
        if given.dtype == np.bool_:
            return np.where(given, Side.SELL, Side.BUY)
        if given.dtype.kind in "fO":
            given = np.where(pd.isna(given), "", given.astype(object))
        return _by_word(given, MAKERS, where, "is_buyer_maker")
    return Side.NONE


def _last_of(events: Events, kinds: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Flag trades and quotes, and of deltas and orders the last of an instrument and time, as the end of a message.

    What else came at that time, between them or behind them, is no part of the message.
    """
    flags = np.full(len(events), Flag.LAST, np.uint16)
    for kind in MESSAGES:
        rows = np.flatnonzero(np.broadcast_to(kinds == kind, len(events)))
        times, instruments = events["words"][rows, 0], events["instrument"][rows]
        flags[rows[:-1][(np.diff(times) == 0) & (np.diff(instruments) == 0)]] = 0
    return flags


def whole_messages(parts: Iterator[Events]) -> Iterator[Events]:
    """Mend messages that :func:`records_of` has ended at the end of a part: rows wait until their time has passed."""
    waiting: list[Events] = []
    for part in parts:
        times = part["words"][:, 0]
        if waiting and waiting[-1]["words"][0, 0] == times[0]:
            together, at = joined([*waiting, part]), 0
            going_on = _last_of(together, together["kind"]) == 0
            for one in waiting:
                one["flags"][going_on[at : at + len(one)]] &= np.uint16(0xFFFF ^ Flag.LAST)
                at += len(one)
        begin = int(np.searchsorted(times, times[-1]))
        if begin or (waiting and waiting[-1]["words"][0, 0] != times[0]):
            yield from waiting
            waiting = []
        if begin:
            yield part[:begin]
        waiting.append(part[begin:].copy())
    yield from waiting


def _numbers(columns: Mapping[str, Any], names: dict[str, str], field: str, rows: Any, where: str) -> Any:
    """Return a column of numbers; the sizes of quotes are 1 if there are none."""
    if field not in names:
        if field in ("bid_qty", "ask_qty"):
            return 1.0
        raise DataError(f"{where}: no column {' or '.join(NAMES[field])}, which some rows need")
    numbers = as_floats(columns[names[field]], names[field], nan="allow", inf="allow")
    if field in ("price", "qty"):
        bad = rows & ~np.isfinite(numbers)
        if bad.any():
            row = int(bad.argmax())
            raise DataError(f"{where}: {names[field]}[{row}] is {numbers[row]}; drop that row, or see pyrt data check")
    return numbers


# ---- tables as they are given to a backtest


def are_events(data: Any) -> bool:
    """Whether data is of events rather than of bars: records, ticks, tables with a price or bid and ask, or several."""
    if isinstance(data, (list, tuple)) and data:
        return all(map(are_events, data))
    if isinstance(data, (str, os.PathLike)):
        return os.fspath(data).endswith(".npz")  # hftbacktest's
    if getattr(data, "dtype", None) in (EVENT, *RECORDS.values()) or isinstance(data, Ticks) or is_hft(data):
        return True
    if _are_tables(data):
        return all(map(are_events, data.values()))
    if not _is_table(data) and not isinstance(data, Mapping):
        return False
    names = set(columns_of(data))
    if {"open", "o"} & names and {"close", "c"} & names:
        return False
    return bool(set(NAMES["price"]) & names) or {"bid", "ask"} <= {
        field for field in ("bid", "ask") if set(NAMES[field]) & names
    }


def _are_tables(data: Any) -> bool:
    """Whether it is a dict of tables rather than of columns."""
    if not isinstance(data, Mapping) or not data:
        return False
    return all(isinstance(table, (Mapping, Ticks)) or _is_table(table) for table in data.values())


def _is_table(data: Any) -> bool:
    named = getattr(getattr(data, "dtype", None), "names", None) is not None
    return named or hasattr(data, "column_names") or (hasattr(data, "columns") and hasattr(data, "dtypes"))


def events_from(data: Any, instruments: Sequence[Instrument]) -> Events:
    """Make records of tables of trades, quotes, book deltas and orders.

    Parameters
    ----------
    data : EVENT records, Ticks, DataFrame, mapping, structured array, pyarrow Table; or several
        A table has a time (ns UTC, or datetimes; of receipt) and either ``price`` and ``qty`` (or ``size``), and if
        there are any ``side`` of the taker and ``trade_id``; or ``bid`` and ``ask`` and their sizes; not both. A column
        ``kind`` (trade, quote, delta, order) mixes them; deltas are levels of a book: ``side``, ``price``, ``qty``;
        orders are those of a book, one by one: ``action`` (add, modify, delete, execute), ``order_id``, ``side``,
        ``price``, ``qty``. Without a column ``flags`` rows of one time and instrument are one message of the venue.
        ``instrument`` (or ``symbol``) says which one a row is of; ``event_time`` when it happened at the venue. A dict
        has a table by instrument; a list of tables is merged by time, equal times in the order of the list.
    instruments : sequence of Instrument
        What ``instrument`` is a row, name or symbol of.

    Returns
    -------
    ndarray of EVENT
        In the order of time, ``stamp`` is the row; records alone are returned as they are.

    Raises
    ------
    DataError
        For tables that cannot be events; names row and column.

    Examples
    --------
    >>> from pyrt import Grid
    >>> btc = Instrument("binance:BTC-USDT", tick=Grid.parse("0.01"), lot=Grid.parse("0.001"))
    >>> events_from([{"ts": [3, 5], "price": [1.0, 2.0], "size": [3, 4]}, {"ts": [4], "bid": [1.0], "ask": [1.5]}],
    ...             [btc])[["kind", "event_time", "stamp"]].tolist()
    [(1, 3, 0), (2, 4, 1), (1, 5, 2)]
    """
    if getattr(data, "dtype", None) in (EVENT, *RECORDS.values()):
        return np.ascontiguousarray(data).view(EVENT)
    if _are_tables(data):
        named = [(name, table, row_of(str(name), instruments)) for name, table in data.items()]
        parts = [_table(table, instruments, row, f"data[{name!r}]") for name, table, row in named]
    elif isinstance(data, (list, tuple)):
        parts = [_table(table, instruments, None, f"data[{at}]") for at, table in enumerate(data)]
    else:
        parts = [_table(data, instruments, None, "data")]
    events = merged(parts)
    events["stamp"] = np.arange(len(events))
    return events


def joined(parts: Sequence[Events]) -> Events:
    """Join records; as 64 opaque bytes, for NumPy copies a structured row field by field."""
    events: Events = np.concatenate([part.view("V64") for part in parts]).view(EVENT)
    return events


def merged(parts: Sequence[Events]) -> Events:
    """Merge sorted records by time; of equal times, part by part."""
    some = [part for part in parts if len(part)] or [parts[0]]
    if len(some) == 1:
        return some[0]
    events = joined(some)
    order = np.argsort(events["words"][:, 0], kind="stable")
    return np.ascontiguousarray(events.view("V64")[order]).view(EVENT)


def _table(data: Any, instruments: Sequence[Instrument], row: int | None, where: str) -> Events:
    if getattr(data, "dtype", None) in (EVENT, *RECORDS.values()):
        return np.array(data).view(EVENT)
    if isinstance(data, Ticks):
        ids = {} if data.ids is None else {"trade_id": data.ids}
        columns: dict[str, Any] = {"time": data.time, **data.columns, **ids}
    elif isinstance(data, (str, bytes)):
        raise DTypeError(f"{where}: is a path; Backtest.from_parquet reads files of events")
    else:
        columns = columns_of(data)
    same_length(**{name: np.asarray(column) for name, column in columns.items()})
    return records_of(columns, layout_of(list(columns), None, where), instruments, row=row, where=where)
