"""Trades from fills on events: from flat to flat, instrument by instrument, in exact money."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from ...grid import Grid
from ...types import Events, Instrument, InstrumentKind
from ..account.events import Split
from ..matching import contract_of

__all__ = [
    "EVENT_TRADE",
    "Trip",
    "event_trades",
    "grid_of",
    "held_fraction",
    "in_steps",
    "intervals_of",
    "set_excursions",
    "trades_of",
    "trips_of",
    "units_of",
    "values_of",
]

Records = npt.NDArray[np.void]
Steps = npt.NDArray[np.int64]

EVENT_TRADE = np.dtype(
    [
        ("instrument", "<u4"),
        ("side", "<U5"),
        ("entry_time", "<M8[ns]"),
        ("exit_time", "<M8[ns]"),
        ("qty", "<f8"),
        ("entry_price", "<f8"),
        ("exit_price", "<f8"),
        ("fees", "<f8"),
        ("pnl", "<f8"),
        ("status", "<U6"),
        ("return", "<f8"),
        ("duration", "<m8[ns]"),
        ("fills", "<i8"),
        ("mae", "<f8"),
        ("mfe", "<f8"),
    ]
)
"""A trade of one instrument, from flat to flat; a fill that turns the position ends one and begins the next, each with
its part of the fee. Row of the instrument, "long" or "short", first and last fill (as the strategy learned of them),
quantity entered, mean prices of entries and exits, fees, pnl after fees, "closed" or "open" (what is left is valued at
the mark of the end, without a fee; NaN if there is none), pnl over the value entered, duration, number of fills, and
the furthest that the mark went against and for it while it was held, as fractions of the mean entry price (zero or
negative, and zero or positive; NaN before the first trade of its instrument)."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What lots are worth at a price, in 10^-18 of the currency that an instrument settles in (``proto/ACCOUNT.md``).

    Parameters
    ----------
    unit : int
        Of one lot at one tick; of an inverse contract at a price of one in the tick's last decimal place.
    tick : Grid
        Step of the price.
    inverse : bool
        Whether it goes by 1 / price.
    """

    unit: int
    tick: Grid
    inverse: bool

    def of(self, ticks: int, lots: int) -> int:
        """Return what lots are worth, below zero for a short position, or a long one of an inverse contract."""
        if not self.inverse:
            return self.unit * ticks * lots
        size = self.unit * abs(lots) // (ticks * self.tick.mantissa) if lots else 0
        return -size if lots > 0 else size

    def size(self, worth: float) -> float:
        """Return what lots above zero are worth, without the sign of an inverse contract."""
        return -worth if self.inverse else worth

    def price(self, worth: float, lots: Any) -> float:
        """Return the mean price at which lots were worth so much; NaN without lots."""
        if not lots:
            return math.nan
        if self.inverse:
            return float(-self.unit * lots / worth / 10**self.tick.exponent)
        return float(worth / (self.unit * lots) * self.tick.step)


@dataclass(slots=True)
class Trip:
    """A trade in the making: lots and money (10^-18) that went in and out; `end` is 0 until it is flat.

    Lots are in the units of its end: splits change what went in and out before them, so that they may be fractions.
    """

    row: int
    sign: int
    time: int
    entered: list[Any] = field(default_factory=lambda: [0, 0])
    left: list[Any] = field(default_factory=lambda: [0, 0])
    fees: int = 0
    fills: int = 0
    end: int = 0
    lots: int = 0
    cost: int = 0

    def enter(self, lots: int, worth: int) -> None:
        """Put more in."""
        _book(self.entered, lots, worth)
        self.lots, self.cost = self.lots + lots, self.cost + worth

    def leave(self, lots: int, worth: int) -> None:
        """Take a part out."""
        _book(self.left, lots, worth)
        self.cost -= _part(self.cost, lots, self.lots)
        self.lots -= lots

    def split(self, split: Split, kept: int) -> None:
        """Go on in new lots, as many as were kept; fractions of one are no part of it any more, and paid for apart."""
        whole, ratio = self.lots * split.new, Fraction(split.new, split.old)
        cost = _part(self.cost, whole - kept * split.old, whole)
        self.lots, self.cost = kept, self.cost - cost
        self.left[0] *= ratio
        self.entered = [self.left[0] + self.lots, self.entered[1] - cost]


def event_trades(fills: Events, instruments: tuple[Instrument, ...], marks: Any, end: int) -> Records:
    """Make trades of fills.

    Parameters
    ----------
    fills : ndarray of RECORDS[Kind.FILL]
        In the order in which they reached the strategy.
    instruments : tuple of Instrument
        Rows of the records' ``instrument``.
    marks : ndarray of float64
        Price of each instrument at the end; NaN if there is none.
    end : int
        When that is, ns UTC.

    Returns
    -------
    ndarray of EVENT_TRADE
        In the order of their entries.
    """
    return trades_of(trips_of(fills, instruments), instruments, marks, end)


def units_of(splits: Iterable[Split], row: int, times: Steps) -> npt.NDArray[np.float64]:
    """Return how many units of the end a unit of each time has become."""
    units = np.ones(len(times))
    for split in splits:
        if split.row == row:
            units[times < split.time] *= split.new / split.old
    return units


def trades_of(trips: list[Trip], instruments: tuple[Instrument, ...], marks: Any, end: int) -> Records:
    """Make the table of trades that :func:`trips_of` has found; parameters and result as of :func:`event_trades`."""
    rests = [_rest(trip, instruments[trip.row], float(marks[trip.row])) for trip in trips]
    profits = [t.sign * (t.left[1] + rest - t.entered[1]) - t.fees for t, rest in zip(trips, rests, strict=True)]
    trades = np.zeros(len(trips), EVENT_TRADE)
    trades["instrument"] = [t.row for t in trips]
    trades["side"] = ["long" if t.sign > 0 else "short" for t in trips]
    trades["entry_time"] = np.array([t.time for t in trips], "M8[ns]")
    trades["exit_time"] = np.array([t.end or end for t in trips], "M8[ns]")
    trades["qty"] = [_units(grid_of(instruments[t.row])[1], t.entered[0]) for t in trips]
    worths = [grid_of(instruments[t.row])[2] for t in trips]
    trades["entry_price"] = [worth.price(t.entered[1], t.entered[0]) for t, worth in zip(trips, worths, strict=True)]
    trades["exit_price"] = [
        worth.price(t.left[1] + rest, t.entered[0]) for t, rest, worth in zip(trips, rests, worths, strict=True)
    ]
    trades["fees"] = [t.fees / 10**18 for t in trips]
    trades["pnl"] = [profit / 10**18 for profit in profits]
    trades["status"] = ["open" if t.lots else "closed" for t in trips]
    sizes = [worth.size(t.entered[1]) for t, worth in zip(trips, worths, strict=True)]
    trades["return"] = [profit / size if size else math.nan for profit, size in zip(profits, sizes, strict=True)]
    trades["fills"] = [t.fills for t in trips]
    trades["mae"] = trades["mfe"] = math.nan
    trades["duration"] = trades["exit_time"] - trades["entry_time"]
    return trades


def grid_of(instrument: Instrument) -> tuple[Grid, Grid, Worth]:
    """Return tick, lot, and what lots are worth, by the multiplier."""
    tick, lot = instrument.tick, instrument.lot
    if tick is None or lot is None:
        raise InputError(f"instruments: {instrument.name!r} has no tick and lot; events need a grid")
    contract = contract_of(instrument)
    size, places = lot.mantissa * contract.mantissa, lot.exponent + contract.exponent
    inverse = instrument.kind == InstrumentKind.INVERSE
    if inverse:
        return tick, lot, Worth(size * int(10 ** (18 + tick.exponent - places)), tick, inverse)
    return tick, lot, Worth(tick.mantissa * size * int(10 ** (18 - tick.exponent - places)), tick, inverse)


def values_of(fills: Events, instruments: tuple[Instrument, ...]) -> npt.NDArray[np.float64]:
    """Return the value of each fill, as doubles."""
    values: npt.NDArray[np.float64] = fills["qty"] * fills["price"]
    for row, instrument in enumerate(instruments):
        multiplier = float(instrument.details.get("multiplier", 1.0))
        of_row = fills["instrument"] == row
        if instrument.kind == InstrumentKind.INVERSE:
            values[of_row] = fills["qty"][of_row] * multiplier / fills["price"][of_row]
        elif multiplier != 1.0:
            values[of_row] *= multiplier
    return values


def in_steps(fills: Events, instruments: tuple[Instrument, ...]) -> tuple[Steps, Steps]:
    """Return prices in ticks and quantities in lots."""
    ticks, lots = np.zeros(len(fills), np.int64), np.zeros(len(fills), np.int64)
    for row, instrument in enumerate(instruments):
        of_row = np.flatnonzero(fills["instrument"] == row)
        tick, lot, _ = grid_of(instrument)
        ticks[of_row] = tick.to_steps(np.ascontiguousarray(fills["price"][of_row]))
        lots[of_row] = lot.to_steps(np.ascontiguousarray(fills["qty"][of_row]))
    return ticks, lots


def set_excursions(trades: Records, rows: npt.NDArray[np.intp], low: Any, high: Any) -> None:
    """Set mae and mfe of some trades by the lowest and the highest mark while they were held."""
    entry, leave, known = trades["entry_price"][rows], trades["exit_price"][rows], np.isfinite(low)
    low, high = np.minimum(np.fmin(low, leave), entry), np.maximum(np.fmax(high, leave), entry)
    below, above = low / entry - 1.0, high / entry - 1.0
    long = trades["side"][rows] == "long"
    trades["mae"][rows] = np.where(known, np.where(long, below, -above), np.nan)
    trades["mfe"][rows] = np.where(known, np.where(long, above, -below), np.nan)


def held_fraction(trades: Records, begin: int, end: int) -> float:
    """Return the part of the time from begin to end in which there was a position in any instrument."""
    if end <= begin or not len(trades):
        return 0.0 if end > begin else float("nan")
    starts, stops = (trades[name].astype(np.int64) for name in ("entry_time", "exit_time"))
    order = np.argsort(starts, kind="stable")
    starts, reached = starts[order], np.maximum.accumulate(stops[order])
    fresh = np.append(True, starts[1:] > reached[:-1])
    ends = np.append(reached[:-1][fresh[1:]], reached[-1])
    return float((np.minimum(ends, end) - np.maximum(starts[fresh], begin)).clip(min=0).sum() / (end - begin))


def _rest(trip: Trip, instrument: Instrument, mark: float) -> float | int:
    """Return what is left of an open trade at its mark, in 10^-18 and without a sign; NaN without a mark."""
    if not trip.lots or math.isnan(mark):
        return math.nan if trip.lots else 0
    tick, _, worth = grid_of(instrument)
    return worth.of(int(tick.to_steps(mark)), trip.lots)


def intervals_of(trips: list[Trip], row: int, end: int) -> tuple[Steps, Steps]:
    """Return when the trades of an instrument begin, and before what time they end; the end includes what came then."""
    mine = [trip for trip in trips if trip.row == row]
    leave = [(trip.end or end) + bool(trip.lots) for trip in mine]
    return np.array([trip.time for trip in mine], np.int64), np.array(leave, np.int64)


def trips_of(fills: Events, instruments: tuple[Instrument, ...], splits: tuple[Split, ...] = ()) -> list[Trip]:
    """Find trades from flat to flat in fills; `splits` by time: each strategy has fractions of lots of its own then."""
    coming = list(splits)
    trips: list[Trip] = []
    going: dict[int, Trip] = {}
    held = Counter[tuple[int, int]]()
    worths = [grid_of(instrument)[2] for instrument in instruments]
    ticks, sizes = in_steps(fills, instruments)
    names = ("instrument", "side", "fee", "receive_time")
    strategies = (fills["client_order_id"] >> 48).tolist()
    columns = (*(fills[name].tolist() for name in names), strategies, ticks.tolist(), sizes.tolist())
    for row, side, fee, time, strategy, at, size in zip(*columns, strict=True):
        sign, lots, unpaid, worth = (1 if side == 1 else -1), size, round(fee * 1e8) * 10**10, worths[row]
        while coming and coming[0].time <= time:
            _split(going, held, coming.pop(0))
        held[row, strategy] += sign * size
        trip = going.get(row)
        if trip is not None and trip.sign != sign:
            closed = min(trip.lots, lots)
            part = unpaid * closed // lots
            trip.leave(closed, worth.of(at, closed))
            trip.fees, trip.fills, unpaid, lots = trip.fees + part, trip.fills + 1, unpaid - part, lots - closed
            if not trip.lots:
                trip.end = time
                del going[row]
        if lots:
            if row not in going:
                trips.append(Trip(row, sign, time))
                going[row] = trips[-1]
            trip = going[row]
            trip.enter(lots, worth.of(at, lots))
            trip.fees, trip.fills = trip.fees + unpaid, trip.fills + 1
    for split in coming:
        _split(going, held, split)
    return trips


def _split(going: dict[int, Trip], held: Counter[tuple[int, int]], split: Split) -> None:
    """Take a split in; a trade whose whole position was a fraction of a lot has ended."""
    for row, strategy in held:
        if row == split.row:
            held[row, strategy] = _part(held[row, strategy], split.new, split.old)
    kept = sum(lots for (row, _), lots in held.items() if row == split.row)
    trip = going.get(split.row)
    if trip is not None:
        trip.split(split, max(0, trip.sign * kept))
        if not trip.lots:
            trip.end = split.time
            del going[split.row]


def _part(amount: int, of: int, whole: int) -> int:
    """Return ``amount * of / whole`` towards zero."""
    part = abs(amount * of) // whole
    return part if amount * of >= 0 else -part


def _units(lot: Grid, lots: Any) -> float:
    return float(lots * Fraction(lot.mantissa, 10**lot.exponent)) if isinstance(lots, Fraction) else lot.to_double(lots)


def _book(side: list[int], lots: int, worth: int) -> None:
    side[0] += lots
    side[1] += worth
