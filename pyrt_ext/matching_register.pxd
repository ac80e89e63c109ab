"""Contract of what a simulated venue keeps and says: markets, orders, answers (``proto/MATCHING.md``).

Whoever has taken all ``answers`` sets ``count`` to 0. ``-1`` means that the run must stop, and ``fault`` says why.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from .accounts.venue cimport Venue, VenueTerms
from .matching_book cimport Market, Order, Orders
from .matching_numbers cimport Grid, i128
from .matching_queue cimport QueueRule
from .rows cimport Rows


cdef union Word:
    int64_t i
    uint64_t u
    double d


cdef struct Record:      # pyrt.types.EVENT
    uint64_t stamp
    int64_t event_time
    uint32_t instrument
    uint8_t kind
    uint8_t side
    uint16_t flags
    Word words[5]


cdef struct Command:     # pyrt.backtest.matching.COMMAND
    int64_t time
    uint64_t client_order_id
    int64_t price
    int64_t qty
    uint32_t instrument
    uint8_t action
    uint8_t side
    uint8_t type
    uint8_t tif
    uint16_t flags
    uint8_t rest[6]
    int64_t trigger
    int64_t trail
    int64_t expiry
    int64_t display
    int64_t unused[6]


cdef struct Answer:
    Record record        # order_update or fill, as the strategy gets it
    int64_t ticks        # of a fill its price, of an update the order's limit
    int64_t lots         # of a fill its own, of an update the order's
    i128 fee             # money


cdef struct Rules:       # of the [simulation] table
    int64_t feed_latency
    int64_t order_latency
    int64_t response_latency
    int64_t jitter
    uint64_t seed
    int64_t quotes       # 1: books are made of quotes
    int64_t orders       # 1: books are made of orders
    int64_t maker_fee    # 10^-8
    int64_t taker_fee
    int64_t recorded     # 1: what happened at the venue did so at its event_time, not feed_latency before it came
    int64_t queue        # place in pyrt.backtest.matching.QUEUES
    double queue_power
    int64_t feed_deviation  # above 0: delays of the feed are normal about feed_latency


cdef struct Fault:
    int kind
    bint of_command
    uint64_t stamp       # of the record, or the command's client order id
    const char* field
    double value
    int64_t number
    int64_t before


cdef class Register:
    cdef Market* markets
    cdef Py_ssize_t market_count
    cdef Orders orders
    cdef Rows deadlines      # a heap of timers, see matching_waiting
    cdef Rules rules
    cdef Venue venue         # None: its fees and delays are the constants of the rules
    cdef VenueTerms* terms   # of it, or NULL
    cdef QueueRule queue_rule
    cdef Answer* answers
    cdef Py_ssize_t count
    cdef Py_ssize_t room
    cdef uint64_t stamp
    cdef Fault fault

    cdef double _ahead(self, int order) noexcept nogil     # lots before one that rests
    cdef int fail(self, int kind, uint64_t stamp, const char* field, int64_t number) noexcept nogil
    cdef int _fee(self, int order, const Answer* fill, bint maker, i128* fee) noexcept nogil
    cdef int _fill(self, int order, int64_t ticks, int64_t lots, bint maker, int64_t time) noexcept nogil
    cdef int _update(self, const Order* order, int reason, int64_t time) noexcept nogil
    cdef Answer* _next_answer(self, const Order* order, uint8_t kind, uint16_t flags, int64_t time) noexcept nogil
    cdef int _steps(
        self, const Record* record, const char* field, double value, const Grid* grid, int64_t* steps
    ) noexcept nogil
