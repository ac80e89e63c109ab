"""The simulated venue: ``matching.pxd`` is its contract, ``proto/MATCHING.md`` its specification.

Written from the specification alone, as the engine's ``matching`` room was, so that the two check each other.
"""

from libc.limits cimport LLONG_MIN
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memset

from .matching_book cimport (
    Ladder, Market, Order, Queue, add_order, dequeue, displayed, enqueue, find_order, first_entry, is_valid,
    leave_ahead, rank_of, reaches, set_level,
)
from .matching_codes cimport *
from .matching_numbers cimport (
    OFF_GRID, ON_GRID, POWERS, Grid, fee_double, fee_of, fee_units, has_double, i128, notional_of, to_double, to_steps,
    unit_value,
)

FAULTS = {
    1: "{of}: {field} {value!r} lies between two steps of its grid",
    2: "{of}: {field} {value!r} is not finite, or too large to be exact (2^51)",
    3: "{of}: {field} {value!r} is negative",
    4: "{of}: side {number} is none of this kind",
    5: "{of}: instrument {number} is not in the table of {before}",
    6: "{of}: {field} {number} does not exist",
    7: "{of}: its time {number} is earlier than the one before ({before}); sort first",
    8: "{of}: time {number} is beyond 2^62 ns",
    9: "order {stamp}: the money of a fill of {number} lots does not fit into 128 bits",
    10: "out of memory",
}


cdef class Matcher:
    """A venue of one or several instruments, with empty books.

    Parameters
    ----------
    grids : sequence of (int, int, int, int)
        Of each instrument: tick mantissa and exponent, lot mantissa and exponent.
    rules : dict
        The fields of ``Rules``.
    """

    def __cinit__(self, grids, rules):
        cdef Market* market
        self.market_count = len(grids)
        self.markets = <Market*>calloc(max(1, self.market_count), sizeof(Market))
        if self.markets == NULL:
            raise MemoryError
        for row, (tick, tick_places, lot, lot_places) in enumerate(grids):
            market = &self.markets[<Py_ssize_t>row]
            market.tick.mantissa, market.tick.scale = tick, POWERS[<int>tick_places]
            market.lot.mantissa, market.lot.scale = lot, POWERS[<int>lot_places]
            market.unit = unit_value(tick, tick_places, lot, lot_places)
            if market.unit == 0:
                places = tick_places + lot_places
                raise ValueError(
                    f"instruments[{row}]: tick and lot have {places} decimal places together, money has 18"
                )
        self.rules = rules

    def __dealloc__(self):
        cdef Py_ssize_t row
        cdef int side
        if self.markets != NULL:
            for row in range(self.market_count):
                for side in range(2):
                    free(self.markets[row].sides[side].levels)
                    free(self.markets[row].queues[side].entries)
        free(self.markets)
        free(self.orders.orders)
        free(self.orders.slots)
        free(self.answers)

    def why(self):
        """Say what stopped the run; None if nothing did."""
        if self.fault.kind == 0:
            return None
        of = f"{'command of order' if self.fault.of_command else 'record with stamp'} {self.fault.stamp}"
        return FAULTS[self.fault.kind].format(
            of=of,
            stamp=self.fault.stamp,
            field=self.fault.field.decode(),
            value=self.fault.value,
            number=self.fault.number,
            before=self.fault.before,
        )

    cdef int fail(self, int kind, uint64_t stamp, const char* field, int64_t number) noexcept nogil:
        self.fault.kind, self.fault.stamp, self.fault.field, self.fault.number = kind, stamp, field, number
        if kind == FAULT_INSTRUMENT:
            self.fault.before = self.market_count
        return -1

    cdef int on_record(self, const Record* record, int64_t time) noexcept nogil:
        """What happened at the venue at `time`."""
        cdef Market* market
        cdef bint news = record.kind == TRADE or record.kind == STATE
        if not news:
            news = record.kind == (QUOTE if self.rules.quotes else DELTA)
        if not news:
            return 0
        if record.instrument >= self.market_count:
            return self.fail(FAULT_INSTRUMENT, record.stamp, "instrument", record.instrument)
        if record.kind == DELTA:
            return self._on_delta(record, time)
        if record.kind == TRADE:
            return self._on_trade(record, time)
        if record.kind == QUOTE:
            return self._on_quote(record, time)
        market = &self.markets[record.instrument]
        market.has_state = True
        market.synced = (record.flags & 0xFF) == SYNCED
        if not market.synced:
            market.in_snapshot = False
        return 0

    cdef int _on_delta(self, const Record* record, int64_t time) noexcept nogil:
        cdef Market* market = &self.markets[record.instrument]
        cdef int64_t ticks = 0, size = 0, rank
        cdef int side = record.side - 1
        if record.side != BUY and record.side != SELL:
            return self.fail(FAULT_SIDE, record.stamp, "side", record.side)
        if self._steps(record, "price", record.words[1].d, &market.tick, &ticks) < 0:
            return -1
        if self._steps(record, "qty", record.words[2].d, &market.lot, &size) < 0:
            return -1
        if record.flags & SNAPSHOT and not market.in_snapshot:
            market.sides[0].count = market.sides[1].count = 0
        market.in_snapshot = record.flags & SNAPSHOT != 0
        rank = rank_of(side, ticks)
        if set_level(&market.sides[side], rank, size) < 0:
            return self.fail(FAULT_MEMORY, 0, "", 0)
        leave_ahead(market, &self.orders, side, rank, size)
        if record.flags & LAST:
            market.whole = True
            return self._crossed(market, time)
        return 0

    cdef int _on_quote(self, const Record* record, int64_t time) noexcept nogil:
        cdef Market* market = &self.markets[record.instrument]
        cdef Queue* queue
        cdef int64_t ticks = 0
        cdef int64_t size[2]
        cdef int64_t rank[2]
        cdef Py_ssize_t place
        cdef int side
        for side in range(2):
            size[side] = 0
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
        for side in range(2):
            market.sides[side].count = 0
            if set_level(&market.sides[side], rank[side], size[side]) < 0:
                return self.fail(FAULT_MEMORY, 0, "", 0)
            queue = &market.queues[side]
            place = queue.count - 1
            while place >= 0 and queue.entries[place].rank > rank[side]:
                self.orders.orders[queue.entries[place].order].ahead = 0
                place -= 1
            if size[side] > 0:
                leave_ahead(market, &self.orders, side, rank[side], size[side])
        market.whole = True
        return self._crossed(market, time)

    cdef int _on_trade(self, const Record* record, int64_t time) noexcept nogil:
        cdef Market* market = &self.markets[record.instrument]
        cdef Queue* queue
        cdef Order* order
        cdef int64_t ticks = 0, lots = 0, rank, amount, reach, of_ours = 0
        cdef Py_ssize_t place
        cdef int side, index
        if record.side > SELL:
            return self.fail(FAULT_SIDE, record.stamp, "side", record.side)
        if self._steps(record, "price", record.words[1].d, &market.tick, &ticks) < 0:
            return -1
        if self._steps(record, "qty", record.words[2].d, &market.lot, &lots) < 0:
            return -1
        if lots == 0:
            return 0
        for side in range(2):
            queue = &market.queues[side]
            rank = rank_of(side, ticks)
            place = queue.count - 1
            while place >= 0 and queue.entries[place].rank >= rank:
                index = queue.entries[place].order
                order = &self.orders.orders[index]
                amount = order.qty - order.filled
                if queue.entries[place].rank == rank:
                    if record.side == side + 1:  # the taker was on our side: our level was not hit
                        break
                    reach = lots - of_ours
                    amount = min(amount, max(0, reach - order.ahead))
                    order.ahead = max(0, order.ahead - reach)
                    of_ours += amount
                if amount > 0 and self._fill(index, order.price, amount, True, time) < 0:
                    return -1
                if order.filled == order.qty:
                    dequeue(queue, place)
                place -= 1
        return 0

    cdef int _crossed(self, Market* market, int64_t time) noexcept nogil:
        """After a whole message: the book fills what it has crossed."""
        cdef Queue* queue
        cdef Order* order
        cdef Py_ssize_t place
        cdef int side, index
        cdef int64_t worst
        if (market.queues[0].count == 0 and market.queues[1].count == 0) or not is_valid(market):
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
                if self._take(market, index, worst, True, time) < 0:
                    return -1
                if order.filled == order.qty:
                    dequeue(queue, place)
                place -= 1
        return 0

    cdef int _take(self, Market* market, int index, int64_t worst, bint maker, int64_t time) noexcept nogil:
        """Fill an order against the other side, down to a rank: at the level's price as taker, at its own as maker."""
        cdef Order* order = &self.orders.orders[index]
        cdef int other = 2 - order.side
        cdef Ladder* ladder = &market.sides[other]
        cdef Py_ssize_t place = ladder.count - 1
        cdef int64_t amount, ticks
        while place >= 0 and order.filled < order.qty and ladder.levels[place].rank >= worst:
            amount = min(ladder.levels[place].size - ladder.levels[place].taken, order.qty - order.filled)
            if amount > 0:
                ladder.levels[place].taken += amount
                ticks = order.price if maker else rank_of(other, ladder.levels[place].rank)
                if self._fill(index, ticks, amount, maker, time) < 0:
                    return -1
            place -= 1
        return 0

    cdef int on_command(self, const Command* command, int64_t time) noexcept nogil:
        """What arrives at the venue at `time`."""
        self.fault.of_command = True
        if command.instrument >= self.market_count:
            return self.fail(FAULT_INSTRUMENT, command.client_order_id, "instrument", command.instrument)
        if command.action == CANCEL:
            if self._cancel(command, time) < 0:
                return -1
        elif command.action == NEW_ORDER:
            if self._new_order(command, time) < 0:
                return -1
        else:
            return self.fail(FAULT_CODE, command.client_order_id, "action", command.action)
        self.fault.of_command = False
        return 0

    cdef int _new_order(self, const Command* command, int64_t time) noexcept nogil:
        cdef Market* market = &self.markets[command.instrument]
        cdef Order order
        cdef bint limit = command.type == LIMIT_ORDER
        cdef bint known = find_order(&self.orders, command.client_order_id) >= 0
        cdef int reason = NONE, index
        if command.side != BUY and command.side != SELL:
            return self.fail(FAULT_CODE, command.client_order_id, "side", command.side)
        if not limit and command.type != MARKET_ORDER:
            return self.fail(FAULT_CODE, command.client_order_id, "type", command.type)
        if command.tif < GTC or command.tif > FOK:
            return self.fail(FAULT_CODE, command.client_order_id, "tif", command.tif)
        if command.flags > POST_ONLY:
            return self.fail(FAULT_CODE, command.client_order_id, "flags", command.flags)
        memset(&order, 0, sizeof(Order))
        order.id, order.instrument, order.side = command.client_order_id, command.instrument, command.side
        order.qty = command.qty
        order.price = command.price if limit else 0
        if command.qty <= 0 or not has_double(command.qty, &market.lot):
            reason = BAD_QUANTITY
        elif limit and (command.price <= 0 or not has_double(command.price, &market.tick)):
            reason = BAD_PRICE
        elif known:
            reason = DUPLICATE_ID
        elif not is_valid(market):
            reason = NO_BOOK
        elif command.flags & POST_ONLY and reaches(
            market, 2 - command.side, rank_of(2 - command.side, command.price) if limit else LLONG_MIN
        ):
            reason = WOULD_CROSS
        order.status = NEW if reason == NONE else REJECTED
        if self._update(&order, reason, time) < 0:
            return -1
        if known:
            return 0
        index = add_order(&self.orders, &order)
        if index < 0:
            return self.fail(FAULT_MEMORY, 0, "", 0)
        return self._enter(market, index, command, time) if reason == NONE else 0

    cdef int _enter(self, Market* market, int index, const Command* command, int64_t time) noexcept nogil:
        """An accepted order takes what it reaches; what is left ends, or rests."""
        cdef Order* order = &self.orders.orders[index]
        cdef int side = order.side - 1
        cdef Ladder* ladder = &market.sides[1 - side]
        cdef bint limit = command.type == LIMIT_ORDER
        cdef int64_t worst = rank_of(1 - side, order.price) if limit else LLONG_MIN
        cdef int64_t rank, missing = order.qty
        cdef Py_ssize_t place = ladder.count - 1
        if command.tif == FOK:
            while place >= 0 and missing > 0 and ladder.levels[place].rank >= worst:
                missing -= max(0, ladder.levels[place].size - ladder.levels[place].taken)
                place -= 1
            if missing > 0:
                order.status = EXPIRED
                return self._update(order, NOT_ENOUGH, time)
        if self._take(market, index, worst, False, time) < 0:
            return -1
        if order.filled == order.qty:
            return 0
        if not limit or command.tif == IOC:
            order.status = EXPIRED
            return self._update(order, IOC_REST if limit else NO_LIQUIDITY, time)
        rank = rank_of(side, order.price)
        order.ahead = displayed(market, side, rank, self.rules.quotes)
        if enqueue(&market.queues[side], rank, index) < 0:
            return self.fail(FAULT_MEMORY, 0, "", 0)
        return 0

    cdef int _cancel(self, const Command* command, int64_t time) noexcept nogil:
        cdef int index = find_order(&self.orders, command.client_order_id)
        cdef Order* order
        cdef Order never
        cdef Queue* queue
        cdef Py_ssize_t place
        if index < 0 or self.orders.orders[index].instrument != command.instrument:
            memset(&never, 0, sizeof(Order))
            never.id, never.instrument, never.status = command.client_order_id, command.instrument, REJECTED
            return self._update(&never, UNKNOWN_ORDER, time)
        order = &self.orders.orders[index]
        if order.status != NEW and order.status != PARTIALLY_FILLED:
            return self._update(order, TOO_LATE, time)
        queue = &self.markets[order.instrument].queues[order.side - 1]
        place = first_entry(queue, rank_of(order.side - 1, order.price))
        while queue.entries[place].order != index:
            place += 1
        dequeue(queue, place)
        order.status = CANCELED
        return self._update(order, NONE, time)

    cdef int _fill(self, int index, int64_t ticks, int64_t lots, bint maker, int64_t time) noexcept nogil:
        """One fill, and the update that it makes."""
        cdef Order* order = &self.orders.orders[index]
        cdef Market* market = &self.markets[order.instrument]
        cdef Answer* answer
        cdef i128 notional, fee
        if notional_of(market.unit, ticks, lots, &notional):
            return self.fail(FAULT_MONEY, order.id, "", lots)
        fee = fee_of(notional, self.rules.maker_fee if maker else self.rules.taker_fee)
        answer = self._next_answer(order, FILL, MAKER if maker else 0, time)
        if answer == NULL:
            return -1
        answer.record.words[1].d = to_double(ticks, &market.tick)
        answer.record.words[2].d = to_double(lots, &market.lot)
        answer.record.words[4].d = fee_double(fee)
        answer.ticks, answer.lots, answer.fee = ticks, lots, fee_units(fee)
        order.filled += lots
        order.status = FILLED if order.filled == order.qty else PARTIALLY_FILLED
        return self._update(order, NONE, time)

    cdef int _update(self, const Order* order, int reason, int64_t time) noexcept nogil:
        """How an order stands."""
        cdef Market* market = &self.markets[order.instrument]
        cdef Answer* answer = self._next_answer(order, ORDER_UPDATE, order.status << 12 | reason, time)
        if answer == NULL:
            return -1
        answer.record.words[1].d = to_double(order.price, &market.tick)
        answer.record.words[2].d = to_double(order.qty, &market.lot)
        answer.record.words[4].d = to_double(order.filled, &market.lot)
        return 0

    cdef Answer* _next_answer(self, const Order* order, uint8_t kind, uint16_t flags, int64_t time) noexcept nogil:
        cdef Answer* answers = self.answers
        cdef Answer* answer
        if self.count == self.room:
            answers = <Answer*>realloc(answers, (2 * self.room + 256) * sizeof(Answer))
            if answers == NULL:
                self.fail(FAULT_MEMORY, 0, "", 0)
                return NULL
            self.answers = answers
            self.room = 2 * self.room + 256
        answer = &answers[self.count]
        memset(answer, 0, sizeof(Answer))
        answer.record.stamp = self.stamp
        answer.record.event_time = time
        answer.record.instrument = order.instrument
        answer.record.kind, answer.record.side, answer.record.flags = kind, order.side, flags
        answer.record.words[0].i = time + self.rules.response_latency
        answer.record.words[3].u = order.id
        self.stamp += 1
        self.count += 1
        return answer

    cdef int _steps(
        self, const Record* record, const char* field, double value, const Grid* grid, int64_t* steps
    ) noexcept nogil:
        """Put a number of a record on its grid; a quantity must not be negative."""
        cdef int verdict = to_steps(value, grid, steps)
        cdef bint is_qty = field[0] == b"q" or field[3] == b"_"  # qty, bid_qty, ask_qty
        if verdict == ON_GRID and not (is_qty and steps[0] < 0):
            return 0
        self.fault.value = value
        if verdict == ON_GRID:
            return self.fail(FAULT_NEGATIVE, record.stamp, field, 0)
        return self.fail(FAULT_OFF_GRID if verdict == OFF_GRID else FAULT_TOO_LARGE, record.stamp, field, 0)
