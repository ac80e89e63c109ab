"""Where a run takes its records from: a stretch at a time, from any row on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ...types import Events

__all__ = ["ArraySource", "EventSource"]


class EventSource(Protocol):
    """Records sorted by (receive_time, stamp).

    Attributes
    ----------
    count : int
        How many there are; at least one.
    span : tuple of int
        When the first and the last is received, ns UTC.
    """

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    @property
    def span(self) -> tuple[int, int]:
        """When the first and the last is received."""
        ...

    def chunks(self, rows: int, start: int = 0) -> Iterator[Events]:
        """Yield the records from row `start` on, at most `rows` at a time: EVENT arrays, none of them empty."""
        ...

    def fingerprint(self) -> str:
        """Return what the records are, as a SHA-256; of files their names, sizes and times of change."""
        ...


@dataclass(frozen=True, eq=False)
class ArraySource:
    """Records in memory, given all at once: nothing is copied.

    Parameters
    ----------
    events : ndarray of EVENT
        Contiguous, at least one.
    """

    events: Events

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.events)

    @property
    def span(self) -> tuple[int, int]:
        """When the first and the last is received, ns UTC."""
        return int(self.events["words"][0, 0]), int(self.events["words"][-1, 0])

    def chunks(self, rows: int, start: int = 0) -> Iterator[Events]:
        """Yield all of them from a row on; `rows` matters to what is not in memory."""
        if start < len(self.events):
            yield self.events[start:]

    def fingerprint(self) -> str:
        """Return a SHA-256 of their bytes."""
        return hashlib.sha256(self.events.tobytes()).hexdigest()
