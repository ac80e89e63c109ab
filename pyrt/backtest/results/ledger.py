"""The ledger: fills, and the trades that they make up."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...data import Bars

__all__ = ["FILL", "KERNEL_FILL", "TRADE", "public_fills", "round_trips"]

Records = npt.NDArray[np.void]

KERNEL_FILL = np.dtype([("row", "<i8"), ("side", "<i8"), ("qty", "<f8"), ("price", "<f8"), ("fee", "<f8")])
"""What the kernel writes (``pyrt_ext/signals.pxd``)."""

FILL = np.dtype(
    [("time", "<M8[ns]"), ("row", "<i8"), ("side", "<U4"), ("qty", "<f8"), ("price", "<f8"), ("fee", "<f8")]
)
"""A fill: end of its bar (UTC), row of its bar, "buy" or "sell", quantity above zero, price with slippage, fee."""

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
    ]
)
"""A trade from entry to exit; while it is "open", its exit is the last close, without a fee."""


def public_fills(raw: Records, bars: Bars) -> Records:
    """Give the kernel's fills their time and a side in words."""
    fills = np.empty(len(raw), FILL)
    fills["time"] = bars.timestamps[raw["row"]]
    fills["side"] = np.where(raw["side"] == 1, "buy", "sell")
    for name in ("row", "qty", "price", "fee"):
        fills[name] = raw[name]
    return fills


def round_trips(fills: Records, bars: Bars) -> Records:
    """Pair buys with the sells that follow them: one trade each, the last one perhaps open.

    ``fees = entry fee + exit fee``, ``pnl = qty * exit_price - qty * entry_price - fees``, in this order.
    """
    buys, sells = fills[::2], fills[1::2]
    trades = np.empty(len(buys), TRADE)
    trades["entry_time"], trades["qty"], trades["entry_price"] = buys["time"], buys["qty"], buys["price"]
    trades["exit_time"] = _completed(sells["time"], len(buys), bars.timestamps[-1:])
    trades["exit_price"] = _completed(sells["price"], len(buys), bars.close[-1:])
    trades["fees"] = buys["fee"] + _completed(sells["fee"], len(buys), np.zeros(1))
    trades["pnl"] = trades["qty"] * trades["exit_price"] - trades["qty"] * trades["entry_price"] - trades["fees"]
    trades["status"] = "closed"
    trades["status"][len(sells) :] = "open"
    return trades


def _completed(exits: npt.NDArray[Any], n: int, last: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return exits if len(exits) == n else np.concatenate([exits, last])
