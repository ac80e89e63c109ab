"""Contract of a desk: what becomes of one strategy's requests, and of the answers to them. ``proto/MATCHING.md`` (The
loop).

The loop in :mod:`loop` calls it without the GIL. ``-1`` means that the run must stop: ``refused`` says why, and is
empty if there is no memory or the money does not fit.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from .. cimport abi
from ..matching cimport Answer, Command, Record
from ..rows cimport Rows
from .orders cimport Live, Orders
from .sight cimport Sight


cdef struct Counts:
    int64_t rounded_prices
    int64_t rounded_quantities
    int64_t not_sent
    int64_t after_the_end


cdef class Desk(Sight):
    cdef Orders orders
    cdef Counts counts
    cdef Rows commands       # of the present call, or of what followed from an answer
    cdef Rows timers
    cdef Rows signals        # of the whole run
    cdef bint closed         # nothing is sent any more

    cdef int on_answer(self, int64_t now, int slot, const Answer* answer) noexcept nogil
    cdef bint refuses(self, const abi.Request* request) noexcept nogil         # why: in `refused`
    cdef int carry_out(self, int64_t now, const Record* event, const abi.Request* request) noexcept nogil
    cdef void drop_waiting(self) noexcept nogil     # orders that wait for a parent are gone
    cdef int pass_by(self, const Record* record) noexcept nogil       # of an instrument that is none of its slots
    cdef int64_t due(self) noexcept nogil           # when its account pays next, LLONG_MAX: never
    cdef int settle(self, int64_t time) noexcept nogil                # that time has come

    cdef bint _fill(self, Py_ssize_t place, int64_t lots) noexcept nogil
    cdef int _after_fill(self, int64_t now, int slot, int64_t group, int64_t id) noexcept nogil
    cdef int _after_end(self, int64_t now, const Live* ended) noexcept nogil
    cdef void _show_orders(self, int slot) noexcept nogil
    cdef void _take_out(self, Py_ssize_t place) noexcept nogil
    cdef int _withdraw(self, int64_t now, Py_ssize_t place) noexcept nogil
    cdef int _cancel(self, int64_t now, Py_ssize_t place) noexcept nogil
    cdef void _change(self, Py_ssize_t place, const Answer* answer) noexcept nogil
    cdef int _modify(self, int64_t now, Py_ssize_t place, const abi.Request* request) noexcept nogil
    cdef int64_t _most(self, Py_ssize_t place, int64_t lots) noexcept nogil
    cdef int _order(self, int64_t now, const abi.Request* request) noexcept nogil
    cdef void _word(self, const abi.Request* request, abi.OrderView* view, Command* command) noexcept nogil
    cdef int _send(self, int64_t now, Py_ssize_t place, int64_t lots) noexcept nogil
    cdef int64_t _on_its_way(self, uint32_t slot, uint8_t side, int64_t own_group, bint exits) noexcept nogil
