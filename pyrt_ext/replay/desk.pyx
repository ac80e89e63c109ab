"""What one strategy sees in a run, and what becomes of its requests: ``desk.pxd`` is the contract.

Written from ``proto/MATCHING.md`` (The loop) alone, as the engine's ``engine/replay`` was.
"""

from libc.limits cimport LLONG_MAX
from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memmove, memset

from .. cimport abi, matching_codes as codes
from ..matching cimport Answer, Command, Record
from ..matching_book cimport Ladder, rank_of, set_level
from ..matching_ledger cimport Holding, Ledger
from ..matching_numbers cimport (
    ON_GRID, POWERS, add_money, i128, notional_of, to_double, to_steps, unit_value,
)

cdef enum:
    SIGNAL_RECORD = 6       # pyrt.types.Kind
    PENDING_NEW = 0         # statuses
    PENDING_CANCEL = 7
    SHOWN_ORDERS = 1024

cdef int64_t MAX_COUNTER = 0xFFFFFFFF    # an id's part that counts
cdef const char* LEAP = b"an event_time that leaps over more than a million bars"


cdef void* push(Rows* rows) noexcept nogil:
    cdef char* data = rows.data
    cdef void* row
    if rows.count == rows.room:
        data = <char*>realloc(data, (2 * rows.room + 256) * rows.size)
        if data == NULL:
            return NULL
        rows.data = data
        rows.room = 2 * rows.room + 256
    row = data + rows.count * rows.size
    rows.count += 1
    memset(row, 0, rows.size)
    return row


cdef class Desk:
    """A desk with nothing on it.

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
        ``deltas`` (the book is made of them), ``depth``, ``id_base`` (of client order ids).
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
            tick, tick_places, lot, lot_places = grids[row]
            market = &self.markets[<Py_ssize_t>slot]
            market.tick.mantissa, market.tick.scale = tick, POWERS[<int>tick_places]
            market.lot.mantissa, market.lot.scale = lot, POWERS[<int>lot_places]
            market.unit = unit_value(tick, tick_places, lot, lot_places)
            self.slots[<Py_ssize_t>row] = slot
            for place, period in enumerate(periods):
                maker = &self.bars.rows[<Py_ssize_t>(slot * len(periods) + place)]
                maker.slot, maker.row, maker.period, maker.empty = slot, place, period, True
        self.bars.next_end = LLONG_MAX
        self.deltas, self.depth, self.id_base = terms["deltas"], terms["depth"], terms["id_base"]
        self.refused = b""
        self.commands.size, self.timers.size, self.signals.size = sizeof(Command), sizeof(Timer), sizeof(Record)
        self._show_account()

    def __dealloc__(self):
        cdef Py_ssize_t slot
        cdef int side
        if self.markets != NULL:
            for slot in range(self.slot_count):
                for side in range(2):
                    free(self.markets[slot].sides[side].levels)
        free(self.markets)
        free(self.slots)
        free(self.bars.rows)
        free(self.live)
        free(self.views)
        free(self.commands.data)
        free(self.timers.data)
        free(self.signals.data)

    # ---- the market -------------------------------------------------------------------------------------------------

    cdef int observe(self, int slot, const Record* record) noexcept nogil:
        """Apply a record before its handler is called."""
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef Market* market = &self.markets[slot]
        cdef int handler = -2
        if record.kind == codes.TRADE:
            if join_bars(&self.bars, slot, record.event_time, record.words[1].d, record.words[2].d) < 0:
                self.refused = LEAP
                return -1
            shown.last_price, shown.last_qty = record.words[1].d, record.words[2].d
            # The venue has seen it and found it on the grid.
            market.traded = to_steps(record.words[1].d, &market.tick, &market.last) == ON_GRID
            if self._mark(slot) < 0:
                return -1
            handler = abi.ON_TRADE
        elif record.kind == codes.QUOTE:
            shown.bid, shown.ask = record.words[1].d, record.words[2].d
            shown.bid_qty, shown.ask_qty = record.words[3].d, record.words[4].d
            if not market.traded and self._mark(slot) < 0:
                return -1
            handler = abi.ON_QUOTE
        elif record.kind == codes.DELTA:
            if not self.deltas:
                return -2
            handler = self._on_delta(slot, record)
        elif record.kind == SIGNAL_RECORD:
            handler = abi.ON_SIGNAL
        elif record.kind == codes.STATE:
            shown.state = record.flags & 0xFF
            if shown.state != codes.SYNCED:
                market.in_snapshot = False
        else:
            return -2
        shown.event_time = record.event_time
        return handler

    cdef int _on_delta(self, int slot, const Record* record) noexcept nogil:
        cdef Market* market = &self.markets[slot]
        cdef int64_t ticks = 0, lots = 0
        cdef int side = 0 if record.side == codes.BUY else 1
        if record.flags & codes.SNAPSHOT and not market.in_snapshot:
            market.sides[0].count = market.sides[1].count = 0
        market.in_snapshot = record.flags & codes.SNAPSHOT != 0
        if (
            to_steps(record.words[1].d, &market.tick, &ticks) == ON_GRID
            and to_steps(record.words[2].d, &market.lot, &lots) == ON_GRID
            and set_level(&market.sides[side], rank_of(side, ticks), lots) < 0
        ):
            return -1
        if not record.flags & codes.LAST:
            return -2
        self._show_book(slot)
        if not market.traded and self._mark(slot) < 0:
            return -1
        return abi.ON_BOOK

    cdef void _show_book(self, int slot) noexcept nogil:
        cdef Market* market = &self.markets[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef abi.Level* levels
        cdef abi.Level best[2]
        cdef Ladder* ladder
        cdef uint32_t k, shown_levels
        cdef int side
        for side in range(2):
            ladder = &market.sides[side]
            levels = shown.asks if side else shown.bids
            shown_levels = <uint32_t>min(<Py_ssize_t>self.depth, ladder.count)
            for k in range(shown_levels):
                levels[k].price = to_double(rank_of(side, ladder.levels[ladder.count - 1 - k].rank), &market.tick)
                levels[k].qty = to_double(ladder.levels[ladder.count - 1 - k].size, &market.lot)
            if side:
                shown.ask_count = shown_levels
            else:
                shown.bid_count = shown_levels
            best[side].price, best[side].qty = NAN, 0.0
            if ladder.count:
                best[side].price = to_double(rank_of(side, ladder.levels[ladder.count - 1].rank), &market.tick)
                best[side].qty = to_double(ladder.levels[ladder.count - 1].size, &market.lot)
        shown.bid, shown.bid_qty = best[0].price, best[0].qty
        shown.ask, shown.ask_qty = best[1].price, best[1].qty

    cdef void forget_market(self) noexcept nogil:
        cdef Py_ssize_t slot
        self.bars.unknown = True
        for slot in range(self.slot_count):
            self.markets[slot].sides[0].count = self.markets[slot].sides[1].count = 0
            self.markets[slot].in_snapshot = False
            self._show_book(<int>slot)
            self.context.slots[slot].state = 0

    cdef int ended(self, int64_t time, abi.Event* bar) noexcept nogil:
        cdef int found = end_bar(&self.bars, time, self.context, bar)
        if found < 0:
            self.refused = LEAP
        return found

    # ---- the account ------------------------------------------------------------------------------------------------

    cdef int on_answer(self, int slot, const Answer* answer) noexcept nogil:
        """Apply what the venue says of an own order."""
        cdef const Record* record = &answer.record
        cdef Market* market = &self.markets[slot]
        cdef int64_t status = record.flags >> 12
        cdef Py_ssize_t place = self._find(<int64_t>(record.words[3].u & <uint64_t>MAX_COUNTER))
        cdef int side
        if record.kind == codes.FILL:
            side = record.side - 1
            if self.ledger.book(
                <int>(self.id_base >> 48), record.instrument, record.side, answer.ticks, answer.lots, answer.fee
            ) < 0:
                return -1
            if place >= 0:
                self.live[place].filled += answer.lots
                market.working[side] -= answer.lots
                self.views[place].filled_qty = to_double(self.live[place].filled, &market.lot)
                if self.live[place].filled >= self.live[place].lots:
                    self._remove(place)
                else:
                    self.views[place].status = PENDING_CANCEL if self.live[place].canceling else codes.PARTIALLY_FILLED
            if self._show_position(slot) < 0:
                return -1
            self._show_account()
        elif place >= 0:
            if codes.FILLED <= status <= codes.EXPIRED:
                market.working[self.views[place].side - 1] -= self.live[place].lots - self.live[place].filled
                self._remove(place)
            else:
                self.views[place].status = PENDING_CANCEL if self.live[place].canceling else <uint8_t>status
        self._show_orders(slot)
        return 0

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
        shown.avg_price = average(holding.cost, market.unit, market.lots, &market.tick)
        shown.realized_pnl = money(less(holding.realized, holding.fees))
        shown.unrealized_pnl = money(less(market.value, holding.cost))
        return 0

    cdef int _mark(self, int slot) noexcept nogil:
        """The mark may have moved."""
        cdef Market* market = &self.markets[slot]
        cdef Holding* holding
        if market.lots == 0:
            return 0
        holding = self.ledger.find(<int>(self.id_base >> 48), self.context.slots[slot].instrument)
        if self._revalue(slot, holding) < 0:
            return -1
        self.context.slots[slot].unrealized_pnl = money(less(market.value, holding.cost))
        self._show_account()
        return 0

    cdef int _revalue(self, int slot, Holding* holding) noexcept nogil:
        """At the last trade; before the first at the best price it could be closed at; else at cost."""
        cdef Market* market = &self.markets[slot]
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef int64_t mark = market.last
        if not market.traded and to_steps(
            shown.bid if market.lots > 0 else shown.ask, &market.tick, &mark
        ) != ON_GRID:
            market.value = holding.cost
            return 0
        return -1 if notional_of(market.unit, mark, market.lots, &market.value) else 0

    cdef void _show_account(self) noexcept nogil:
        self.context.cash, self.context.equity = money(self.ledger.cash), money(self.equity())

    cdef i128 equity(self) noexcept nogil:
        cdef i128 total = self.ledger.cash
        cdef Py_ssize_t slot
        for slot in range(self.slot_count):
            add_money(&total, self.markets[slot].value)
        return total

    # ---- orders -----------------------------------------------------------------------------------------------------

    cdef void _show_orders(self, int slot) noexcept nogil:
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef Market* market = &self.markets[slot]
        self.context.orders, self.context.order_count = self.views, <uint32_t>min(SHOWN_ORDERS, self.order_count)
        shown.working_buy = to_double(market.working[0], &market.lot)
        shown.working_sell = to_double(market.working[1], &market.lot)

    cdef Py_ssize_t _find(self, int64_t id) noexcept nogil:
        """A live order's place, -1: it is gone. Ids grow."""
        cdef Py_ssize_t low = 0, high = self.order_count, middle
        while low < high:
            middle = (low + high) >> 1
            if self.views[middle].order_id < id:
                low = middle + 1
            else:
                high = middle
        return low if low < self.order_count and self.views[low].order_id == id else -1

    cdef void _remove(self, Py_ssize_t place) noexcept nogil:
        cdef Py_ssize_t behind = self.order_count - place - 1
        memmove(&self.views[place], &self.views[place + 1], behind * sizeof(abi.OrderView))
        memmove(&self.live[place], &self.live[place + 1], behind * sizeof(Live))
        self.order_count -= 1

    cdef bint refuses(self, const abi.Request* request) noexcept nogil:
        cdef const char* why = refusal(request, &self.markets[request.slot].tick, &self.markets[request.slot].lot)
        if why == NULL:
            return False
        self.refused = why
        return True

    cdef int carry_out(self, int64_t now, const Record* event, const abi.Request* request) noexcept nogil:
        """What a request that was not refused leads to: commands, a timer, a signal."""
        cdef Py_ssize_t place
        cdef Record* signal
        cdef Timer* timer
        if request.action == abi.MARKET or request.action == abi.LIMIT:
            return self._order(now, request)
        if request.action == abi.CANCEL:
            place = self._find(request.order_id)
            return self._cancel(now, place) if place >= 0 and not self.live[place].canceling else 0
        if request.action == abi.CANCEL_ALL:
            for place in range(self.order_count):
                if self.views[place].slot == request.slot and not self.live[place].canceling:
                    if self._cancel(now, place) < 0:
                        return -1
            return 0
        if request.action == abi.SIGNAL:
            signal = <Record*>push(&self.signals)
            if signal == NULL:
                return -1
            signal.stamp, signal.event_time = <uint64_t>(self.signals.count - 1), event.event_time
            signal.instrument, signal.kind = self.context.slots[request.slot].instrument, SIGNAL_RECORD
            signal.words[0].i, signal.words[4].u = now, event.stamp
            signal.words[1].d, signal.words[2].d = request.value, request.confidence
        elif request.action == abi.TIMER:
            timer = <Timer*>push(&self.timers)
            if timer == NULL:
                return -1
            timer.time, timer.tag, timer.slot = max(request.expiry, now), request.tag, request.slot
        return 0

    cdef int _cancel(self, int64_t now, Py_ssize_t place) noexcept nogil:
        cdef Command* command = <Command*>push(&self.commands)
        if command == NULL:
            return -1
        command.time, command.action = now, codes.CANCEL
        command.client_order_id = self.id_base | <uint64_t>self.views[place].order_id
        command.instrument = self.context.slots[self.views[place].slot].instrument
        self.live[place].canceling, self.views[place].status = True, PENDING_CANCEL
        return 0

    cdef int _order(self, int64_t now, const abi.Request* request) noexcept nogil:
        cdef Market* market = &self.markets[request.slot]
        cdef Command* command
        cdef int64_t lots = 0, ticks = 0, held
        cdef uint8_t side = request.side
        self.counts.rounded_quantities += put_on(request.qty, &market.lot, 0, &lots)
        if request.sizing == abi.SIZE_TARGET:
            lots = (lots if side == codes.BUY else -lots) - market.lots - market.working[0] + market.working[1]
            side = codes.SELL if lots < 0 else codes.BUY
            lots = lots if lots >= 0 else -lots
        if request.flags & abi.REDUCE_ONLY:
            held = market.lots if side == codes.SELL else -market.lots
            lots = min(lots, max(0, held - market.working[side - 1]))
        if lots == 0 and (request.sizing == abi.SIZE_TARGET or request.flags & abi.REDUCE_ONLY):
            self.counts.not_sent += 1
            return 0
        if request.action == abi.LIMIT:
            self.counts.rounded_prices += put_on(request.price, &market.tick, side == codes.SELL, &ticks)
        command = <Command*>push(&self.commands)
        if command == NULL or self._remember(now, request, side, ticks, lots) < 0:
            return -1
        command.time, command.price, command.qty = now, ticks, lots
        command.client_order_id = self.id_base | <uint64_t>request.order_id
        command.instrument = self.context.slots[request.slot].instrument
        command.action, command.side, command.type, command.tif = codes.NEW_ORDER, side, request.action, request.tif + 1
        command.flags = request.flags & abi.POST_ONLY
        self._show_orders(request.slot)
        return 0

    cdef int _remember(
        self, int64_t now, const abi.Request* request, uint8_t side, int64_t ticks, int64_t lots
    ) noexcept nogil:
        """An order is live from its request on."""
        cdef Market* market = &self.markets[request.slot]
        cdef abi.OrderView* view
        cdef Py_ssize_t room = 2 * self.order_room + 64
        cdef void* grown
        if self.order_count == self.order_room:
            grown = realloc(self.views, room * sizeof(abi.OrderView))
            if grown == NULL:
                return -1
            self.views = <abi.OrderView*>grown
            grown = realloc(self.live, room * sizeof(Live))
            if grown == NULL:
                return -1
            self.live = <Live*>grown
            self.order_room = room
        view = &self.views[self.order_count]
        memset(view, 0, sizeof(abi.OrderView))
        view.order_id, view.slot, view.tag, view.time = request.order_id, request.slot, request.tag, now
        view.action, view.side, view.tif, view.status = request.action, side, request.tif, PENDING_NEW
        view.qty, view.price = to_double(lots, &market.lot), to_double(ticks, &market.tick)
        self.live[self.order_count].lots, self.live[self.order_count].filled = lots, 0
        self.live[self.order_count].canceling = False
        self.order_count += 1
        market.working[side - 1] += lots
        return 0
