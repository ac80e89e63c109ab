"""Contract of a caller: a strategy's handlers, its timers, and the calls that a host makes.

Hosts derive from it: :mod:`loop` plays recorded events at a simulated venue, :mod:`told` what a session's strategy was
told. ``-1`` means that the strategy must be stopped: ``status`` and :meth:`why` say why, or an error is raised.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from .. cimport abi
from ..matching cimport Record
from ..rows cimport Rows
from .desk cimport Desk


cdef class Caller:
    cdef readonly Desk desk
    cdef abi.Handler handlers[12]
    cdef Rows timers         # a heap by (time, id)
    cdef int64_t timers_made
    cdef int64_t timers_from  # what was due before is due then
    cdef int64_t end         # requests that are made later are dropped
    cdef bint orders_off     # requests but signals and timers are dropped
    cdef bint warming_up     # as the strategy sees it
    cdef object interrupt    # what the user's signal raised
    cdef readonly uint32_t status
    cdef readonly uint32_t site
    cdef readonly int64_t now
    cdef readonly uint64_t stamp

    cdef void seat(self, Desk desk, const uint64_t[::1] table)
    cdef int call(self, int handler, uint32_t slot, const Record* event) noexcept nogil
    cdef int tell(self, int slot, const Record* record) noexcept nogil   # what happened in the market of a slot
    cdef int serve(self, const Record* event) noexcept nogil   # the requests in the context
    cdef int close_bars(self, int64_t time) noexcept nogil
    cdef int fire(self) noexcept nogil                    # the first timer; `now` is its time or later
    cdef bint due(self, int64_t time) noexcept nogil      # whether there is one by then
    cdef bint interrupted(self) noexcept nogil
    cdef raise_interrupt(self)
    cdef int stop(self, uint32_t status, const char* why) noexcept nogil

    cdef bint _refuses(self, const abi.Request* requests, uint32_t count) noexcept nogil
