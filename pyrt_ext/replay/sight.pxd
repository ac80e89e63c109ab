"""Contract of a sight: what one strategy sees of the market and of its account. ``proto/MATCHING.md`` (The loop).

It is called without the GIL. ``-1`` means that the run must stop: ``refused`` says why, and is empty if there is no
memory or the money does not fit.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from .. cimport abi
from ..matching cimport Record
from ..matching_changes cimport Ring
from ..matching_ladder cimport Ladder
from ..matching_ledger cimport Holding, Ledger
from ..matching_numbers cimport Contract, Grid, i128, to_steps
from ..orders.book cimport OrderBook
from .bars cimport Makers


cdef struct Market:          # a slot's instrument
    Grid tick
    Grid lot
    Contract contract
    Ladder sides[2]
    bint in_snapshot
    bint traded              # `last` is of a trade
    bint unshown             # its book has changed since the slot showed it
    bint unmarked            # its position's value has
    double last              # price: its ticks are asked for when a position is valued
    int64_t lots             # held
    int64_t working[2]       # lots left of own live buys and sells that were sent
    i128 value               # the position at its mark


cdef class Sight:
    cdef abi.Context* context
    cdef Market* markets
    cdef Py_ssize_t slot_count
    cdef int32_t* slots      # of the instruments table's rows, -1: not the strategy's
    cdef Py_ssize_t row_count
    cdef Makers bars
    cdef Ledger ledger
    cdef bint deltas
    cdef OrderBook* books    # by slot, where the book is made of orders; else NULL
    cdef uint32_t depth
    cdef uint64_t id_base    # strategy and run
    cdef uint64_t blind      # handlers that need not be shown anything, by bit
    cdef bint stale          # a slot's book is unshown
    cdef const char* refused
    cdef object owned        # memory that the context points to

    cdef int observe(self, int slot, const Record* record) noexcept nogil   # a handler's place, -2: none, -1
    cdef Py_ssize_t pass_over(
        self, const Record* records, const Ring* ring, Py_ssize_t begin, Py_ssize_t end
    ) noexcept nogil                                # where it ended: before the end if one cannot be
    cdef void show(self) noexcept nogil             # what has changed, before somebody looks
    cdef void forget_market(self) noexcept nogil    # all but the last trade and the bars
    cdef int ended(self, int64_t time, abi.Event* bar) noexcept nogil       # 1: `bar` has ended and is in its series
    cdef i128 equity(self) noexcept nogil

    cdef int _on_order(self, int slot, const Record* record) noexcept nogil
    cdef void _show_book(self, int slot) noexcept nogil
    cdef int _show_position(self, int slot) noexcept nogil
    cdef int _mark(self, int slot) noexcept nogil
    cdef int _revalue(self, int slot, Holding* holding) noexcept nogil
    cdef void _show_mark(self, int slot) noexcept nogil
    cdef void _show_account(self) noexcept nogil


cdef inline int64_t last_ticks(const Market* market) noexcept nogil:
    """Of the last trade, which a simulated venue has found on the grid."""
    cdef int64_t ticks = 0
    to_steps(market.last, &market.tick, &ticks)
    return ticks


cdef inline int slot_of(Sight sight, const Record* record) noexcept nogil:
    """The slot of a record's instrument; -1: it is none of the strategy's."""
    return sight.slots[record.instrument] if record.instrument < <uint32_t>sight.row_count else -1
