"""Contract of what waits at a simulated venue: stops for their triggers, orders for the end of their time."""

from libc.stdint cimport int32_t, int64_t

from .matching_book cimport List, Market, Order, Orders
from .rows cimport Rows


# What returns int is -1 if there is no memory.
# Deadlines are timers, by arrival of one time: an id is an order's place. One that ended before its time stays there.
cdef int add_deadline(Rows* deadlines, int64_t time, int32_t order) noexcept nogil
cdef int64_t end_of_day(int64_t time) noexcept nogil

cdef int join(List* orders, int32_t order) noexcept nogil
cdef void leave(List* orders, int32_t order) noexcept nogil

cdef void follow(Order* order, int64_t price) noexcept nogil                    # a trailing stop's trigger
cdef bint reached(const Order* order, int64_t price) noexcept nogil
cdef void take_off(Market* market, Orders* orders, int32_t order) noexcept nogil  # from where it lives
