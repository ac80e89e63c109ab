"""Contract of a player: one strategy of a run, with those behind it.

What happens is told to a chain of players, each of which passes it on: strategies of one account come in the order in
which they were given, and what one asks for is sent before the next is told.
"""

cimport cython
from libc.stdint cimport int64_t, uint64_t

from ..matching cimport Answer, Record
from ..matching_numbers cimport i128
from ..matching_run cimport Timeline
from ..rows cimport Rows
from .calls cimport Caller


@cython.final
cdef class Log:              # what all players asked for and were told, in its order
    cdef Rows commands
    cdef Rows answers


@cython.final
cdef class Player(Caller):
    cdef readonly Player next
    cdef Timeline timeline
    cdef Log log
    cdef Rows equity         # after each own fill
    cdef int64_t trade_from
    cdef int64_t calls       # at one time, without a record of the market

    cdef uint64_t deaf(self) noexcept nogil                          # kinds of records of which it is not told, by bit
    cdef int pass_over(self, Py_ssize_t begin, Py_ssize_t end) noexcept nogil        # of the timeline's records
    cdef int on_record(self, const Record* record) noexcept nogil
    cdef int on_answer(self, const Answer* answer) noexcept nogil    # its player's alone
    cdef int on_timer(self, int64_t time) noexcept nogil             # the first player's that has one due
    cdef int64_t first_timer(self) noexcept nogil                    # LLONG_MAX: none before the end
    cdef int worth(self, i128* total) noexcept nogil                 # of all, added

    cdef int _send(self) noexcept nogil
    cdef void _set_clock(self, int64_t time) noexcept nogil
    cdef int _pass_to(self, int64_t time) noexcept nogil
