"""What a run reads of its records again and again, put on the grid once: contract and code.

A record is read by the venue and, later, by each strategy's sight. Both read it here, from a ring that goes with them
through the records; what is not ``PLAIN`` they read in full, with all checks.
"""

from libc.limits cimport LLONG_MAX
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

from .matching cimport Matcher, trade_passes
from .matching_book cimport Market, Queue, is_crossed
from .matching_codes cimport BAR, BUY, DELTA, FAULT_MEMORY, LAST, SELL, SNAPSHOT, TRADE
from .matching_ladder cimport NO_RANK, Ladder, set_level, size_at
from .matching_numbers cimport Grid, both_soon
from .matching_queue cimport RISK_AVERSE, level_changes
from .matching_register cimport Record

cdef enum:
    RING = 4096              # changes that are there at a time
    WHOLE = 1                # bits: the last of its message
    PLAIN = 2                # a change of a level that is on the grid, outside a snapshot, and good
    GOOD = 4                 # its times are possible, and not before the record's before it
    TRADED = 8               # a trade of a known side that is on the grid, and good

cdef extern from *:
    """
    #define PYRT_LATEST ((int64_t)1 << 62) /* ns: with latencies added times stay far inside 64 bits */
    """
    const int64_t LATEST "PYRT_LATEST"


cdef struct Change:
    int64_t event_time
    int64_t received
    int64_t rank             # of a plain one: the level's; of a trade its ticks
    int32_t size             # lots that the level has now, or that were traded
    uint16_t instrument
    uint8_t kind             # of the record
    uint8_t bits             # and the side, of a trade the taker's, in the highest one


cdef struct Ring:
    Change* changes          # that of record i at i % RING
    Py_ssize_t end           # behind the last one
    Py_ssize_t* others       # records of another kind than DELTA, the nth at n % RING
    Py_ssize_t other_count   # ever
    Py_ssize_t other         # of those, where the search for the next one begins


cdef struct Watched:         # what holds of a market as long as no order of ours changes
    Market* market
    int64_t rank[2]          # of each side, of its only order; NO_RANK: there is none
    int64_t* ahead[2]        # what lies before it
    bint several[2]          # there are more
    bint estimated           # the model asks for a level's size before it changes
    bint tried               # orders may trade without a change of the best levels: not known yet
    int64_t spare            # before an order that is not there


cdef inline int side_of(const Change* change) noexcept nogil:
    return change.bits >> 7


cdef inline const Change* change_of(const Ring* ring, Py_ssize_t i) noexcept nogil:
    """Of a record; NULL: it is not there, or no longer."""
    return &ring.changes[i & (RING - 1)] if ring.end - RING <= i < ring.end else NULL


cdef inline void note_kind(Ring* ring, Py_ssize_t i, uint8_t kind) noexcept nogil:
    """Of which kind a record is, without a branch that nobody can foresee."""
    ring.others[ring.other_count & (RING - 1)] = i
    ring.other_count += kind != DELTA


cdef inline Py_ssize_t next_other(Ring* ring, Py_ssize_t i) noexcept nogil:
    """The first record of another kind than DELTA from one on that is in the ring; the ring's end, if there is none."""
    ring.other = max(ring.other, ring.other_count - RING)
    while ring.other < ring.other_count and ring.others[ring.other & (RING - 1)] < i:
        ring.other += 1
    return ring.others[ring.other & (RING - 1)] if ring.other < ring.other_count else ring.end


cdef inline int note_steps(
    Change* change, bint trade, uint8_t side, double price, double qty, bint ends, const Grid* tick, const Grid* lot
) noexcept nogil:
    """Note a trade, or what a level becomes; the bits of the change: none if it must be read in full."""
    cdef int64_t ticks = 0, size = 0
    if not (
        (side == BUY or side == SELL)
        and both_soon(price, qty, tick, lot, &ticks, &size) and 0 <= size <= 0x7FFFFFFF
    ):
        return 0
    change.rank = ticks if trade or side == BUY else -ticks
    change.size = <int32_t>size
    return (TRADED if trade else PLAIN) | (WHOLE if ends else 0) | (side - 1) << 7


cdef inline void note_change(
    Change* change, const Record* record, const Record* before, const Market* markets, Py_ssize_t count, bint of_book,
    bint trusted
) noexcept nogil:
    """Note a record that comes behind another; `of_book`: books are made of changes of levels."""
    cdef int64_t received = record.words[0].i
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
            of_book and record.instrument < <uint32_t>min(count, 0xFFFF)
            and (record.kind == TRADE or (record.kind == DELTA and not record.flags & SNAPSHOT))
        ):
            market = &markets[record.instrument]
            change.instrument = <uint16_t>record.instrument
            bits |= note_steps(
                change, record.kind == TRADE, record.side, record.words[1].d, record.words[2].d,
                record.flags & LAST != 0, &market.tick, &market.lot,
            )
    change.bits = bits


cdef inline void watch(Watched* watched, Matcher venue, Market* market) noexcept nogil:
    """Look at our orders in a market."""
    cdef Queue* queue
    cdef int side
    watched.market, watched.tried, watched.estimated = market, False, venue.queue_rule.model != RISK_AVERSE
    for side in range(2):
        queue = &market.queues[side]
        watched.rank[side], watched.ahead[side] = NO_RANK, &watched.spare
        watched.several[side] = queue.count > 1
        if queue.count == 1:
            watched.rank[side] = queue.entries[0].rank
            if not watched.estimated:
                watched.ahead[side] = &venue.orders.orders[queue.entries[0].order].ahead


cdef inline int on_change(Matcher venue, Watched* watched, const Change* change, int64_t time) noexcept nogil:
    """A level of a venue's book changes: what happens most. As `level_becomes`, which looks at everything each time."""
    cdef Market* market = watched.market
    cdef int side = side_of(change)
    cdef Ladder* ladder = &market.sides[side]
    cdef int64_t best = ladder.best, before
    cdef int64_t* ahead = watched.ahead[side]
    if watched.several[side] or (watched.estimated and watched.rank[side] == change.rank):
        before = size_at(ladder, change.rank)
        level_changes(&venue.queue_rule, market, &venue.orders, side, change.rank, before, change.size)
    else:  # without a branch that nobody can foresee
        ahead[0] = min(ahead[0], <int64_t>change.size if watched.rank[side] == change.rank else LLONG_MAX)
    if set_level(ladder, change.rank, change.size) < 0:
        return venue.fail(FAULT_MEMORY, 0, "", 0)
    watched.tried = watched.tried and ladder.best == best
    if change.bits & WHOLE:
        market.whole = True
        if not watched.tried:
            if market.triggered.count or is_crossed(market):
                if venue._crossed(market, time) < 0:
                    return -1
                watch(watched, venue, market)
            else:
                watched.tried = True
    return 0


cdef inline Py_ssize_t run_plainly(
    Matcher venue, const Change* change, Py_ssize_t at, Py_ssize_t end, int64_t until, int* done
) noexcept nogil:
    """The venue sees plain changes and trades that lie one behind the other; which record comes next."""
    cdef bint recorded = venue.rules.recorded
    cdef int64_t delay = venue.rules.feed_latency, time
    cdef Py_ssize_t answers = venue.count
    cdef Watched watched
    cdef Market* market
    watched.market = NULL
    while at < end and change.bits & (PLAIN | TRADED):
        time = min(change.received, change.event_time) if recorded else change.received - delay
        if time > until:
            break
        market = &venue.markets[change.instrument]
        if change.bits & TRADED:
            done[0] = trade_passes(venue, market, side_of(change) + 1, change.rank, change.size, time)
        else:
            if market != watched.market:
                watch(&watched, venue, market)
                market.in_snapshot = False
            done[0] = on_change(venue, &watched, change, time)
        if done[0] < 0:
            break
        at += 1
        change += 1
        if venue.count != answers:
            break
    return at
