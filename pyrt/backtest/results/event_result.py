"""The result of a strategy on events: immutable, exact money, and it says what was assumed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..._validate import choice
from ...types import Events, Flag, Instrument, Kind, of_kind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventResult"]

Records = npt.NDArray[np.void]


@dataclass(frozen=True, eq=False, repr=False)
class EventResult:
    """What a strategy did on events and what came of it; its arrays are read-only.

    Parameters
    ----------
    instruments : tuple of Instrument
        Rows of the records' ``instrument``.
    commands : ndarray of COMMAND
        New orders and cancels, in ticks and lots, in the order of sending.
    answers : ndarray of EVENT
        Order updates and fills in the order in which they reached the strategy.
    signals : ndarray of RECORDS[Kind.SIGNAL]
        In the order of making.
    equity_at_fills : ndarray of float64
        Cash and positions at their marks after each fill.
    summary : mapping
        Exact money in 10^-18 of the quote currency (``cash``, ``realized`` before fees, ``fees``, ``equity``),
        ``positions`` in lots by slot, and counts.
    state : bytes
        The strategy's state and arena at the end.
    assumptions : mapping of str to str
        What was simulated, with which model.
    warnings : tuple of str
        What looks wrong; empty if nothing does.
    """

    instruments: tuple[Instrument, ...]
    commands: Records
    answers: Events
    signals: Records
    equity_at_fills: npt.NDArray[np.float64]
    summary: Mapping[str, Any]
    state: bytes
    assumptions: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "summary", MappingProxyType(dict(self.summary)))
        object.__setattr__(self, "assumptions", MappingProxyType(dict(self.assumptions)))

    @property
    def cash(self) -> float:
        """Money at the end; exactly, in 10^-18, in ``summary["cash"]``."""
        return float(self.summary["cash"] / 10**18)

    @property
    def equity(self) -> float:
        """Cash and positions at their marks, at the end."""
        return float(self.summary["equity"] / 10**18)

    @cached_property
    def fills(self) -> Records:
        """Fills as records: receive_time, side, price, qty, fee, client_order_id."""
        return of_kind(self.answers, Kind.FILL)

    @cached_property
    def orders(self) -> Records:
        """New orders as commands."""
        orders: Records = self.commands[self.commands["action"] == 1]
        return orders

    @property
    def state_sha256(self) -> str:
        """Digest of the strategy's state at the end, as ``pyrt-engine replay`` prints it."""
        return hashlib.sha256(self.state).hexdigest()

    def to_frame(self, what: Literal["fills", "orders"] = "fills") -> pd.DataFrame:
        """Return fills or orders as a pandas DataFrame, prices and quantities in units, times in UTC."""
        import pandas as pd

        names = {row: instrument.name for row, instrument in enumerate(self.instruments)}
        if choice(what, "what", ("fills", "orders")) == "fills":
            columns = {"time": "receive_time", "side": "side", "qty": "qty", "price": "price", "fee": "fee"}
            frame = pd.DataFrame({name: self.fills[field] for name, field in columns.items()})
            frame["maker"] = (self.fills["flags"] & Flag.MAKER) != 0
            records = self.fills
        else:
            records = self.orders
            frame = pd.DataFrame({name: records[name] for name in ("time", "side", "type", "tif")})
            for column, grid in (("price", "tick"), ("qty", "lot")):
                steps = [getattr(self.instruments[row], grid) for row in records["instrument"]]
                frame[column] = [g.to_double(int(n)) for g, n in zip(steps, records[column], strict=True)]
        frame["time"] = pd.to_datetime(frame["time"], utc=True)
        frame.insert(1, "instrument", [names[row] for row in records["instrument"]])
        frame["side"] = np.where(frame["side"] == 1, "buy", "sell")
        return frame.set_index("time")

    def __repr__(self) -> str:
        return f"<EventResult: {len(self.orders)} orders, {len(self.fills)} fills, equity {self.equity:,.2f}>"
