"""Contract of a run: one account's strategies over recorded events, a stretch at a time."""

cimport cython
from libc.stdint cimport int64_t

from ..matching_numbers cimport i128
from ..matching_run cimport Timeline
from ..rows cimport Rows
from .player cimport Log, Player

cdef enum:
    ENDED = 0                # nothing will happen any more
    PAUSED = 1               # the time, or the number of records, has come
    HUNGRY = 2               # the next records are needed
    STOPPED = -1             # by a strategy, or by data that cannot be; a number that is returned in Python


@cython.final
cdef class Replay:
    cdef readonly Timeline timeline
    cdef readonly tuple players
    cdef readonly Player first
    cdef Log log
    cdef Rows equity         # of the account, after each fill
    cdef i128 idle           # money that is no strategy's
    cdef bint kept           # accounts are looked after: they pay at times
    cdef readonly int64_t end
    cdef readonly int64_t passed     # records that reached the strategies
    cdef readonly int64_t reached    # a time: what was due by then has happened

    cdef int _drive(self, int64_t until, int64_t records) noexcept nogil
    cdef int _on_answer(self) noexcept nogil
    cdef int64_t _due(self) noexcept nogil
