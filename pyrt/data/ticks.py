"""Trades and quotes of one instrument as arrays, and their repair: every change is logged, nothing is invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._validate import as_floats, same_length
from ..errors import DataError
from .bars import MISSING_TIME
from .clean import CleaningLog, Repair
from .ingest import TIME_NAMES, columns_of, find_column, refuse_several_symbols, times_of

__all__ = ["Ticks", "clean_ticks", "load_ticks"]

Floats = npt.NDArray[np.float64]
Kind = Literal["trades", "quotes"]

TICK_TIMES = (*TIME_NAMES, "dt", "ts_event", "event_time", "receive_time")
SIZES = ("qty", "size", "quantity", "amount", "volume")
NAMES: dict[str, tuple[str, ...]] = {
    "price": ("price", "last", "p"),
    "qty": SIZES,
    "bid": ("bid", "bid_price", "best_bid", "bidprice"),
    "ask": ("ask", "ask_price", "best_ask", "askprice", "offer"),
    "bid_qty": ("bid_qty", "bid_size", "bidsize"),
    "ask_qty": ("ask_qty", "ask_size", "asksize"),
}
IDS = ("trade_id", "tradeid", "id")


@dataclass(frozen=True, eq=False, repr=False)
class Ticks:
    """Trades or quotes of one instrument: equally long arrays.

    Parameters
    ----------
    kind : {"trades", "quotes"}
        What they are.
    time : ndarray of int64, shape (n,)
        Nanoseconds UTC.
    columns : dict of str to ndarray of float64
        price and, if there is any, qty; or bid, ask and, if there are any, bid_qty, ask_qty.
    ids : ndarray, optional
        The venue's numbers of trades.
    """

    kind: Kind
    time: npt.NDArray[np.int64]
    columns: dict[str, Floats]
    ids: npt.NDArray[Any] | None = None

    def __post_init__(self) -> None:
        same_length(time=self.time, **self.columns, **({} if self.ids is None else {"ids": self.ids}))

    def take(self, rows: npt.NDArray[np.intp]) -> Ticks:
        """Return some rows, in that order."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Ticks(self.kind, self.time[rows], columns, None if self.ids is None else self.ids[rows])

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        return f"<Ticks: {len(self)} {self.kind}>"


def load_ticks(data: Any) -> Ticks:
    """Read trades or quotes of one instrument from what holds them.

    Parameters
    ----------
    data : DataFrame, mapping, structured array, or path
        As for :func:`load_bars`. Columns time and either bid and ask, or price, under their usual names, in any case;
        sizes and trade_id if there are any; others are ignored.

    Raises
    ------
    DataError
        If there is no time, or neither a price nor bid and ask; if there are several symbols.

    Examples
    --------
    >>> load_ticks({"ts": [10**18, 10**18 + 5], "price": [1.0, 2.0], "size": [3, 4]})
    <Ticks: 2 trades>
    """
    columns = columns_of(data)
    refuse_several_symbols(columns)
    time = find_column(columns, TICK_TIMES)
    found = {name: find_column(columns, names) for name, names in NAMES.items()}
    if time is None:
        raise DataError(f"data: no time; give a DatetimeIndex or a column named {', '.join(TICK_TIMES)}")
    quotes = found["bid"] is not None and found["ask"] is not None
    if not quotes and found["price"] is None:
        raise DataError(f"data: neither price nor bid and ask among {', '.join(columns)}")
    wanted = ("bid", "ask", "bid_qty", "ask_qty") if quotes else ("price", "qty")
    ids = None if quotes else find_column(columns, IDS)
    return Ticks(
        "quotes" if quotes else "trades",
        times_of(columns[time], time),
        {name: as_floats(columns[key], key, inf="allow") for name in wanted if (key := found[name]) is not None},
        None if ids is None else np.asarray(columns[ids]),
    )


def clean_ticks(ticks: Ticks) -> tuple[Ticks, CleaningLog]:
    """Make ticks that rise in time and have possible values, and say how.

    In this order: rows without a time are dropped; trades without a possible price, quotes without a possible price on
    either side (one side alone may be missing, as NaN or zero), and rows with a missing or negative quantity are
    dropped; crossed quotes (bid above ask) are dropped; rows are sorted by time, rows of one time stay in their order;
    trades whose number came before, and quotes that repeat the one before them in everything, are dropped. Trades
    without numbers that look alike stay: they can be true.

    Returns
    -------
    Ticks, CleaningLog
        The ticks, and what was done to which rows of the input.

    Raises
    ------
    DataError
        If no row is left.

    Examples
    --------
    >>> ticks = load_ticks({"ts": [10**18, 10**18 + 5], "bid": [9.0, 11.0], "ask": [10.0, 10.0]})
    >>> print(clean_ticks(ticks)[1])
    2 quotes in, 1 out
      bid above ask: 1 row dropped (1)
    """
    repairs: list[Repair] = []
    rows = np.arange(len(ticks))

    def drop(bad: npt.NDArray[np.bool_], fault: str) -> None:
        nonlocal rows
        if bad[rows].any():
            repairs.append(Repair(fault, "dropped", rows[bad[rows]]))
            rows = rows[~bad[rows]]

    columns = ticks.columns
    drop(ticks.time == MISSING_TIME, "time missing")
    if ticks.kind == "trades":
        drop(~_possible(columns["price"]), "price missing or impossible")
    else:
        bid, ask = columns["bid"], columns["ask"]
        wrong = ~((_possible(bid) | _absent(bid)) & (_possible(ask) | _absent(ask)))
        drop(wrong | (_absent(bid) & _absent(ask)), "both prices missing, or one impossible")
        drop(_possible(bid) & _possible(ask) & (bid > ask), "bid above ask")
    for name in ("qty", "bid_qty", "ask_qty"):
        if name in columns:
            drop(~((columns[name] >= 0) & (columns[name] < np.inf)), f"{name} missing or impossible")
    back = np.flatnonzero(np.diff(ticks.time[rows]) < 0) + 1
    if len(back):
        repairs.append(Repair("earlier than the row before", "sorted", rows[back]))
        rows = rows[np.argsort(ticks.time[rows], kind="stable")]
    repeated = np.zeros(len(ticks), bool)
    repeated[rows] = _repeated(ticks.take(rows))
    drop(repeated, "trade number came before" if ticks.kind == "trades" else "repeats the quote before")
    if not len(rows):
        raise DataError(
            f"{ticks.kind}: none of the {len(ticks)} rows has a time and possible prices; check the columns"
        )
    cleaned = ticks.take(rows) if repairs else ticks
    return cleaned, CleaningLog(tuple(repairs), len(ticks), len(cleaned), ticks.kind)


def _possible(prices: Floats) -> npt.NDArray[np.bool_]:
    possible: npt.NDArray[np.bool_] = (prices > 0) & (prices < np.inf)
    return possible


def _absent(prices: Floats) -> npt.NDArray[np.bool_]:
    absent: npt.NDArray[np.bool_] = np.isnan(prices) | (prices == 0)
    return absent


def _repeated(ticks: Ticks) -> npt.NDArray[np.bool_]:
    again = np.zeros(len(ticks), bool)
    if ticks.kind == "trades":
        if ticks.ids is not None:
            again[:] = True
            again[np.unique(ticks.ids, return_index=True)[1]] = False
        return again
    columns = [np.nan_to_num(column) for column in ticks.columns.values()]
    again[1:] = np.diff(ticks.time) == 0
    for column in columns:
        again[1:] &= column[1:] == column[:-1]
    return again
