"""Contract of an account on bars: cash, positions, costs, and the fills that change them. ``proto/BARS.md``.

All in float64, in the order of operations that the rules state, so that a slow reference gives equal bits. ``-1`` means
that the run must stop: ``status`` and ``refused`` say why; both are empty if there is no memory.
"""

from libc.math cimport NAN
from libc.stdint cimport int64_t, uint8_t, uint32_t

from .. cimport abi
from ..accounts.account cimport Due, Margin
from ..costs cimport Costs, CostsState, Deal, Tally
from ..rows cimport Rows, push
from .grids cimport Steps

cdef enum Place:             # of a fill on its bar
    AT_OPEN = 0
    INSIDE = 1
    AT_CLOSE = 2


cdef struct Feed:            # the bars of a slot
    const int64_t* time      # their ends
    const double* open
    const double* high
    const double* low
    const double* close
    const double* volume     # NULL: there is none
    const double* units      # what a unit of the first bar has become by splits; NULL: there are none
    Py_ssize_t count
    Py_ssize_t row           # the next one
    int64_t period           # the shortest time between two ends


cdef struct Bar:             # the one on which orders act
    double open
    double high
    double low
    double close
    double volume            # NaN: it is not known
    int64_t start
    int64_t end
    Py_ssize_t row


cdef struct Holding:
    double qty               # signed, exactly 0 when flat
    double cost              # paid for it, negative when short
    double realized          # before fees
    double fees


cdef struct Trade:           # what is to be booked
    int64_t order_id
    double qty
    double price             # the market's
    double limit             # the order's, NaN: it has none
    uint32_t slot
    uint8_t side
    uint8_t action
    uint8_t maker
    bint forced              # a liquidation
    Place place


cdef packed struct FillRow:
    int64_t time
    int64_t row              # of the bar, among its slot's
    int64_t order_id
    double qty
    double price
    double fee
    double position          # after it
    double cash              # after it
    double value             # money
    uint32_t slot
    uint8_t side
    uint8_t place
    uint8_t maker
    uint8_t action           # the order's


cdef enum PaidKind:
    INTEREST = 0
    BORROW = 1
    FUNDING = 2
    DIVIDEND = 3


cdef packed struct PaidRow:  # what was paid (below zero) or got beside fills
    int64_t time             # of the clock
    double amount
    uint32_t slot
    uint32_t kind            # PaidKind


cdef inline int write_paid(Rows* paid, int64_t time, uint32_t slot, PaidKind kind, double amount) noexcept nogil:
    """Write a payment down; -1: no memory."""
    cdef PaidRow* row = <PaidRow*>push(paid)
    if row == NULL:
        return -1
    row.time, row.amount, row.slot, row.kind = time, amount, slot, kind
    return 0


cdef class Account:
    cdef abi.Context* context
    cdef Feed* feeds
    cdef Holding* holdings
    cdef Py_ssize_t slot_count
    cdef double cash
    cdef const Costs* costs
    cdef CostsState* states  # by slot
    cdef Py_ssize_t window   # bars that costs go by, 0: they do not
    cdef bint margined       # an account was given: margin is checked, and what falls due is paid
    cdef Margin margin       # its multiplier is not read
    cdef Due* dues           # by slot
    cdef double* multipliers
    cdef Steps* steps        # by slot
    cdef double* money       # of a unit of a slot at a price of 1, now
    cdef const double* interest  # by time of the clock; NULL: none
    cdef double* equities    # of each time of the clock; NULL without an account
    cdef Rows paid
    cdef Rows fills
    cdef int64_t now
    cdef Bar bar
    cdef readonly uint32_t status
    cdef const char* refused
    cdef object owned        # memory that the context, the feeds and the costs point to

    cdef int book(self, const Trade* trade, Tally* tally) noexcept nogil  # 1: not enough margin, nothing is done
    cdef int pay_interest(self, Py_ssize_t at) noexcept nogil
    cdef int pay_due(self, uint32_t slot, Py_ssize_t row) noexcept nogil   # before a bar
    cdef void split_position(self, uint32_t slot, double split) noexcept nogil
    cdef bint at_risk(self, uint32_t slot) noexcept nogil
    cdef double liquidated_at(self, uint32_t slot) noexcept nogil          # the other positions at their marks
    cdef double most(self) noexcept nogil                             # units that an order may fill on `bar`
    cdef void mark(self, uint32_t slot, double price) noexcept nogil
    cdef double equity(self) noexcept nogil

    cdef _take_account(self, given)
    cdef _supply(self, feeds, given, firsts, Py_ssize_t first_time)
    cdef int _charge(
        self, const Trade* trade, const Tally* tally, Deal* deal, double* price, double* fee
    ) noexcept nogil
    cdef bint _beyond(self, const Trade* trade, double price, double fee) noexcept nogil
    cdef int _pay(self, uint32_t slot, PaidKind kind, double amount) noexcept nogil
    cdef void _show_position(self, uint32_t slot) noexcept nogil
    cdef int _fail(self, uint32_t status, const char* why) noexcept nogil


cdef inline void set_bar(Bar* bar, const Feed* feed, Py_ssize_t row, int64_t start) noexcept nogil:
    bar.open, bar.high, bar.low, bar.close = feed.open[row], feed.high[row], feed.low[row], feed.close[row]
    bar.volume = feed.volume[row] if feed.volume != NULL else NAN
    bar.start, bar.end, bar.row = start, feed.time[row], row
