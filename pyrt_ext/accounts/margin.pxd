"""Contract of an account on events: margin, financing and currency in 128-bit money. ``proto/ACCOUNT.md`` is the
specification; the engine's ``position/margin`` does the same to the same bits.

It is a ledger in the account's currency that knows neither orders nor markets: a host tells it of fills, of what
positions are worth, of time and of payments that are due (:mod:`pyrt_ext.replay.keeper`). All calls are without the
GIL. ``-1``: there is no memory, or the money does not fit into 128 bits.
"""

from libc.stdint cimport int64_t, uint32_t

from ..matching_numbers cimport Contract, Grid, i128
from ..matching_register cimport Record
from ..rows cimport Rows
from .series cimport Series


cdef extern from "accounts/shares.h" nogil:
    int part_of "pyrt_amount_part"(i128 amount, int64_t by, int64_t of, i128* part)
    int times "pyrt_amount_times"(i128 unit, int64_t lots, i128* product)
    i128 size_of "pyrt_amount_size"(i128 amount)
    i128 minus "pyrt_amount_minus"(i128 a, i128 b)
    int split_lots "pyrt_split_lots"(int64_t lots, int64_t fresh, int64_t old, Shares* made)
    int64_t split_ticks "pyrt_split_ticks"(int64_t ticks, int64_t fresh, int64_t old, int way)

    ctypedef struct Shares "pyrt_shares":
        int64_t kept
        int64_t rest
        int64_t whole


cdef enum:                   # kinds of payments
    INTEREST = 0
    BORROW = 1
    FUNDING = 2
    DIVIDEND = 3
    LIQUIDATION = 4
    FRACTION = 5


cdef enum:                   # whether orders of a slot are refused for a split
    OPEN = 0
    BEFORE_SPLIT = 1
    AFTER_SPLIT = 2          # until the book has new prices


cdef struct Due:             # what is paid on a position at a time
    int64_t time
    int64_t slot
    int64_t kind             # FUNDING or DIVIDEND
    int64_t value            # 10^-12: of the position's value, or of money a unit


cdef struct Moment:          # of a split
    int64_t time
    int64_t slot
    int64_t fresh            # lots that stand for `old` ones; 0: it is not yet, and trading halts
    int64_t old


cdef struct Conversion:      # what a unit of a currency is worth: mantissa / scale, or scale / mantissa
    Series series            # empty: it is an instrument's price
    Grid tick                # of that instrument
    int64_t tick_scale
    int64_t instrument       # its row, -1: none
    int64_t mantissa         # 0: not known yet
    int64_t scale
    Py_ssize_t at            # the series' next row
    bint inverse
    bint traded


cdef struct Stand:           # a slot; money is in the account's currency but where it is said
    Contract contract        # what its lots are worth, in the currency that it settles in
    i128 lot                 # money of one lot at a price of 1, in the quote currency
    i128 notional            # the position at its mark, in the quote currency
    i128 value               # the same, converted
    i128 cost
    i128 realized
    i128 fees
    i128 paid
    int64_t lots
    Series borrow
    int conversion           # its place, -1: none
    int halted               # OPEN, BEFORE_SPLIT, AFTER_SPLIT
    uint32_t instrument      # row of the table


cdef struct Paid:            # a payment; above zero the account got it
    int64_t time
    uint32_t instrument
    uint32_t kind
    i128 amount


cdef struct Point:           # of the equity's course
    int64_t time
    int64_t rest             # of 16 bytes
    i128 equity


cdef class MarginAccount:
    cdef i128 cash
    cdef i128 realized
    cdef i128 fees
    cdef i128 paid
    cdef i128 held           # values of all positions
    cdef i128 gross          # their sizes
    cdef Py_ssize_t open     # slots with a position
    cdef Stand* stands
    cdef Py_ssize_t stand_count
    cdef Conversion* conversions
    cdef Py_ssize_t conversion_count
    cdef bint priced         # a conversion is an instrument's price
    cdef Due* dues           # sorted by time
    cdef Py_ssize_t due_count
    cdef Py_ssize_t due_at
    cdef Moment* moments     # sorted by time
    cdef Py_ssize_t moment_count
    cdef Py_ssize_t moment_at
    cdef Series interest
    cdef bint daily          # there is interest, or borrow
    cdef int64_t leverage    # 10^-8
    cdef int64_t maintenance  # 10^-8, below zero: nobody is liquidated
    cdef int64_t liquidation_fee  # 10^-8
    cdef int64_t taker_fee   # 10^-8, at least 0
    cdef int64_t next_due
    cdef int64_t day         # when the present day ends, if something is paid then
    cdef int64_t wake        # before this time nothing passes
    cdef int64_t point       # the next one of the course
    cdef int64_t point_step
    cdef int64_t point_end
    cdef bint liquidating
    cdef bint attempted      # orders to close were sent in this liquidation
    cdef int64_t closing     # of those, which have not ended
    cdef int64_t closed      # ids that they took
    cdef int64_t liquidations
    cdef int64_t refusals
    cdef Rows payments
    cdef Rows course
    cdef object owner        # of the memory that series point to

    cdef bint knows(self, int slot) noexcept nogil             # whether its currency has a rate
    cdef int convert(self, int slot, i128 amount, i128* converted) noexcept nogil   # 1: it does not fit
    cdef double rate(self, int slot) noexcept nogil
    cdef int pass_to(self, int64_t now) noexcept nogil         # 1: a rate has changed
    cdef int hear(self, const Record* record) noexcept nogil   # 1: a rate has changed
    cdef int book(self, int slot, int side, int64_t ticks, int64_t lots, i128 fee) noexcept nogil
    cdef int revalue(self, int slot, i128 notional) noexcept nogil   # a position is worth this
    cdef int charge(self, int64_t time, int slot, i128 notional) noexcept nogil      # for a liquidation
    cdef int settle(self, int64_t time) noexcept nogil         # what is due
    cdef void plan(self, int64_t now) noexcept nogil           # when something is due next
    cdef i128 equity(self) noexcept nogil
    cdef bint distressed(self) noexcept nogil                  # below the maintenance margin

    cdef int _split(self, const Moment* moment) noexcept nogil
    cdef int _note_paid(self, int64_t time, int slot, int kind, i128 amount) noexcept nogil
    cdef int _pay(self, int64_t time, int slot, int kind, i128 amount) noexcept nogil
    cdef int _change_rates(self, Py_ssize_t place) noexcept nogil
    cdef void _set_wake(self) noexcept nogil
