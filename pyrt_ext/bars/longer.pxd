"""Bars as strategies are shown them, and those of longer periods, made of the data's: ``proto/BARS.md`` (Periods)."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from .. cimport abi, matching_codes as codes
from .account cimport Feed


cdef struct LongBar:          # the one in the making, of a slot and a period
    uint32_t slot
    uint32_t row              # of the period, in the class's ``bars``
    int64_t period
    int64_t end
    bint begun                # it has a bar of the data
    double open
    double high
    double low
    double close
    double volume
    int64_t stamp             # row of its last bar of the data


cdef inline int64_t end_of(int64_t time, int64_t period) noexcept nogil:
    """Where the interval ends that a bar belongs to which ends at a time; C's remainder before 1970 is negative."""
    cdef int64_t rest = time % period
    return time - rest + (period if rest > 0 else 0)


cdef inline void join_bar(LongBar* longer, const Feed* feed, Py_ssize_t row) noexcept nogil:
    """A bar of the data becomes part of it."""
    if not longer.begun:
        longer.begun, longer.end, longer.volume = True, end_of(feed.time[row], longer.period), 0.0
        longer.open, longer.high, longer.low = feed.open[row], feed.high[row], feed.low[row]
    longer.high, longer.low = max(longer.high, feed.high[row]), min(longer.low, feed.low[row])
    longer.close, longer.stamp = feed.close[row], row
    if feed.volume != NULL:
        longer.volume += feed.volume[row]


cdef inline abi.Event* end_long_bar(LongBar* longer, abi.Slot* shown) noexcept nogil:
    """It has ended: it is written into its series, where the strategy is given it."""
    cdef abi.Series* series = &shown.series[longer.row]
    cdef abi.Event* event = &series.bars[series.count & (series.capacity - 1)]
    cdef double* words = <double*>event.words
    series.count += 1
    longer.begun = False
    event.stamp, event.event_time, event.instrument = <uint64_t>longer.stamp, longer.end, shown.instrument
    event.kind, event.side, event.flags = codes.BAR, 0, longer.row
    words[0], words[1], words[2], words[3] = longer.open, longer.high, longer.low, longer.close
    words[4] = longer.volume
    return event


cdef inline void copy_bar(abi.Event* event, const Feed* feed, Py_ssize_t row, uint32_t instrument) noexcept nogil:
    cdef double* words = <double*>event.words
    event.stamp, event.event_time = <uint64_t>row, feed.time[row]
    event.instrument, event.kind, event.side, event.flags = instrument, codes.BAR, 0, 0
    words[0], words[1], words[2], words[3] = feed.open[row], feed.high[row], feed.low[row], feed.close[row]
    words[4] = feed.volume[row] if feed.volume != NULL else 0.0
