"""Contract of a desk on bars: what becomes of requests. ``proto/BARS.md``."""

from libc.stdint cimport int64_t, uint8_t

from .. cimport abi
from ..rows cimport Rows
from .orders cimport Live, Orders


cdef class Desk(Orders):
    cdef Rows signals
    cdef Rows timers         # a heap
    cdef int64_t timers_made
    cdef int64_t last_id
    cdef bint at_close       # market orders fill at the close of the bar that asked

    cdef bint refuses(self, const abi.Request* request) noexcept nogil
    cdef int carry_out(self, const abi.Request* request, const abi.Event* event) noexcept nogil
    cdef int fill_at_close(self) noexcept nogil

    cdef int _order(self, const abi.Request* request) noexcept nogil
    cdef double _sized(self, const abi.Request* request, uint8_t* side) noexcept nogil
    cdef int _remember(self, const abi.Request* request, uint8_t side, double qty, bint waits) noexcept nogil
    cdef double _price(self, const Live* order, double price) noexcept nogil
    cdef double _trigger(self, const Live* order, double trigger) noexcept nogil
    cdef int _modify(self, const abi.Request* request) noexcept nogil
    cdef int _add_timer(self, const abi.Request* request) noexcept nogil
