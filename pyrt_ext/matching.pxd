"""Contract of the simulated venue: records and commands in, answers out. ``proto/MATCHING.md`` is the specification.

A loop in Cython calls :meth:`Matcher.on_record` and :meth:`Matcher.on_command` without the GIL and takes what they have
appended to ``answers``; whoever has taken all sets ``count`` to 0. ``-1`` means that the run must stop, and ``fault``
says why.
"""

from libc.stdint cimport int64_t

from .matching_book cimport Market, Order, is_crossed
from .matching_codes cimport FAULT_MEMORY, FAULT_SIDE, SELL
from .matching_entry cimport OrderEntry
from .matching_ladder cimport set_level, size_at
from .matching_numbers cimport steps_soon
from .matching_queue cimport level_changes
from .matching_register cimport Answer, Command, Fault, Record, Rules, Word


cdef class Matcher(OrderEntry):
    cdef int on_record(self, const Record* record, int64_t time) noexcept nogil

    cdef int _refuse_delta(self, const Record* record) noexcept nogil
    cdef int _on_quote(self, const Record* record, int64_t time) noexcept nogil
    cdef int traded(self, Market* market, int taker, int64_t ticks, int64_t lots, int64_t time) noexcept nogil
    cdef int _crossed(self, Market* market, int64_t time) noexcept nogil
    cdef bint _shows_anew(self, Market* market, Order* order, int64_t amount) noexcept nogil


cdef inline int level_becomes(
    Matcher self, Market* market, int side, int64_t rank, int64_t size, bint ends, int64_t time
) noexcept nogil:
    """A level of a book has a size now, `ends`: and the message is whole."""
    cdef int64_t before
    if market.queues[side].count:
        before = size_at(&market.sides[side], rank)
        level_changes(&self.queue_rule, market, &self.orders, side, rank, before, size)
    if set_level(&market.sides[side], rank, size) < 0:
        return self.fail(FAULT_MEMORY, 0, "", 0)
    if ends:
        market.whole = True
        if market.triggered.count or is_crossed(market):
            return self._crossed(market, time)
    return 0


cdef inline int read_trade(Matcher self, const Record* record, int64_t* ticks, int64_t* lots) noexcept nogil:
    """Price and quantity of a trade, if they and its side can be."""
    cdef Market* market = &self.markets[record.instrument]
    if record.side > SELL:
        return self.fail(FAULT_SIDE, record.stamp, "side", record.side)
    if (
        steps_soon(record.words[1].d, &market.tick, ticks) and steps_soon(record.words[2].d, &market.lot, lots)
        and lots[0] >= 0
    ):
        return 0
    if self._steps(record, "price", record.words[1].d, &market.tick, ticks) < 0:
        return -1
    return self._steps(record, "qty", record.words[2].d, &market.lot, lots)


cdef inline int trade_passes(
    Matcher self, Market* market, int taker, int64_t ticks, int64_t lots, int64_t time
) noexcept nogil:
    """A trade meets our orders, where there are any."""
    if market.queues[0].count or market.queues[1].count or market.waiting.count:
        return self.traded(market, taker, ticks, lots, time)
    if lots:
        market.last, market.traded = ticks, True
    return 0


cdef inline int stops_see(Matcher self, Market* market, int64_t ticks, int64_t time) noexcept nogil:
    """A trade reaches stops, where they do not go by quotes."""
    cdef int64_t touch[2]
    cdef bint there[2]
    if market.waiting.count == 0 or self.rules.quotes:
        return 0
    touch[0] = touch[1] = ticks
    there[0] = there[1] = True
    return self._look_at_stops(market, touch, there, time)
