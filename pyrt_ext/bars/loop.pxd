"""Contract of the loop of bars: the clock, and the calls of a strategy. ``proto/BARS.md``."""

cimport cython
from libc.stdint cimport int64_t, uint32_t

from .. cimport abi
from .longer cimport LongBar
from .walk cimport Walker


@cython.final
cdef class Loop(Walker):
    cdef abi.Handler handlers[12]
    cdef const int64_t* clock        # when bars end; of those that have passed the last ones alone need be there
    cdef Py_ssize_t clock_end
    cdef bint more                   # others follow, which are not supplied yet
    cdef object stretch              # what the clock points to
    cdef readonly Py_ssize_t at      # how many of the times have passed
    cdef readonly uint32_t site
    cdef double lowest               # equity so far
    cdef int64_t trade_from          # what happens before is history: orders are off
    cdef int* own_rows               # by slot: of its own bars in the class's periods; -1: they are not shown
    cdef LongBar* longer             # by slot, then row of the period
    cdef Py_ssize_t longer_count
    cdef int64_t calls               # at the present time
    cdef object interrupt            # what the user's signal raised

    cdef int _drive(self, int64_t until, Py_ssize_t count) noexcept nogil
    cdef int64_t _due(self) noexcept nogil
    cdef bint _idle(self) noexcept nogil
    cdef int _sprint(self, Py_ssize_t stop, int64_t until) noexcept nogil
    cdef int _step(self) noexcept nogil
    cdef void _value(self) noexcept nogil
    cdef int _after(self) noexcept nogil
    cdef int _show_bars(self, uint32_t slot, int64_t now) noexcept nogil
    cdef int _show_bar(self, uint32_t slot, const abi.Event* event) noexcept nogil
    cdef int _fire(self) noexcept nogil
    cdef int _deliver(self) noexcept nogil
    cdef int _call(self, int handler, uint32_t slot, const abi.Event* event) noexcept nogil
    cdef int _serve(self, const abi.Event* event) noexcept nogil
    cdef bint _interrupted(self) noexcept nogil
