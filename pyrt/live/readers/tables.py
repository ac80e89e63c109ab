"""What an engine keeps in tables: books, positions, the account, venues, instruments."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from ...errors import FeedError, InputError
from ...types import Instrument
from ..book import Book, book_of
from ..health import VenueHealth, health_of
from ..instruments import Instruments, instrument_of
from ..ledger import Account, Position, account_of, position_of
from ..segment import Pulse, Segment

__all__ = ["FeedTables"]


class FeedTables:
    """The tables of one engine's segment: each row is copied in one piece."""

    def __init__(self, segment: Segment) -> None:
        self.name = segment.name
        self._segment = segment
        self._instruments = Instruments()
        self._closed = False

    def book(self, instrument: str | int | Instrument) -> Book:
        """Return a consistent copy of the top of an instrument's book.

        Parameters
        ----------
        instrument : str, int or Instrument
            Name, row in :attr:`instruments`, or one of them.

        Raises
        ------
        InputError
            If the feed has no such instrument.
        FeedStale
            If the engine died while it wrote this book.
        """
        self._demand_open()
        found = self.instruments.find(instrument)
        region = self._segment.regions["books"]
        if found.id >= region.capacity:
            raise InputError(f"instrument: {found.name} has no book in this feed, it holds {region.capacity}")
        return book_of(self._segment.copy_row(region, found.id), found)

    @property
    def positions(self) -> list[Position]:
        """The engine's positions, each copied in one piece; empty if it trades nothing."""
        return [position_of(row, self.instruments[int(row[0]["instrument"])]) for row in self._used("positions")]

    @property
    def account(self) -> Account | None:
        """The engine's account, copied in one piece; None if it trades nothing."""
        return next(map(account_of, self._used("account")), None)

    @property
    def venues(self) -> list[VenueHealth]:
        """How the engine's connections to venues stand, each copied in one piece; empty for an older engine."""
        return [health_of(row) for row in self._used("venues")]

    @property
    def instruments(self) -> Instruments:
        """Table of the session's instruments; look again to see what was added."""
        region = self._segment.regions["instruments"]
        if not self._closed and self._segment.count(region) != len(self._instruments):
            rows = self._segment.rows(region)[: self._segment.count(region)]
            self._instruments = Instruments([instrument_of(row) for row in rows])
        return self._instruments

    @property
    def alive(self) -> bool:
        """Whether the engine runs: it holds its lock, has beaten within a second, and has not closed."""
        return not self._closed and self._segment.pulse() is Pulse.ALIVE

    @property
    def session_id(self) -> int:
        """Another number at each start of the engine."""
        return self._segment.header.session_id

    @property
    def pid(self) -> int:
        """The engine's process."""
        return self._segment.header.pid

    def close(self) -> None:
        """Stop reading. Windows and arrays taken from them stay valid: the memory is unmapped with the last of them."""
        self._closed = True
        self._segment.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _used(self, table: str) -> Iterator[npt.NDArray[np.void]]:
        """Yield copies of a table's rows that hold something, each in one piece; none if the engine has no such."""
        self._demand_open()
        region = self._segment.regions.get(table)
        if region is None:
            return
        for index in range(region.capacity):
            row = self._segment.copy_row(region, index)
            if not row[0]["stamp"]:
                return  # rows are used in order
            yield row

    def _demand_open(self) -> None:
        if self._closed:
            raise FeedError(f"{self.name}: this feed was closed; open it again")
