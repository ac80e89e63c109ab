"""Time of the data let pass at a speed: a replay that is watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..._validate import number
from ...data import Bars
from ...data.events import EventSource
from ...errors import DTypeError
from ...types import RECORDS, Kind

__all__ = ["Clock", "Pace", "WallClock", "checked_callback", "play"]

Records = npt.NDArray[np.void]

AT_ONCE = 4096
"""Records that are read at a time."""


class Clock(Protocol):
    """What a replay waits by; tests have one that does not wait."""

    def now(self) -> float:
        """Return seconds from any moment on."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so many pass."""
        ...


class WallClock:
    """The machine's clock."""

    def now(self) -> float:
        """Return seconds of a clock that is never set."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; Ctrl-C ends it."""
        time.sleep(seconds)


class Pace:
    """Keeps the data's time at a multiple of the clock's.

    Every moment is due by its distance from the first, so nothing adds up: what was late is caught up with.

    Parameters
    ----------
    speed : float or None
        Seconds of the data in a second of the clock: 60 plays an hour a minute. None: as fast as possible.
    clock : Clock, optional
        The machine's unless given.
    """

    def __init__(self, speed: float | None, clock: Clock | None = None) -> None:
        self._speed = None if speed is None else number(speed, "speed", low=0.0, above=True)
        self._clock = clock or WallClock()
        self._begin: tuple[int, float] | None = None

    def wait_for(self, moment: int) -> None:
        """Wait until a time of the data is due, ns; the first one is due at once."""
        if self._speed is None:
            return
        now = self._clock.now()
        if self._begin is None:
            self._begin = moment, now
        left = self._begin[1] + (moment - self._begin[0]) / 1e9 / self._speed - now
        if left > 0:
            self._clock.sleep(left)


def checked_callback(callback: Any) -> Callable[[Any], Any]:
    """Refuse what cannot be called."""
    if not callable(callback):
        raise DTypeError(f"callback: must be a function of one argument, got {callback!r}")
    called: Callable[[Any], Any] = callback
    return called


def play(data: Bars | EventSource, callback: Any, pace: Pace) -> int:
    """Give the data to a callback, one record or bar at a time; returns how many there were until it returned False."""
    call, count = checked_callback(callback), 0
    for moment, record in _of_bars(data) if isinstance(data, Bars) else _of_events(data):
        pace.wait_for(moment)
        count += 1
        if call(record) is False:
            break
    return count


def _of_events(source: EventSource) -> Iterator[tuple[int, Any]]:
    for events in source.chunks(AT_ONCE):
        times, kinds = events["words"][:, 0].tolist(), events["kind"].tolist()
        for row, (moment, kind) in enumerate(zip(times, kinds, strict=True)):
            yield moment, events[row : row + 1].view(RECORDS[Kind(kind)])[0]


def _of_bars(bars: Bars) -> Iterator[tuple[int, Any]]:
    columns = bars.columns()
    rows = np.empty(len(bars), [("time", "<M8[ns]"), *((name, "<f8") for name in columns)])
    rows["time"] = bars.timestamps
    for name, column in columns.items():
        rows[name] = column
    yield from zip(bars.time.tolist(), rows, strict=True)
