"""What a reader took and what it lost."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Counts", "ReaderStats"]


@dataclass(frozen=True, slots=True)
class ReaderStats:
    """How a reader does.

    Attributes
    ----------
    windows, records : int
        Windows that held something, and records in the ring that they spanned, those left out by a selection too.
    largest : int
        Records of the largest window: near `capacity` means that the reader is about to lose some.
    lost : int
        Records that were overwritten before this reader saw them.
    overrun : int
        Records that it was given and that were overwritten while it used them.
    behind : int
        Records that it has not taken yet.
    capacity : int
        Records that the ring holds.
    """

    windows: int
    records: int
    largest: int
    lost: int
    overrun: int
    behind: int
    capacity: int


@dataclass(slots=True)
class Counts:
    """Counted while reading."""

    windows: int = 0
    records: int = 0
    largest: int = 0
    overrun: int = 0

    def add(self, records: int) -> None:
        """Count one look at the ring."""
        if records:
            self.windows += 1
            self.records += records
            self.largest = max(self.largest, records)

    def stats(self, lost: int, behind: int, capacity: int) -> ReaderStats:
        """Sum up."""
        return ReaderStats(self.windows, self.records, self.largest, lost, self.overrun, behind, capacity)
