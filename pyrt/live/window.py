"""What a reader gets: the records since the last call, where the writer left them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Overrun
from ..types import Events, Kind, of_kind

if TYPE_CHECKING:
    from pyrt_ext.shm import RingReader

__all__ = ["Window"]


class Window(np.ndarray[tuple[int], np.dtype[np.void]]):
    """All records since the last call: a read-only array of :data:`pyrt.types.EVENT` over the ring's own memory.

    Nothing is copied: the writer may overwrite the records when it comes round again. What was computed from a window
    counts once it has been checked: ``follow()`` and ``batch()`` do that, after ``poll()`` call :meth:`check`. Fields,
    slices and rows taken out of it are plain arrays. The memory stays mapped as long as any of them lives.

    In the ring a record's ``stamp`` is ``2 * sequence + 2``; in a copy (``poll(copy=True)``, or a feed of some
    kinds and instruments) it is the sequence.

    Attributes
    ----------
    first, stop : int
        Sequences of the first record, and after the last one.

    Examples
    --------
    >>> import numpy as np
    >>> from pyrt.types import EVENT, Kind
    >>> events = np.zeros(3, EVENT)
    >>> events["kind"] = [Kind.TRADE, Kind.QUOTE, Kind.TRADE]
    >>> window = Window.over(events, first=100)
    >>> len(window), window.first, window.stop, len(window.of("trade"))
    (3, 100, 103, 2)
    """

    first: int = 0
    stop: int = 0
    _ring: RingReader | None = None

    @classmethod
    def over(cls, events: Events, first: int, ring: RingReader | None = None, *, stop: int | None = None) -> Window:
        """Make a window of records that begin at sequence `first`; without a `ring` it is always whole.

        `stop` is for a window that holds only some of the records between the two.
        """
        window = events.view(cls)
        window.first = first
        window.stop = first + len(events) if stop is None else stop
        window._ring = ring
        return window

    def of(self, kind: Kind | str) -> Events:
        """Return the rows of one kind with that kind's fields: ``window.of("trade")["price"]``.

        A view if the window has no other kind, else a copy of those rows.
        """
        return of_kind(self.view(np.ndarray), kind)

    @property
    def overwritten(self) -> int:
        """How many of its records the writer has begun to overwrite by now; they are the oldest ones."""
        return self._ring.overwritten(self.first, self.stop) if self._ring is not None else 0

    def check(self) -> None:
        """Raise :class:`~pyrt.errors.Overrun` unless every record read from this window until now was whole."""
        if gone := self.overwritten:
            raise Overrun(f"{gone} of {len(self)} records were overwritten while the window was in use", gone)

    def __getitem__(self, key: Any) -> Any:
        return self.view(np.ndarray)[key]

    def __repr__(self) -> str:
        kinds, counts = np.unique(self["kind"], return_counts=True)
        known = {k.value: k.name.lower() for k in Kind}
        content = ", ".join(f"{n} {known.get(int(k), f'kind {k}')}" for k, n in zip(kinds, counts, strict=True))
        return f"<Window [{self.first}, {self.stop}) {content or 'empty'}>"
