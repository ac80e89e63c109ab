"""Contract of a ledger: positions by strategy and instrument, and the account they draw on, in 128-bit money.

``proto/MATCHING.md`` (Fees and money) is the specification. A loop in Cython calls :meth:`Ledger.book` with the
integers of a fill's ``Answer``.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t

from .matching_numbers cimport Contract, i128


cdef struct Holding:
    int64_t lots       # above zero long, below zero short
    i128 cost          # notional paid for them, below zero if it was received
    i128 realized      # of what was closed, before fees
    i128 fees


cdef struct Row:
    int32_t strategy
    int32_t instrument
    Holding holding


@cython.final
cdef class Ledger:
    cdef i128 cash
    cdef i128 realized
    cdef i128 fees
    cdef Contract* contracts  # what lots are worth, by instrument
    cdef Py_ssize_t contract_count
    cdef Row* rows     # in the order in which they were first traded
    cdef Py_ssize_t row_count
    cdef Py_ssize_t room

    # 0, or -1 with nothing changed: the instrument is not in the table, the money does not fit, there is no memory.
    cdef int book(
        self, int strategy, int64_t instrument, int side, int64_t ticks, int64_t lots, i128 fee
    ) noexcept nogil
    cdef Holding* find(self, int strategy, int64_t instrument) noexcept nogil  # NULL: never traded
