"""The live orders on bars and what fills do to them: ``orders.pxd`` is the contract.

Written from ``proto/BARS.md``; ``tests/backtest/bars`` holds a slow twin of it to equal bits.
"""

from libc.math cimport NAN, fabs
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memset

from .. cimport abi, matching_codes as codes
from ..rows cimport push
from .account cimport AT_CLOSE, Account, FillRow, Trade
from .grids cimport on_grid, snapped

cdef enum:
    PENDING_NEW = 0         # a status
    SHOWN_ORDERS = 1024

cdef uint64_t ID_BASE = (<uint64_t>1 << 48) | (<uint64_t>1 << 32)   # strategy 1, run 1


cdef class Orders(Account):
    """An account without orders; parameters as of :class:`~pyrt_ext.bars.account.Account`."""

    def __cinit__(self, *_):
        self.lives = <int64_t*>calloc(max(1, self.slot_count), sizeof(int64_t))
        if self.lives == NULL:
            raise MemoryError
        self.rows.size, self.answers.size = sizeof(OrderRow), sizeof(Answer)

    def __dealloc__(self):
        free(self.lives)
        free(self.live)
        free(self.views)
        free(self.rows.data)
        free(self.answers.data)

    # ---- fills and ends ---------------------------------------------------------------------------------------------

    cdef int fill(self, Live* order, double price, bint maker) noexcept nogil:
        """Fill what is left, as far as the bar's volume goes; reduce-only no more than there is to reduce."""
        cdef double rest = snapped(order.qty - order.filled, &self.steps[order.slot].lot), left = rest
        cdef double held = self.holdings[order.slot].qty
        cdef int64_t ignored = 0
        cdef double most = on_grid(self.most(), &self.steps[order.slot].lot, False, &ignored)
        cdef double sign = 1.0 if order.side == codes.BUY else -1.0
        cdef bint reduced = False
        cdef int done
        cdef Answer* answer
        cdef Trade trade
        cdef const FillRow* row
        if order.flags & abi.REDUCE_ONLY:
            if held * sign >= 0.0:
                return self.end(order, codes.CANCELED, NOTHING_TO_REDUCE)
            reduced, left = fabs(held) < left, min(left, fabs(held))
        if left > most:
            if order.tif == FOK:
                return self.end(order, codes.EXPIRED, codes.NOT_ENOUGH)
            self.counts.cut += 1
            order.since, left, reduced = self.bar.end, most, False
            if not left > 0.0:
                return 0
        trade.order_id, trade.qty, trade.price, trade.limit = order.id, left, price, NAN
        trade.slot, trade.side, trade.action, trade.maker = order.slot, order.side, order.action, maker
        trade.place, trade.forced = self.place, False
        if order.action == abi.LIMIT or order.action == abi.STOP_LIMIT:
            trade.limit = order.price
        done = self.book(&trade, &order.tally)
        if done:
            return -1 if done < 0 else self.end(order, codes.EXPIRED, NO_MARGIN)
        order.filled = order.qty if left == rest else snapped(order.filled + left, &self.steps[order.slot].lot)
        if self.tells:
            row = &(<FillRow*>self.fills.data)[self.fills.count - 1]
            answer = self._answer(order, codes.FILL, codes.MAKER if maker else 0)
            if answer == NULL:
                return -1
            put(answer, row.price, row.qty, row.fee)
        if order.filled == order.qty:
            if self._close(order, codes.FILLED, 0) < 0:
                return -1
        else:
            self.show_order(order, codes.PARTIALLY_FILLED)
            self.show_working(order.slot)
            if self.tell(order, codes.PARTIALLY_FILLED, 0) < 0:
                return -1
            if reduced and self._close(order, codes.CANCELED, NOTHING_TO_REDUCE) < 0:
                return -1
            if order.tif == IOC and order.stage != DEAD and self._close(order, codes.EXPIRED, codes.IOC_REST) < 0:
                return -1
        if self.live_count > 1 and self._settle_others(order) < 0:
            return -1
        return self._release(order) if order.stage == DEAD and self.live_count > 1 else 0

    cdef int liquidate(self, uint32_t slot, double price) noexcept nogil:
        """Cancel a slot's orders and close its position at a price of the market."""
        cdef double held = self.holdings[slot].qty
        cdef Live nobody
        cdef Trade trade
        cdef Answer* answer
        cdef const FillRow* row
        cdef Py_ssize_t i
        for i in range(self.live_count):
            if self.live[i].slot == slot and self.live[i].stage != DEAD:
                if self.end(&self.live[i], codes.CANCELED, LIQUIDATED) < 0:
                    return -1
        memset(&nobody, 0, sizeof(Live))
        nobody.slot, nobody.side = slot, codes.SELL if held > 0.0 else codes.BUY
        trade.order_id, trade.qty, trade.price, trade.limit, trade.action = 0, fabs(held), price, NAN, 0
        trade.slot, trade.side, trade.maker, trade.place, trade.forced = slot, nobody.side, False, self.place, True
        if self.book(&trade, &nobody.tally) < 0:
            return -1
        self.counts.liquidated += 1
        if self.tells:
            row = &(<FillRow*>self.fills.data)[self.fills.count - 1]
            answer = self._answer(&nobody, codes.FILL, 0)
            if answer == NULL:
                return -1
            put(answer, row.price, row.qty, row.fee)
        return 0

    cdef void split(self, uint32_t slot, double ratio) noexcept nogil:
        """One unit becomes several: positions and orders go on in the new units."""
        cdef Py_ssize_t i
        cdef Live* order
        cdef abi.OrderView* view
        self.split_position(slot, ratio)
        for i in range(self.live_count):
            order, view = &self.live[i], &self.views[i]
            if order.slot != slot or order.stage == DEAD:
                continue
            order.qty, order.filled = order.qty * ratio, order.filled * ratio
            order.price, order.trigger, order.trail = order.price / ratio, order.trigger / ratio, order.trail / ratio
            order.extreme = order.extreme / ratio
            view.qty, view.filled_qty, view.price, view.trigger = order.qty, order.filled, order.price, order.trigger
        self.show_working(slot)

    cdef int _settle_others(self, const Live* order) noexcept nogil:
        """What a fill does to other orders: those of its group are canceled, and exits without a position."""
        cdef double held = self.holdings[order.slot].qty
        cdef Py_ssize_t i
        cdef Live* other
        for i in range(self.live_count):
            other = &self.live[i]
            if other.stage == DEAD or other.id == order.id:
                continue
            if order.group != 0 and other.group == order.group:
                if self.end(other, codes.CANCELED, GROUP_FILLED) < 0:
                    return -1
            elif (
                other.slot == order.slot and other.stage != WAITS and is_exit(other)
                and held * (1.0 if other.side == codes.BUY else -1.0) >= 0.0
            ):
                if self.end(other, codes.CANCELED, NOTHING_TO_REDUCE) < 0:
                    return -1
        return 0

    cdef int _release(self, const Live* order) noexcept nogil:
        """Orders that wait for one that has ended come to life in proportion to what was filled of it, or are gone."""
        cdef Py_ssize_t i
        cdef Live* other
        for i in range(self.live_count):
            other = &self.live[i]
            if other.stage != WAITS or other.parent != order.id:
                continue
            if order.filled == 0.0:
                if self.end(other, codes.CANCELED, PARENT_ENDED) < 0:
                    return -1
                continue
            if other.qty == 0.0:
                other.qty = order.filled
            elif order.filled != order.qty:
                other.qty = other.qty * (order.filled / order.qty)
                other.qty = on_grid(other.qty, &self.steps[other.slot].lot, False, &self.counts.rounded)
            # The bars of another instrument are not known to come after this fill before this one has ended.
            other.stage, other.since = SENT, self.now
            if other.slot == order.slot and self.place != AT_CLOSE:
                other.since = self.bar.start
            self.show_order(other, PENDING_NEW)
            self.show_working(other.slot)
        return 0

    cdef int end(self, Live* order, uint8_t status, uint16_t reason) noexcept nogil:
        """An order has ended, and with it those that waited for it."""
        if self._close(order, status, reason) < 0:
            return -1
        return self._release(order) if self.live_count > 1 else 0

    cdef int _close(self, Live* order, uint8_t status, uint16_t reason) noexcept nogil:
        cdef OrderRow* row = &(<OrderRow*>self.rows.data)[order.row]
        cdef bint waited = order.stage == WAITS
        row.ended, row.status, row.reason, row.filled = self.now, status, reason, order.filled
        order.stage, self.emptied = DEAD, True
        self.lives[order.slot] -= 1
        self.show_working(order.slot)
        return 0 if waited else self.tell(order, status, reason)

    cdef int tell(self, const Live* order, uint8_t status, uint16_t reason) noexcept nogil:
        """An order update for the strategy, if it listens."""
        cdef Answer* answer
        if not self.tells:
            return 0
        answer = self._answer(order, codes.ORDER_UPDATE, <uint16_t>(status << 12 | reason))
        if answer == NULL:
            return -1
        put(answer, order.price, order.qty, order.filled)
        return 0

    cdef Answer* _answer(self, const Live* order, uint8_t kind, uint16_t flags) noexcept nogil:
        cdef Answer* answer = <Answer*>push(&self.answers)
        if answer == NULL:
            return NULL
        answer.event.event_time = answer.event.words[0] = self.now
        answer.event.kind, answer.event.side, answer.event.flags = kind, order.side, flags
        answer.event.instrument = self.context.slots[order.slot].instrument
        answer.event.words[3] = <int64_t>(ID_BASE | <uint64_t>order.id)
        answer.slot = order.slot
        return answer

    # ---- what is there ----------------------------------------------------------------------------------------------

    cdef void show_order(self, Live* order, uint8_t status) noexcept nogil:
        """What the strategy sees of a live order."""
        cdef abi.OrderView* view = &self.views[order - self.live]
        view.status = status
        view.qty, view.filled_qty, view.price, view.trigger = order.qty, order.filled, order.price, order.trigger

    cdef void show_working(self, uint32_t slot) noexcept nogil:
        """Sums of what is left of orders that do not wait for another, oldest first."""
        cdef double buy = 0.0, sell = 0.0
        cdef Py_ssize_t i
        if self.lives[slot]:
            for i in range(self.live_count):
                if self.live[i].slot == slot and self.live[i].stage > WAITS:
                    if self.live[i].side == codes.BUY:
                        buy += self.live[i].qty - self.live[i].filled
                    else:
                        sell += self.live[i].qty - self.live[i].filled
        self.context.slots[slot].working_buy, self.context.slots[slot].working_sell = buy, sell

    cdef void bury(self) noexcept nogil:
        """Take the places of orders that have ended."""
        cdef Py_ssize_t i, kept = 0
        for i in range(self.live_count):
            if self.live[i].stage != DEAD:
                if kept != i:
                    self.live[kept], self.views[kept] = self.live[i], self.views[i]
                kept += 1
        self.live_count, self.emptied = kept, False
        self.context.order_count = <uint32_t>min(SHOWN_ORDERS, kept)

    cdef Live* find(self, int64_t id) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(self.live_count):
            if self.live[i].id == id:
                return &self.live[i] if self.live[i].stage != DEAD else NULL
        return NULL

    cdef double on_its_way(self, uint32_t slot, uint8_t side, int64_t own_group, bint exits) noexcept nogil:
        """Units of a side that may yet fill: of a group the most, of `own_group` none, standing exits if `exits`."""
        cdef double total = 0.0, left, most
        cdef Py_ssize_t i, earlier
        cdef const Live* order
        cdef const Live* other
        for i in range(self.live_count):
            order = &self.live[i]
            if order.slot != slot or order.side != side or order.stage <= WAITS or (not exits and is_exit(order)):
                continue
            left = order.qty - order.filled
            if order.group == 0:
                total += left
            elif order.group != own_group:
                most = 0.0
                for earlier in range(i):
                    other = &self.live[earlier]
                    if (
                        other.group == order.group and other.slot == slot and other.side == side
                        and other.stage > WAITS and (exits or not is_exit(other))
                    ):
                        most = max(most, other.qty - other.filled)
                total += max(0.0, left - most)
        return total

    cdef Live* new_live(self) noexcept nogil:
        """The place of the next order."""
        cdef Py_ssize_t room = 2 * self.live_room + 16
        cdef void* grown
        if self.live_count == self.live_room:
            grown = realloc(self.live, room * sizeof(Live))
            if grown == NULL:
                return NULL
            self.live = <Live*>grown
            grown = realloc(self.views, room * sizeof(abi.OrderView))
            if grown == NULL:
                return NULL
            self.views, self.live_room = <abi.OrderView*>grown, room
        return &self.live[self.live_count]


cdef inline void put(Answer* answer, double price, double qty, double last) noexcept nogil:
    cdef double* words = <double*>answer.event.words
    words[1], words[2], words[4] = price, qty, last
