"""One running engine's feed, read from shared memory without a copy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .._validate import choice, integer
from ..errors import FeedStale, InputError, Overrun
from ..types import EVENT, Events, Instrument, Kind
from .readers.bars import FeedBars
from .readers.compiled import NumbaRing, for_numba
from .readers.frames import frame_of
from .readers.pursuit import OnOverrun, Patience, Pursuit, pursue
from .readers.selection import Selection
from .readers.statistics import Counts, ReaderStats
from .readers.tables import FeedTables
from .segment import Pulse, Segment
from .window import Window

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SharedFeed"]

Start = Literal["latest", "oldest"]

_FIRST_NAP, _LONGEST_NAP = 20e-6, 1e-3


class SharedFeed(FeedTables):
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
        super().__init__(segment)
        self._allow_stale = allow_stale
        self._ring, data = segment.ring(segment.regions["events"])
        self._events = np.frombuffer(data, EVENT)  # the ring twice in a row
        self._mask = self._ring.capacity - 1
        self._selection: Selection | None = None
        self._counts = Counts()

    @classmethod
    def open(
        cls,
        name: str,
        *,
        start: Start | int = "latest",
        instruments: str | int | Instrument | Iterable[str | int | Instrument] | None = None,
        kinds: str | Kind | Iterable[str | Kind] | None = None,
        allow_stale: bool = False,
    ) -> SharedFeed:
        """Open the feed of a running engine.

        Parameters
        ----------
        name : str
            The engine's segment, ``/dev/shm/pyrt-<name>``.
        start : {"latest", "oldest"} or int
            Where to begin: with what comes next, with the oldest record that is still there, or with a sequence (what
            was overwritten since is counted in :attr:`lost`).
        instruments, kinds : optional
            Only records of these: names or rows, and ``"trade"``, ``"quote"`` … or :class:`~pyrt.types.Kind`. Windows
            are then copies that are known to be whole, made by a kernel; their stamps are sequences.
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
            If `start` is a sequence that was not published yet, or there is no such instrument or kind.
        """
        if start not in ("latest", "oldest"):
            start = integer(start, "start", low=0)
        segment = Segment(name)
        try:
            if not allow_stale and segment.pulse() is not Pulse.ALIVE:
                raise FeedStale(f"{name}: {segment.obituary()}. To read what it left, pass allow_stale=True")
            feed = cls(segment, allow_stale=allow_stale)
            feed._start(start)
            if instruments is not None or kinds is not None:
                feed._selection = Selection(instruments, kinds, feed.instruments)
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
        view = self._view(first, stop)
        self._counts.add(stop - first)
        if copy or self._selection is not None:
            window, gone = self._copy(view, first)
            self._ring.lost += gone
            return window
        return Window.over(view, first, self._ring)

    def follow(
        self, timeout: float | None = None, *, on_overrun: OnOverrun = "raise", spin: bool = False
    ) -> Iterator[Window]:
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
        spin : bool
            Never sleep: the least latency, for the price of a core.

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
        return self._follow(Patience.of(timeout, on_overrun), spin)

    def _follow(self, patience: Patience, spin: bool) -> Iterator[Window]:
        for window in self._drive(self._pursue(patience), spin=spin):
            if window is not None:
                yield window

    def _drive(self, steps: Pursuit, *, spin: bool = False) -> Iterator[Window | None]:
        """Yield the windows of a pursuit, and None after each wait in which nothing came."""
        answer: bool | None = None
        try:
            while True:
                step = steps.send(answer)
                answer = None if isinstance(step, Window) else self._wait(step, spin)
                if isinstance(step, Window):
                    yield step
                elif not answer:
                    yield None
        except StopIteration as done:
            self._end(done.value)

    def _pursue(self, patience: Patience, *, copy: bool = False) -> Pursuit:
        poll = partial(self.poll, copy=copy)
        return pursue(lambda: None if self._closed else poll(), self._segment.pulse, self._settle, patience)

    def _wait(self, seconds: float, spin: bool) -> bool:
        return self._closed or bool(self._ring.wait(seconds, spin))

    def __aiter__(self) -> AsyncIterator[Window]:
        """``async for window in feed``: :meth:`follow_async` without a timeout."""
        return self.follow_async()

    def follow_async(self, timeout: float | None = None, *, on_overrun: OnOverrun = "raise") -> AsyncIterator[Window]:
        """Yield windows as :meth:`follow` does, in a coroutine: while nothing arrives, others have the event loop.

        The reader looks again after 20 microseconds at first, and every millisecond when it is idle.
        """
        self._demand_open()
        return self._follow_async(Patience.of(timeout, on_overrun))

    async def _follow_async(self, patience: Patience) -> AsyncIterator[Window]:
        steps, answer = self._pursue(patience), None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, Window):
                    answer = None
                    yield step
                    continue
                until, nap = time.monotonic() + step, _FIRST_NAP
                while not (answer := self._wait(0.0, False)) and time.monotonic() < until:
                    await asyncio.sleep(nap)
                    nap = min(1.5 * nap, _LONGEST_NAP)
        except StopIteration as done:
            self._end(done.value)

    def bars(
        self, period: str, timeout: float | None = None, *, clock: Callable[[], int] = time.time_ns
    ) -> Iterator[Events]:
        """Yield bars of the trades that pass, as they end: rows of ``RECORDS[Kind.BAR]``, by time and instrument.

        A bar ends with the first record at or past its end, by the venue's time, or by the clock if nothing comes. The
        first one of an instrument begins with the first trade that is seen here, so it may lack earlier ones. Bars are
        those of :func:`pyrt.data.resample_trades`. A trade whose bar has ended joins the next one.

        Parameters
        ----------
        period : str
            ``"1s"``, ``"5m"``, ``"1h"`` …
        timeout : float, optional
            As for :meth:`follow`: seconds without a record.
        clock : callable
            The time, ns UTC.

        Examples
        --------
        >>> def closes(name):
        ...     with SharedFeed.open(name, instruments="kraken:BTC-USD") as feed:
        ...         for bars in feed.bars("1s", timeout=5.0):
        ...             yield from bars["close"]
        """
        self._demand_open()
        steps = self._pursue(Patience.of(timeout, "raise"), copy=True)
        return self._bars(FeedBars(period), steps, clock)

    def _bars(self, maker: FeedBars, steps: Pursuit, clock: Callable[[], int]) -> Iterator[Events]:
        for window in self._drive(steps):
            made = maker.advance(clock()) if window is None else maker.update(window)
            if len(made):
                yield made

    def to_frame(self, kind: Kind | str, *, last: int | None = None) -> pd.DataFrame:
        """Return what the ring still holds of one kind as a DataFrame; the cursor stays where it is.

        Parameters
        ----------
        kind : str or Kind
            ``"trade"``, ``"quote"`` …
        last : int, optional
            So many of the newest records at most.

        Returns
        -------
        DataFrame
            Of this feed's selection, by event_time (UTC): instrument, side, flags and the kind's own fields.
        """
        self._demand_open()
        head = self.head
        first = max(0, int(self._ring.intent()) - self.capacity)
        rows = frame_of(self._copy(self._view(first, head), first)[0], kind, self.instruments)
        return rows if last is None else rows.tail(integer(last, "last", low=0))

    def numba(self) -> tuple[NumbaRing, Callable[..., Any], Callable[..., Any]]:
        """Return the ring for loops that Numba compiles: ``ring, take, overwritten``.

        ``place, count = take(ring)`` moves the ring's own cursor (it begins where this feed's stands) over all that is
        new; the records are ``ring.trade[place : place + count]``, and as other kinds under their names (look at
        ``kind`` first). ``overwritten(ring, count)`` says afterwards how many of them were not whole. Selections do
        not apply.

        Raises
        ------
        ImportError
            Without Numba.

        Examples
        --------
        >>> import numba
        >>> @numba.njit
        ... def newest_trade(ring, take):
        ...     place, count = take(ring)
        ...     price = 0.0
        ...     for i in range(place, place + count):
        ...         if ring.event[i]["kind"] == 1:
        ...             price = ring.trade[i]["price"]
        ...     return price
        """
        self._demand_open()
        return for_numba(self._ring, self._events)

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

    @property
    def lost(self) -> int:
        """Records that were overwritten before this reader saw them: exactly those between two windows."""
        return int(self._ring.lost)

    @property
    def overrun(self) -> int:
        """Records that this reader was given, and that were overwritten before it was done with their window."""
        return self._counts.overrun

    @property
    def statistics(self) -> ReaderStats:
        """How this reader does: what it took, what it lost, how far behind it is."""
        return self._counts.stats(self.lost, self.head - self.cursor, self.capacity)

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

    def __repr__(self) -> str:
        how = "closed" if self._closed else self._segment.pulse().value
        place = f"cursor {self.cursor} of {self.head}, lost {self.lost}"
        return f"<SharedFeed {self.name!r} {how}, {len(self.instruments)} instruments, {place}>"

    def _view(self, first: int, stop: int) -> Events:
        at = first & self._mask
        return self._events[at : at + stop - first]

    def _copy(self, view: Events, first: int) -> tuple[Window, int]:
        """Copy what is selected of a view; return it, and how many records of the view were overwritten by then."""
        stop = first + len(view)
        if self._selection is not None:
            records = self._selection.of(view, first, self.instruments)
        else:
            records = view.view("V64").copy().view(EVENT)  # in one go, not field by field
            records["stamp"] = np.arange(first, stop, dtype=np.uint64)
        gone = int(self._ring.overwritten(first, stop))
        if gone:
            records = records[records["stamp"] >= first + gone]
        return Window.over(records, first + gone, stop=stop), gone

    def _settle(self, window: Window, on_overrun: OnOverrun) -> None:
        gone = window.overwritten
        if not gone:
            return
        self._counts.overrun += gone
        if on_overrun == "raise":
            skipped = int(self._ring.catch_up())
            raise Overrun(
                f"{self.name}: the writer passed this reader: {gone} of {len(window)} records of the window were "
                f"overwritten while it was in use, {skipped} more before it came back. Do less in the loop, take "
                "poll(copy=True), or configure a larger ring",
                gone + skipped,
            )

    def _end(self, pulse: Pulse) -> None:
        if pulse in (Pulse.DEAD, Pulse.SILENT) and not self._allow_stale:
            raise FeedStale(f"{self.name}: {self._segment.obituary()}")
