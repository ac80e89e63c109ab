"""The top of one order book, copied in one piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..types import Instrument, State
from .layout import LEVEL

__all__ = ["Book"]

Levels = npt.NDArray[np.void]

_STATES = {state.value: state for state in State}


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The best levels of a book, consistent: all of it was written by one update.

    Attributes
    ----------
    instrument : Instrument
        Whose book it is.
    state : State or None
        What the engine says of it; trust prices only while it is ``State.SYNCED``. None: nothing was published yet.
    bids, asks : ndarray of (price f64, qty f64)
        Best first, as many levels as there are: ``book.bids["price"][0]``.
    event_time, receive_time : int
        ns UTC of the last update, by the venue's clock and by the engine's.
    last_id : int
        The venue's id of the last update.
    reason : int
        Why the state is what it is (``proto/SHM_LAYOUT.md`` lists them).
    since : int
        ns UTC of the last change of state.
    updates : int
        How often it was written.
    """

    instrument: Instrument
    state: State | None
    bids: Levels
    asks: Levels
    event_time: int
    receive_time: int
    last_id: int
    reason: int
    since: int
    updates: int

    @property
    def synced(self) -> bool:
        """Whether the book can be trusted."""
        return self.state is State.SYNCED

    @property
    def bid(self) -> float:
        """Best bid, NaN if there is none."""
        return float(self.bids["price"][0]) if len(self.bids) else float("nan")

    @property
    def ask(self) -> float:
        """Best offer, NaN if there is none."""
        return float(self.asks["price"][0]) if len(self.asks) else float("nan")

    def __repr__(self) -> str:
        state = self.state.name.lower() if self.state is not None else "empty"
        return f"<Book {self.instrument.name} {state} bid {self.bid} ask {self.ask}, {self.updates} updates>"


def book_of(row: npt.NDArray[np.void], instrument: Instrument) -> Book:
    """Make a book of a whole copy of its row, shape (1,)."""
    head = row[0]
    return Book(
        instrument=instrument,
        state=_STATES.get(int(head["state"])),
        bids=_levels(row, "bids", int(head["bid_levels"])),
        asks=_levels(row, "asks", int(head["ask_levels"])),
        event_time=int(head["event_time"]),
        receive_time=int(head["receive_time"]),
        last_id=int(head["last_id"]),
        reason=int(head["reason"]),
        since=int(head["since"]),
        updates=int(head["stamp"]) // 2,
    )


def _levels(row: npt.NDArray[np.void], side: str, count: int) -> Levels:
    fields: Any = row.dtype.fields
    form, start = fields[side][:2]
    levels: Levels = row.view(np.uint8)[start : start + form.itemsize].view(LEVEL)
    return levels[:count]
