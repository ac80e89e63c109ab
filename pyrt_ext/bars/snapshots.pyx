"""The state of a loop as bytes, and back: everything but the bars, and the memory around the strategy."""

from libc.stdint cimport int64_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy

from .. cimport abi
from ..costs cimport CostsState
from ..rows cimport Rows, bytes_of
from .account cimport AT_CLOSE, Holding
from .longer cimport LongBar
from .loop cimport Loop
from .orders cimport Counts, Live


cdef struct Scalars:
    double cash
    double lowest
    int64_t now
    int64_t at
    int64_t timers_made
    int64_t last_id
    int64_t live_count
    Counts counts


def save(Loop loop not None):
    """Return the state between two times of the clock."""
    cdef Scalars scalars
    cdef Py_ssize_t slot, n = loop.slot_count
    scalars.cash, scalars.lowest, scalars.now, scalars.at = loop.cash, loop.lowest, loop.now, loop.at
    scalars.timers_made, scalars.last_id, scalars.live_count = loop.timers_made, loop.last_id, loop.live_count
    scalars.counts = loop.counts
    parts = [
        (<char*>&scalars)[: sizeof(Scalars)],
        (<char*>loop.holdings)[: n * sizeof(Holding)],
        (<char*>loop.states)[: n * sizeof(CostsState)],
        (<char*>loop.lives)[: n * sizeof(int64_t)],
        b"".join([(<char*>&loop.feeds[slot].row)[: sizeof(Py_ssize_t)] for slot in range(n)]),
        _of(loop.live, loop.live_count * sizeof(Live)),
        _of(loop.views, loop.live_count * sizeof(abi.OrderView)),
        bytes_of(&loop.rows), bytes_of(&loop.fills), bytes_of(&loop.signals), bytes_of(&loop.timers),
        bytes_of(&loop.paid),
        (<char*>loop.money)[: n * sizeof(double)],
        _of(loop.equities, loop.at * sizeof(double) if loop.margined else 0),
        _of(loop.longer, loop.longer_count * sizeof(LongBar)),
    ]
    return b"".join([len(part).to_bytes(8, "little") + part for part in parts])


def load(Loop loop not None, bytes kept not None):
    """Take back what :func:`save` has returned, of a loop over the same bars; the memory around the strategy is put
    back before."""
    cdef Scalars* scalars
    cdef Py_ssize_t slot, at = 0, size
    parts = []
    while at < len(kept):
        size = int.from_bytes(kept[at: at + 8], "little")
        parts.append(kept[at + 8: at + 8 + size])
        at += 8 + size
    first, holdings, states, lives, places, live, views, rows, fills, signals, timers, paid, *rest = parts
    money, equities, longer = rest
    if len(first) != sizeof(Scalars) or len(holdings) != loop.slot_count * <Py_ssize_t>sizeof(Holding):
        raise ValueError("kept: is of another run")
    if len(longer) != loop.longer_count * <Py_ssize_t>sizeof(LongBar):
        raise ValueError("kept: is of another run")
    scalars = <Scalars*><char*>first
    if scalars.at > loop.clock_end:
        raise ValueError("kept: is of a run over more bars")
    for slot in range(loop.slot_count):
        if (<Py_ssize_t*><char*>places)[slot] > loop.feeds[slot].count:
            raise ValueError("kept: is of a run over more bars")
    loop.cash, loop.lowest, loop.now, loop.at = scalars.cash, scalars.lowest, scalars.now, scalars.at
    loop.timers_made, loop.last_id, loop.counts = scalars.timers_made, scalars.last_id, scalars.counts
    loop.status, loop.refused, loop.site, loop.calls, loop.answers.count, loop.emptied = 0, b"", 0, 0, 0, False
    loop.place = AT_CLOSE
    memcpy(loop.holdings, <char*>holdings, len(holdings))
    memcpy(loop.states, <char*>states, len(states))
    memcpy(loop.lives, <char*>lives, len(lives))
    for slot in range(loop.slot_count):
        loop.feeds[slot].row = (<Py_ssize_t*><char*>places)[slot]
    loop.live_count = 0
    while loop.live_room < scalars.live_count:
        loop.live_count = loop.live_room
        if loop.new_live() == NULL:
            raise MemoryError
    loop.live_count = scalars.live_count
    memcpy(loop.live, <char*>live, len(live))
    memcpy(loop.views, <char*>views, len(views))
    loop.context.orders = loop.views
    _put(&loop.rows, rows)
    _put(&loop.fills, fills)
    _put(&loop.signals, signals)
    _put(&loop.timers, timers)
    _put(&loop.paid, paid)
    memcpy(loop.money, <char*>money, len(money))
    if loop.margined:
        memcpy(loop.equities, <char*>equities, len(equities))
    if loop.longer_count:
        memcpy(loop.longer, <char*>longer, len(longer))


cdef bytes _of(const void* data, Py_ssize_t size):
    return (<const char*>data)[:size] if size else b""


cdef int _put(Rows* rows, bytes kept) except -1:
    cdef Py_ssize_t count = len(kept) // rows.size
    cdef void* grown
    if rows.room < count:
        grown = realloc(rows.data, count * rows.size)
        if grown == NULL:
            raise MemoryError
        rows.data, rows.room = <char*>grown, count
    if count:
        memcpy(rows.data, <char*>kept, len(kept))
    rows.count = count
    return 0
