"""A venue that is simulated on order by order data: ``venue.pxd`` is its contract.

Written from ``proto/MATCHING.md`` (Order by order) alone, as the engine's ``matching/order_by_order`` was.
"""

from libc.limits cimport LLONG_MAX
from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free, realloc

from ..matching cimport read_trade, stops_see
from ..matching_book cimport OVER, Market, Order, Queue, dequeue, first_entry, offered, to_back
from ..matching_codes cimport *
from ..matching_ladder cimport rank_of
from ..matching_queue cimport stand_behind
from ..matching_register cimport Record
from ..rows cimport Rows, push
from .book cimport (
    KNOWN, NO_ACTION, NO_ROOM, OFF_THE_GRID, TOO_MUCH, UNKNOWN, Line, OrderBook, Told, close_book, find_line,
    left_of, mirror, open_book, tell,
)


cdef class OrderVenue(Matcher):
    """A venue of one or several instruments, with empty books of orders.

    Parameters
    ----------
    grids, rules
        As for :class:`~pyrt_ext.matching.Matcher`.
    """

    def __cinit__(self, grids, rules):
        cdef Py_ssize_t row, count = max(1, self.market_count)
        self.books = <OrderBook*>calloc(count, sizeof(OrderBook))
        self.tapes = <Rows*>calloc(count, sizeof(Rows))
        if self.books == NULL or self.tapes == NULL:
            raise MemoryError
        for row in range(self.market_count):
            self.tapes[row].size = sizeof(Traded)
            if open_book(&self.books[row]) < 0:
                raise MemoryError

    def __dealloc__(self):
        cdef Py_ssize_t row
        for row in range(self.market_count):
            if self.books != NULL:
                close_book(&self.books[row])
            if self.tapes != NULL:
                free(self.tapes[row].data)
        free(self.books)
        free(self.tapes)
        free(self.places)

    # ---- records ----------------------------------------------------------------------------------------------------

    cdef int on_record(self, const Record* record, int64_t time) noexcept nogil:
        """What happened at the venue at `time`."""
        if record.kind != ORDER and record.kind != TRADE and record.kind != STATE:
            return 0
        if record.instrument >= self.market_count:
            return self.fail(FAULT_INSTRUMENT, record.stamp, "instrument", record.instrument)
        if record.kind == ORDER:
            return self._on_order(record, time)
        if record.kind == TRADE:
            return self._on_tape(record, time)
        if (record.flags & 0xFF) != SYNCED:
            self.books[record.instrument].in_snapshot = False
        return Matcher.on_record(self, record, time)

    cdef int _on_order(self, const Record* record, int64_t time) noexcept nogil:
        """A record of an order: our orders that stand before it get what was executed of it."""
        cdef Market* market = &self.markets[record.instrument]
        cdef OrderBook* book = &self.books[record.instrument]
        cdef Queue* queue
        cdef Told told
        cdef Contradiction how = tell(book, record, &market.tick, &market.lot, &told)
        cdef Py_ssize_t place
        cdef int side
        if how:
            return self._contradicted(record, how)
        if mirror(book, &told, &market.sides[0]) < 0:
            return self.fail(FAULT_MEMORY, 0, "", 0)
        if told.emptied:
            for side in range(2):
                for place in range(market.queues[side].count):
                    self.places[market.queues[side].entries[place].order].spared = 0
        if record.flags & SNAPSHOT:
            # Nobody says who came first: ours stand behind what it brings.
            queue = &market.queues[told.side]
            place = first_entry(queue, told.rank)
            while told.lots and place < queue.count and queue.entries[place].rank == told.rank:
                self.places[queue.entries[place].order].joined = book.joins
                place += 1
        elif told.executed and self._executed(market, book, &told, time) < 0:
            return -1
        if not record.flags & LAST:
            return 0
        market.whole = True
        if self._hidden(market, &self.tapes[record.instrument], time) < 0:
            return -1
        return self._crossed(market, time)

    cdef int _contradicted(self, const Record* record, Contradiction how) noexcept nogil:
        """Say what of a record of an order cannot be."""
        cdef Market* market = &self.markets[record.instrument]
        cdef int64_t steps = 0
        if how == NO_ROOM:
            return self.fail(FAULT_MEMORY, 0, "", 0)
        if how == NO_ACTION:
            if record.side != BUY and record.side != SELL:
                return self.fail(FAULT_SIDE, record.stamp, "side", record.side)
            return self.fail(FAULT_ORDER_ACTION, record.stamp, "", record.flags & 0xFF)
        if how == OFF_THE_GRID:
            if self._steps(record, "qty", record.words[2].d, &market.lot, &steps) < 0:
                return -1
            if self._steps(record, "price", record.words[1].d, &market.tick, &steps) < 0:
                return -1
        self.fault.value, self.fault.before = record.words[2].d, record.words[4].i
        return self.fail(
            FAULT_ORDER_UNKNOWN if how == UNKNOWN else FAULT_ORDER_KNOWN if how == KNOWN
            else FAULT_ORDER_TOO_MUCH if how == TOO_MUCH else FAULT_ORDER_SIZE,
            record.stamp, "", record.words[3].i,
        )

    cdef int _on_tape(self, const Record* record, int64_t time) noexcept nogil:
        """A trade: what it fills is known when its message is whole."""
        cdef Market* market = &self.markets[record.instrument]
        cdef Rows* tape = &self.tapes[record.instrument]
        cdef Traded* traded
        cdef int64_t ticks = 0, lots = 0
        cdef int side
        if read_trade(self, record, &ticks, &lots) < 0:
            return -1
        if lots > 0:
            market.last, market.traded = ticks, True
            for side in range(2):
                if record.side != side + 1:
                    traded = self._at(tape, side, ticks)
                    if traded == NULL:
                        return -1
                    traded.lots += lots
        if record.flags & LAST and self._hidden(market, tape, time) < 0:
            return -1
        if lots > 0 and stops_see(self, market, ticks, time) < 0:
            return -1
        return self._crossed(market, time) if record.flags & LAST else 0

    cdef Traded* _at(self, Rows* tape, int side, int64_t ticks) noexcept nogil:
        """What is counted of a price; NULL: no memory."""
        cdef Traded* rows = <Traded*>tape.data
        cdef Py_ssize_t i
        for i in range(tape.count):
            if rows[i].side == side and rows[i].ticks == ticks:
                return &rows[i]
        rows = <Traded*>push(tape)
        if rows == NULL:
            self.fail(FAULT_MEMORY, 0, "", 0)
            return NULL
        rows.side, rows.ticks = side, ticks
        return rows

    # ---- our orders among the recorded ones -------------------------------------------------------------------------

    cdef int _executed(self, Market* market, OrderBook* book, const Told* told, int64_t time) noexcept nogil:
        cdef Queue* queue = &market.queues[told.side]
        cdef Traded* traded = self._at(&self.tapes[market - self.markets], told.side, told.price)
        cdef Place* own
        cdef int64_t left = told.executed, hit, spared
        cdef Py_ssize_t place
        if traded == NULL:
            return -1
        traded.executed += told.executed
        if self._serve(market, told.side, told.was_rank, told.was_joined, &left, time) < 0:
            return -1
        hit = min(left, told.was_left)
        # By the record it has lost all that was executed; it would have kept what we got instead.
        spared = told.was_left - hit - max(0, told.was_left - told.executed)
        place = first_entry(queue, told.was_rank)
        while spared and place < queue.count and queue.entries[place].rank == told.was_rank:
            own = &self.places[queue.entries[place].order]
            if own.joined > told.was_joined:
                own.spared += spared
            place += 1
        return self._pass_on(market, book, told, left - hit, time) if left > hit else 0

    cdef int _serve(
        self, Market* market, int side, int64_t rank, int64_t joined, int64_t* lots, int64_t time
    ) noexcept nogil:
        """Lots that an aggressor brings to a place in the line of a price: our orders of better prices take of them,
        and those of this price that have joined before."""
        cdef Queue* queue = &market.queues[side]
        cdef Py_ssize_t place = queue.count - 1, other
        cdef Order* order
        cdef int64_t amount, spared
        cdef int index
        while place >= 0 and lots[0] > 0 and queue.entries[place].rank >= rank:
            index = queue.entries[place].order
            order = &self.orders.orders[index]
            amount = min(order.qty - order.filled, lots[0])
            if queue.entries[place].rank == rank:
                if self.places[index].joined > joined:
                    break
                spared = min(self.places[index].spared, lots[0])
                other = place
                while spared and other >= 0 and queue.entries[other].rank == rank:
                    # They are gone for those behind it too.
                    self.places[queue.entries[other].order].spared = max(
                        0, self.places[queue.entries[other].order].spared - spared
                    )
                    other -= 1
                lots[0] -= spared
                amount = min(offered(order), lots[0])
            if amount > 0 and self._fill(index, order.price, amount, True, time) < 0:
                return -1
            lots[0] -= amount
            place = self._next_place(market, queue, place, amount)
        return 0

    cdef Py_ssize_t _next_place(
        self, Market* market, Queue* queue, Py_ssize_t place, int64_t amount
    ) noexcept nogil:
        """Where the next of our orders is, after so much of one has been filled."""
        cdef Order* order = &self.orders.orders[queue.entries[place].order]
        if order.filled == order.qty:
            order.phase = OVER
            dequeue(queue, place)
        elif order.display and amount > 0 and self._shows_anew(market, order, amount):
            to_back(queue, place)
            return place
        return place - 1

    cdef int _pass_on(
        self, Market* market, OrderBook* book, const Told* told, int64_t lots, int64_t time
    ) noexcept nogil:
        """Lots for which an order had nothing left, since we had taken it: whoever stands behind it gets them."""
        cdef Py_ssize_t at, line
        cdef int64_t joined = told.was_joined, got
        while lots > 0:
            line = find_line(book, told.side, told.was_rank)
            at = -1 if line < 0 else book.sides[told.side].lines[line].first
            while at >= 0 and book.orders[at].joined <= joined:
                at = book.orders[at].behind
            if at < 0:
                return self._serve(market, told.side, told.was_rank, LLONG_MAX, &lots, time)
            joined = book.orders[at].joined
            if self._serve(market, told.side, told.was_rank, joined, &lots, time) < 0:
                return -1
            got = min(left_of(&book.orders[at]), lots)
            book.orders[at].taken += got
            lots -= got
        return 0

    cdef int _hidden(self, Market* market, Rows* tape, int64_t time) noexcept nogil:
        """A message is whole: trades that it has no orders for were of hidden ones, behind all that were seen."""
        cdef Traded* traded = <Traded*>tape.data
        cdef Py_ssize_t i
        for i in range(tape.count):
            if traded[i].lots > traded[i].executed and self._hidden_order(market, &traded[i], time) < 0:
                return -1
        tape.count = 0
        return 0

    cdef int _hidden_order(self, Market* market, const Traded* traded, int64_t time) noexcept nogil:
        cdef Queue* queue = &market.queues[traded.side]
        cdef int64_t left = traded.lots - traded.executed, rank = rank_of(traded.side, traded.ticks), amount
        cdef Py_ssize_t place = queue.count - 1
        cdef Order* order
        cdef int index
        while place >= 0 and left > 0 and queue.entries[place].rank >= rank:
            index = queue.entries[place].order
            order = &self.orders.orders[index]
            if queue.entries[place].rank == rank:
                amount = max(0, min(offered(order), left - <int64_t>self._ahead(index)))
            else:
                amount = min(order.qty - order.filled, left)
            if amount > 0 and self._fill(index, order.price, amount, True, time) < 0:
                return -1
            left -= amount
            place = self._next_place(market, queue, place, amount)
        return 0

    # ---- what order entry asks for ----------------------------------------------------------------------------------

    cdef double _ahead(self, int index) noexcept nogil:
        """Lots before an order of ours: counted, one recorded order after the other."""
        cdef Order* order = &self.orders.orders[index]
        cdef OrderBook* book = &self.books[order.instrument]
        cdef int side = order.side - 1
        cdef Py_ssize_t at = find_line(book, side, rank_of(side, order.price))
        cdef int64_t lots = self.places[index].spared
        if at >= 0:
            at = book.sides[side].lines[at].first
        while at >= 0 and book.orders[at].joined < self.places[index].joined:
            lots += left_of(&book.orders[at])
            at = book.orders[at].behind
        return <double>lots

    cdef int _enter(self, Market* market, int index, int64_t time) noexcept nogil:
        cdef Place* places = self.places
        if index >= self.place_room:
            places = <Place*>realloc(places, self.orders.room * sizeof(Place))
            if places == NULL:
                return self.fail(FAULT_MEMORY, 0, "", 0)
            self.places, self.place_room = places, self.orders.room
        return Matcher._enter(self, market, index, time)

    cdef void _refill(self, Market* market, Order* order) noexcept nogil:
        cdef Place* own = &self.places[order - self.orders.orders]
        own.joined, own.spared = self.books[order.instrument].joins, 0
        stand_behind(order, 0)
        order.shown = min(order.display, order.qty - order.filled)

    cdef int64_t _available(self, Market* market, int side, int64_t worst, int64_t enough) noexcept nogil:
        cdef OrderBook* book = &self.books[market - self.markets]
        cdef Line* lines = book.sides[side].lines
        cdef Py_ssize_t place = book.sides[side].count - 1, at
        cdef int64_t lots = 0
        while place >= 0 and lots < enough and lines[place].rank >= worst:
            at = lines[place].first
            while at >= 0:
                lots += left_of(&book.orders[at])
                at = book.orders[at].behind
            place -= 1
        return lots

    cdef int _take(self, Market* market, int index, int64_t worst, bint maker, int64_t time) noexcept nogil:
        """Fill an order against recorded ones of the other side, down to a rank: first come first served."""
        cdef Order* order = &self.orders.orders[index]
        cdef OrderBook* book = &self.books[order.instrument]
        cdef int other = 2 - order.side
        cdef Line* lines = book.sides[other].lines
        cdef Py_ssize_t place = book.sides[other].count - 1, at
        cdef int64_t amount, ticks
        while place >= 0 and order.filled < order.qty and lines[place].rank >= worst:
            ticks = order.price if maker else rank_of(other, lines[place].rank)
            at = lines[place].first
            while at >= 0 and order.filled < order.qty:
                amount = min(left_of(&book.orders[at]), order.qty - order.filled)
                book.orders[at].taken += amount
                if amount > 0 and self._fill(index, ticks, amount, maker, time) < 0:
                    return -1
                at = book.orders[at].behind
            place -= 1
        return 0
