"""How the engine's connections to venues stand, each copied in one piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..types import State

__all__ = ["VenueHealth", "health_of"]

_STATES = {state.value: state for state in State}

_REASONS = (
    "",
    "first snapshot",
    "gap",
    "crossed",
    "checksum",
    "disconnected",
    "silent",
    "unreadable",
    "old snapshot",
    "off the grid",
    "operator",
    "refused",
    "rate limited",
    "clock jump",
    "duplicate",
    "overflow",
    "malformed",
)

_COUNTS = (
    "frames",
    "gaps",
    "crossed",
    "checksums",
    "checksums_wrong",
    "duplicates",
    "rejected",
    "unknown",
    "staled",
    "resyncs",
    "snapshots",
    "refused",
    "clock_jumps",
    "connects",
    "disconnects",
    "overflows",
    "rate_limited",
    "malformed",
    "silences",
    "requests",
)


@dataclass(frozen=True, slots=True)
class VenueHealth:
    """One connection to a venue.

    Attributes
    ----------
    venue : str
        Its section of the configuration: ``binance``, ``kraken``, ...; with ``.standby`` for the second connection of a
        venue that has one.
    state : State or None
        ``SYNCED`` if every book equals the venue's, ``RESYNCING`` if some are being rebuilt, ``STALE`` if nothing was
        heard in time, ``FEED_UP`` before the first book, ``FEED_DOWN`` without a connection. None: of a newer engine.
    books, synced, stale : int
        Its books, those that equal the venue's, those that nothing was heard of.
    trouble : str
        What went wrong last, such as ``"gap"`` or ``"checksum"``; empty if nothing did.
    trouble_time : int
        ns UTC when that was seen, 0 if nothing was.
    since : int
        ns UTC of the last change of state.
    last_frame : int
        ns UTC when a message came last.
    clock_offset : int or None
        Receive time less the venue's time at its least, ns: the shortest way of a message and the difference of the
        clocks together. None: not known yet.
    counts : dict of str to int
        ``frames``, ``gaps``, ``crossed``, ``checksums``, ``checksums_wrong``, ``duplicates``, ``rejected`` (messages
        that could not be read), ``unknown``, ``staled`` (times a book became stale), ``resyncs``, ``snapshots``,
        ``refused`` (subscriptions), ``clock_jumps``, ``connects``, ``disconnects``, ``overflows`` (the engine did not
        keep up), ``rate_limited``, ``malformed`` (no WebSocket's, no text, too long), ``silences``, ``requests``.
        Of two connections to one venue, ``duplicates`` has what the other had brought before.
    leading : int or None
        Books that readers see from this connection, 255 for more. Of two connections to one venue the one that leads is
        the primary one. None: of an engine older than layout 1.4.
    switches : int
        How often it took a book over from the venue's other connection.
    """

    venue: str
    state: State | None
    books: int
    synced: int
    stale: int
    trouble: str
    trouble_time: int
    since: int
    last_frame: int
    clock_offset: int | None
    counts: dict[str, int]
    leading: int | None
    switches: int

    @property
    def healthy(self) -> bool:
        """Whether every book of this venue can be trusted now."""
        return self.state is State.SYNCED


def health_of(row: npt.NDArray[np.void]) -> VenueHealth:
    """Make a connection's health of a whole copy of its row, shape (1,)."""
    one = row[0]
    reason, offset = int(one["reason"]), int(one["clock_offset"])
    told = one.dtype.names or ()
    return VenueHealth(
        venue=one["venue"].decode(),
        state=_STATES.get(int(one["state"])),
        books=int(one["books"]),
        synced=int(one["synced"]),
        stale=int(one["stale"]),
        trouble=_REASONS[reason] if reason < len(_REASONS) else f"reason {reason}",
        trouble_time=int(one["trouble_time"]),
        since=int(one["since"]),
        last_frame=int(one["last_frame"]),
        clock_offset=None if offset == np.iinfo(np.int64).min else offset,
        counts={name: int(one[name]) for name in _COUNTS},
        leading=int(one["leading"]) if "leading" in told else None,
        switches=int(one["switches"]) if "switches" in told else 0,
    )
