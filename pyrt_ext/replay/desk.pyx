"""What becomes of a strategy's requests, and of what the venue says to them: ``desk.pxd`` is the contract.

Written from ``proto/MATCHING.md`` (The loop) alone, as the engine's ``engine/hosting`` was.
"""

from libc.limits cimport LLONG_MAX
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from .. cimport abi, matching_codes as codes
from ..matching cimport Answer, Command, Record
from ..matching_numbers cimport to_double
from ..rows cimport Timer, push
from .orders cimport (
    ALL_OF_PARENT, Live, add_order, find_order, is_exit, left_of, on_its_way, remove_order,
)
from .requests cimport has_limit, has_trigger, is_order, put_on, refusal, share_of, size_of, some_of, too_large
from .sight cimport Market, Sight

cdef enum:
    SIGNAL_RECORD = 6       # pyrt.types.Kind
    PENDING_NEW = 0         # statuses
    PENDING_CANCEL = 7
    SHOWN_ORDERS = 1024

cdef int64_t MAX_COUNTER = 0xFFFFFFFF    # an id's part that counts


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

    def totals(self):
        """Money of the account in 10^-18."""
        return self.ledger.account

    # ---- an account that is looked after: keeper.pyx ----------------------------------------------------------------

    cdef int pass_by(self, const Record* record) noexcept nogil:
        return 0

    cdef int64_t due(self) noexcept nogil:
        return LLONG_MAX

    cdef int settle(self, int64_t time) noexcept nogil:
        return 0

    # ---- answers ----------------------------------------------------------------------------------------------------

    cdef int on_answer(self, int64_t now, int slot, const Answer* answer) noexcept nogil:
        """Apply what the venue says of an own order, and do what follows from it."""
        cdef const Record* record = &answer.record
        cdef Py_ssize_t place = find_order(&self.orders, <int64_t>(record.words[3].u & <uint64_t>MAX_COUNTER))
        cdef uint8_t status = <uint8_t>(record.flags >> 12)
        cdef bint ends = codes.FILLED <= status <= codes.EXPIRED
        cdef Live order
        if self.stale:  # what has waited for this may be sized by the touch
            self.show()
        memset(&order, 0, sizeof(Live))
        if record.kind == codes.FILL:
            status, ends = codes.PARTIALLY_FILLED, False
            if self.ledger.book(
                <int>(self.id_base >> 48), record.instrument, record.side, answer.ticks, answer.lots, answer.fee
            ) < 0:
                return -1
            if place >= 0:
                ends = self._fill(place, answer.lots)
        if place >= 0:
            order = self.orders.live[place]
            if ends:
                self._take_out(place)
            else:
                self.orders.views[place].status = PENDING_CANCEL if order.canceling else status
                if record.kind != codes.FILL:
                    self._change(place, answer)
        if record.kind == codes.FILL:
            if self._show_position(slot) < 0:
                return -1
            self._show_account()
            if self._after_fill(now, slot, order.group, order.id) < 0:
                return -1
        self._show_orders(slot)
        return self._after_end(now, &order) if ends and place >= 0 else 0

    cdef bint _fill(self, Py_ssize_t place, int64_t lots) noexcept nogil:
        """A fill of an order; whether it is whole."""
        cdef abi.OrderView* view = &self.orders.views[place]
        cdef Live* order = &self.orders.live[place]
        cdef Market* market = &self.markets[view.slot]
        order.filled += lots
        market.working[view.side - 1] -= lots
        view.filled_qty = to_double(order.filled, &market.lot)
        return order.filled >= order.lots

    cdef void _change(self, Py_ssize_t place, const Answer* answer) noexcept nogil:
        """The venue says an order's numbers: a modify may have changed them."""
        cdef abi.OrderView* view = &self.orders.views[place]
        cdef Live* order = &self.orders.live[place]
        cdef Market* market = &self.markets[view.slot]
        market.working[view.side - 1] += answer.lots - order.lots
        order.lots, order.command.price = answer.lots, answer.ticks
        view.qty, view.price = to_double(answer.lots, &market.lot), to_double(answer.ticks, &market.tick)
        if answer.record.flags & 0xFF == codes.MODIFIED and order.trigger != 0:
            view.trigger, order.trigger = to_double(order.trigger, &market.tick), 0

    cdef int _after_fill(self, int64_t now, int slot, int64_t group, int64_t id) noexcept nogil:
        """The others of its group are canceled, and exits that have nothing to reduce any more."""
        cdef int64_t lots = self.markets[slot].lots
        cdef Py_ssize_t place = 0
        cdef bint others
        cdef uint8_t side
        if self.orders.tied == 0:
            return 0
        while group != 0 and place < self.orders.count:
            others = self.orders.live[place].group == group and self.orders.views[place].order_id != id
            if others and self.orders.live[place].parent != 0:
                self._take_out(place)
                continue
            if others and self._cancel(now, place) < 0:
                return -1
            place += 1
        for place in range(self.orders.count):
            side = self.orders.views[place].side
            if (
                self.orders.views[place].slot == <uint32_t>slot and self.orders.live[place].parent == 0
                and is_exit(&self.orders, place) and (lots <= 0 if side == codes.SELL else lots >= 0)
                and self._cancel(now, place) < 0
            ):
                return -1
        return self._after_end(now, NULL) if group != 0 else 0

    cdef int _after_end(self, int64_t now, const Live* ended) noexcept nogil:
        """Orders that waited for one that has ended are sent, or have nothing to wait for and are gone."""
        cdef Py_ssize_t place = 0, count
        cdef Live* order
        while self.orders.waiting > 0 and place < self.orders.count:
            order, count = &self.orders.live[place], self.orders.count
            if ended != NULL and order.parent == ended.id and ended.filled > 0:
                if self.closed:
                    self.counts.after_the_end += 1
                    self._take_out(place)
                elif self._send(now, place, share_of(order.lots, ended.filled, ended.lots)) < 0:
                    return -1
            elif order.parent != 0 and find_order(&self.orders, order.parent) < 0:
                self.counts.not_sent += 1
                self._take_out(place)
            if self.orders.count == count:
                place += 1
        return 0

    # ---- orders -----------------------------------------------------------------------------------------------------

    cdef void _show_orders(self, int slot) noexcept nogil:
        cdef abi.Slot* shown = &self.context.slots[slot]
        cdef Market* market = &self.markets[slot]
        self.context.orders = self.orders.views
        self.context.order_count = <uint32_t>min(SHOWN_ORDERS, self.orders.count)
        shown.working_buy = to_double(market.working[0], &market.lot)
        shown.working_sell = to_double(market.working[1], &market.lot)

    cdef void _take_out(self, Py_ssize_t place) noexcept nogil:
        """An order is no longer live."""
        cdef uint32_t slot = self.orders.views[place].slot
        if self.orders.live[place].parent == 0:
            self.markets[slot].working[self.orders.views[place].side - 1] -= left_of(&self.orders, place)
        remove_order(&self.orders, place)
        self._show_orders(<int>slot)

    cdef void drop_waiting(self) noexcept nogil:
        cdef Py_ssize_t place = 0
        while self.orders.waiting > 0:
            if self.orders.live[place].parent != 0:
                self._take_out(place)
            else:
                place += 1

    # ---- requests ---------------------------------------------------------------------------------------------------

    cdef bint refuses(self, const abi.Request* request) noexcept nogil:
        cdef const char* why = refusal(request, &self.markets[request.slot].tick, &self.markets[request.slot].lot)
        if why == NULL:
            return False
        self.refused = why
        return True

    cdef int carry_out(self, int64_t now, const Record* event, const abi.Request* request) noexcept nogil:
        """What a request that was not refused leads to: commands, a timer, a signal."""
        cdef Py_ssize_t place = 0
        cdef Record* signal
        cdef Timer* timer
        if is_order(request):
            return self._order(now, request)
        if request.action == abi.MODIFY:
            place = find_order(&self.orders, request.order_id)
            return self._modify(now, place, request) if place >= 0 and not self.orders.live[place].canceling else 0
        if request.action == abi.CANCEL:
            place = find_order(&self.orders, request.order_id)
            return self._withdraw(now, place) if place >= 0 else 0
        if request.action == abi.CANCEL_ALL:
            while place < self.orders.count:
                if self.orders.views[place].slot != request.slot or self.orders.live[place].canceling:
                    place += 1
                elif self._withdraw(now, place) < 0:
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

    cdef int _withdraw(self, int64_t now, Py_ssize_t place) noexcept nogil:
        """An order that waits is gone, and what waits for it; of another a cancel goes out."""
        if self.orders.live[place].parent == 0:
            return self._cancel(now, place)
        self._take_out(place)
        return self._after_end(now, NULL)

    cdef int _cancel(self, int64_t now, Py_ssize_t place) noexcept nogil:
        cdef Command* command
        if self.orders.live[place].canceling:
            return 0
        if self.closed:
            self.counts.after_the_end += 1
            return 0
        command = <Command*>push(&self.commands)
        if command == NULL:
            return -1
        command.time, command.action = now, codes.CANCEL
        command.client_order_id = self.id_base | <uint64_t>self.orders.views[place].order_id
        command.instrument = self.context.slots[self.orders.views[place].slot].instrument
        self.orders.live[place].canceling, self.orders.views[place].status = True, PENDING_CANCEL
        return 0

    cdef int _modify(self, int64_t now, Py_ssize_t place, const abi.Request* request) noexcept nogil:
        """New numbers of an order: at once if it waits in the host, else the venue is asked."""
        cdef abi.OrderView* view = &self.orders.views[place]
        cdef Live* order = &self.orders.live[place]
        cdef Market* market = &self.markets[view.slot]
        cdef int64_t lots, ticks = 0, trigger = 0
        cdef Command* command
        if too_large(request, &market.tick, &market.lot) != NULL:  # by the grid of the order's own instrument
            self.counts.not_sent += 1
            return 0
        lots = some_of(request.qty, &market.lot, &self.counts.rounded_quantities)
        if has_limit(view.action):
            self.counts.rounded_prices += put_on(request.price, &market.tick, view.side == codes.SELL, &ticks)
        if has_trigger(view.action):
            self.counts.rounded_prices += put_on(request.trigger, &market.tick, view.side == codes.BUY, &trigger)
        if order.parent != 0:
            if lots:
                order.lots, view.qty = lots, to_double(lots, &market.lot)
            if ticks:
                order.command.price, view.price = ticks, to_double(ticks, &market.tick)
            if trigger:
                order.command.trigger, view.trigger = trigger, to_double(trigger, &market.tick)
            return 0
        if order.reduce_only and lots > order.lots:
            lots = self._most(place, lots)
            if lots == 0:
                self.counts.not_sent += 1
                return 0
        order.trigger = trigger
        command = <Command*>push(&self.commands)
        if command == NULL:
            return -1
        command.time, command.action, command.client_order_id = now, codes.MODIFY, order.command.client_order_id
        command.instrument, command.qty = order.command.instrument, lots
        command.price, command.trigger = ticks, trigger
        return 0

    cdef int64_t _most(self, Py_ssize_t place, int64_t lots) noexcept nogil:
        """What a live reduce-only order may become of these lots; 0: nothing would be left of it."""
        cdef abi.OrderView* view = &self.orders.views[place]
        cdef Live* order = &self.orders.live[place]
        cdef int64_t own = order.lots, filled = order.filled, held = self.markets[view.slot].lots
        order.lots = order.filled = 0  # it is no part of what is on its way
        held = held if view.side == codes.SELL else -held
        held -= on_its_way(&self.orders, view.slot, view.side, order.group, is_exit(&self.orders, place))
        order.lots, order.filled = own, filled
        return min(lots, filled + held) if held > 0 else 0

    cdef int _order(self, int64_t now, const abi.Request* request) noexcept nogil:
        """A new order: live from its request on, and sent if it waits for no other."""
        cdef Market* market = &self.markets[request.slot]
        cdef abi.OrderView view
        cdef Live order
        cdef int64_t lots = 0
        cdef Py_ssize_t place, parent = -1
        memset(&view, 0, sizeof(abi.OrderView))
        memset(&order, 0, sizeof(Live))
        view.side = request.side
        if request.parent != 0:
            parent = find_order(&self.orders, request.parent)
            if parent < 0:
                self.counts.not_sent += 1
                return 0
        if request.sizing == abi.SIZE_TARGET:
            self.counts.rounded_quantities += put_on(request.qty, &market.lot, 0, &lots)
            lots = (lots if request.side == codes.BUY else -lots) - market.lots
            lots -= self._on_its_way(request.slot, codes.BUY, 0, False)
            lots += self._on_its_way(request.slot, codes.SELL, 0, False)
            view.side = codes.SELL if lots < 0 else codes.BUY
            lots = lots if lots >= 0 else -lots
            if lots == 0:
                self.counts.not_sent += 1
                return 0
        self._word(request, &view, &order.command)
        if parent >= 0 and request.sizing == abi.SIZE_QUANTITY and request.qty == 0.0:
            lots, view.qty = ALL_OF_PARENT, self.orders.views[parent].qty
        elif request.sizing == abi.SIZE_QUANTITY:
            self.counts.rounded_quantities += put_on(request.qty, &market.lot, 0, &lots)
        elif request.sizing != abi.SIZE_TARGET:
            lots = size_of(
                request, view.price if has_limit(request.action) else view.trigger, &self.context.slots[request.slot],
                self.context.equity, &market.lot, market.contract.inverse != 0,
            )
        if lots != ALL_OF_PARENT:
            view.qty = to_double(lots, &market.lot)
        view.order_id, view.slot, view.tag, view.time = request.order_id, request.slot, request.tag, now
        view.action, view.tif, view.status = request.action, request.tif, PENDING_NEW
        order.id, order.lots, order.group, order.parent = request.order_id, lots, request.group, request.parent
        order.reduce_only = request.flags & abi.REDUCE_ONLY != 0
        order.command.client_order_id = self.id_base | <uint64_t>request.order_id
        order.command.instrument = self.context.slots[request.slot].instrument
        order.command.action, order.command.type, order.command.tif = codes.NEW_ORDER, request.action, request.tif + 1
        order.command.flags = request.flags & abi.POST_ONLY
        place = add_order(&self.orders, &view, &order)
        if place < 0:
            return -1
        if parent < 0:
            return self._send(now, place, lots)
        self._show_orders(<int>request.slot)
        return 0

    cdef void _word(self, const abi.Request* request, abi.OrderView* view, Command* command) noexcept nogil:
        """An order's prices and times, on the grid: limits to the passive side, triggers to what trades can reach."""
        cdef Market* market = &self.markets[request.slot]
        cdef int64_t* moved = &self.counts.rounded_prices
        if has_limit(request.action):
            moved[0] += put_on(request.price, &market.tick, view.side == codes.SELL, &command.price)
            command.display = some_of(request.display, &market.lot, &self.counts.rounded_quantities)
        if has_trigger(request.action):
            moved[0] += put_on(request.trigger, &market.tick, view.side == codes.BUY, &command.trigger)
        if request.action == abi.TRAILING_STOP:
            moved[0] += put_on(request.trail, &market.tick, True, &command.trail)
        command.expiry = request.expiry
        view.price, view.trigger = to_double(command.price, &market.tick), to_double(command.trigger, &market.tick)

    cdef int _send(self, int64_t now, Py_ssize_t place, int64_t lots) noexcept nogil:
        """An order goes out with these lots, or is gone if nothing is left of it."""
        cdef abi.OrderView* view = &self.orders.views[place]
        cdef Live* order = &self.orders.live[place]
        cdef Market* market = &self.markets[view.slot]
        cdef bint waited = order.parent != 0
        cdef int64_t held
        cdef Command* command
        order.lots = order.filled = 0  # it is no part of what is on its way yet
        if order.reduce_only:
            held = market.lots if view.side == codes.SELL else -market.lots
            held -= self._on_its_way(view.slot, view.side, order.group, is_exit(&self.orders, place))
            lots = min(lots, max(0, held))
        if lots == 0 and (waited or order.reduce_only):
            self.counts.not_sent += 1
            self._take_out(place)
            return self._after_end(now, NULL)
        command = <Command*>push(&self.commands)
        if command == NULL:
            return -1
        command[0] = order.command
        command.time, command.qty, command.side = now, lots, view.side
        self.orders.waiting -= waited
        order.parent, order.lots = 0, lots
        view.qty = to_double(lots, &market.lot)
        market.working[view.side - 1] += lots
        self._show_orders(<int>view.slot)
        return 0

    cdef int64_t _on_its_way(self, uint32_t slot, uint8_t side, int64_t own_group, bint exits) noexcept nogil:
        if self.orders.tied == 0:
            return self.markets[slot].working[side - 1]
        return on_its_way(&self.orders, slot, side, own_group, exits)
