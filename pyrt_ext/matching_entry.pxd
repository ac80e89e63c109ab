"""Contract of a simulated venue's order entry: commands in, what becomes of stops, and whose time is up."""

from libc.stdint cimport int64_t

from .matching_book cimport Market, Order
from .matching_register cimport Command, Register


cdef class OrderEntry(Register):
    cdef int on_command(self, const Command* command, int64_t time) noexcept nogil
    cdef int expire(self) noexcept nogil          # the first of the deadlines

    cdef int _new_order(self, const Command* command, int64_t time) noexcept nogil
    cdef int _cancel(self, const Command* command, int64_t time) noexcept nogil
    cdef int _modify(self, const Command* command, int64_t time) noexcept nogil
    cdef int _not_live(self, const Command* command, int index, int64_t time) noexcept nogil
    cdef int _enter(self, Market* market, int order, int64_t time) noexcept nogil
    cdef int64_t _available(self, Market* market, int side, int64_t worst, int64_t enough) noexcept nogil
    cdef int _take(self, Market* market, int order, int64_t worst, bint maker, int64_t time) noexcept nogil
    cdef void _refill(self, Market* market, Order* order) noexcept nogil
    cdef int _wait(self, Market* market, int order) noexcept nogil
    cdef int _look_at_stops(
        self, Market* market, const int64_t* prices, const bint* there, int64_t time
    ) noexcept nogil
    cdef int _enter_triggered(self, Market* market, int64_t time) noexcept nogil
