"""What becomes of a strategy's requests, and of what the venue says to them: ``desk.pxd`` is the contract.

Written from ``proto/MATCHING.md`` (The loop) alone, as the engine's ``engine/hosting`` was.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memset

from .. cimport abi, matching_codes as codes
from ..matching cimport Answer, Command, Record
from ..matching_numbers cimport to_double
from .orders cimport Live, Orders, add_order, find_order, remove_order
from .requests cimport put_on, refusal
from .sight cimport Market, Sight

cdef enum:
    SIGNAL_RECORD = 6       # pyrt.types.Kind
    PENDING_NEW = 0         # statuses
    PENDING_CANCEL = 7
    SHOWN_ORDERS = 1024

cdef int64_t MAX_COUNTER = 0xFFFFFFFF    # an id's part that counts


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


cdef class Desk(Sight):
    """A desk with nothing on it; parameters as of :class:`~pyrt_ext.replay.sight.Sight`."""

    def __cinit__(self, *_):
        self.commands.size, self.timers.size, self.signals.size = sizeof(Command), sizeof(Timer), sizeof(Record)

    def __dealloc__(self):
        free(self.orders.views)
        free(self.orders.live)
        free(self.commands.data)
        free(self.timers.data)
        free(self.signals.data)

    # ---- answers --------------------------------------------------------------------------------------------------

    cdef int on_answer(self, int slot, const Answer* answer) noexcept nogil:
        """Apply what the venue says of an own order."""
        cdef const Record* record = &answer.record
        cdef Market* market = &self.markets[slot]
        cdef int64_t status = record.flags >> 12
        cdef Py_ssize_t place = find_order(&self.orders, <int64_t>(record.words[3].u & <uint64_t>MAX_COUNTER))
        cdef int side
        if record.kind == codes.FILL:
            side = record.side - 1
            if self.ledger.book(
                <int>(self.id_base >> 48), record.instrument, record.side, answer.ticks, answer.lots, answer.fee
            ) < 0:
                return -1
            if place >= 0:
                self.orders.live[place].filled += answer.lots
                market.working[side] -= answer.lots
                self.orders.views[place].filled_qty = to_double(self.orders.live[place].filled, &market.lot)
                if self.orders.live[place].filled >= self.orders.live[place].lots:
                    remove_order(&self.orders, place)
                else:
                    self.orders.views[place].status = PENDING_CANCEL if self.orders.live[place].canceling else codes.PARTIALLY_FILLED
            if self._show_position(slot) < 0:
                return -1
            self._show_account()
        elif place >= 0:
            if codes.FILLED <= status <= codes.EXPIRED:
                market.working[self.orders.views[place].side - 1] -= self.orders.live[place].lots - self.orders.live[place].filled
                remove_order(&self.orders, place)
            else:
                self.orders.views[place].status = PENDING_CANCEL if self.orders.live[place].canceling else <uint8_t>status
        self._show_orders(slot)
        return 0

    # ---- orders -----------------------------------------------------------------------------------------------------

    cdef void _show_orders(self, int slot) noexcept nogil:
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef Market* market = &self.markets[slot]
        self.context.orders, self.context.order_count = self.orders.views, <uint32_t>min(SHOWN_ORDERS, self.orders.count)
        shown.working_buy = to_double(market.working[0], &market.lot)
        shown.working_sell = to_double(market.working[1], &market.lot)

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
            place = find_order(&self.orders, request.order_id)
            return self._cancel(now, place) if place >= 0 and not self.orders.live[place].canceling else 0
        if request.action == abi.CANCEL_ALL:
            for place in range(self.orders.count):
                if self.orders.views[place].slot == request.slot and not self.orders.live[place].canceling:
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
        command.client_order_id = self.id_base | <uint64_t>self.orders.views[place].order_id
        command.instrument = self.context.slots[self.orders.views[place].slot].instrument
        self.orders.live[place].canceling, self.orders.views[place].status = True, PENDING_CANCEL
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
        cdef Market* market = &self.markets[request.slot]
        cdef abi.OrderView view
        cdef Live order
        memset(&view, 0, sizeof(abi.OrderView))
        memset(&order, 0, sizeof(Live))
        view.order_id, view.slot, view.tag, view.time = request.order_id, request.slot, request.tag, now
        view.action, view.side, view.tif, view.status = request.action, side, request.tif, PENDING_NEW
        view.qty, view.price = to_double(lots, &market.lot), to_double(ticks, &market.tick)
        order.lots = lots
        market.working[side - 1] += lots
        return 0 if add_order(&self.orders, &view, &order) >= 0 else -1
