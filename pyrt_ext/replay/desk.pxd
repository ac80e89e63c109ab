"""Contract of a desk: what one strategy sees, and what becomes of its requests. ``proto/MATCHING.md`` (The loop).

The loop in :mod:`loop` calls it without the GIL. ``-1`` means that the run must stop: ``refused`` says why, and is
empty if there is no memory or the money does not fit.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from .. cimport abi
from ..matching cimport Answer, Command, Record
from ..matching_book cimport Ladder
from ..matching_ledger cimport Holding, Ledger
from ..matching_numbers cimport Grid, i128
from .bars cimport Maker, Makers, end_bar, join_bars
from .requests cimport average, less, money, put_on, refusal


cdef struct Rows:            # records of one size that grow
    char* data
    Py_ssize_t count
    Py_ssize_t room
    Py_ssize_t size


cdef struct Market:          # a slot's instrument
    Grid tick
    Grid lot
    i128 unit
    Ladder sides[2]
    bint in_snapshot
    bint traded              # `last` is of a trade
    int64_t last             # ticks
    int64_t lots             # held
    int64_t working[2]       # lots left of own live buys and sells
    i128 value               # the position at its mark


cdef struct Live:            # beside its view, at the same place
    int64_t lots
    int64_t filled
    bint canceling


cdef struct Timer:
    int64_t time
    int64_t id
    int64_t tag
    uint32_t slot


cdef struct Counts:
    int64_t rounded_prices
    int64_t rounded_quantities
    int64_t not_sent
    int64_t after_the_end


cdef class Desk:
    cdef abi.Context* context
    cdef Market* markets
    cdef Py_ssize_t slot_count
    cdef int32_t* slots      # of the instruments table's rows, -1: not the strategy's
    cdef Py_ssize_t row_count
    cdef Live* live
    cdef abi.OrderView* views
    cdef Py_ssize_t order_count
    cdef Py_ssize_t order_room
    cdef Makers bars
    cdef Ledger ledger
    cdef bint deltas
    cdef uint32_t depth
    cdef uint64_t id_base    # strategy and run
    cdef Counts counts
    cdef const char* refused
    cdef Rows commands       # of the present call
    cdef Rows timers
    cdef Rows signals        # of the whole run
    cdef object owned        # memory that the context points to

    cdef int observe(self, int slot, const Record* record) noexcept nogil   # a handler's place, -2: none, -1
    cdef void forget_market(self) noexcept nogil    # all but the last trade and the bars
    cdef int ended(self, int64_t time, abi.Event* bar) noexcept nogil       # 1: `bar` has ended and is in its series
    cdef int on_answer(self, int slot, const Answer* answer) noexcept nogil
    cdef bint refuses(self, const abi.Request* request) noexcept nogil         # why: in `refused`
    cdef int carry_out(self, int64_t now, const Record* event, const abi.Request* request) noexcept nogil

    cdef int _on_delta(self, int slot, const Record* record) noexcept nogil
    cdef void _show_book(self, int slot) noexcept nogil
    cdef int _show_position(self, int slot) noexcept nogil
    cdef int _mark(self, int slot) noexcept nogil
    cdef int _revalue(self, int slot, Holding* holding) noexcept nogil
    cdef void _show_account(self) noexcept nogil
    cdef void _show_orders(self, int slot) noexcept nogil
    cdef Py_ssize_t _find(self, int64_t id) noexcept nogil
    cdef void _remove(self, Py_ssize_t place) noexcept nogil
    cdef int _order(self, int64_t now, const abi.Request* request) noexcept nogil
    cdef int _remember(
        self, int64_t now, const abi.Request* request, uint8_t side, int64_t ticks, int64_t lots
    ) noexcept nogil
    cdef int _cancel(self, int64_t now, Py_ssize_t place) noexcept nogil
    cdef i128 equity(self) noexcept nogil


cdef void* push(Rows* rows) noexcept nogil  # room for one more, NULL: no memory
