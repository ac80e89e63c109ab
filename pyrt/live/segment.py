"""A running engine's shared-memory object: found by name, checked, mapped read-only, and its engine's pulse."""

from __future__ import annotations

import os
import re
import time
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.shm import Mapping, RingReader, first_byte_locked

from ..errors import FeedError, FeedNotFound, FeedStale, InputError, LayoutError, MissingPiece
from .layout import FLAGS_OFFSET, HEARTBEAT_OFFSET, PAGE, Header, Region, read_header

__all__ = ["Pulse", "Segment", "segment_names"]

SHM = Path("/dev/shm")
"""Where Linux keeps POSIX shared memory."""
PREFIX = "pyrt-"
STALE_AFTER = 1.0
"""Seconds without a heartbeat after which an engine counts as gone; it beats every 0.1 s."""

_ROW_TRIES, _ROW_PATIENCE = 40, 0.05  # a live engine is inside a row for a microsecond, or as long as it is preempted

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


class Pulse(Enum):
    """How the engine behind a segment is."""

    ALIVE = "alive"
    CLOSED = "closed cleanly"
    DEAD = "dead"
    """Its lock is free: the process is gone, however it ended."""
    SILENT = "silent"
    """Its lock is held, but it has not beaten for a second: stopped, swapped out, or stuck."""


def segment_names() -> list[str]:
    """List the names of the segments on this machine, of live and dead engines alike."""
    return sorted(path.name.removeprefix(PREFIX) for path in SHM.glob(f"{PREFIX}*")) if SHM.is_dir() else []


class Segment:
    """One mapped segment. Arrays over it keep their pages after :meth:`close`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fd, size = _open(name)
        try:
            self.header, self._mapping = _map(self.fd, size, name)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; what is mapped stays mapped until its last user is gone."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    @property
    def regions(self) -> dict[str, Region]:
        """The regions by name."""
        return self.header.regions

    def ring(self, region: Region) -> tuple[RingReader, Mapping]:
        """Make a reader of a ring, and map its data twice in a row."""
        reader = RingReader(self._mapping, region.control_offset, region.capacity, self.header.wakes)
        return reader, Mapping(self.fd, region.data_offset, region.nbytes, 2)

    def count(self, region: Region) -> int:
        """Return how many rows an append-only table has."""
        return min(int(self._mapping.word(region.control_offset)), region.capacity)

    def rows(self, region: Region) -> npt.NDArray[np.void]:
        """View the rows of a table, shape (capacity,)."""
        return np.frombuffer(self._mapping, region.dtype, region.capacity, region.data_offset)

    def copy_row(self, region: Region, index: int) -> npt.NDArray[np.void]:
        """Copy a row behind a seqlock in one piece, shape (1,)."""
        words = np.empty(region.record_bytes // 8, np.uint64)
        for _ in range(_ROW_TRIES):
            if self._mapping.copy_row(region.data_offset + index * region.record_bytes, words, _ROW_PATIENCE):
                return words.view(region.dtype)
            if self.pulse() is not Pulse.ALIVE:
                raise FeedStale(f"{self.name}: row {index} of {region.name} was left half written; {self.obituary()}")
        raise FeedError(f"{self.name}: row {index} of {region.name} was never at rest; {self.obituary()}; try again")

    def heartbeat_age(self) -> float:
        """Seconds since the engine's last heartbeat."""
        beat = int(np.uint64(self._mapping.word(HEARTBEAT_OFFSET)).astype(np.int64))
        return max(0.0, (time.monotonic_ns() - beat) / 1e9)

    def pulse(self) -> Pulse:
        """Look how the engine is: its closed flag, its lock, its heartbeat."""
        if int(self._mapping.word(FLAGS_OFFSET & ~7)) >> 32 & 1:
            return Pulse.CLOSED
        if self.fd >= 0 and first_byte_locked(self.fd) is False:
            return Pulse.DEAD
        return Pulse.ALIVE if self.heartbeat_age() <= STALE_AFTER else Pulse.SILENT

    def obituary(self) -> str:
        """Say in words how the engine is and what to do."""
        age, pulse = self.heartbeat_age(), self.pulse()
        what = {
            Pulse.ALIVE: "is alive",
            Pulse.CLOSED: "has closed the segment and ended",
            Pulse.DEAD: f"has died; its last heartbeat was {age:.1f} s ago",
            Pulse.SILENT: f"holds the segment but has not beaten for {age:.1f} s: stopped, swapped out, or stuck",
        }[pulse]
        advice = "; another engine has taken its place: open the feed again" if self._replaced() else ""
        return f"its engine (pid {self.header.pid}) {what}{advice}"

    def _replaced(self) -> bool:
        try:
            now, mine = (SHM / f"{PREFIX}{self.name}").stat(), os.fstat(self.fd)
        except OSError:
            return False
        return (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino)


def _open(name: str) -> tuple[int, int]:
    """Open the shared-memory object for reading; return its descriptor and size."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(f"name: {name!r} is not the name of a feed; use letters, digits, '_', '-' and '.'")
    posix_ipc = _posix_ipc()
    try:
        shared = posix_ipc.SharedMemory(f"/{PREFIX}{name}", read_only=True)
    except posix_ipc.ExistentialError:
        there = ", ".join(segment_names())
        found = f"there are: {there}" if there else "there is none at all"
        raise FeedNotFound(f"no feed {name!r} ({SHM}/{PREFIX}{name}); {found}. Is its engine running?") from None
    except posix_ipc.PermissionsError:
        raise FeedError(f"{name}: no permission to read {SHM}/{PREFIX}{name}; its engine decides the mode") from None
    return shared.fd, shared.size


def _posix_ipc() -> Any:
    try:
        import posix_ipc
    except ImportError:
        raise MissingPiece("the live feed needs posix-ipc (Linux): pip install posix-ipc") from None
    return posix_ipc


def _map(fd: int, size: int, name: str) -> tuple[Header, Mapping]:
    if size < PAGE:
        raise LayoutError(f"{name}: the file has {size} bytes, too few for a segment's header")
    mapping = Mapping(fd, 0, size)
    mapping.word(0)  # with acquire: once the magic is there, so is all that it stands for
    declared = int(mapping.word(8)) >> 32
    data = bytes(memoryview(mapping)[: min(size, max(PAGE, declared))])
    return read_header(data, size, name), mapping
