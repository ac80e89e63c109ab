"""The simulated venue: ``matching.pxd`` is its contract, ``proto/MATCHING.md`` its specification.

Written from the specification alone, as the engine's ``matching`` room was, so that the two check each other.
"""

from libc.limits cimport LLONG_MIN
from libc.stdint cimport int64_t

from .matching_book cimport (
    OVER, Market, Order, Queue, dequeue, is_valid, offered, reaches, to_back,
)
from .matching_codes cimport *
from .matching_ladder cimport clear_ladder, rank_of, set_level, size_at
from .matching_numbers cimport ON_GRID, to_steps
from .matching_queue cimport level_changes, nobody_ahead, reached_by
from .matching_register cimport Record


cdef inline int on_delta(Matcher self, const Record* record, int64_t time) noexcept nogil:
    cdef Market* market = &self.markets[record.instrument]
    cdef int64_t ticks = 0, size = 0
    cdef int side = record.side - 1
    if (
        (record.side != BUY and record.side != SELL)
        or to_steps(record.words[1].d, &market.tick, &ticks) != ON_GRID
        or to_steps(record.words[2].d, &market.lot, &size) != ON_GRID or size < 0
    ):
        return self._refuse_delta(record)
    if record.flags & SNAPSHOT and not market.in_snapshot:
        clear_ladder(&market.sides[0])
        clear_ladder(&market.sides[1])
    market.in_snapshot = record.flags & SNAPSHOT != 0
    return level_becomes(self, market, side, rank_of(side, ticks), size, record.flags & LAST != 0, time)


cdef inline int on_trade(Matcher self, const Record* record, int64_t time) noexcept nogil:
    cdef int64_t ticks = 0, lots = 0
    if read_trade(self, record, &ticks, &lots) < 0:
        return -1
    return trade_passes(self, &self.markets[record.instrument], record.side, ticks, lots, time)


cdef class Matcher(OrderEntry):
    """A venue of one or several instruments, with empty books.

    Parameters
    ----------
    grids : sequence of (int, int, int, int)
        Of each instrument: tick mantissa and exponent, lot mantissa and exponent.
    rules : dict
        The fields of ``Rules``.
    """

    cdef int on_record(self, const Record* record, int64_t time) noexcept nogil:
        """What happened at the venue at `time`."""
        cdef Market* market
        cdef bint of_book = record.kind == (QUOTE if self.rules.quotes else DELTA)
        if not of_book and record.kind != TRADE and record.kind != STATE:
            return 0
        if record.instrument >= self.market_count:
            return self.fail(FAULT_INSTRUMENT, record.stamp, "instrument", record.instrument)
        if record.kind == DELTA:
            return on_delta(self, record, time)
        if record.kind == TRADE:
            return on_trade(self, record, time)
        if record.kind == QUOTE:
            return self._on_quote(record, time)
        market = &self.markets[record.instrument]
        market.has_state = True
        market.synced = (record.flags & 0xFF) == SYNCED
        if not market.synced:
            market.in_snapshot = False
        return 0

    cdef int _refuse_delta(self, const Record* record) noexcept nogil:
        """Say what of a change of a level cannot be."""
        cdef Market* market = &self.markets[record.instrument]
        cdef int64_t steps = 0
        if record.side != BUY and record.side != SELL:
            return self.fail(FAULT_SIDE, record.stamp, "side", record.side)
        if self._steps(record, "price", record.words[1].d, &market.tick, &steps) < 0:
            return -1
        return self._steps(record, "qty", record.words[2].d, &market.lot, &steps)

    cdef int _on_quote(self, const Record* record, int64_t time) noexcept nogil:
        cdef Market* market = &self.markets[record.instrument]
        cdef Queue* queue
        cdef int64_t ticks = 0, before
        cdef int64_t size[2]
        cdef int64_t rank[2]
        cdef int64_t touch[2]
        cdef bint there[2]
        cdef Py_ssize_t place
        cdef int side
        for side in range(2):
            size[side] = 0
            there[1 - side] = False
            rank[side] = LLONG_MIN
            if record.words[1 + side].d == record.words[1 + side].d:  # NaN: no level
                if self._steps(record, "ask" if side else "bid", record.words[1 + side].d, &market.tick, &ticks) < 0:
                    return -1
                if self._steps(
                    record, "ask_qty" if side else "bid_qty", record.words[3 + side].d, &market.lot, &size[side]
                ) < 0:
                    return -1
                if size[side] > 0:
                    rank[side] = rank_of(side, ticks)
                    there[1 - side], touch[1 - side] = True, ticks
        for side in range(2):
            before = size_at(&market.sides[side], rank[side])
            clear_ladder(&market.sides[side])
            if set_level(&market.sides[side], rank[side], size[side]) < 0:
                return self.fail(FAULT_MEMORY, 0, "", 0)
            queue = &market.queues[side]
            place = queue.count - 1
            while place >= 0 and queue.entries[place].rank > rank[side]:
                nobody_ahead(&self.orders.orders[queue.entries[place].order])
                place -= 1
            if size[side] > 0:
                level_changes(&self.queue_rule, market, &self.orders, side, rank[side], before, size[side])
        market.whole = True
        if self._crossed(market, time) < 0:
            return -1
        if market.waiting.count == 0:
            return 0
        if self._look_at_stops(market, touch, there, time) < 0:
            return -1
        return self._enter_triggered(market, time) if is_valid(market) else 0

    cdef int traded(self, Market* market, int taker, int64_t ticks, int64_t lots, int64_t time) noexcept nogil:
        cdef Queue* queue
        cdef Order* order
        cdef int64_t rank, amount, reach, of_ours = 0
        cdef Py_ssize_t place
        cdef int side, index
        if lots == 0:
            return 0
        market.last, market.traded = ticks, True
        for side in range(2):
            queue = &market.queues[side]
            rank = rank_of(side, ticks)
            place = queue.count - 1
            while place >= 0 and queue.entries[place].rank >= rank:
                index = queue.entries[place].order
                order = &self.orders.orders[index]
                amount = order.qty - order.filled
                if queue.entries[place].rank == rank:
                    if taker == side + 1:  # the taker was on our side: our level was not hit
                        break
                    reach = lots - of_ours
                    amount = min(offered(order), reached_by(&self.queue_rule, order, lots, reach))
                    of_ours += amount
                if amount > 0 and self._fill(index, order.price, amount, True, time) < 0:
                    return -1
                if order.filled == order.qty:
                    order.phase = OVER
                    dequeue(queue, place)
                elif order.display and self._shows_anew(market, order, amount):
                    to_back(queue, place)
                    continue
                place -= 1
        return stops_see(self, market, ticks, time)

    cdef bint _shows_anew(self, Market* market, Order* order, int64_t amount) noexcept nogil:
        """Whether so much was all that an iceberg showed: it shows its next part then, from the back."""
        order.shown -= amount
        if order.shown > 0:
            return False
        self._refill(market, order)
        return True

    cdef int _crossed(self, Market* market, int64_t time) noexcept nogil:
        """After a whole message: the book fills what it has crossed, and stops that were triggered before enter."""
        cdef Queue* queue
        cdef Order* order
        cdef Py_ssize_t place
        cdef int side, index
        cdef int64_t worst, before
        if not is_valid(market):
            return 0
        for side in range(2):
            queue = &market.queues[side]
            place = queue.count - 1
            while place >= 0:
                index = queue.entries[place].order
                order = &self.orders.orders[index]
                worst = rank_of(1 - side, order.price)
                if not reaches(market, 1 - side, worst):
                    break
                before = order.filled
                if self._take(market, index, worst, True, time) < 0:
                    return -1
                if order.filled == order.qty:
                    order.phase = OVER
                    dequeue(queue, place)
                elif order.display and order.filled > before and self._shows_anew(market, order, order.filled - before):
                    to_back(queue, place)
                    continue
                place -= 1
        return self._enter_triggered(market, time) if market.triggered.count else 0
