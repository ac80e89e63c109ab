"""What a run reads of its records again and again, put on the grid once: contract and code.

A record is read by the venue and, later, by each strategy's sight. Both read it here, from a ring that goes with them
through the records; what is not ``PLAIN`` they read in full, with all checks.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

from .matching cimport Matcher, level_becomes
from .matching_book cimport Market
from .matching_codes cimport BAR, BUY, DELTA, LAST, SELL, SNAPSHOT
from .matching_numbers cimport steps_soon
from .matching_register cimport Record

cdef enum:
    RING = 4096              # changes that are there at a time
    WHOLE = 1                # bits: the last of its message
    PLAIN = 2                # a change of a level that is on the grid, outside a snapshot, and good
    GOOD = 4                 # its times are possible, and not before the record's before it

cdef extern from *:
    """
    #define PYRT_LATEST ((int64_t)1 << 62) /* ns: with latencies added times stay far inside 64 bits */
    """
    const int64_t LATEST "PYRT_LATEST"


cdef struct Change:
    int64_t event_time
    int64_t received
    int64_t rank             # of a plain one: the level's
    int32_t size             # lots that it has now
    uint16_t instrument
    uint8_t kind             # of the record
    uint8_t bits             # and the side in the highest one


cdef struct Ring:
    Change* changes          # that of record i at i % RING
    Py_ssize_t end           # behind the last one


cdef inline int side_of(const Change* change) noexcept nogil:
    return change.bits >> 7


cdef inline const Change* change_of(const Ring* ring, Py_ssize_t i) noexcept nogil:
    """Of a record; NULL: it is not there, or no longer."""
    return &ring.changes[i & (RING - 1)] if ring.end - RING <= i < ring.end else NULL


cdef inline void note_change(
    Change* change, const Record* record, const Record* before, const Market* markets, Py_ssize_t count, bint of_book,
    bint trusted
) noexcept nogil:
    """Note a record that comes behind another; `of_book`: books are made of changes of levels."""
    cdef int64_t received = record.words[0].i, ticks = 0, size = 0
    cdef const Market* market
    cdef int bits = 0
    change.event_time, change.received, change.kind = record.event_time, received, record.kind
    if trusted or (
        (received > before.words[0].i or (received == before.words[0].i and record.stamp >= before.stamp))
        and -LATEST <= min(received, record.event_time) and received <= LATEST
        and record.kind != BAR and before.kind != BAR  # which have no such time
    ):
        bits = GOOD
        if (
            record.kind == DELTA and of_book and record.instrument < <uint32_t>min(count, 0xFFFF)
            and (record.side == BUY or record.side == SELL) and not record.flags & SNAPSHOT
        ):
            market = &markets[record.instrument]
            if (
                steps_soon(record.words[1].d, &market.tick, &ticks)
                and steps_soon(record.words[2].d, &market.lot, &size)
                and 0 <= size <= 0x7FFFFFFF
            ):
                bits |= PLAIN | (WHOLE if record.flags & LAST else 0) | (record.side - 1) << 7
                change.rank = ticks if record.side == BUY else -ticks
                change.size, change.instrument = <int32_t>size, <uint16_t>record.instrument
    change.bits = bits


cdef inline int on_change(Matcher venue, const Change* change, int64_t time) noexcept nogil:
    """A level of a venue's book changes: what happens most."""
    cdef Market* market = &venue.markets[change.instrument]
    market.in_snapshot = False
    return level_becomes(venue, market, side_of(change), change.rank, change.size, change.bits & WHOLE != 0, time)


cdef inline Py_ssize_t run_plainly(
    Matcher venue, const Change* change, Py_ssize_t at, Py_ssize_t end, int64_t until, int* done
) noexcept nogil:
    """The venue sees plain changes that lie one behind the other; which record comes next."""
    cdef bint recorded = venue.rules.recorded
    cdef int64_t delay = venue.rules.feed_latency, time
    cdef Py_ssize_t answers = venue.count
    while at < end and change.bits & PLAIN:
        time = min(change.received, change.event_time) if recorded else change.received - delay
        if time > until:
            break
        done[0] = on_change(venue, change, time)
        if done[0] < 0:
            break
        at += 1
        change += 1
        if venue.count != answers:
            break
    return at
