"""What waits at a simulated venue: ``matching_waiting.pxd`` is the contract."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport realloc
from libc.string cimport memmove

from .matching_book cimport (
    OVER, RESTING, WAITING, List, Market, Order, Orders, Queue, dequeue, first_entry, rank_of,
)
from .matching_codes cimport BUY

cdef int64_t DAY_NS = 86_400_000_000_000


cdef inline bint sooner(const Deadline* a, const Deadline* b) noexcept nogil:
    return a.time < b.time or (a.time == b.time and a.order < b.order)


cdef int add_deadline(Deadlines* heap, int64_t time, int32_t order) noexcept nogil:
    cdef Deadline* rows = heap.rows
    cdef Py_ssize_t at = heap.count, parent
    if heap.count == heap.room:
        rows = <Deadline*>realloc(rows, (2 * heap.room + 64) * sizeof(Deadline))
        if rows == NULL:
            return -1
        heap.rows = rows
        heap.room = 2 * heap.room + 64
    rows[at].time, rows[at].order = time, order
    heap.count += 1
    while at > 0:
        parent = (at - 1) // 2
        if not sooner(&rows[at], &rows[parent]):
            break
        rows[at], rows[parent] = rows[parent], rows[at]
        at = parent
    return 0


cdef int32_t take_deadline(Deadlines* heap) noexcept nogil:
    cdef Deadline* rows = heap.rows
    cdef int32_t first = rows[0].order
    cdef Py_ssize_t at = 0, child
    heap.count -= 1
    rows[0] = rows[heap.count]
    while 2 * at + 1 < heap.count:
        child = 2 * at + 1
        if child + 1 < heap.count and sooner(&rows[child + 1], &rows[child]):
            child += 1
        if not sooner(&rows[child], &rows[at]):
            break
        rows[at], rows[child] = rows[child], rows[at]
        at = child
    return first


cdef int64_t end_of_day(int64_t time) noexcept nogil:
    cdef int64_t rest = time % DAY_NS  # as in C: below zero before 1970
    return time - rest + (0 if rest < 0 else DAY_NS)


cdef int join(List* orders, int32_t order) noexcept nogil:
    cdef int32_t* rows = orders.orders
    if orders.count == orders.room:
        rows = <int32_t*>realloc(rows, (2 * orders.room + 64) * sizeof(int32_t))
        if rows == NULL:
            return -1
        orders.orders = rows
        orders.room = 2 * orders.room + 64
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
