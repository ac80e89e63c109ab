"""Orders, fills and trades of a run on bars as arrays; ``pyrt_ext/bars`` has the rows of the kernel."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ...data import Bars
from ..results.event_trades import EVENT_TRADE
from ..results.ledger import extreme
from ..results.valuation import Valuation

__all__ = [
    "FILL_ROW",
    "MARKET",
    "NO_MARGIN",
    "ORDER_ROW",
    "bar_trades",
    "orders_of",
    "public_fills",
    "public_orders",
]

Records = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Extremes: TypeAlias = Callable[[int, Rows, Rows], tuple[Floats, Floats]]
"""Lowest and highest price of an instrument's bars in stretches [start, stop) of its rows."""

FURTHEST = 2**62
"""A row beyond all."""

ORDER_ROW = np.dtype(
    [
        *((name, "<i8") for name in ("id", "time", "ended", "tag")),
        *((name, "<f8") for name in ("qty", "price", "trigger", "filled")),
        ("instrument", "<u4"),
        *((name, "u1") for name in ("action", "side", "tif", "status")),
        *((name, "<u2") for name in ("reason", "flags")),
        ("changes", "<u4"),
    ]
)
"""``pyrt_ext/bars/desk.pxd``, OrderRow; of a result `instrument` is a row and no slot."""

FILL_ROW = np.dtype(
    [
        *((name, "<i8") for name in ("time", "row", "order_id")),
        *((name, "<f8") for name in ("qty", "price", "fee", "position", "cash", "value")),
        ("instrument", "<u4"),
        *((name, "u1") for name in ("side", "place", "maker", "action")),
    ]
)
"""``pyrt_ext/bars/account.pxd``, FillRow; of a result `instrument` is a row and no slot."""

TYPES = np.array(["liquidation", "market", "limit", "stop", "stop_limit", "trailing_stop"])
SIDES = np.array(["", "buy", "sell"])
TIFS = np.array(["gtc", "ioc", "fok", "gtd", "day"])
PLACES = np.array(["open", "inside", "close"])
REJECTED, LIVES = 5, 255
NO_MARGIN = 20
FILLED, EXPIRED, MARKET, LIMIT = 3, 6, 1, 2
"""Statuses of orders, and actions, as of ``proto/MATCHING.md``."""
STATUSES = {3: "filled", 4: "canceled", REJECTED: "rejected", 6: "expired", LIVES: "live"}
REASONS = {
    1: "bad_quantity", 2: "bad_price", 5: "would_cross", 6: "not_enough", 7: "ioc_rest", 13: "bad_trigger",
    15: "bad_expiry", 16: "time_up", 17: "group_filled", 18: "parent_ended", 19: "nothing_to_reduce", 20: "no_margin",
    21: "liquidated",
}  # fmt: skip
"""By the codes of ``proto/MATCHING.md`` and ``proto/BARS.md``."""

ORDER = np.dtype(
    [
        ("id", "<i8"), ("time", "<M8[ns]"), ("instrument", "<u4"), ("type", "<U13"), ("side", "<U4"), ("tif", "<U3"),
        ("qty", "<f8"), ("price", "<f8"), ("trigger", "<f8"), ("filled", "<f8"), ("status", "<U8"),
        ("reason", "<U17"),
        ("ended", "<M8[ns]"), ("tag", "<i8"), ("changes", "<u4"),
    ]
)  # fmt: skip
"""An order: its id, when it was asked for (UTC), row of the instrument, what was asked for, its limit and its trigger
(of a trailing stop how far it trails; 0: it has none), how much of it was filled, "filled", "canceled", "rejected",
"expired" or "live", the reason, when it ended (NaT: it lives), its tag, and how often it was changed."""

FILL = np.dtype(
    [
        ("time", "<M8[ns]"), ("instrument", "<u4"), ("row", "<i8"), ("order_id", "<i8"), ("side", "<U4"),
        ("qty", "<f8"), ("price", "<f8"), ("fee", "<f8"), ("position", "<f8"), ("value", "<f8"), ("type", "<U13"),
        ("place", "<U6"), ("maker", "?"),
    ]
)  # fmt: skip
"""A fill: end of its bar (UTC), row of the instrument and of its bar, order, "buy" or "sell", quantity above zero,
price and fee after costs, position after it, value in the account's money, type of its order, where on the bar it lies
("open", "inside", "close") and whether the order rested."""


def public_orders(raw: Records) -> Records:
    """Give the kernel's orders words and times."""
    orders = np.empty(len(raw), ORDER)
    for name in ("id", "qty", "price", "trigger", "filled", "tag", "changes"):
        orders[name] = raw[name]
    orders["time"], orders["instrument"] = raw["time"].view("M8[ns]"), raw["instrument"]
    orders["ended"] = np.where(raw["ended"] == -1, np.datetime64("NaT"), raw["ended"].view("M8[ns]"))
    orders["type"], orders["side"], orders["tif"] = TYPES[raw["action"]], SIDES[raw["side"]], TIFS[raw["tif"]]
    orders["status"] = [STATUSES[code] for code in raw["status"].tolist()]
    orders["reason"] = [REASONS.get(code, "") for code in raw["reason"].tolist()]
    return orders


def public_fills(raw: Records) -> Records:
    """Give the kernel's fills words and times."""
    fills = np.empty(len(raw), FILL)
    for name in ("row", "order_id", "qty", "price", "fee", "position", "value"):
        fills[name] = raw[name]
    fills["time"], fills["instrument"] = raw["time"].view("M8[ns]"), raw["instrument"]
    fills["side"], fills["type"], fills["place"] = SIDES[raw["side"]], TYPES[raw["action"]], PLACES[raw["place"]]
    fills["maker"] = raw["maker"] != 0
    return fills


def orders_of(fills: Records, asked: Rows) -> Records:
    """Make orders of the fills of signals: of each one, with when it was asked for; what could not be paid is of 0."""
    orders = np.zeros(len(fills), ORDER_ROW)
    for name, source in (("id", "order_id"), ("instrument", "instrument"), ("action", "action"), ("side", "side")):
        orders[name] = fills[source]
    orders["time"], orders["ended"] = asked, fills["time"]
    orders["qty"] = orders["filled"] = fills["qty"]
    orders["status"] = np.where(fills["qty"] > 0, FILLED, EXPIRED)
    orders["reason"] = np.where(fills["qty"] > 0, 0, NO_MARGIN)
    rests = orders["action"] == LIMIT
    orders["price"][rests] = fills["price"][rests]
    return orders


@dataclass(slots=True)
class _Trip:
    """A trade in the making: units and prices that went in and out, its money, and its first and last row of bars."""

    instrument: int
    sign: float
    time: int
    start: int
    row: int
    entered: list[float] = field(default_factory=lambda: [0.0, 0.0])
    left: list[float] = field(default_factory=lambda: [0.0, 0.0])
    whole: float = 0.0
    spent: float = 0.0
    got: float = 0.0
    fees: float = 0.0
    fills: int = 0
    held: float = 0.0
    end: int = -1
    stop: int = -1


def bar_trades(
    fills: Records,
    bars: tuple[Bars, ...],
    valuations: Sequence[Valuation],
    paid: Records,
    extremes: Extremes | None = None,
) -> Records:
    """Make trades of fills, from flat to flat, instrument by instrument, in the order of their entries.

    A fill that turns the position ends one trade and begins the next, each with its part of the fee. An open trade ends
    at the last close, without a fee. The profit is in the account's money, with what was paid and got beside fills
    while it was held, but for interest. mae and mfe are of whole bars while it was held and of its own prices, all in
    units of the first bar; `extremes` gives those of an instrument's bars where they are not all there.
    """
    trips = _trips(fills, valuations)
    trades = np.zeros(len(trips), EVENT_TRADE)
    if not trips:
        return trades
    for trip in trips:
        _close(trip, bars[trip.instrument], valuations[trip.instrument])
    trades["instrument"] = [t.instrument for t in trips]
    trades["side"] = ["long" if t.sign > 0 else "short" for t in trips]
    trades["entry_time"] = np.array([t.time for t in trips], "M8[ns]")
    trades["exit_time"] = np.array([t.end for t in trips], "M8[ns]")
    entered, sums = np.array([t.entered for t in trips]).T
    out, back = np.array([t.left for t in trips]).T
    trades["qty"], trades["entry_price"], trades["exit_price"] = entered, sums / entered, back / out
    trades["fees"], trades["fills"] = [t.fees for t in trips], [t.fills for t in trips]
    spent, got = (np.array([getattr(t, name) for t in trips]) for name in ("spent", "got"))
    trades["pnl"] = np.array([t.sign for t in trips]) * (got - spent) - trades["fees"]
    trades["status"] = ["closed" if t.stop >= 0 else "open" for t in trips]
    trades["mae"] = trades["mfe"] = math.nan
    for instrument, one in enumerate(bars):
        of_it = np.flatnonzero(trades["instrument"] == instrument)
        if len(of_it):
            own = [trips[at] for at in of_it]
            starts = np.array([t.start for t in own])
            stops = np.array([t.stop if t.stop >= 0 else FURTHEST for t in own])
            if extremes is None:
                found = _extremes(one, valuations[instrument], starts, np.minimum(stops, len(one)))
            else:
                found = extremes(instrument, starts, stops)
            _set_excursions(trades, of_it, own, found)
            _add_paid(trades, of_it, paid[(paid["instrument"] == instrument) & (paid["kind"] != "interest")])
    trades["return"], trades["duration"] = trades["pnl"] / spent, trades["exit_time"] - trades["entry_time"]
    return trades


def _close(trip: _Trip, bars: Bars, valuation: Valuation) -> None:
    """Value what is left of a trade at the last close."""
    plain = valuation.units is None
    if trip.stop < 0:
        trip.held *= float(valuation.grown(-1, trip.row))
        rest = trip.held * float(bars.close[-1])
        trip.end, trip.left = int(bars.time[-1]), [trip.left[0] + trip.held, trip.left[1] + rest]
        trip.got += float(valuation.last(trip.held, float(bars.close[-1])))
    if plain:
        trip.left[0] = trip.entered[0]


def _add_paid(trades: Records, rows: npt.NDArray[np.intp], paid: Records) -> None:
    """Add what was paid after the bar of an entry, up to the bar of the exit."""
    if not len(paid):
        return
    sums = np.append(0.0, np.cumsum(paid["amount"]))
    first, last = (paid["time"].searchsorted(trades[name][rows], side="right") for name in ("entry_time", "exit_time"))
    trades["pnl"][rows] += sums[last] - sums[first]


def _extremes(bars: Bars, valuation: Valuation, starts: Rows, stops: Rows) -> tuple[Floats, Floats]:
    """Return the lowest and the highest price of stretches of bars; of empty ones infinities."""
    low, high = valuation.adjusted(bars.low), valuation.adjusted(bars.high)
    none = np.full(len(starts), math.inf)
    return extreme(np.minimum, low, starts, stops, none), extreme(np.maximum, high, starts, stops, -none)


def _set_excursions(
    trades: Records, rows: npt.NDArray[np.intp], trips: list[_Trip], extremes: tuple[Floats, Floats]
) -> None:
    entry, leave = (
        np.array(sums) for sums in zip(*((t.entered[1] / t.whole, t.left[1] / t.whole) for t in trips), strict=True)
    )
    low = np.minimum(np.minimum(entry, leave), extremes[0])
    high = np.maximum(np.maximum(entry, leave), extremes[1])
    long, below, above = trades["side"][rows] == "long", low / entry - 1.0, high / entry - 1.0
    trades["mae"][rows], trades["mfe"][rows] = np.where(long, below, -above), np.where(long, above, -below)


def _trips(fills: Records, valuations: Sequence[Valuation]) -> list[_Trip]:
    trips: list[_Trip] = []
    going: dict[int, _Trip] = {}
    names = ("instrument", "side", "qty", "price", "fee", "row", "place", "position", "value")
    columns: list[list[Any]] = [fills[name].tolist() for name in names]
    times = fills["time"].view(np.int64).tolist()
    for instrument, side, size, price, fee, row, place, position, value, time in zip(*columns, times, strict=True):
        sign, qty, unpaid = (1.0 if side == "buy" else -1.0), size, fee
        valuation = valuations[instrument]
        unit = price if valuation.money is None else value / size
        trip = going.get(instrument)
        if trip is not None:
            trip.held, trip.row = trip.held * float(valuation.grown(row, trip.row)), row
        if trip is not None and trip.sign != sign:
            whole = position * trip.sign <= 0.0
            closed = min(trip.held, qty)
            if whole and position == 0.0:
                closed = qty
            part = fee if closed == size else fee * (closed / size)
            trip.left = [trip.left[0] + closed, trip.left[1] + closed * price]
            trip.got += closed * unit
            trip.fees, trip.fills, trip.held = trip.fees + part, trip.fills + 1, trip.held - closed
            qty, unpaid = (0.0 if closed == size else qty - closed), fee - part
            if whole:
                trip.end, trip.stop = time, row + (place == "close")
                del going[instrument]
        if qty:
            if instrument not in going:
                trips.append(_Trip(instrument, sign, time, row + (place != "open"), row))
                going[instrument] = trips[-1]
            trip = going[instrument]
            trip.entered = [trip.entered[0] + qty, trip.entered[1] + qty * price]
            trip.whole += qty / float(valuation.grown(row, 0))
            trip.spent += qty * unit
            trip.fees, trip.fills, trip.held = trip.fees + unpaid, trip.fills + 1, trip.held + qty
    return trips
