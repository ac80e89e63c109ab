"""How equity went over recorded events: exact at every point that is given, and silent where it cannot be.

The mark of a position is the last trade of its instrument (``proto/MATCHING.md``, The loop). Before the first trade it
is the best price of a book that is not rebuilt here: such points are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data.events import EventSource
from ...types import Events, Instrument, Kind, of_kind
from ..account.events import Split
from .event_trades import grid_of, in_steps, intervals_of, set_excursions, trades_of, trips_of, units_of

__all__ = ["CURVE", "Course", "course_of", "step_of"]

Records = npt.NDArray[np.void]
Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CURVE = np.dtype([("time", "<M8[ns]"), ("equity", "<f8")])
"""A point of the curve: when (UTC), and cash and positions at their marks then."""

MOST_POINTS = 4000
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


def step_of(begin: int, end: int) -> int:
    """Return the round length of time that cuts a span into at most :data:`MOST_POINTS` points; whole days at most."""
    wanted = (end - begin) / MOST_POINTS
    fitting = next((step for step in STEPS if step >= wanted), 0)
    return fitting or STEPS[-1] * -(-int(wanted) // STEPS[-1])


def course_of(
    source: EventSource,
    instruments: tuple[Instrument, ...],
    period: tuple[int, int],
    money: tuple[int, int],
    answers: Events,
    rows: int,
    splits: tuple[Split, ...] = (),
) -> Course:
    """Follow the equity of a run through the events that it was made of, in one pass.

    Parameters
    ----------
    source : EventSource
        The records of the run.
    instruments : tuple of Instrument
        Rows of the records' ``instrument``.
    period : tuple of int
        When trading could begin and when the records end, ns UTC.
    money : tuple of int
        Cash then, and equity at the end, in 10^-18.
    answers : ndarray of EVENT
        In the order in which they reached the strategy; its fills are what counts.
    rows : int
        How many records are looked at at a time.
    splits : tuple of Split
        By time; the equity is the account's own then.
    """
    fills, (begin, end) = of_kind(answers, Kind.FILL), period
    end = max(end, int(fills["receive_time"][-1])) if len(fills) else end
    step = step_of(begin, end)
    times = np.arange(-(-begin // step) * step, end, step, dtype=np.int64)
    times = np.append(times, end)
    trips = trips_of(fills, instruments, splits)
    tapes = [_Tape(times, *intervals_of(trips, row, end)) for row in range(len(instruments))]
    for events in source.chunks(rows):
        for first in range(0, len(events), rows):
            trades = of_kind(events[first : first + rows], Kind.TRADE)
            for row in np.unique(trades["instrument"]).tolist() if len(trades) else ():
                if row < len(tapes):
                    mine = trades if len(tapes) == 1 else trades[trades["instrument"] == row]
                    tapes[row].take(mine, units_of(splits, row, mine["receive_time"]) if splits else None)
    known = fills["receive_time"].searchsorted(times, side="right")  # an answer comes before records of its time
    equity: list[Any] = [0] * len(times)
    there = np.ones(len(times), bool)
    ticks, lots = in_steps(fills, instruments)
    signed = np.where(fills["side"] == 1, lots, -lots)
    cash = list(accumulate(_flows(fills, instruments, ticks, lots), initial=money[0]))
    for point, count in enumerate(known.tolist()):
        equity[point] = cash[count]
    marks = np.full(len(instruments), np.nan)
    for row, instrument in enumerate(instruments):
        last, (tick, _, worth) = tapes[row].last, grid_of(instrument)
        marks[row] = last[-1]
        held = np.append(0, np.cumsum(signed * (fills["instrument"] == row)))[known]
        there &= (held == 0) | np.isfinite(last)
        at = tick.to_steps(np.where(np.isfinite(last), last, 0.0))
        for point in np.flatnonzero(np.isfinite(last) & (held != 0)).tolist():
            equity[point] += worth.of(int(at[point]), int(held[point]))
    if not there[-1]:
        equity[-1], there[-1] = money[1], True
    curve = np.empty(int(np.count_nonzero(there)), CURVE)
    curve["time"] = times[there].view("M8[ns]")
    curve["equity"] = [equity[point] / 10**18 for point in np.flatnonzero(there).tolist()]
    trades = trades_of(trips, instruments, marks, end)
    for row, tape in enumerate(tapes):
        ends = np.array([trip.end or end for trip in trips if trip.row == row], np.int64)
        units = units_of(splits, row, ends)  # as prices of the trades are
        set_excursions(trades, np.flatnonzero(trades["instrument"] == row), tape.low * units, tape.high * units)
    return Course(curve, marks, trades)


def _flows(fills: Events, instruments: tuple[Instrument, ...], ticks: Times, lots: Times) -> list[int]:
    """Return what each fill did to the cash, exactly."""
    worths = [grid_of(instrument)[2] for instrument in instruments]
    held = [0] * len(instruments)
    signs = np.where(fills["side"] == 1, 1, -1)
    fees = np.rint(fills["fee"] * 1e8).astype(np.int64)  # fees are whole 10^-8
    columns = (fills["instrument"], signs, ticks, lots, fees)
    flows = []
    for row, sign, at, size, fee in zip(*(column.tolist() for column in columns), strict=True):
        closed = min(size, abs(held[row])) if held[row] * sign < 0 else 0  # each part is rounded on its own
        paid = worths[row].of(at, sign * closed) + worths[row].of(at, sign * (size - closed))
        flows.append(-paid - fee * 10**10)
        held[row] += sign * size
    return flows


class _Tape:
    """What the trades of one instrument say: the last one at given times, and extremes while trades were held.

    A fill is known before records of its time: marks go from the last trade before the entry to that before the exit.
    Records of a point's own time are included.
    """

    def __init__(self, times: Times, entry: Times, leave: Times) -> None:
        self.times, self.entry, self.leave = times, entry, leave
        self.last = np.full(len(times), np.nan)
        self.low, self.high = np.full(len(entry), np.nan), np.full(len(entry), np.nan)

    def take(self, trades: Events, units: Floats | None) -> None:
        """Take the next trades, sorted by time; `units`: how many of the end each is a price of, with splits."""
        received, prices = (np.ascontiguousarray(trades[name]) for name in ("receive_time", "price"))
        seen = received.searchsorted(self.times, side="right")
        self.last[seen > 0] = prices[seen[seen > 0] - 1]
        prices = prices if units is None else prices / units
        low, high = self.low, self.high
        starts, stops = received.searchsorted(self.entry) - 1, received.searchsorted(self.leave)
        before = starts >= 0
        low[before] = high[before] = prices[starts[before]]  # a later stretch that still comes before replaces it
        some = np.flatnonzero(starts + 1 < stops)
        if len(some):
            edges = np.stack([starts[some] + 1, stops[some]], axis=1).ravel()
            edges = edges[:-1] if edges[-1] == len(prices) else edges
            low[some] = np.fmin(low[some], np.minimum.reduceat(prices, edges)[::2])
            high[some] = np.fmax(high[some], np.maximum.reduceat(prices, edges)[::2])
