"""Bars out of trades: ``proto/MATCHING.md`` (The loop) has the rules."""

from libc.limits cimport LLONG_MAX, LLONG_MIN
from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcpy, memset

from .. cimport abi, matching_codes as codes
from ..matching cimport Record


cdef struct Maker:           # the bar in the making of one instrument and period
    uint32_t slot
    uint32_t row             # of the period
    int64_t period
    int64_t end
    bint begun               # a trade has come
    bint empty               # none since the last bar
    double prices[4]
    double volume


cdef struct Makers:          # by slot, then period
    Maker* rows
    Py_ssize_t count
    int64_t next_end         # the earliest of all
    int64_t late             # trades that came after their bar had ended
    int64_t lag              # how far receive_time was ahead of the venue's time, at the last record of the market
    bint unknown             # our clock has leapt: no bar ends before the next record with a time


cdef inline int64_t begin_of(int64_t time, int64_t period) noexcept nogil:
    """Where the interval begins that a time lies in; C's remainder of a time before 1970 is negative."""
    cdef int64_t rest = time % period
    return time - rest - (period if rest < 0 else 0)


cdef inline int64_t behind(int64_t time, int64_t lag) noexcept nogil:
    """A time less the lag, as far as times reach."""
    if lag > 0 and time < LLONG_MIN + lag:
        return LLONG_MIN
    if lag < 0 and time > LLONG_MAX + lag:
        return LLONG_MAX
    return time - lag


cdef inline int64_t venue_now(const Makers* makers, int64_t time) noexcept nogil:
    """What the venue's clock is thought to show at a time of ours."""
    return LLONG_MIN if makers.unknown else behind(time, makers.lag)


cdef inline int64_t venue_time(Makers* makers, const Record* record) noexcept nogil:
    """When a record happened by the venue's clock; a message without a time has that of its receipt instead."""
    cdef int64_t received = record.words[0].i
    if record.event_time == received and record.kind != codes.TRADE:
        return venue_now(makers, received)
    if record.kind == codes.TRADE or record.kind == codes.QUOTE or record.kind == codes.DELTA:
        makers.lag, makers.unknown = behind(received, record.event_time), False
    return record.event_time


cdef inline bint possible(int64_t time) noexcept nogil:
    return -(<int64_t>1 << 62) <= time <= (<int64_t>1 << 62)


cdef inline int join_bars(Makers* makers, uint32_t slot, int64_t time, double price, double qty) noexcept nogil:
    """A trade joins its slot's bars; -1: its time cannot be."""
    cdef Maker* maker
    cdef Py_ssize_t i
    for i in range(makers.count):
        maker = &makers.rows[i]
        if maker.slot != slot:
            continue
        if not possible(time):
            return -1
        if not maker.begun:
            maker.begun = True
            maker.end = begin_of(time, maker.period) + maker.period
            makers.next_end = min(makers.next_end, maker.end)
        if time < maker.end - maker.period:
            makers.late += 1
        if maker.empty:
            maker.prices[0] = maker.prices[1] = maker.prices[2] = price
            maker.empty = False
        if price > maker.prices[1]:
            maker.prices[1] = price
        if price < maker.prices[2]:
            maker.prices[2] = price
        maker.prices[3] = price
        maker.volume += qty
    return 0


cdef inline int end_bar(Makers* makers, int64_t time, abi.Context* context, abi.Event* bar) noexcept nogil:
    """Put the next bar that has ended by `time` into its series, its slot into the context; 0: none, -1: a leap."""
    cdef Maker* maker
    cdef abi.Slot* shown
    cdef abi.Series* series
    cdef Py_ssize_t i = 0
    if time < makers.next_end:
        return 0
    while not (makers.rows[i].begun and makers.rows[i].end == makers.next_end):
        i += 1
    maker = &makers.rows[i]
    if not possible(time) or (time - maker.end) // maker.period >= 1_000_000:
        return -1
    context.slot = maker.slot
    shown = &context.slots[maker.slot]
    memset(bar, 0, sizeof(abi.Event))
    bar.event_time, bar.instrument, bar.kind, bar.flags = maker.end, shown.instrument, codes.BAR, maker.row
    memcpy(&bar.words[0], &maker.prices[0], 4 * sizeof(double))
    memcpy(&bar.words[4], &maker.volume, sizeof(double))
    series = &shown.series[maker.row]
    memcpy(&series.bars[series.count & (series.capacity - 1)], bar, sizeof(abi.Event))
    series.count += 1
    shown.last_price, shown.event_time = maker.prices[3], maker.end
    maker.prices[0] = maker.prices[1] = maker.prices[2] = maker.prices[3]
    maker.volume, maker.empty = 0.0, True
    maker.end += maker.period
    makers.next_end = LLONG_MAX
    for i in range(makers.count):
        if makers.rows[i].begun:
            makers.next_end = min(makers.next_end, makers.rows[i].end)
    return 1
