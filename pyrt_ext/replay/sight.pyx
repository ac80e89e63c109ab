"""What one strategy sees in a run of the market and of its account: ``sight.pxd`` is the contract.

Written from ``proto/MATCHING.md`` (The loop) alone, as the engine's ``engine/hosting`` was.
"""

from libc.limits cimport LLONG_MAX
from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from .. cimport abi, matching_codes as codes
from ..matching cimport Record
from ..matching_changes cimport PLAIN, WHOLE, Change, Ring, change_of, side_of
from ..matching_ladder cimport (
    NO_RANK, Ladder, begin_ladder, clear_ladder, free_ladder, rank_below, rank_of, set_level, size_at,
)
from ..matching_ledger cimport Holding, Ledger
from ..matching_numbers cimport (
    ON_GRID, POWERS, add_money, i128, notional_of, set_contract, to_double, to_steps,
)
from ..orders.book cimport NO_ROOM, OrderBook, Told, close_book, empty_book, mirror, open_book, tell
from .bars cimport Maker, end_bar, join_bars, venue_time
from .requests cimport average, less, money

cdef enum:
    SIGNAL_RECORD = 6       # pyrt.types.Kind

cdef const char* LEAP = b"an event_time that leaps over more than a million bars"


cdef inline void keep_whole(Sight self, int slot, bint ends) noexcept nogil:
    """Before a message changes the book, which is shown when somebody looks: no half of a message may be seen then."""
    if not ends and self.markets[slot].unshown:
        self._show_book(slot)


cdef inline int whole(Sight self, int slot, bint ends) noexcept nogil:
    """The book has changed: a message of it is shown once it is whole; `ends`: it ends with this."""
    cdef Market* market = &self.markets[slot]
    if not ends:
        return -2
    market.unshown = self.stale = True
    if market.lots and not market.traded:  # the book is the mark
        self._show_book(slot)
        if self._mark(slot) < 0:
            return -1
    return abi.ON_BOOK


cdef inline int on_level(
    Sight self, int slot, int side, int64_t rank, int64_t lots, bint ends
) noexcept nogil:
    """A level of the book as the strategy sees it changes; `ends`: the message ends with it."""
    return -1 if set_level(&self.markets[slot].sides[side], rank, lots) < 0 else whole(self, slot, ends)


cdef inline int on_delta(Sight self, int slot, const Record* record) noexcept nogil:
    cdef Market* market = &self.markets[slot]
    cdef int64_t ticks = 0, lots = 0
    cdef int side = 0 if record.side == codes.BUY else 1
    cdef bint ends = record.flags & codes.LAST != 0
    keep_whole(self, slot, ends)
    if record.flags & codes.SNAPSHOT and not market.in_snapshot:
        clear_ladder(&market.sides[0])
        clear_ladder(&market.sides[1])
    market.in_snapshot = record.flags & codes.SNAPSHOT != 0
    to_steps(record.words[1].d, &market.tick, &ticks)  # the venue has found it on the grid
    to_steps(record.words[2].d, &market.lot, &lots)
    return on_level(self, slot, side, rank_of(side, ticks), lots, ends)


cdef class Sight:
    """A strategy that has seen nothing yet.

    Parameters
    ----------
    context : int
        Address of a context that is set up, with its slots; `owned` holds the memory of all that it points to.
    rows : sequence of int
        Row of the instruments table, by slot.
    grids : sequence of (int, int, int, int)
        Of the whole table, as the matcher takes them.
    periods : sequence of int
        Of the bars that the strategy wants, ns.
    cash : int
        Money at the start, 10^-18.
    terms : dict
        ``book`` (what it is made of: deltas, quotes or orders), ``depth``, ``id_base`` (of client order ids), ``blind``
        (bits of the handlers that look at no book, mark or account).
    """

    def __cinit__(self, uint64_t context, owned, rows, grids, periods, cash, terms):
        cdef Market* market
        cdef Maker* maker
        self.context, self.owned = <abi.Context*>context, owned
        self.slot_count, self.row_count = len(rows), len(grids)
        self.bars.count = len(rows) * len(periods)
        self.ledger = Ledger(cash, grids)
        self.markets = <Market*>calloc(max(1, self.slot_count), sizeof(Market))
        self.slots = <int32_t*>calloc(max(1, self.row_count), sizeof(int32_t))
        self.bars.rows = <Maker*>calloc(max(1, self.bars.count), sizeof(Maker))
        if self.markets == NULL or self.slots == NULL or self.bars.rows == NULL:
            raise MemoryError
        for row in range(self.row_count):
            self.slots[<Py_ssize_t>row] = -1
        for slot, row in enumerate(rows):
            grid = grids[row]
            tick, tick_places, lot, lot_places = grid[:4]
            market = &self.markets[<Py_ssize_t>slot]
            market.tick.mantissa, market.tick.scale = tick, POWERS[<int>tick_places]
            market.lot.mantissa, market.lot.scale = lot, POWERS[<int>lot_places]
            set_contract(&market.contract, row, grid)
            begin_ladder(&market.sides[0])
            begin_ladder(&market.sides[1])
            self.slots[<Py_ssize_t>row] = slot
            for place, period in enumerate(periods):
                maker = &self.bars.rows[<Py_ssize_t>(slot * len(periods) + place)]
                maker.slot, maker.row, maker.period, maker.empty = slot, place, period, True
        self.bars.next_end = LLONG_MAX
        self.deltas, self.depth, self.id_base = terms["book"] == "deltas", terms["depth"], terms["id_base"]
        self.blind = terms["blind"]
        if terms["book"] == "orders":
            self.books = <OrderBook*>calloc(max(1, self.slot_count), sizeof(OrderBook))
            if self.books == NULL:
                raise MemoryError
            for slot in range(self.slot_count):
                if open_book(&self.books[<Py_ssize_t>slot]) < 0:
                    raise MemoryError
        self.refused = b""
        self._show_account()

    def __dealloc__(self):
        cdef Py_ssize_t slot
        cdef int side
        if self.markets != NULL:
            for slot in range(self.slot_count):
                for side in range(2):
                    free_ladder(&self.markets[slot].sides[side])
                if self.books != NULL:
                    close_book(&self.books[slot])
        free(self.books)
        free(self.markets)
        free(self.slots)
        free(self.bars.rows)

    # ---- the market -------------------------------------------------------------------------------------------------

    cdef int observe(self, int slot, const Record* record) noexcept nogil:
        """Apply a record before its handler is called."""
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef Market* market = &self.markets[slot]
        cdef int handler = -2
        cdef bint moved
        if record.kind == codes.TRADE:
            if join_bars(&self.bars, slot, record.event_time, record.words[1].d, record.words[2].d) < 0:
                self.refused = LEAP
                return -1
            shown.last_price, shown.last_qty = record.words[1].d, record.words[2].d
            moved = not market.traded or record.words[1].d != market.last
            market.last, market.traded = record.words[1].d, True
            if moved and market.lots and self._mark(slot) < 0:
                return -1
            handler = abi.ON_TRADE
        elif record.kind == codes.QUOTE:
            if market.unshown:
                self._show_book(slot)
            shown.bid, shown.ask = record.words[1].d, record.words[2].d
            shown.bid_qty, shown.ask_qty = record.words[3].d, record.words[4].d
            if market.lots and not market.traded and self._mark(slot) < 0:
                return -1
            handler = abi.ON_QUOTE
        elif record.kind == codes.DELTA:
            if not self.deltas:
                return -2
            handler = on_delta(self, slot, record)
        elif record.kind == codes.ORDER:
            if self.books == NULL:
                return -2
            handler = self._on_order(slot, record)
        elif record.kind == SIGNAL_RECORD:
            handler = abi.ON_SIGNAL
        elif record.kind == codes.STATE:
            shown.state = record.flags & 0xFF
            if shown.state != codes.SYNCED:
                market.in_snapshot = False
                if self.books != NULL:
                    self.books[slot].in_snapshot = False
        else:
            return -2
        shown.event_time = record.event_time
        return handler

    cdef Py_ssize_t pass_over(
        self, const Record* records, const Ring* ring, Py_ssize_t begin, Py_ssize_t end
    ) noexcept nogil:
        """Apply records of which no handler is told; where it ended."""
        cdef const Change* change
        cdef Market* market = NULL
        cdef Py_ssize_t i, timed = -1
        cdef int64_t instrument = -1
        cdef int slot = -1
        for i in range(begin, end):
            change = change_of(ring, i)
            if change != NULL and change.bits & PLAIN and self.deltas:
                if change.instrument != instrument:
                    instrument, slot = change.instrument, self.slots[change.instrument]
                    if slot >= 0:
                        market = &self.markets[slot]
                        market.in_snapshot = False
                if slot < 0:
                    continue
                if change.event_time != change.received:
                    timed = i
                self.context.slots[slot].event_time = change.event_time
                if not change.bits & WHOLE or (market.lots and not market.traded):
                    keep_whole(self, slot, change.bits & WHOLE != 0)
                    if on_level(self, slot, side_of(change), change.rank, change.size, change.bits & WHOLE) == -1:
                        return i
                else:  # as most are; `on_level` in short
                    if set_level(&market.sides[side_of(change)], change.rank, change.size) < 0:
                        return i
                    market.unshown = self.stale = True
                continue
            instrument = -1
            slot = slot_of(self, &records[i])
            if slot >= 0:
                venue_time(&self.bars, &records[i])
                timed = -1
                if self.observe(slot, &records[i]) == -1:
                    return i
        if timed >= 0:
            venue_time(&self.bars, &records[timed])
        return end

    cdef int _on_order(self, int slot, const Record* record) noexcept nogil:
        cdef Market* market = &self.markets[slot]
        cdef Told told
        cdef bint ends = record.flags & codes.LAST != 0
        keep_whole(self, slot, ends)
        # The venue has seen it, and stopped the run if its book contradicts; where records overtake each other on their
        # way, a strategy's may, and leaves out what cannot be.
        cdef int how = tell(&self.books[slot], record, &market.tick, &market.lot, &told)
        if how and told.emptied:
            told.was_lots = told.lots = 0
        if how == NO_ROOM or ((how == 0 or told.emptied) and mirror(&self.books[slot], &told, &market.sides[0]) < 0):
            return -1
        return whole(self, slot, ends)

    cdef void show(self) noexcept nogil:
        """Show each book and mark that has changed: many messages come before a handler looks."""
        cdef Py_ssize_t slot
        cdef bint marks = False
        self.stale = False
        for slot in range(self.slot_count):
            if self.markets[slot].unshown:
                self._show_book(<int>slot)
            if self.markets[slot].unmarked:
                self._show_mark(<int>slot)
                marks = True
        if marks:
            self._show_account()

    cdef void _show_book(self, int slot) noexcept nogil:
        cdef Market* market = &self.markets[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef abi.Level* levels
        cdef abi.Level best[2]
        cdef Ladder* ladder
        cdef int64_t rank
        cdef uint32_t count
        cdef int side
        market.unshown = False
        for side in range(2):
            ladder = &market.sides[side]
            levels = shown.asks if side else shown.bids
            best[side].price, best[side].qty = NAN, 0.0
            rank, count = ladder.best, 0
            if rank != NO_RANK:
                best[side].price = to_double(rank_of(side, rank), &market.tick)
                best[side].qty = to_double(size_at(ladder, rank), &market.lot)
            while count < self.depth and rank != NO_RANK:
                levels[count].price = to_double(rank_of(side, rank), &market.tick)
                levels[count].qty = to_double(size_at(ladder, rank), &market.lot)
                rank = rank_below(ladder, rank)
                count += 1
            if side:
                shown.ask_count = count
            else:
                shown.bid_count = count
        shown.bid, shown.bid_qty = best[0].price, best[0].qty
        shown.ask, shown.ask_qty = best[1].price, best[1].qty

    cdef void forget_market(self) noexcept nogil:
        cdef Py_ssize_t slot
        self.bars.unknown = True
        for slot in range(self.slot_count):
            clear_ladder(&self.markets[slot].sides[0])
            clear_ladder(&self.markets[slot].sides[1])
            self.markets[slot].in_snapshot = False
            if self.books != NULL:
                empty_book(&self.books[slot])
                self.books[slot].in_snapshot = False
            self._show_book(<int>slot)
            self.context.slots[slot].state = 0

    cdef int ended(self, int64_t time, abi.Event* bar) noexcept nogil:
        cdef int found = end_bar(&self.bars, time, self.context, bar)
        if found < 0:
            self.refused = LEAP
        return found

    # ---- the account ------------------------------------------------------------------------------------------------

    def begin(self, cash, holdings):
        """Begin with what an earlier session left: cash, and by slot lots, cost, realized P&L and fees."""
        cdef int slot
        self.ledger.begin_with(cash)
        for slot, held in enumerate(holdings):
            self.ledger.begin(<int>(self.id_base >> 48), self.context.slots[slot].instrument, *held)
            if self._show_position(slot) < 0:
                raise ValueError(f"the money of slot {slot} does not fit into 128 bits")
        self._show_account()

    cdef int _show_position(self, int slot) noexcept nogil:
        """A slot's position as the ledger has it, at its mark."""
        cdef Market* market = &self.markets[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef Holding* holding = self.ledger.find(<int>(self.id_base >> 48), shown.instrument)
        market.lots = holding.lots
        if self._revalue(slot, holding) < 0:
            return -1
        shown.position = to_double(market.lots, &market.lot)
        shown.avg_price = average(holding.cost, &market.contract, market.lots, &market.tick)
        shown.realized_pnl = money(less(holding.realized, holding.fees))
        shown.unrealized_pnl = money(less(market.value, holding.cost))
        return 0

    cdef int _mark(self, int slot) noexcept nogil:
        """The mark of a position may have moved."""
        self.markets[slot].unmarked = self.stale = True
        return self._revalue(
            slot, self.ledger.find(<int>(self.id_base >> 48), self.context.slots[slot].instrument)
        )

    cdef void _show_mark(self, int slot) noexcept nogil:
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef Holding* holding = self.ledger.find(<int>(self.id_base >> 48), shown.instrument)
        self.markets[slot].unmarked = False
        shown.unrealized_pnl = money(less(self.markets[slot].value, holding.cost))

    cdef int _revalue(self, int slot, Holding* holding) noexcept nogil:
        """At the last trade; before the first at the best price it could be closed at; else at cost."""
        cdef Market* market = &self.markets[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef int64_t mark = 0
        if market.traded:  # a simulated venue has found it on the grid, another may say anything
            market.traded = to_steps(market.last, &market.tick, &mark) == ON_GRID
        if not market.traded and to_steps(
            shown.bid if market.lots > 0 else shown.ask, &market.tick, &mark
        ) != ON_GRID:
            market.value = holding.cost
            return 0
        return -1 if notional_of(&market.contract, mark, market.lots, &market.value) else 0

    cdef void _show_account(self) noexcept nogil:
        self.context.cash, self.context.equity = money(self.ledger.cash), money(self.equity())

    cdef i128 equity(self) noexcept nogil:
        cdef i128 total = self.ledger.cash
        cdef Py_ssize_t slot
        for slot in range(self.slot_count):
            add_money(&total, self.markets[slot].value)
        return total
