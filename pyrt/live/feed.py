"""One running engine's feed, read from shared memory without a copy."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Literal

import numpy as np

from .._validate import choice, integer, number
from ..errors import FeedError, FeedStale, InputError, Overrun
from ..types import EVENT, Instrument
from .book import Book, book_of
from .health import VenueHealth, health_of
from .instruments import Instruments, instrument_of
from .ledger import Account, Position, account_of, position_of
from .segment import Pulse, Segment
from .window import Window

__all__ = ["SharedFeed"]

OnOverrun = Literal["raise", "count"]

PULSE_EVERY = 0.1
"""Seconds between two looks at the engine's pulse while nothing arrives."""

_GONE = (Pulse.CLOSED, Pulse.DEAD)


class SharedFeed:
    """Reads the events, instruments and books that an engine publishes; made by :meth:`open`.

    A feed is a cursor in the engine's ring. The engine never waits for it: a reader that falls more than the ring's
    capacity behind goes on half a ring behind the head, and what it skipped is counted in :attr:`lost`. Any number of
    feeds may read one engine, in any process; one feed belongs to one thread. A feed opened before a ``fork`` works in
    the child too, each with a cursor of its own.

    Attributes
    ----------
    name : str
        The segment's name.

    Examples
    --------
    >>> from pyrt.live import SharedFeed
    >>> def last_price(name):
    ...     with SharedFeed.open(name) as feed:
    ...         for window in feed.follow(timeout=5.0):
    ...             trades = window.of("trade")
    ...             if len(trades):
    ...                 return float(trades["price"][-1])
    """

    def __init__(self, segment: Segment, *, allow_stale: bool = False) -> None:
        self.name = segment.name
        self._segment = segment
        self._allow_stale = allow_stale
        self._ring, data = segment.ring(segment.regions["events"])
        self._events = np.frombuffer(data, EVENT)  # the ring twice in a row
        self._mask = self._ring.capacity - 1
        self._instruments = Instruments()
        self._overrun = 0
        self._closed = False

    @classmethod
    def open(
        cls, name: str, *, start: Literal["latest", "oldest"] | int = "latest", allow_stale: bool = False
    ) -> SharedFeed:
        """Open the feed of a running engine.

        Parameters
        ----------
        name : str
            The engine's segment, ``/dev/shm/pyrt-<name>``.
        start : {"latest", "oldest"} or int
            Where to begin: with what comes next, with the oldest record that is still there, or with a sequence (what
            was overwritten since is counted in :attr:`lost`).
        allow_stale : bool
            Open what a dead engine left behind, and end :meth:`follow` there instead of raising.

        Raises
        ------
        FeedNotFound
            If there is no such segment; lists those that exist.
        FeedStale
            If its engine has died, or has not shown a heartbeat for a second.
        LayoutError
            If the segment has another layout than this version reads, or is damaged.
        InputError
            If `start` is a sequence that was not published yet.
        """
        if start not in ("latest", "oldest"):
            start = integer(start, "start", low=0)
        segment = Segment(name)
        try:
            if not allow_stale and segment.pulse() is not Pulse.ALIVE:
                raise FeedStale(f"{name}: {segment.obituary()}. To read what it left, pass allow_stale=True")
            feed = cls(segment, allow_stale=allow_stale)
            feed._start(start)
        except BaseException:
            segment.close()
            raise
        return feed

    def _start(self, start: str | int) -> None:
        if start == "oldest":
            self._ring.seek(max(0, self._ring.intent() - self._ring.capacity))
        elif isinstance(start, int):
            if start > self.head:
                raise InputError(f"start: {start} was not published yet, the next sequence is {self.head}")
            self._ring.seek(start)

    def poll(self, *, copy: bool = False) -> Window:
        """Return all records since the last call, at once; an empty window if there are none.

        Parameters
        ----------
        copy : bool
            Return a copy that is known to be whole, its ``stamp`` the sequence. Records that were overwritten during
            the copy are left out and counted in :attr:`lost`. Without it the window is a view of the ring, and
            ``window.check()`` says afterwards whether it was whole while it was used.
        """
        self._demand_open()
        first, stop = self._ring.take()
        at = first & self._mask
        view = self._events[at : at + stop - first]
        return self._copy(view, first) if copy else Window.over(view, first, self._ring)

    def follow(self, timeout: float | None = None, *, on_overrun: OnOverrun = "raise") -> Iterator[Window]:
        """Yield windows as records arrive; never an empty one.

        A window is good until the loop comes back for the next one; then it is checked (after a ``break`` call
        ``window.check()``). While nothing arrives the reader spins for 20 microseconds, then sleeps, 20 microseconds at
        first and growing to 1 ms, without the GIL.

        Parameters
        ----------
        timeout : float, optional
            End when nothing new has come for so many seconds. None: follow until the engine closes its feed, or this
            feed is closed.
        on_overrun : {"raise", "count"}
            If the writer overwrote records of a window before the loop came back: raise, or go on and count them in
            :attr:`overrun`.

        Raises
        ------
        Overrun
            If the writer has passed this reader; ``lost`` is how many records of the window were overwritten, and how
            many more were skipped. The feed can be followed again.
        FeedStale
            If the engine dies (noticed in 0.1 s) or shows no heartbeat for a second; what it published before is
            yielded first. Not with ``allow_stale``: then the loop ends.
        """
        self._demand_open()
        choice(on_overrun, "on_overrun", ("raise", "count"))
        patience = math.inf if timeout is None else number(timeout, "timeout", low=0.0)
        return self._follow(patience, on_overrun)

    def _follow(self, patience: float, on_overrun: OnOverrun) -> Iterator[Window]:
        quiet_since = time.monotonic()
        pulse = before = Pulse.ALIVE
        while not self._closed:
            window = self.poll()
            if len(window):
                yield window
                self._settle(window, on_overrun)
                quiet_since = time.monotonic()
                pulse = Pulse.ALIVE
            elif pulse in _GONE or pulse is before is Pulse.SILENT:
                return self._end(pulse)
            else:
                left = quiet_since + patience - time.monotonic()
                if self._ring.wait(max(0.0, min(left, PULSE_EVERY))) or self._closed:
                    continue
                # One more poll takes what came before the end. Silence counts when it is seen twice: after a pause of
                # the whole machine this process may be the first to wake.
                pulse, before = self._segment.pulse(), pulse
                if pulse is Pulse.ALIVE and time.monotonic() - quiet_since >= patience:
                    return None
        return None

    @contextmanager
    def batch(self, *, on_overrun: OnOverrun = "raise") -> Iterator[Window]:
        """Take one window and check it on leaving: ``with feed.batch() as window: ...``.

        Raises
        ------
        Overrun
            On leaving, if the writer overwrote records of the window meanwhile (`on_overrun` as in :meth:`follow`).
        """
        choice(on_overrun, "on_overrun", ("raise", "count"))
        window = self.poll()
        yield window
        self._settle(window, on_overrun)

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
        self._demand_open()
        region = self._segment.regions.get("positions")
        found: list[Position] = []
        if region is None:
            return found
        for index in range(region.capacity):
            row = self._segment.copy_row(region, index)
            if not row[0]["stamp"]:
                break  # rows are used in order
            found.append(position_of(row, self.instruments[int(row[0]["instrument"])]))
        return found

    @property
    def account(self) -> Account | None:
        """The engine's account, copied in one piece; None if it trades nothing."""
        self._demand_open()
        region = self._segment.regions.get("account")
        row = self._segment.copy_row(region, 0) if region else None
        return account_of(row) if row is not None and row[0]["stamp"] else None

    @property
    def venues(self) -> list[VenueHealth]:
        """How the engine's connections to venues stand, each copied in one piece; empty for an older engine."""
        self._demand_open()
        region = self._segment.regions.get("venues")
        found: list[VenueHealth] = []
        if region is None:
            return found
        for index in range(region.capacity):
            row = self._segment.copy_row(region, index)
            if not row[0]["stamp"]:
                break  # rows are used in order
            found.append(health_of(row))
        return found

    @property
    def instruments(self) -> Instruments:
        """Table of the session's instruments; look again to see what was added."""
        region = self._segment.regions["instruments"]
        if not self._closed and self._segment.count(region) != len(self._instruments):
            rows = self._segment.rows(region)[: self._segment.count(region)]
            self._instruments = Instruments([instrument_of(row) for row in rows])
        return self._instruments

    @property
    def lost(self) -> int:
        """Records that were overwritten before this reader saw them: exactly those between two windows."""
        return int(self._ring.lost)

    @property
    def overrun(self) -> int:
        """Records that this reader was given, and that were overwritten before it was done with their window."""
        return self._overrun

    @property
    def alive(self) -> bool:
        """Whether the engine runs: it holds its lock, has beaten within a second, and has not closed."""
        return not self._closed and self._segment.pulse() is Pulse.ALIVE

    @property
    def cursor(self) -> int:
        """Sequence of the next record to read."""
        return int(self._ring.cursor)

    @property
    def head(self) -> int:
        """How many records the engine has published in this session."""
        return int(self._ring.head())

    @property
    def capacity(self) -> int:
        """How many records the ring holds."""
        return int(self._ring.capacity)

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

    def __enter__(self) -> SharedFeed:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        how = "closed" if self._closed else self._segment.pulse().value
        place = f"cursor {self.cursor} of {self.head}, lost {self.lost}"
        return f"<SharedFeed {self.name!r} {how}, {len(self.instruments)} instruments, {place}>"

    def _copy(self, view: np.ndarray[tuple[int], np.dtype[np.void]], first: int) -> Window:
        records = view.view("V64").copy().view(EVENT)  # in one go, not field by field
        gone = int(self._ring.overwritten(first, first + len(records)))
        self._ring.lost += gone
        records["stamp"] = np.arange(first, first + len(records), dtype=np.uint64)
        return Window.over(records[gone:], first + gone)

    def _settle(self, window: Window, on_overrun: OnOverrun) -> None:
        gone = window.overwritten
        if not gone:
            return
        self._overrun += gone
        if on_overrun == "raise":
            skipped = int(self._ring.catch_up())
            raise Overrun(
                f"{self.name}: the writer passed this reader: {gone} of {len(window)} records of the window were "
                f"overwritten while it was in use, {skipped} more before it came back. Do less in the loop, take "
                "poll(copy=True), or configure a larger ring",
                gone + skipped,
            )

    def _end(self, pulse: Pulse) -> None:
        if pulse is not Pulse.CLOSED and not self._allow_stale:
            raise FeedStale(f"{self.name}: {self._segment.obituary()}")

    def _demand_open(self) -> None:
        if self._closed:
            raise FeedError(f"{self.name}: this feed was closed; open it again")
