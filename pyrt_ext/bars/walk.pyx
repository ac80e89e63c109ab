"""Orders along the path of a bar: ``walk.pxd`` is the contract, ``proto/BARS.md`` has the rules and their reasons."""

from libc.stdint cimport int64_t, uint32_t

from .. cimport abi, matching_codes as codes
from .account cimport AT_OPEN, INSIDE
from .desk cimport Desk
from .orders cimport (
    BAD_EXPIRY, BAD_TRIGGER, DAY, FOK, GTD, IOC, RESTS, SENT, STOPPED, TIME_UP, TRIGGERED, WAITS, Live,
)

cdef int64_t DAY_NS = 86_400_000_000_000


cdef class Walker(Desk):
    """A desk whose orders go along bars."""

    cdef int walk(self, uint32_t slot) noexcept nogil:
        """The open; then one extreme after the other, the way being chosen anew after each fill; then the close."""
        cdef double price = self.bar.open
        cdef bint low_left, high_left, down
        cdef int reached
        self.place = AT_OPEN
        if self.at_risk(slot) and self._lost(slot, price, price, NULL, &price) and self.liquidate(slot, price) < 0:
            return -1
        if self._open(slot) < 0:
            return -1
        self.place = INSIDE
        low_left, high_left = self.bar.low < price, self.bar.high > price
        while (self.lives[slot] or self.at_risk(slot)) and (low_left or high_left):
            down = self._goes_down(slot, price) if low_left and high_left else low_left
            reached = self._leg(slot, &price, self.bar.low if down else self.bar.high)
            if reached < 0:
                return -1
            if not reached and down:
                low_left = False
            elif not reached:
                high_left = False
        while self.lives[slot] or self.at_risk(slot):
            reached = self._leg(slot, &price, self.bar.close)
            if reached <= 0:
                return reached
        return 0

    # ---- the open ---------------------------------------------------------------------------------------------------

    cdef int _open(self, uint32_t slot) noexcept nogil:
        cdef Py_ssize_t i
        cdef Live* order
        cdef double price = self.bar.open
        for i in range(self.live_count):
            order = &self.live[i]
            if order.slot != slot or order.stage <= WAITS or order.since > self.bar.start:
                continue
            if order.accepted and self._ends(order):
                if self.end(order, codes.EXPIRED, TIME_UP) < 0:
                    return -1
            elif order.stage == SENT:
                if self._arrive(order, price) < 0:
                    return -1
            elif order.stage == RESTS:
                if (order.price >= price if order.side == codes.BUY else order.price <= price):
                    if self.fill(order, price, True) < 0:
                        return -1
            elif (level(order) <= price if order.side == codes.BUY else level(order) >= price):
                if self._reach(order, price) < 0:
                    return -1
        self._trail(slot, price)
        return 0

    cdef bint _ends(self, const Live* order) noexcept nogil:
        """Whether an order's time is up: of a day order on a later day, of GTD before the bar has ended."""
        if order.tif == DAY:
            return self.bar.start >= order.expiry
        return order.expiry < self.bar.end

    cdef int _arrive(self, Live* order, double price) noexcept nogil:
        """A new order at the market, or one that enters anew after a change."""
        if not order.accepted:
            if order.qty <= 0.0:
                return self.end(order, codes.REJECTED, codes.BAD_QUANTITY)
            if (order.action == abi.LIMIT or order.action == abi.STOP_LIMIT) and order.price <= 0.0:
                return self.end(order, codes.REJECTED, codes.BAD_PRICE)
            if (order.action == abi.STOP or order.action == abi.STOP_LIMIT) and order.trigger <= 0.0:
                return self.end(order, codes.REJECTED, BAD_TRIGGER)
            if order.action == abi.TRAILING_STOP and order.trail <= 0.0:
                return self.end(order, codes.REJECTED, BAD_TRIGGER)
            if order.tif == GTD and order.expiry <= self.bar.start:
                return self.end(order, codes.REJECTED, BAD_EXPIRY)
            if order.action == abi.LIMIT and order.flags & abi.POST_ONLY and takes(order, price):
                return self.end(order, codes.REJECTED, codes.WOULD_CROSS)
            if order.tif == DAY:
                order.expiry = day_after(self.bar.start)
            order.accepted = True
            self.show_order(order, codes.NEW)
            if self.tell(order, codes.NEW, 0) < 0:
                return -1
            if self._ends(order):
                return self.end(order, codes.EXPIRED, TIME_UP)
            if order.action == abi.TRAILING_STOP:
                order.stage, order.extreme = STOPPED, price
                return 0
            if order.action == abi.STOP or order.action == abi.STOP_LIMIT:
                order.stage = STOPPED
                if (order.trigger <= price if order.side == codes.BUY else order.trigger >= price):
                    return self._reach(order, price)
                return 0
        return self._enter(order, price)

    cdef int _enter(self, Live* order, double price) noexcept nogil:
        """Take at the present price, or rest."""
        if order.action != abi.LIMIT and order.action != abi.STOP_LIMIT:
            return self.fill(order, price, False)
        if takes(order, price):
            if order.flags & abi.POST_ONLY:
                return self.end(order, codes.EXPIRED, codes.WOULD_CROSS)
            return self.fill(order, price, False)
        if order.tif == IOC:
            return self.end(order, codes.EXPIRED, codes.IOC_REST)
        if order.tif == FOK:
            return self.end(order, codes.EXPIRED, codes.NOT_ENOUGH)
        order.stage = RESTS
        return 0

    # ---- inside the bar ---------------------------------------------------------------------------------------------

    cdef int _reach(self, Live* order, double price) noexcept nogil:
        """The price is at an order's level, or beyond it at the open."""
        if order.stage == RESTS:
            return self.fill(order, price, True)
        order.stage = SENT
        if self.tell(order, codes.NEW, TRIGGERED) < 0:
            return -1
        return self._enter(order, price)

    cdef int _leg(self, uint32_t slot, double* price, double end) noexcept nogil:
        """Go on to the end of a leg, or to the first order on it: 1 if there was one."""
        cdef Live* order = self._first(slot, price[0], end)
        cdef double at = price[0]
        if self.at_risk(slot) and self._lost(slot, price[0], end, order, &at):
            price[0] = at
            self._trail(slot, at)
            return 1 if self.liquidate(slot, at) == 0 else -1
        price[0] = end if order == NULL else level(order)
        self._trail(slot, price[0])
        if order == NULL:
            return 0
        if self._reach(order, price[0]) < 0 or self._born(slot, price[0]) < 0:
            return -1
        return 1

    cdef bint _lost(self, uint32_t slot, double price, double end, const Live* order, double* at) noexcept nogil:
        """Whether a position is liquidated on a leg before its first order is reached, and where."""
        cdef double last = self.liquidated_at(slot)
        cdef bint long = self.holdings[slot].qty > 0.0
        if (last >= price) if long else (last <= price):
            at[0] = price
            return True
        if (last < end) if long else (last > end):
            return False
        if order != NULL and (last < level(order) if long else last > level(order)):
            return False
        at[0] = last
        return True

    cdef bint _goes_down(self, uint32_t slot, double price) noexcept nogil:
        """Which extreme comes first, where both are left: the cautious one."""
        cdef bint stops[2]
        cdef bint limits[2]
        cdef const Live* order
        cdef Py_ssize_t i
        cdef int below
        cdef double at
        stops[0] = stops[1] = limits[0] = limits[1] = False
        for i in range(self.live_count):
            order = &self.live[i]
            if order.slot != slot or order.stage < STOPPED or order.since > self.bar.start:
                continue
            at, below = level(order), is_below(order)
            if (at >= self.bar.low if below else at <= self.bar.high):
                if order.stage == STOPPED:
                    stops[below] = True
                else:
                    limits[below] = True
        if self.at_risk(slot):
            at, below = self.liquidated_at(slot), self.holdings[slot].qty > 0.0
            if (at >= self.bar.low if below else at <= self.bar.high):
                stops[below] = True
        if stops[0] != stops[1]:
            return stops[1]
        if not stops[0] and limits[0] != limits[1]:
            return limits[0]
        if self.holdings[slot].qty != 0.0:
            return self.holdings[slot].qty > 0.0
        return self.bar.close >= self.bar.open

    cdef Live* _first(self, uint32_t slot, double price, double end) noexcept nogil:
        """The first order on a leg: the nearest, stops before limits, older before younger; NULL if there is none."""
        cdef Live* found = NULL
        cdef Live* order
        cdef Py_ssize_t i
        cdef double at, best = 0.0
        cdef bint down = end < price
        for i in range(self.live_count):
            order = &self.live[i]
            if order.slot != slot or order.stage < STOPPED or is_below(order) != down or order.since > self.bar.start:
                continue
            at = level(order)
            if (at < end or at > price) if down else (at > end or at < price):
                continue
            if found == NULL or (at > best if down else at < best) or (
                at == best and order.stage == STOPPED and found.stage == RESTS
            ):
                found, best = order, at
        return found

    cdef void _trail(self, uint32_t slot, double price) noexcept nogil:
        """Trailing stops follow the price."""
        cdef Live* order
        cdef Py_ssize_t i
        for i in range(self.live_count):
            order = &self.live[i]
            if order.action != abi.TRAILING_STOP or order.stage != STOPPED or order.slot != slot:
                continue
            if order.since <= self.bar.start and (
                price > order.extreme if order.side == codes.SELL else price < order.extreme
            ):
                order.extreme = price
            order.trigger = level(order)
            self.views[i].trigger = order.trigger

    cdef int _born(self, uint32_t slot, double price) noexcept nogil:
        """Orders that a fill inside the bar has brought to life are at the market at once."""
        cdef Py_ssize_t i
        for i in range(self.live_count):
            if self.live[i].slot == slot and self.live[i].stage == SENT and self.live[i].since == self.bar.start:
                if self.live[i].parent != 0 and self._arrive(&self.live[i], price) < 0:
                    return -1
        return 0


cdef inline double level(const Live* order) noexcept nogil:
    """The price at which something happens to an order in the market."""
    if order.stage == RESTS:
        return order.price
    if order.action != abi.TRAILING_STOP:
        return order.trigger
    return order.extreme - order.trail if order.side == codes.SELL else order.extreme + order.trail


cdef inline bint is_below(const Live* order) noexcept nogil:
    """Whether prices reach it on their way down: bids that rest, and stops that sell."""
    return (order.side == codes.BUY) == (order.stage == RESTS)


cdef inline bint takes(const Live* order, double price) noexcept nogil:
    return order.price >= price if order.side == codes.BUY else order.price <= price


cdef inline int64_t day_after(int64_t time) noexcept nogil:
    """Where the next UTC day begins."""
    cdef int64_t rest = time % DAY_NS
    return time - rest + (DAY_NS if rest >= 0 else 0)
