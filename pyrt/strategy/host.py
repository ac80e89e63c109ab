"""The smallest host, for tests and measures: one instrument, and a market order fills in full at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pyrt.errors import InputError
from pyrt.types import EVENT, Events

from .abi import MAJOR, MINOR, STRUCTS, Status
from .faults import StrategyFault
from .instance import Instance

__all__ = ["Answers", "Host"]


class Answers(NamedTuple):
    """What a strategy asked for: requests, and the row of the event that each answers."""

    requests: npt.NDArray[np.void]
    rows: npt.NDArray[np.int64]


class Host:
    """A context around one strategy.

    It does what ``proto/STRATEGY_ABI.md`` asks of a host, for one instrument and without a market: it is the example
    that other hosts follow, and it feeds the tests that compare modes.

    Parameters
    ----------
    instance : Instance
        Of :func:`~pyrt.strategy.prepare`.
    cash : float
        What ``ctx.cash`` and ``ctx.equity`` say.
    requests : int
        Room for the requests of one call.

    Examples
    --------
    >>> from pyrt.strategy import Strategy, prepare
    >>> class Buyer(Strategy):
    ...     def on_trade(self, ctx, trade):
    ...         if trade.price < 10.0 and ctx.position == 0:
    ...             ctx.market(2.0)
    >>> from pyrt.types import RECORDS, Kind
    >>> trades = np.zeros(3, RECORDS[Kind.TRADE])
    >>> trades["kind"], trades["price"] = Kind.TRADE, [11.0, 9.0, 8.0]
    >>> answers = Host(prepare(Buyer)).run(trades)
    >>> answers.rows, answers.requests["qty"]
    (array([1]), array([2.]))
    """

    def __init__(self, instance: Instance, *, cash: float = 100_000.0, requests: int = 64) -> None:
        self.instance = instance
        self.slots = np.zeros(1, STRUCTS["slot"])
        for name in ("avg_price", "bid", "ask", "last_price", "last_qty"):
            self.slots[name] = np.nan
        self.slots["multiplier"] = 1.0
        self.requests = np.zeros(requests, STRUCTS["request"])
        self.series, self.bars = self._series(instance)
        self.context = np.zeros(1, STRUCTS["context"])
        self._point("size", self.context.dtype.itemsize)
        self._point("abi", MAJOR << 16 | MINOR)
        for name in ("state", "params"):
            self._point(name, getattr(instance, name).ctypes.data)
        self._point("slots", self.slots.ctypes.data)
        self._point("slot_count", 1)
        self._point("requests", self.requests.ctypes.data)
        self._point("request_capacity", requests)
        self._point("next_order_id", 1)
        self.context["cash"] = self.context["equity"] = cash

    def _point(self, name: str, value: int) -> None:
        self.context[name] = value

    def _series(self, instance: Instance) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]:
        periods = max(len(instance.subscriptions.bars), 1)
        capacity = 1 << max(instance.subscriptions.history - 1, 0).bit_length()
        series, bars = np.zeros(periods, STRUCTS["series"]), np.zeros((periods, capacity), EVENT)
        series["bars"] = [row.ctypes.data for row in bars]
        series["capacity"], series["limit"] = capacity, instance.subscriptions.history
        self.slots["series"], self.slots["series_count"] = series.ctypes.data, periods
        return series, bars

    def run(self, events: Events, *, room: int = 1_000_000) -> Answers:
        """Give the strategy records in their order and return what it asked for.

        Raises
        ------
        StrategyFault
            If a handler failed, with the user's line and the row of the event.
        """
        from pyrt_ext.abi import drive

        if events.dtype.itemsize != EVENT.itemsize or not events.flags.c_contiguous:
            raise InputError(f"events: must be a contiguous array of 64-byte records, got {events.dtype}")
        out, rows = np.zeros(min(room, 16 * len(events) + 64), STRUCTS["request"]), np.zeros(room, np.int64)
        written, status, done = drive(
            self.context.ctypes.data, self.instance.table, events.ctypes.data, len(events),
            out.ctypes.data, len(out), rows,
        )  # fmt: skip
        if status != Status.OK:
            fault = self.instance.fault(status, int(self.context["error_site"][0]))
            raise StrategyFault(f"event {done}: {fault}", fault.status, fault.line) from fault.__cause__
        if written > len(out):
            raise InputError(f"room: the strategy made {written} requests, there is room for {len(out)}")
        return Answers(out[:written], rows[:written])
