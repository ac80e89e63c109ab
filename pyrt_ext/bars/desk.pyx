"""What becomes of requests on bars: ``desk.pxd`` is the contract.

Written from ``proto/BARS.md``; ``tests/backtest/bars`` holds a slow twin of it to equal bits.
"""

from libc.limits cimport LLONG_MAX
from libc.math cimport fabs
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from .. cimport abi, matching_codes as codes
from ..rows cimport Timer, push, push_timer
from .account cimport AT_CLOSE, Feed, set_bar
from .grids cimport on_grid
from .orders cimport BAD_TRIGGER, DEAD, FOK, GTD, IOC, LIVES, MODIFIED, RESTS, SENT, WAITS, Live, OrderRow, Orders

cdef enum:
    SIGNAL_RECORD = 6       # pyrt.types.Kind
    PENDING_NEW = 0         # a status
    BAD_REQUEST = 9         # a status of the ABI
    SHOWN_ORDERS = 1024
    ID_BITS = 32


cdef class Desk(Orders):
    """A desk with nothing on it.

    Parameters
    ----------
    context, owned, feeds, terms
        As for :class:`~pyrt_ext.bars.account.Account`; of the terms also ``at_close``: market orders fill at the close
        of the bar that asked for them.
    """

    def __cinit__(self, context, owned, feeds, terms, *_):
        self.at_close = terms["at_close"]
        self.signals.size, self.timers.size = sizeof(abi.Event), sizeof(Timer)

    def __dealloc__(self):
        free(self.signals.data)
        free(self.timers.data)

    cdef bint refuses(self, const abi.Request* request) noexcept nogil:
        """Whether a request cannot be meant; why: in `refused`."""
        if request.action > abi.TRAILING_STOP:
            return False
        if request.side != codes.BUY and request.side != codes.SELL:
            self.refused = b"an order without a side"
        elif request.order_id <= self.last_id or request.order_id >> ID_BITS:
            self.refused = b"an order id that was used before, or does not fit into 32 bits"
        elif request.tif == GTD and request.expiry == 0:
            self.refused = b"an order of tif GTD without an expiry"
        elif request.parent < 0 or request.parent >= request.order_id:
            self.refused = b"a parent that is no earlier order"
        elif (request.flags & abi.OCO != 0) != (request.group != 0):
            self.refused = b"a group without OCO, or that without a group"
        elif request.parent != 0 and request.sizing == abi.SIZE_TARGET:
            self.refused = b"a target with a parent"
        else:
            return False
        return True

    cdef int carry_out(self, const abi.Request* request, const abi.Event* event) noexcept nogil:
        """What a request that was not refused leads to."""
        cdef Live* order
        cdef abi.Event* signal
        cdef Py_ssize_t i
        if request.action <= abi.TRAILING_STOP:
            return self._order(request)
        if request.action == abi.CANCEL:
            order = self.find(request.order_id)
            return self.end(order, codes.CANCELED, 0) if order != NULL else 0
        if request.action == abi.CANCEL_ALL:
            for i in range(self.live_count):
                if self.live[i].slot == request.slot and self.live[i].stage != DEAD:
                    if self.end(&self.live[i], codes.CANCELED, 0) < 0:
                        return -1
            return 0
        if request.action == abi.MODIFY:
            return self._modify(request)
        if request.action == abi.TIMER:
            return self._add_timer(request)
        signal = <abi.Event*>push(&self.signals)
        if signal == NULL:
            return -1
        signal.stamp, signal.event_time = <uint64_t>(self.signals.count - 1), event.event_time
        signal.instrument, signal.kind = self.context.slots[request.slot].instrument, SIGNAL_RECORD
        signal.words[0], signal.words[4] = self.now, <int64_t>event.stamp
        (<double*>signal.words)[1], (<double*>signal.words)[2] = request.value, request.confidence
        return 0

    cdef double _sized(self, const abi.Request* request, uint8_t* side) noexcept nogil:
        """Units of a new order; 0: there is nothing to send, or its price is not known."""
        cdef double price, held, wanted, qty = request.qty
        cdef bint standing = request.action != abi.MARKET and request.tif != IOC and request.tif != FOK
        if request.sizing == abi.SIZE_TARGET:
            wanted = qty if request.side == codes.BUY else -qty
            qty = wanted - self.holdings[request.slot].qty - self.on_its_way(request.slot, codes.BUY, 0, False)
            qty += self.on_its_way(request.slot, codes.SELL, 0, False)
            side[0] = codes.SELL if qty < 0.0 else codes.BUY
            qty = fabs(qty)
        elif request.sizing != abi.SIZE_QUANTITY:
            price = self.context.slots[request.slot].last_price
            if request.action == abi.LIMIT or request.action == abi.STOP_LIMIT:
                price = request.price
            price = price * self.money[request.slot]
            qty = (qty if request.sizing == abi.SIZE_NOTIONAL else qty * self.equity()) / price
            qty = qty if qty > 0.0 else 0.0
        if request.flags & abi.REDUCE_ONLY and request.parent == 0:
            held = self.holdings[request.slot].qty * (-1.0 if side[0] == codes.BUY else 1.0)
            held -= self.on_its_way(
                request.slot, side[0], request.group if request.flags & abi.OCO else 0, standing
            )
            qty = min(qty, held) if held > 0.0 else 0.0
        return qty

    cdef int _order(self, const abi.Request* request) noexcept nogil:
        cdef uint8_t side = request.side
        cdef double qty
        if request.order_id <= self.last_id:
            self.status, self.refused = BAD_REQUEST, b"two orders with one id"
            return -1
        self.last_id = request.order_id
        qty = on_grid(self._sized(request, &side), &self.steps[request.slot].lot, False, &self.counts.rounded)
        if (
            qty == 0.0 and (request.sizing == abi.SIZE_TARGET or request.flags & abi.REDUCE_ONLY)
            and request.parent == 0
        ) or (request.parent != 0 and self.find(request.parent) == NULL):
            self.counts.not_sent += 1
            return 0
        return self._remember(request, side, qty, request.parent != 0)

    cdef int _remember(self, const abi.Request* request, uint8_t side, double qty, bint waits) noexcept nogil:
        """An order is live from its request on."""
        cdef Live* order = self.new_live()
        cdef abi.OrderView* view
        cdef OrderRow* row = <OrderRow*>push(&self.rows)
        if row == NULL or order == NULL:
            return -1
        view = &self.views[self.live_count]
        memset(order, 0, sizeof(Live))
        memset(view, 0, sizeof(abi.OrderView))
        order.id, order.parent, order.since = request.order_id, request.parent, self.now
        order.group = request.group if request.flags & abi.OCO else 0
        order.row, order.qty, order.slot, order.flags = self.rows.count - 1, qty, request.slot, request.flags
        order.action, order.side, order.tif, order.stage = request.action, side, request.tif, SENT
        if request.action == abi.LIMIT or request.action == abi.STOP_LIMIT:
            order.price = self._price(order, request.price)
        if request.action == abi.STOP or request.action == abi.STOP_LIMIT:
            order.trigger = self._trigger(order, request.trigger)
        elif request.action == abi.TRAILING_STOP:
            order.trail = on_grid(request.trail, &self.steps[order.slot].tick, True, &self.counts.rounded)
        order.expiry = request.expiry if request.tif == GTD else LLONG_MAX
        if waits:
            order.stage = WAITS
        row.id, row.time, row.ended, row.tag, row.slot = request.order_id, self.now, -1, request.tag, request.slot
        row.qty, row.price, row.trigger = qty, order.price, order.trail if order.trail != 0.0 else order.trigger
        row.action, row.side, row.tif, row.flags = request.action, side, request.tif, <uint16_t>request.flags
        row.status = LIVES
        view.order_id, view.slot, view.tag, view.time = request.order_id, request.slot, request.tag, self.now
        view.action, view.side, view.tif = request.action, side, request.tif
        self.live_count += 1
        self.lives[request.slot] += 1
        self.context.orders, self.context.order_count = self.views, <uint32_t>min(SHOWN_ORDERS, self.live_count)
        self.show_order(order, PENDING_NEW)
        self.show_working(request.slot)
        return 0

    cdef int _modify(self, const abi.Request* request) noexcept nogil:
        """Give a live order new numbers; 0 leaves one as it is."""
        cdef Live* order = self.find(request.order_id)
        cdef uint8_t status
        cdef double qty = request.qty, price = request.price
        if order == NULL:
            self.counts.too_late += 1
            return 0
        status = codes.NEW if order.accepted else PENDING_NEW
        if request.price < 0.0:
            return self.tell(order, status, codes.BAD_PRICE)
        if request.trigger < 0.0:
            return self.tell(order, status, BAD_TRIGGER)
        (<OrderRow*>self.rows.data)[order.row].changes += 1
        qty = on_grid(qty, &self.steps[order.slot].lot, False, &self.counts.rounded)
        if request.qty > 0.0 and qty <= order.filled:
            return self.end(order, codes.CANCELED, 0)
        if request.qty > 0.0:
            order.qty = qty
        if request.trigger > 0.0 and (order.action == abi.STOP or order.action == abi.STOP_LIMIT):
            order.trigger = self._trigger(order, request.trigger)
        if request.price > 0.0 and (order.action == abi.LIMIT or order.action == abi.STOP_LIMIT):
            price = self._price(order, price)
            if order.stage == RESTS and price != order.price:
                order.stage = SENT
            order.price = price
        order.since = self.now
        self.show_order(order, status)
        self.show_working(order.slot)
        return self.tell(order, status, MODIFIED)

    cdef double _price(self, const Live* order, double price) noexcept nogil:
        """A limit on its grid: a buy's down, a sell's up."""
        return on_grid(price, &self.steps[order.slot].tick, order.side == codes.SELL, &self.counts.rounded)

    cdef double _trigger(self, const Live* order, double trigger) noexcept nogil:
        """A trigger on its grid: the other way round."""
        return on_grid(trigger, &self.steps[order.slot].tick, order.side == codes.BUY, &self.counts.rounded)

    cdef int fill_at_close(self) noexcept nogil:
        """Fill market orders at the close of the bar that has just ended; the others act on the next one."""
        cdef Py_ssize_t i
        cdef Live* order
        cdef const Feed* feed
        for i in range(self.live_count):
            order = &self.live[i]
            feed = &self.feeds[order.slot]
            if order.stage != SENT or order.action != abi.MARKET or order.since != self.now:
                continue
            if feed.row == 0 or feed.time[feed.row - 1] != self.now:
                continue
            set_bar(&self.bar, feed, feed.row - 1, self.now)
            self.place, order.accepted = AT_CLOSE, True
            if order.qty <= 0.0:
                if self.end(order, codes.REJECTED, codes.BAD_QUANTITY) < 0:
                    return -1
            elif self.tell(order, codes.NEW, 0) < 0 or self.fill(order, feed.close[feed.row - 1], False) < 0:
                return -1
            self.mark(order.slot, feed.close[feed.row - 1])
        return 0

    cdef int _add_timer(self, const abi.Request* request) noexcept nogil:
        cdef Timer timer
        memset(&timer, 0, sizeof(Timer))
        timer.time, timer.id, timer.tag = max(request.expiry, self.now), self.timers_made, request.tag
        timer.slot = request.slot
        self.timers_made += 1
        return push_timer(&self.timers, &timer)
