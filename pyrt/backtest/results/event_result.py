"""The result of a strategy on events: immutable, exact money, and it says what was assumed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..._validate import choice
from ...types import Events, Flag, Instrument, Kind, of_kind
from ..account.events import EVENT_PAID
from .course import Course
from .ledger import frame_of
from .measures import measure_events
from .reported import EquityPath, Reported
from .summary import span

if TYPE_CHECKING:
    import os

    import pandas as pd

__all__ = ["EventResult"]

Records = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class EventResult(Reported):
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
    totals : mapping
        Exact money in 10^-18 of the quote currency, or of the account's (``cash``, ``realized`` before fees, ``fees``,
        ``equity``; with an account ``paid``), ``positions`` in lots by slot, and counts.
    state : bytes
        The strategy's state and arena at the end.
    period : tuple of int
        When trading could begin, when the records end (ns UTC), and how many records there are.
    start : int
        Cash at the start, in 10^-18.
    course_source : callable
        Makes the :class:`Course` when it is first asked for; holds the events until then.
    assumptions : mapping of str to str
        What was simulated, with which model.
    warnings : tuple of str
        What looks wrong; empty if nothing does.
    paid : ndarray of EVENT_PAID
        What the account paid (below zero) or got beside fills.
    paid_exactly : bytes
        The same with amounts in 10^-18, as ``pyrt-engine replay`` writes it (``paid.npy``).
    """

    instruments: tuple[Instrument, ...]
    commands: Records
    answers: Events
    signals: Records
    equity_at_fills: Floats
    totals: Mapping[str, Any]
    state: bytes
    period: tuple[int, int, int]
    start: int
    course_source: Callable[[], Course]
    assumptions: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    paid: Records = field(default_factory=lambda: np.zeros(0, EVENT_PAID))

    paid_exactly: bytes = b""

    def __post_init__(self) -> None:
        for array in (self.commands, self.answers, self.signals, self.equity_at_fills, self.paid):
            array.flags.writeable = False
        object.__setattr__(self, "totals", MappingProxyType(dict(self.totals)))
        object.__setattr__(self, "assumptions", MappingProxyType(dict(self.assumptions)))

    @property
    def span(self) -> str:
        """How many records there are, and when."""
        begin, end, n = self.period
        return span(n, "records", np.array([begin, end]).view("M8[ns]"))

    @property
    def cash(self) -> float:
        """Money at the end; exactly, in 10^-18, in ``totals["cash"]``."""
        return float(self.totals["cash"] / 10**18)

    @property
    def equity(self) -> float:
        """Cash and positions at their marks, at the end."""
        return float(self.totals["equity"] / 10**18)

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
    def trades(self) -> Records:
        """Trades from flat to flat, instrument by instrument, in the order of their entries.

        instrument, side ("long" or "short"), entry_time, exit_time, qty, entry_price, exit_price (means), fees, pnl,
        status ("closed" or "open": what is left is valued at the last trade, NaN if there was none), return, duration,
        fills, mae and mfe (the furthest that the mark, the last trade, went against and for it while it was held, as
        fractions of the mean entry price; NaN where there was none).
        """
        return self._course.trades

    @cached_property
    def equity_curve(self) -> Records:
        """Equity over time: ``time`` (UTC) and ``equity``, at round times a few thousand times, and at the end.

        Each point is exact. One at which a position was held before the first trade of its instrument, so without a
        mark that is known here, is left out. After each fill: :attr:`equity_at_fills`.
        """
        return self._course.curve

    @property
    def equity_path(self) -> EquityPath:
        """The curve of :attr:`equity_curve`."""
        curve = self.equity_curve
        return EquityPath(curve["time"], curve["equity"], self.start / 10**18)

    @property
    def marks(self) -> Floats:
        """Last trade of each instrument, shape (n_instruments,); NaN if there was none."""
        return self._course.marks

    @cached_property
    def metrics(self) -> Mapping[str, float]:
        """Measures by name, as fractions; NaN where the data does not define one."""
        return MappingProxyType(measure_events(self))

    @property
    def state_sha256(self) -> str:
        """Digest of the strategy's state at the end, as ``pyrt-engine replay`` prints it."""
        return hashlib.sha256(self.state).hexdigest()

    def to_frame(
        self, what: Literal["fills", "orders", "trades", "equity", "drawdowns", "paid"] = "fills"
    ) -> pd.DataFrame:
        """Return a table as a pandas DataFrame, prices and quantities in units, times in UTC.

        Parameters
        ----------
        what : {"fills", "orders", "trades", "equity", "drawdowns", "paid"}
            Which table.
        """
        import pandas as pd

        choice(what, "what", ("fills", "orders", "trades", "equity", "drawdowns", "paid"))
        names = {row: instrument.name for row, instrument in enumerate(self.instruments)}
        if what in ("trades", "equity", "drawdowns", "paid"):
            tables = {"equity": "equity_curve"}
            table = getattr(self, tables.get(what, what))
            frame = frame_of(table)
            if what in ("trades", "paid"):
                frame["instrument"] = [names[row] for row in table["instrument"]]
            return frame.set_index("time") if what in ("equity", "paid") else frame
        if what == "fills":
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

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Keep the result, without loss: a folder of Parquet tables and ``result.json``; see :meth:`Result.save`."""
        from .event_storage import save_events

        return save_events(self, Path(path))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> EventResult:
        """Read a result that :meth:`save` has written.

        Raises
        ------
        DataError
            If the folder holds no result, or one that this version of pyrt does not read; names file and versions.
        """
        from .event_storage import load_events

        return load_events(cls, Path(path))

    def __repr__(self) -> str:
        return (
            f"<EventResult: {self.span}; {len(self.orders)} orders, {len(self.fills)} fills, equity {self.equity:,.2f}>"
        )

    @cached_property
    def _course(self) -> Course:
        course = self.course_source()
        for array in (course.curve, course.marks, course.trades):
            array.flags.writeable = False
        return course
