"""A simulated venue's order entry: ``matching_entry.pxd`` is its contract, ``proto/MATCHING.md`` its specification."""

from libc.limits cimport LLONG_MIN
from libc.stdint cimport int64_t
from libc.string cimport memset

from .matching_book cimport (
    OVER, RESTING, TRIGGERED_PHASE, WAITING, Market, Order, add_order, displayed, enqueue, find_order, is_live,
    is_valid, left_of, reaches,
)
from .matching_codes cimport *
from .matching_ladder cimport NO_RANK, Ladder, Level, level_at, rank_below, rank_of
from .matching_numbers cimport Grid, has_double
from .matching_queue cimport stand_behind
from .matching_waiting cimport add_deadline, end_of_day, follow, join, reached, take_off
from .rows cimport Timer, pop_timer


cdef inline bint has_limit(int type) noexcept nogil:
    return type == LIMIT_ORDER or type == STOP_LIMIT_ORDER


cdef inline bint is_above_zero(int64_t steps, const Grid* grid) noexcept nogil:
    return steps > 0 and has_double(steps, grid)


cdef inline bint may_change_to(int64_t steps, const Grid* grid) noexcept nogil:
    """A number of a modify: 0 leaves it as it is."""
    return steps >= 0 and has_double(steps, grid)


cdef inline int refusal_of(int flags) noexcept nogil:
    """Why the account refuses a command that carries its mark."""
    if flags & SPLIT_MARK:
        return SPLIT
    return LIQUIDATED if flags & LIQUIDATED_MARK else NO_MARGIN


cdef inline bint would_cross(const Market* market, const Order* order, int64_t price) noexcept nogil:
    cdef int other = 2 - order.side
    return order.post_only and reaches(
        market, other, rank_of(other, price) if has_limit(order.type) else LLONG_MIN
    )


cdef class OrderEntry(Register):
    """Orders of a venue; :class:`~pyrt_ext.matching.Matcher` is the whole of it."""

    cdef int on_command(self, const Command* command, int64_t time) noexcept nogil:
        """What arrives at the venue at `time`."""
        cdef int done
        self.fault.of_command = True
        if command.instrument >= self.market_count:
            return self.fail(FAULT_INSTRUMENT, command.client_order_id, "instrument", command.instrument)
        if command.action == NEW_ORDER:
            done = self._new_order(command, time)
        elif command.action == CANCEL:
            done = self._cancel(command, time)
        elif command.action == MODIFY:
            done = self._modify(command, time)
        else:
            return self.fail(FAULT_CODE, command.client_order_id, "action", command.action)
        if done == 0:
            self.fault.of_command = False
        return done

    cdef int _new_order(self, const Command* command, int64_t time) noexcept nogil:
        cdef Market* market = &self.markets[command.instrument]
        cdef Order order
        cdef bint limit = has_limit(command.type)
        cdef bint stop = command.type >= STOP_ORDER
        cdef bint trailing = command.type == TRAILING_STOP_ORDER
        cdef bint known = find_order(&self.orders, command.client_order_id) >= 0
        cdef int reason = NONE, index
        if command.side != BUY and command.side != SELL:
            return self.fail(FAULT_CODE, command.client_order_id, "side", command.side)
        if command.type < MARKET_ORDER or command.type > TRAILING_STOP_ORDER:
            return self.fail(FAULT_CODE, command.client_order_id, "type", command.type)
        if command.tif < GTC or command.tif > DAY:
            return self.fail(FAULT_CODE, command.client_order_id, "tif", command.tif)
        if command.flags > KNOWN_FLAGS:
            return self.fail(FAULT_CODE, command.client_order_id, "flags", command.flags)
        memset(&order, 0, sizeof(Order))
        order.id, order.instrument, order.side = command.client_order_id, command.instrument, command.side
        order.qty, order.type, order.tif = command.qty, command.type, command.tif
        order.post_only = command.flags & POST_ONLY
        order.price = command.price if limit else 0
        order.trigger = command.trigger if stop and not trailing else 0
        order.trail = command.trail if trailing else 0
        if command.flags > POST_ONLY:
            reason = refusal_of(command.flags)
        elif not is_above_zero(command.qty, &market.lot) or (limit and not may_change_to(command.display, &market.lot)):
            reason = BAD_QUANTITY
        elif limit and not is_above_zero(command.price, &market.tick):
            reason = BAD_PRICE
        elif stop and not is_above_zero(command.trail if trailing else command.trigger, &market.tick):
            reason = BAD_TRIGGER
        elif command.tif == GTD and command.expiry <= time:
            reason = BAD_EXPIRY
        elif known:
            reason = DUPLICATE_ID
        elif not is_valid(market):
            reason = NO_BOOK
        elif not stop and would_cross(market, &order, order.price):
            reason = WOULD_CROSS
        if limit and command.display < command.qty:
            order.display = command.display
        order.status = NEW if reason == NONE else REJECTED
        if self._update(&order, reason, time) < 0:
            return -1
        if known:
            return 0
        index = add_order(&self.orders, &order)
        if index < 0:
            return self.fail(FAULT_MEMORY, 0, "", 0)
        if reason != NONE:
            return 0
        if (self._wait(market, index) if stop else self._enter(market, index, time)) < 0:
            return -1
        if command.tif >= GTD and is_live(&self.orders.orders[index]) and add_deadline(
            &self.deadlines, command.expiry if command.tif == GTD else end_of_day(time), index
        ) < 0:
            return self.fail(FAULT_MEMORY, 0, "", 0)
        return 0

    cdef int _wait(self, Market* market, int index) noexcept nogil:
        """A stop waits; a trailing one's extreme begins where the market is."""
        cdef Order* order = &self.orders.orders[index]
        cdef int other = 2 - order.side
        cdef Ladder* ladder = &market.sides[other]
        order.phase = WAITING
        if order.type == TRAILING_STOP_ORDER:
            if self.rules.quotes:
                if ladder.best != NO_RANK:
                    follow(order, rank_of(other, ladder.best))
            elif market.traded:
                follow(order, market.last)
        return 0 if join(&market.waiting, index) == 0 else self.fail(FAULT_MEMORY, 0, "", 0)

    cdef int _look_at_stops(
        self, Market* market, const int64_t* prices, const bint* there, int64_t time
    ) noexcept nogil:
        """The market was at these prices, for buys and for sells."""
        cdef Order* order
        cdef Py_ssize_t i, kept = 0
        cdef int index
        for i in range(market.waiting.count):
            index = market.waiting.orders[i]
            order = &self.orders.orders[index]
            if there[order.side - 1]:
                if order.type == TRAILING_STOP_ORDER:
                    follow(order, prices[order.side - 1])
                if reached(order, prices[order.side - 1]):
                    order.phase = TRIGGERED_PHASE
                    if join(&market.triggered, index) < 0:
                        return self.fail(FAULT_MEMORY, 0, "", 0)
                    if self._update(order, TRIGGERED, time) < 0:
                        return -1
                    continue
            market.waiting.orders[kept] = index
            kept += 1
        market.waiting.count = kept
        return 0

    cdef int _enter_triggered(self, Market* market, int64_t time) noexcept nogil:
        """After a whole message of a valid book: stops that were triggered before."""
        cdef Order* order
        cdef Py_ssize_t i, count = market.triggered.count
        cdef int index
        market.triggered.count = 0
        for i in range(count):
            index = market.triggered.orders[i]
            order = &self.orders.orders[index]
            order.phase = OVER
            if would_cross(market, order, order.price):
                order.status = EXPIRED
                if self._update(order, WOULD_CROSS, time) < 0:
                    return -1
            elif self._enter(market, index, time) < 0:
                return -1
        return 0

    cdef int _enter(self, Market* market, int index, int64_t time) noexcept nogil:
        """An accepted order takes what it reaches; what is left ends, or rests."""
        cdef Order* order = &self.orders.orders[index]
        cdef int side = order.side - 1
        cdef bint limit = has_limit(order.type)
        cdef int64_t worst = rank_of(1 - side, order.price) if limit else LLONG_MIN
        cdef int64_t rank
        if order.tif == FOK and self._available(market, 1 - side, worst, left_of(order)) < left_of(order):
            order.status = EXPIRED
            return self._update(order, NOT_ENOUGH, time)
        if self._take(market, index, worst, False, time) < 0:
            return -1
        if order.filled == order.qty:
            return 0
        if not limit or order.tif == IOC:
            order.status = EXPIRED
            return self._update(order, IOC_REST if limit else NO_LIQUIDITY, time)
        rank = rank_of(side, order.price)
        order.phase = RESTING
        self._refill(market, order)
        if enqueue(&market.queues[side], rank, index) < 0:
            return self.fail(FAULT_MEMORY, 0, "", 0)
        return 0

    cdef int64_t _available(self, Market* market, int side, int64_t worst, int64_t enough) noexcept nogil:
        """Lots that can be taken from a side down to a rank; no more are counted than are enough."""
        cdef Ladder* ladder = &market.sides[side]
        cdef int64_t rank = ladder.best, lots = 0
        cdef Level* level
        while rank != NO_RANK and lots < enough and rank >= worst:
            level = level_at(ladder, rank)
            lots += max(0, level.size - level.taken)
            rank = rank_below(ladder, rank)
        return lots

    cdef void _refill(self, Market* market, Order* order) noexcept nogil:
        """An order comes to rest at the back of its price: an iceberg shows its next part."""
        cdef int side = order.side - 1
        stand_behind(order, displayed(market, side, rank_of(side, order.price), self.rules.quotes))
        order.shown = min(order.display, left_of(order))

    cdef int _take(self, Market* market, int index, int64_t worst, bint maker, int64_t time) noexcept nogil:
        """Fill an order against the other side, down to a rank: at the level's price as taker, at its own as maker."""
        cdef Order* order = &self.orders.orders[index]
        cdef int other = 2 - order.side
        cdef Ladder* ladder = &market.sides[other]
        cdef Level* level
        cdef int64_t amount, rank = ladder.best
        while rank != NO_RANK and order.filled < order.qty and rank >= worst:
            level = level_at(ladder, rank)
            amount = min(level.size - level.taken, order.qty - order.filled)
            if amount > 0:
                level.taken += amount
                if self._fill(index, order.price if maker else rank_of(other, rank), amount, maker, time) < 0:
                    return -1
            rank = rank_below(ladder, rank)
        return 0

    cdef int _not_live(self, const Command* command, int index, int64_t time) noexcept nogil:
        """Answer a command about an order that was never there, or has ended."""
        cdef Order never
        if index >= 0 and self.orders.orders[index].instrument == command.instrument:
            return self._update(&self.orders.orders[index], TOO_LATE, time)
        memset(&never, 0, sizeof(Order))
        never.id, never.instrument, never.status = command.client_order_id, command.instrument, REJECTED
        return self._update(&never, UNKNOWN_ORDER, time)

    cdef int _cancel(self, const Command* command, int64_t time) noexcept nogil:
        cdef int index = find_order(&self.orders, command.client_order_id)
        cdef Order* order = &self.orders.orders[index]
        if index < 0 or order.instrument != command.instrument or not is_live(order):
            return self._not_live(command, index, time)
        take_off(&self.markets[order.instrument], &self.orders, index)
        order.status = CANCELED
        return self._update(order, SPLIT if command.flags & SPLIT_MARK else NONE, time)

    cdef int _modify(self, const Command* command, int64_t time) noexcept nogil:
        cdef int index = find_order(&self.orders, command.client_order_id)
        cdef Order* order = &self.orders.orders[index]
        cdef Market* market = &self.markets[command.instrument]
        cdef int64_t qty, price
        cdef int reason = MODIFIED
        cdef bint limit, fixed, moves
        if index < 0 or order.instrument != command.instrument or not is_live(order):
            return self._not_live(command, index, time)
        if command.flags > POST_ONLY:
            return self._update(order, refusal_of(command.flags), time)
        limit = has_limit(order.type)
        fixed = order.type == STOP_ORDER or order.type == STOP_LIMIT_ORDER
        if not may_change_to(command.qty, &market.lot):
            return self._update(order, BAD_QUANTITY, time)
        if limit and not may_change_to(command.price, &market.tick):
            return self._update(order, BAD_PRICE, time)
        if fixed and not may_change_to(command.trigger, &market.tick):
            return self._update(order, BAD_TRIGGER, time)
        qty = command.qty if command.qty else order.qty
        price = command.price if limit and command.price else order.price
        if qty <= order.filled:
            take_off(market, &self.orders, index)
            order.status = CANCELED
            return self._update(order, NONE, time)
        moves = order.phase == RESTING and (price != order.price or qty > order.qty)
        if moves:
            if not is_valid(market):
                reason = NO_BOOK
            elif would_cross(market, order, price):
                reason = WOULD_CROSS
            if reason != MODIFIED:
                return self._update(order, reason, time)
            take_off(market, &self.orders, index)
        order.qty, order.price = qty, price
        if fixed and command.trigger:
            order.trigger = command.trigger
        order.shown = min(order.shown, left_of(order))
        if self._update(order, MODIFIED, time) < 0:
            return -1
        return self._enter(market, index, time) if moves else 0

    cdef int expire(self) noexcept nogil:
        """The time of the first deadline has come."""
        cdef Timer due = pop_timer(&self.deadlines)
        cdef int index = <int>due.id
        cdef Order* order = &self.orders.orders[index]
        if not is_live(order):
            return 0
        take_off(&self.markets[order.instrument], &self.orders, index)
        order.status = EXPIRED
        return self._update(order, TIME_UP, due.time)
