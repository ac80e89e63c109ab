"""Contract of the path that prices take through a bar, and of the orders along it. ``proto/BARS.md``."""

from libc.stdint cimport int64_t, uint32_t

from .desk cimport Desk
from .orders cimport Live


cdef class Walker(Desk):
    cdef int walk(self, uint32_t slot) noexcept nogil       # all orders of a slot along `bar`, which is set

    cdef int _open(self, uint32_t slot) noexcept nogil
    cdef bint _lost(self, uint32_t slot, double price, double end, const Live* order, double* at) noexcept nogil
    cdef bint _ends(self, const Live* order) noexcept nogil
    cdef int _arrive(self, Live* order, double price) noexcept nogil
    cdef int _enter(self, Live* order, double price) noexcept nogil
    cdef int _reach(self, Live* order, double price) noexcept nogil
    cdef int _leg(self, uint32_t slot, double* price, double end) noexcept nogil
    cdef bint _goes_down(self, uint32_t slot, double price) noexcept nogil
    cdef Live* _first(self, uint32_t slot, double price, double end) noexcept nogil
    cdef void _trail(self, uint32_t slot, double price) noexcept nogil
    cdef int _born(self, uint32_t slot, double price) noexcept nogil
