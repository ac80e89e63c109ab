"""The ring in loops that Numba compiles: the same two words, with the same order of loads."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from pyrt_ext.shm import RingReader, loaders

from ...types import RECORDS, Events, Kind

__all__ = ["NumbaRing", "for_numba"]


class NumbaRing(NamedTuple):
    """What a compiled loop is given: the ring's memory, seen as each kind, and its cursor.

    Attributes
    ----------
    event : ndarray of EVENT, shape (2 * capacity,)
        The ring twice in a row, so that any window is one slice: record i lies at ``i % capacity``.
    trade, quote, delta, bar : ndarray of RECORDS[kind], shape (2 * capacity,)
        The same memory.
    state : ndarray of uint64, shape (4,)
        Address of the control words, capacity, cursor, records skipped.
    """

    event: Events
    trade: Events
    quote: Events
    delta: Events
    bar: Events
    state: np.ndarray[tuple[int], np.dtype[np.uint64]]


def for_numba(ring: RingReader, events: Events) -> tuple[NumbaRing, Callable[..., Any], Callable[..., Any]]:
    """Return the ring with a cursor of its own, and ``take`` and ``overwritten`` for compiled loops."""
    trade, quote, delta, bar = (events.view(RECORDS[kind]) for kind in (Kind.TRADE, Kind.QUOTE, Kind.DELTA, Kind.BAR))
    memory: Any = (ctypes.c_uint64 * 4)(ring.place(), ring.capacity, ring.cursor, 0)
    memory.mapped_by = ring  # the control words stay mapped as long as `state` lives
    state = np.frombuffer(memory, np.uint64)
    return (NumbaRing(events, trade, quote, delta, bar, state), *_functions())


@cache
def _functions() -> tuple[Callable[..., Any], Callable[..., Any]]:
    import numba

    word = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_size_t)
    head, intent = (word(address) for address in loaders())
    u64 = np.uint64

    @numba.njit(nogil=True)
    def take(ring: Any) -> Any:
        """Return (place, count) of all records since the last call: ``ring.trade[place : place + count]``."""
        state = ring.state
        capacity, cursor = state[1], state[2]
        newest = head(state[0])
        ahead = max(newest, intent(state[0])) - cursor
        if ahead > capacity and newest > cursor + capacity // u64(2):
            target = newest - capacity // u64(2)
            state[3] += target - cursor
            cursor = target
        count = min(newest - cursor, capacity)
        state[2] = cursor + count
        return np.int64(cursor & (capacity - u64(1))), np.int64(count)

    @numba.njit(nogil=True)
    def overwritten(ring: Any, count: Any) -> Any:
        """Return how many of the last window's `count` records the writer has begun to overwrite: the oldest ones."""
        state = ring.state
        first = state[2] - u64(count)
        gone = np.int64(intent(state[0]) - first) - np.int64(state[1])
        return min(max(gone, np.int64(0)), np.int64(count))

    return take, overwritten
