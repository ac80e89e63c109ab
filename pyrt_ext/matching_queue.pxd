"""How far an order is from the front of its queue: contract of ``matching_queue.h``, for each model of the queue."""

from libc.stdint cimport int64_t

from .matching_book cimport Market, Order, Orders, Queue, first_entry
from .matching_numbers cimport to_double


cdef extern from "matching_queue.h" nogil:
    ctypedef struct QueueRule "pyrt_queue_rule":
        int64_t model
        double power
    enum:
        RISK_AVERSE "PYRT_RISK_AVERSE"
    double front_after "pyrt_front"(
        const QueueRule* rule, double front, int64_t before, int64_t size, int64_t traded, double lot
    )
    int64_t beyond "pyrt_beyond"(double front)


cdef inline void stand_behind(Order* order, int64_t lots) noexcept nogil:
    """An order joins a queue behind so many lots."""
    order.ahead, order.front, order.traded = lots, <double>lots, 0


cdef inline int64_t reached_by(const QueueRule* rule, Order* order, int64_t lots, int64_t reach) noexcept nogil:
    """What a trade of `lots` at an order's price has for it, `reach` of them not being those of our other orders."""
    cdef int64_t amount
    if rule.model == RISK_AVERSE:
        amount = max(0, reach - order.ahead)
        order.ahead = max(0, order.ahead - reach)
        return amount
    order.front -= <double>reach
    order.traded += lots
    amount = beyond(order.front)
    if amount > 0:
        order.front = 0.0
    return min(amount, reach)


cdef inline void level_changes(
    const QueueRule* rule, Market* market, Orders* orders, int side, int64_t rank, int64_t before, int64_t size
) noexcept nogil:
    """A level of `before` lots has `size` now: our orders of its rank move up, if the model says so."""
    cdef Queue* queue = &market.queues[side]
    cdef Order* order
    cdef double lot
    cdef Py_ssize_t place
    if queue.count == 0 or rank > queue.entries[queue.count - 1].rank:
        return
    place = first_entry(queue, rank)
    if queue.entries[place].rank != rank:
        return
    lot = to_double(1, &market.lot)
    while place < queue.count and queue.entries[place].rank == rank:
        order = &orders.orders[queue.entries[place].order]
        if rule.model == RISK_AVERSE:
            order.ahead = min(order.ahead, size)
        else:
            order.front, order.traded = front_after(rule, order.front, before, size, order.traded, lot), 0
        place += 1


cdef inline void nobody_ahead(Order* order) noexcept nogil:
    """What is displayed lies behind an order: at most its fraction of a lot is left before it."""
    order.ahead, order.traded = 0, 0
    order.front = min(order.front, 0.0)
