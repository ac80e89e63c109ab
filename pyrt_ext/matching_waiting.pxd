"""Contract of what waits at a simulated venue: stops for their triggers, orders for the end of their time."""

from libc.stdint cimport int32_t, int64_t

from .matching_book cimport List, Market, Order, Orders


cdef struct Deadline:
    int64_t time
    int32_t order


cdef struct Deadlines:   # a heap by (time, arrival); an order that ended before its time stays in it
    Deadline* rows
    Py_ssize_t count
    Py_ssize_t room


cdef inline int64_t next_deadline(const Deadlines* heap, int64_t never) noexcept nogil:
    return heap.rows[0].time if heap.count else never


# What returns int is -1 if there is no memory.
cdef int add_deadline(Deadlines* heap, int64_t time, int32_t order) noexcept nogil
cdef int32_t take_deadline(Deadlines* heap) noexcept nogil                      # the first one's order
cdef int64_t end_of_day(int64_t time) noexcept nogil

cdef int join(List* orders, int32_t order) noexcept nogil
cdef void leave(List* orders, int32_t order) noexcept nogil

cdef void follow(Order* order, int64_t price) noexcept nogil                    # a trailing stop's trigger
cdef bint reached(const Order* order, int64_t price) noexcept nogil
cdef void take_off(Market* market, Orders* orders, int32_t order) noexcept nogil  # from where it lives
