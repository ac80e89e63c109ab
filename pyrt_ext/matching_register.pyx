"""What a simulated venue keeps and says: ``matching_register.pxd`` is its contract."""

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from .accounts.venue cimport answered_at, fee_by
from .costs cimport Deal
from .matching_book cimport RESTING, Market, Order, find_order
from .matching_codes cimport *
from .matching_ladder cimport begin_ladder, free_ladder
from .matching_numbers cimport (
    OFF_GRID, ON_GRID, POWERS, Grid, fee_double, fee_of, fee_units, i128, notional_of, set_contract,
    signed_worth, to_double, to_steps,
)
from .matching_queue cimport RISK_AVERSE
from .rows cimport Timer, with_room

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
    11: "order {stamp}: the commission of a fill of {number} lots is no amount of money",
    12: "{of}: order {id} is not in the book",
    13: "{of}: order {id} is in the book already",
    14: "{of}: order {id} has less than {value!r}",
    15: "{of}: order {id} would be for {value!r}, which is no lot",
    16: "{of}: action {number} is none of an order's",
}


cdef class Register:
    """A venue of one or several instruments, with empty books; :class:`~pyrt_ext.matching.Matcher` is the whole of it.

    Parameters
    ----------
    grids : sequence of (int, int, int, int)
        Of each instrument: tick mantissa and exponent, lot mantissa and exponent.
    rules : dict
        The fields of ``Rules``; and ``venue``, if its fees or delays are no constants
        (:class:`~pyrt_ext.accounts.venue.Venue`).
    """

    def __cinit__(self, grids, rules):
        cdef Market* market
        self.market_count, self.deadlines.size = len(grids), sizeof(Timer)
        self.markets = <Market*>calloc(max(1, self.market_count), sizeof(Market))
        if self.markets == NULL:
            raise MemoryError
        for row, grid in enumerate(grids):
            tick, tick_places, lot, lot_places = grid[:4]
            market = &self.markets[<Py_ssize_t>row]
            market.tick.mantissa, market.tick.scale = tick, POWERS[<int>tick_places]
            market.lot.mantissa, market.lot.scale = lot, POWERS[<int>lot_places]
            set_contract(&market.contract, row, grid)
            begin_ladder(&market.sides[0])
            begin_ladder(&market.sides[1])
        self.rules, self.venue = rules, rules.get("venue")
        if self.venue is not None:
            self.terms = &self.venue.terms
        self.queue_rule.model, self.queue_rule.power = self.rules.queue, self.rules.queue_power

    def __dealloc__(self):
        cdef Py_ssize_t row
        cdef int side
        if self.markets != NULL:
            for row in range(self.market_count):
                for side in range(2):
                    free_ladder(&self.markets[row].sides[side])
                    free(self.markets[row].queues[side].entries)
                free(self.markets[row].waiting.orders)
                free(self.markets[row].triggered.orders)
        free(self.markets)
        free(self.orders.orders)
        free(self.orders.slots)
        free(self.deadlines.data)
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
            id=<uint64_t>self.fault.number | <object><uint64_t>self.fault.before << 64,
        )

    def queue_ahead(self, uint64_t id):
        """Lots before an order that rests, parts of one too where a model estimates them; None if it does not rest."""
        cdef int32_t index = find_order(&self.orders, id)
        if index < 0 or self.orders.orders[index].phase != RESTING:
            return None
        return self._ahead(index)

    cdef double _ahead(self, int index) noexcept nogil:
        cdef Order* order = &self.orders.orders[index]
        return <double>order.ahead if self.queue_rule.model == RISK_AVERSE else max(0.0, order.front)

    cdef int fail(self, int kind, uint64_t stamp, const char* field, int64_t number) noexcept nogil:
        self.fault.kind, self.fault.stamp, self.fault.field, self.fault.number = kind, stamp, field, number
        if kind == FAULT_INSTRUMENT:
            self.fault.before = self.market_count
        return -1

    cdef int _fill(self, int index, int64_t ticks, int64_t lots, bint maker, int64_t time) noexcept nogil:
        """One fill, and the update that it makes."""
        cdef Order* order = &self.orders.orders[index]
        cdef Market* market = &self.markets[order.instrument]
        cdef Answer* answer
        cdef i128 notional, fee
        if notional_of(&market.contract, ticks, lots, &notional):
            return self.fail(FAULT_MONEY, order.id, "", lots)
        answer = self._next_answer(order, FILL, MAKER if maker else 0, time)
        if answer == NULL:
            return -1
        answer.ticks, answer.lots = ticks, lots
        answer.record.words[1].d = to_double(ticks, &market.tick)
        answer.record.words[2].d = to_double(lots, &market.lot)
        if self.terms == NULL or self.terms.costs == NULL:
            notional = signed_worth(&market.contract, notional)
            fee = fee_of(notional, self.rules.maker_fee if maker else self.rules.taker_fee)
        elif self._fee(index, answer, maker, &fee) < 0:
            return -1
        answer.record.words[4].d, answer.fee = fee_double(fee), fee_units(fee)
        order.filled += lots
        order.status = FILLED if order.filled == order.qty else PARTIALLY_FILLED
        return self._update(order, NONE, time)

    cdef int _fee(self, int index, const Answer* fill, bint maker, i128* fee) noexcept nogil:
        """Fee of a fill by a model, in 10^-8."""
        cdef Deal deal
        cdef int64_t steps = 0
        cdef int done
        deal.price, deal.qty = fill.record.words[1].d, fill.record.words[2].d
        deal.side, deal.maker = 1.0 if fill.record.side == BUY else -1.0, 1.0 if maker else 0.0
        deal.high = deal.low = deal.volume = deal.average_volume = deal.volatility = deal.position = NAN
        deal.multiplier, deal.traded, deal.time = 1.0, 0.0, fill.record.event_time
        done = fee_by(self.terms, &deal, index, &steps)
        if done:
            return self.fail(FAULT_MEMORY if done < 0 else FAULT_COSTS, fill.record.words[3].u, "", fill.lots)
        fee[0] = <i128>steps
        return 0

    cdef int _update(self, const Order* order, int reason, int64_t time) noexcept nogil:
        """How an order stands."""
        cdef Market* market = &self.markets[order.instrument]
        cdef Answer* answer = self._next_answer(order, ORDER_UPDATE, order.status << 12 | reason, time)
        if answer == NULL:
            return -1
        answer.record.words[1].d = to_double(order.price, &market.tick)
        answer.record.words[2].d = to_double(order.qty, &market.lot)
        answer.record.words[4].d = to_double(order.filled, &market.lot)
        answer.ticks, answer.lots = order.price, order.qty
        return 0

    cdef Answer* _next_answer(self, const Order* order, uint8_t kind, uint16_t flags, int64_t time) noexcept nogil:
        cdef Answer* answers = <Answer*>with_room(self.answers, self.count, &self.room, sizeof(Answer))
        cdef Answer* answer
        if answers == NULL:
            self.fail(FAULT_MEMORY, 0, "", 0)
            return NULL
        self.answers = answers
        answer = &answers[self.count]
        memset(answer, 0, sizeof(Answer))
        answer.record.stamp = self.stamp
        answer.record.event_time = time
        answer.record.instrument = order.instrument
        answer.record.kind, answer.record.side, answer.record.flags = kind, order.side, flags
        answer.record.words[0].i = time + self.rules.response_latency
        if self.terms != NULL:
            answer.record.words[0].i = answered_at(self.terms, time, self.rules.response_latency)
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
