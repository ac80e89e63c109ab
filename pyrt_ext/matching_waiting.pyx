"""What waits at a simulated venue: ``matching_waiting.pxd`` is the contract."""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memmove, memset

from .matching_book cimport (
    OVER, RESTING, WAITING, List, Market, Order, Orders, Queue, dequeue, first_entry,
)
from .matching_codes cimport BUY
from .matching_ladder cimport rank_of
from .rows cimport Rows, Timer, push_timer, with_room

cdef int64_t DAY_NS = 86_400_000_000_000


cdef int add_deadline(Rows* deadlines, int64_t time, int32_t order) noexcept nogil:
    cdef Timer timer
    memset(&timer, 0, sizeof(Timer))
    timer.time, timer.id = time, order
    return push_timer(deadlines, &timer)


cdef int64_t end_of_day(int64_t time) noexcept nogil:
    cdef int64_t rest = time % DAY_NS  # as in C: below zero before 1970
    return time - rest + (0 if rest < 0 else DAY_NS)


cdef int join(List* orders, int32_t order) noexcept nogil:
    cdef int32_t* rows = <int32_t*>with_room(orders.orders, orders.count, &orders.room, sizeof(int32_t))
    if rows == NULL:
        return -1
    orders.orders = rows
    rows[orders.count] = order
    orders.count += 1
    return 0


cdef void leave(List* orders, int32_t order) noexcept nogil:
    cdef Py_ssize_t place = 0
    while orders.orders[place] != order:
        place += 1
    orders.count -= 1
    memmove(orders.orders + place, orders.orders + place + 1, (orders.count - place) * sizeof(int32_t))


cdef void follow(Order* order, int64_t price) noexcept nogil:
    """The market was at a price: a trailing stop's extreme may have moved."""
    cdef int64_t trigger = price + order.trail if order.side == BUY else price - order.trail
    if not order.anchored or (trigger < order.trigger if order.side == BUY else trigger > order.trigger):
        order.trigger, order.anchored = trigger, True


cdef bint reached(const Order* order, int64_t price) noexcept nogil:
    return price >= order.trigger if order.side == BUY else price <= order.trigger


cdef void take_off(Market* market, Orders* orders, int32_t order) noexcept nogil:
    """Take a live order from where it rests or waits; it is nowhere then."""
    cdef Order* it = &orders.orders[order]
    cdef Queue* queue = &market.queues[it.side - 1]
    cdef Py_ssize_t place
    if it.phase == RESTING:
        place = first_entry(queue, rank_of(it.side - 1, it.price))
        while queue.entries[place].order != order:
            place += 1
        dequeue(queue, place)
    else:
        leave(&market.waiting if it.phase == WAITING else &market.triggered, order)
    it.phase = OVER
