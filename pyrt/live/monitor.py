"""What a feed has shown so far: counts, rates, latency, the last quotes. It reads no clock and prints nothing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from ..types import Events, Kind, State, of_kind
from .latency import Latency, LatencyHistogram

__all__ = ["FeedMonitor", "InstrumentSummary", "MonitorSnapshot", "Top"]

_MARKS = 20  # rates are taken over the horizon, give or take a twentieth
_STATES = {state.value: state for state in State}
_KIND_NAMES = {kind.value: kind.name.lower() for kind in Kind}


@dataclass(frozen=True, slots=True)
class Top:
    """The last quote of an instrument."""

    bid: float
    ask: float
    bid_qty: float
    ask_qty: float
    event_time: int


@dataclass(frozen=True, slots=True)
class InstrumentSummary:
    """One instrument: records by kind (``{"trade": 12}``), records a second, the last quote, the last state."""

    id: int
    counts: dict[str, int]
    rate: float
    top: Top | None
    state: State | None


@dataclass(frozen=True, slots=True)
class MonitorSnapshot:
    """Everything at one moment.

    Attributes
    ----------
    records : int
        Records seen.
    seconds : float
        Between the first and the last update.
    rate : float
        Records a second of late (over the monitor's `horizon`), NaN before the second update.
    latency : Latency
        From the engine's receipt of the frame to this reader, ns.
    instruments : dict of int to InstrumentSummary
        By row in the table of instruments.
    """

    records: int
    seconds: float
    rate: float
    latency: Latency
    instruments: dict[int, InstrumentSummary]


class FeedMonitor:
    """Accumulates what windows say; memory does not grow with time.

    Parameters
    ----------
    horizon : float
        Seconds over which rates are taken.

    Examples
    --------
    >>> import numpy as np
    >>> from pyrt.types import EVENT, RECORDS, Kind
    >>> events = np.zeros(2, EVENT)
    >>> events["kind"] = Kind.QUOTE
    >>> quotes = events.view(RECORDS[Kind.QUOTE])
    >>> quotes["bid"], quotes["ask"], quotes["receive_time"] = [99.5, 99.6], 100.0, 1_000
    >>> monitor = FeedMonitor()
    >>> monitor.update(events, now=3_000)
    >>> shown = monitor.snapshot()
    >>> shown.instruments[0].counts, shown.instruments[0].top.bid, shown.latency.p50
    ({'quote': 2}, 99.6, 2000.0)
    """

    def __init__(self, horizon: float = 5.0) -> None:
        self._counts: dict[int, dict[int, int]] = {}  # by instrument, by kind
        self._latency = LatencyHistogram()
        self._tops: dict[int, Top] = {}
        self._states: dict[int, State | None] = {}
        self._step = int(horizon * 1e9 / _MARKS)
        self._marks: deque[tuple[int, dict[int, int]]] = deque(maxlen=_MARKS + 1)  # (time, records by instrument)
        self._first = self._last = 0

    def update(self, window: Events, now: int) -> None:
        """Take one window.

        Parameters
        ----------
        window : ndarray of EVENT
            Records of any kinds.
        now : int
            When it was read, ns UTC (``time.time_ns()``).
        """
        events = window.view(np.ndarray)
        if not self._marks:
            self._first = now
            self._mark(now)
        self._last = now
        if len(events):
            self._count(events)
            self._time(events, now)
            self._remember(events)
        if now - self._marks[-1][0] >= self._step:
            self._mark(now)

    def snapshot(self) -> MonitorSnapshot:
        """Return what was seen up to the last update."""
        start, before = self._marks[0] if self._marks else (0, {})
        span = (self._last - start) / 1e9
        totals = self._totals()
        return MonitorSnapshot(
            records=sum(totals.values()),
            seconds=(self._last - self._first) / 1e9,
            rate=_rate(sum(totals.values()) - sum(before.values()), span),
            latency=self._latency.summary(),
            instruments={
                i: InstrumentSummary(
                    id=i,
                    counts={_KIND_NAMES.get(kind, f"kind {kind}"): n for kind, n in sorted(self._counts[i].items())},
                    rate=_rate(totals[i] - before.get(i, 0), span),
                    top=self._tops.get(i),
                    state=self._states.get(i),
                )
                for i in sorted(totals)
            },
        )

    def _count(self, events: Events) -> None:
        keys = events["instrument"].astype(np.int64) << 8 | events["kind"]
        for key, n in zip(*np.unique(keys, return_counts=True), strict=True):
            kinds = self._counts.setdefault(int(key) >> 8, {})
            kinds[int(key) & 0xFF] = kinds.get(int(key) & 0xFF, 0) + int(n)

    def _time(self, events: Events, now: int) -> None:
        received = events["words"][:, 0]  # every kind but a bar has its receive_time there
        self._latency.add(now - received[events["kind"] != Kind.BAR])

    def _remember(self, events: Events) -> None:
        for quote in _last_of_each(of_kind(events, Kind.QUOTE)):
            bid, ask, bid_qty, ask_qty = (float(quote[field]) for field in ("bid", "ask", "bid_qty", "ask_qty"))
            self._tops[int(quote["instrument"])] = Top(bid, ask, bid_qty, ask_qty, int(quote["event_time"]))
        for state in _last_of_each(of_kind(events, Kind.STATE)):
            self._states[int(state["instrument"])] = _STATES.get(int(state["flags"]) & 0xFF)

    def _totals(self) -> dict[int, int]:
        return {instrument: sum(kinds.values()) for instrument, kinds in self._counts.items()}

    def _mark(self, now: int) -> None:
        self._marks.append((now, self._totals()))


def _last_of_each(rows: Events) -> Events:
    """Return the last row of each instrument."""
    _, from_end = np.unique(rows["instrument"][::-1], return_index=True)
    last: Events = rows[len(rows) - 1 - from_end]
    return last


def _rate(records: int, seconds: float) -> float:
    return records / seconds if seconds > 0 else float("nan")
