"""The ledger: fills, and the trades that they make up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.signals import Reason

from ...data import Bars
from .valuation import Valuation

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FILL",
    "KERNEL_FILL",
    "TRADE",
    "extreme",
    "frame_of",
    "kernel_fills",
    "odd_fills",
    "public_fills",
    "round_trips",
]

Records = npt.NDArray[np.void]

KERNEL_FILL = np.dtype(
    [("row", "<i8"), ("side", "<i8"), ("reason", "<i8"), ("qty", "<f8"), ("price", "<f8"), ("fee", "<f8")]
)
"""What the kernel writes (``pyrt_ext/signals.pxd``)."""

FILL = np.dtype(
    [
        ("time", "<M8[ns]"),
        ("row", "<i8"),
        ("side", "<U4"),
        ("qty", "<f8"),
        ("price", "<f8"),
        ("fee", "<f8"),
        ("reason", "<U13"),
    ]
)
"""A fill: end of its bar (UTC), row of its bar, "buy" or "sell", quantity above zero, price with slippage, fee, and its
reason: "signal", "stop_loss", "take_profit", "trailing_stop" or "liquidation"."""

REASONS = np.array([reason.name.lower() for reason in Reason])
_SIDES = np.array(["sell", "buy"])

TRADE = np.dtype(
    [
        ("entry_time", "<M8[ns]"),
        ("exit_time", "<M8[ns]"),
        ("qty", "<f8"),
        ("entry_price", "<f8"),
        ("exit_price", "<f8"),
        ("fees", "<f8"),
        ("pnl", "<f8"),
        ("status", "<U6"),
        ("side", "<U5"),
        ("reason", "<U13"),
        ("return", "<f8"),
        ("duration", "<m8[ns]"),
        ("mae", "<f8"),
        ("mfe", "<f8"),
    ]
)
"""A trade from entry to exit, "long" or "short"; while it is "open", its exit is the last close, without a fee, and its
``reason`` is empty, else that of its exit's fill. ``return`` is the profit over the value of the entry. ``mae`` and
``mfe`` are the furthest that the price went against and for it while it was held, as fractions of the entry price: zero
or negative, and zero or positive; of the bar inside which a stop ended it, the price of the exit alone counts."""


def frame_of(records: Records) -> pd.DataFrame:
    """Return records as a pandas DataFrame, times in UTC."""
    import pandas as pd

    frame = pd.DataFrame({name: records[name] for name in records.dtype.names or ()})
    for name in frame.columns[frame.dtypes == "datetime64[ns]"]:
        frame[name] = frame[name].dt.tz_localize("UTC")
    return frame


def public_fills(raw: Records, bars: Bars) -> Records:
    """Give the kernel's fills their time and a side in words."""
    fills = np.empty(len(raw), FILL)
    fills["time"] = bars.timestamps[raw["row"]]
    fills["side"] = _SIDES[(raw["side"] == 1).view(np.int8)]
    fills["reason"] = REASONS[raw["reason"]]
    for name in ("row", "qty", "price", "fee"):
        fills[name] = raw[name]
    return fills


def kernel_fills(fills: Records) -> Records:
    """Give fills back as the kernel wrote them."""
    raw = np.empty(len(fills), KERNEL_FILL)
    raw["side"] = np.where(fills["side"] == "buy", 1, 2)
    places = {reason: place for place, reason in enumerate(REASONS.tolist())}
    raw["reason"] = [places[reason] for reason in fills["reason"].tolist()]
    for name in ("row", "qty", "price", "fee"):
        raw[name] = fills[name]
    return raw


def odd_fills(fills: Records, bars: Bars, first: int = 0, *, inside: bool = False) -> tuple[int, int]:
    """Count fills outside their bar's range, and those on bars without volume; `first` is the row of the first bar.

    `inside` says that costs leave prices where they were, in the range: they are not looked at.
    """
    outside = empty = 0
    rows, price = fills["row"] - first, fills["price"]
    if not inside:
        beyond = (price > bars.high[rows] * (1 + 1e-9)) | (price < bars.low[rows] * (1 - 1e-9))
        outside = int(np.count_nonzero(beyond))
    if bars.volume is not None:
        empty = int(np.count_nonzero(bars.volume[rows] == 0))
    return outside, empty


def round_trips(fills: Records, bars: Bars, valuation: Valuation, *, at_open: bool) -> Records:
    """Pair entries with the exits that follow them: one trade each, the last one perhaps open.

    ``fees = entry fee + exit fee``, ``pnl = value of the exit - value of the entry - fees`` (of a short trade the first
    two change places), in this order, and then what was paid and got while it was held. Fills on signals lie at the
    open of their bar, or at its close.
    """
    opened, left = fills[::2], fills[1::2]
    trades = np.empty(len(opened), TRADE)
    trades["entry_time"], trades["qty"], trades["entry_price"] = opened["time"], opened["qty"], opened["price"]
    trades["exit_time"] = _completed(left["time"], len(opened), bars.timestamps[-1:])
    trades["exit_price"] = _completed(left["price"], len(opened), bars.close[-1:])
    trades["fees"] = opened["fee"] + _completed(left["fee"], len(opened), np.zeros(1))
    long = opened["side"] == "buy"
    paid = valuation.value(opened, at_open=at_open)
    held = opened["qty"] * valuation.grown(-1, opened["row"])
    got = _completed(valuation.value(left, at_open=at_open), len(opened), valuation.last(held, bars.close[-1])[-1:])
    trades["pnl"] = np.where(long, got - paid, paid - got) - trades["fees"]
    ends = _completed(left["row"], len(opened), np.array([len(bars) - 1]))
    if (payments := valuation.paid()) is not None:
        sums = np.append(0.0, np.cumsum(payments))
        trades["pnl"] += sums[ends + 1] - sums[opened["row"] + 1]
    trades["status"], trades["side"] = "closed", np.where(long, "long", "short")
    trades["status"][len(left) :] = "open"
    trades["reason"] = _completed(left["reason"], len(opened), np.array([""]))
    trades["return"] = trades["pnl"] / paid
    trades["duration"] = trades["exit_time"] - trades["entry_time"]
    # Whole bars between the fills: from the entry's own if that is its open, to the exit's own if that is its close.
    starts = opened["row"] + (not at_open)
    at_close = (left["reason"] == "signal") & (not at_open)
    stops = _completed(left["row"] + at_close, len(opened), np.array([len(bars)]))
    first = trades["entry_price"] * valuation.grown(opened["row"], 0)  # in units of the first bar, as the others
    last = trades["exit_price"] * valuation.grown(ends, 0)
    low, high = np.minimum(first, last), np.maximum(first, last)
    units = valuation.grown(slice(None), 0)
    lowest = np.minimum(extreme(np.minimum, bars.low * units, starts, stops, low), low)
    highest = np.maximum(extreme(np.maximum, bars.high * units, starts, stops, high), high)
    below, above = lowest / first - 1.0, highest / first - 1.0
    trades["mae"], trades["mfe"] = np.where(long, below, -above), np.where(long, above, -below)
    return trades


def extreme(
    choose: np.ufunc, values: npt.NDArray[np.float64], starts: npt.NDArray[Any], stops: npt.NDArray[Any], none: Any
) -> npt.NDArray[np.float64]:
    """Return the extreme of each stretch of rows; what is given where a stretch is empty."""
    found, full = np.array(none), starts < stops
    if full.any():
        edges = np.stack([starts[full], stops[full]], axis=1).ravel()
        edges = edges[:-1] if edges[-1] == len(values) else edges
        found[full] = choose.reduceat(values, edges)[::2]
    return found


def _completed(exits: npt.NDArray[Any], n: int, last: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return exits if len(exits) == n else np.concatenate([exits, last])
