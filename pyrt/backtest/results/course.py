"""How equity went over recorded events: exact at every point that is given, and silent where it cannot be.

The mark of a position is the last trade of its instrument (``proto/MATCHING.md``, The loop). Before the first trade it
is the best price of a book that is not rebuilt here: such points are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from ...types import Events, Instrument, Kind, of_kind
from .event_trades import event_trades, grid_of, in_steps, set_excursions

__all__ = ["CURVE", "Course", "course_of", "span_of", "step_of"]

Records = npt.NDArray[np.void]
Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Tape = list[tuple[Times, Floats]]

CURVE = np.dtype([("time", "<M8[ns]"), ("equity", "<f8")])
"""A point of the curve: when (UTC), and cash and positions at their marks then."""

MOST_POINTS = 4000
CHUNK = 1 << 20
SECOND = 10**9
STEPS = (
    *(digit * 10**power for power in range(9) for digit in (1, 2, 5)),
    *(n * SECOND for n in (1, 2, 5, 15, 30)),
    *(n * 60 * SECOND for n in (1, 2, 5, 15, 30)),
    *(n * 3600 * SECOND for n in (1, 4, 24)),
)
"""Round lengths of time between two points, ns."""


@dataclass(frozen=True, eq=False)
class Course:
    """What the events say about a run beside its own fills.

    Parameters
    ----------
    curve : ndarray of CURVE
        Equity at round times, and at the end.
    marks : ndarray of float64, shape (n_instruments,)
        Last trade of each instrument; NaN before the first.
    trades : ndarray of EVENT_TRADE
        From flat to flat, with their excursions.
    """

    curve: Records
    marks: Floats
    trades: Records


def span_of(events: Events, trade_from: int) -> tuple[int, int]:
    """Return when trading could begin and when the records end, ns UTC."""
    first, last = (int(row["words"][0]) for row in (events[0], events[-1]))
    return min(max(first, trade_from), last), last


def step_of(begin: int, end: int) -> int:
    """Return the round length of time that cuts a span into at most :data:`MOST_POINTS` points; whole days at most."""
    wanted = (end - begin) / MOST_POINTS
    fitting = next((step for step in STEPS if step >= wanted), 0)
    return fitting or STEPS[-1] * -(-int(wanted) // STEPS[-1])


def course_of(
    events: Events, instruments: tuple[Instrument, ...], trade_from: int, money: tuple[int, int], fills: Events
) -> Course:
    """Follow the equity of a run through the events that it was made of.

    Parameters
    ----------
    events : ndarray of EVENT
        The records of the run.
    instruments : tuple of Instrument
        Rows of the records' ``instrument``.
    trade_from : int
        When trading could begin, ns UTC.
    money : tuple of int
        Cash then, and equity at the end, in 10^-18.
    fills : ndarray of RECORDS[Kind.FILL]
        In the order in which they reached the strategy.
    """
    begin, end = span_of(events, trade_from)
    end = max(end, int(fills["receive_time"][-1])) if len(fills) else end
    step = step_of(begin, end)
    times = np.arange(-(-begin // step) * step, end, step, dtype=np.int64)
    times = np.append(times, end)
    known = fills["receive_time"].searchsorted(times, side="right")  # an answer comes before records of its time
    equity: list[Any] = [0] * len(times)
    there = np.ones(len(times), bool)
    ticks, lots = in_steps(fills, instruments)
    signed = np.where(fills["side"] == 1, lots, -lots)
    cash = list(accumulate(_flows(fills, instruments, ticks, lots), initial=money[0]))
    for point, count in enumerate(known.tolist()):
        equity[point] = cash[count]
    marks = np.full(len(instruments), np.nan)
    tapes = [list(_tape(events, row)) for row in range(len(instruments))]
    for row, instrument in enumerate(instruments):
        last, (tick, _, unit) = _last_trades(tapes[row], times), grid_of(instrument)
        marks[row] = last[-1]
        held = np.append(0, np.cumsum(signed * (fills["instrument"] == row)))[known]
        there &= (held == 0) | np.isfinite(last)
        at = tick.to_steps(np.where(np.isfinite(last), last, 0.0))
        for point in np.flatnonzero(held).tolist():
            equity[point] += int(held[point]) * int(at[point]) * unit
    if not there[-1]:
        equity[-1], there[-1] = money[1], True
    curve = np.empty(int(np.count_nonzero(there)), CURVE)
    curve["time"] = times[there].view("M8[ns]")
    curve["equity"] = [equity[point] / 10**18 for point in np.flatnonzero(there).tolist()]
    trades = event_trades(fills, instruments, marks, end)
    for row, tape in enumerate(tapes):
        mine = np.flatnonzero(trades["instrument"] == row)
        low, high = _extremes(tape, trades[mine])
        set_excursions(trades, mine, low, high)
    return Course(curve, marks, trades)


def _flows(fills: Events, instruments: tuple[Instrument, ...], ticks: Times, lots: Times) -> list[int]:
    """Return what each fill did to the cash, exactly."""
    units = [grid_of(instrument)[2] for instrument in instruments]
    signs = np.where(fills["side"] == 1, -1, 1)
    fees = np.rint(fills["fee"] * 1e8).astype(np.int64)  # fees are whole 10^-8
    columns = (fills["instrument"], signs, ticks, lots, fees)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [sign * at * size * units[row] - fee * 10**10 for row, sign, at, size, fee in rows]


def _last_trades(tape: Tape, times: Times) -> Floats:
    """Return an instrument's last trade at each time, records of that time included; NaN before the first."""
    last = np.full(len(times), np.nan)
    for received, prices in tape:
        seen = received.searchsorted(times, side="right")
        last[seen > 0] = prices[seen[seen > 0] - 1]
    return last


def _extremes(tape: Tape, trades: Records) -> tuple[Floats, Floats]:
    """Return the lowest and the highest mark of each trade of an instrument while it was held; NaN if there was none.

    A fill is known before records of its time: marks go from the last trade before the entry to that before the exit.
    """
    low, high = np.full(len(trades), np.nan), np.full(len(trades), np.nan)
    entry, leave = (trades[name].astype(np.int64) for name in ("entry_time", "exit_time"))
    leave = leave + (trades["status"] == "open")  # the end includes what came then
    for received, prices in tape:
        starts, stops = received.searchsorted(entry) - 1, received.searchsorted(leave)
        before = starts >= 0
        low[before] = high[before] = prices[starts[before]]  # a later stretch that still comes before replaces it
        some = np.flatnonzero(starts + 1 < stops)
        if len(some):
            edges = np.stack([starts[some] + 1, stops[some]], axis=1).ravel()
            edges = edges[:-1] if edges[-1] == len(prices) else edges
            low[some] = np.fmin(low[some], np.minimum.reduceat(prices, edges)[::2])
            high[some] = np.fmax(high[some], np.maximum.reduceat(prices, edges)[::2])
    return low, high


def _tape(events: Events, row: int) -> Iterator[tuple[Times, Floats]]:
    """Yield times and prices of an instrument's trades, in stretches: they are a quarter of a recording at most."""
    for first in range(0, len(events), CHUNK):
        part = events[first : first + CHUNK]
        trades = of_kind(part[(part["kind"] == Kind.TRADE) & (part["instrument"] == row)], Kind.TRADE)
        if len(trades):
            yield np.ascontiguousarray(trades["receive_time"]), np.ascontiguousarray(trades["price"])
