"""Contract of the live orders on bars, and of what fills do to them. ``proto/BARS.md``."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from .. cimport abi
from ..costs cimport Tally
from ..rows cimport Rows
from .account cimport Account, Place

cdef enum Stage:
    DEAD = 0                 # has ended; its place is taken by the next ones after the walk
    WAITS = 1                # for its parent
    SENT = 2                 # is not in the market yet, or enters anew
    STOPPED = 3              # a stop that has not been triggered
    RESTS = 4                # a limit order in the book

cdef enum:                   # reasons beyond those of matching_codes
    TRIGGERED = 12
    BAD_TRIGGER = 13
    MODIFIED = 14
    BAD_EXPIRY = 15
    TIME_UP = 16
    GROUP_FILLED = 17
    PARENT_ENDED = 18
    NOTHING_TO_REDUCE = 19
    NO_MARGIN = 20
    LIQUIDATED = 21

cdef enum:
    IOC = 1                  # tif
    FOK = 2
    GTD = 3
    DAY = 4
    LIVES = 255              # status of a row of the table: it has not ended


cdef struct Live:            # an order; its view for the strategy lies at the same place
    int64_t id
    int64_t group            # whose first fill cancels the others, 0: none
    int64_t parent
    int64_t since            # it acts on bars that begin then or later
    int64_t expiry
    Py_ssize_t row           # in the table of orders
    double qty
    double filled
    double price
    double trigger
    double trail
    double extreme           # the best price since a trailing stop arrived
    Tally tally              # of its fills
    uint32_t slot
    uint32_t flags
    uint8_t action
    uint8_t side
    uint8_t tif
    uint8_t stage
    bint accepted            # *new* has been said


cdef packed struct OrderRow:  # of the result: as it was asked for, and how it ended
    int64_t id
    int64_t time
    int64_t ended            # when it was filled or ended otherwise; -1: it lives
    int64_t tag
    double qty
    double price
    double trigger
    double filled
    uint32_t slot
    uint8_t action
    uint8_t side
    uint8_t tif
    uint8_t status
    uint16_t reason
    uint16_t flags
    uint32_t changes


cdef struct Answer:
    abi.Event event
    uint32_t slot


cdef struct Counts:
    int64_t not_sent
    int64_t too_late         # changes of orders that were gone
    int64_t cut              # fills that the volume of their bar has cut
    int64_t liquidated       # positions
    int64_t rounded          # numbers of requests that were beside their grid


cdef class Orders(Account):
    cdef int64_t* lives      # how many live orders a slot has
    cdef Live* live          # by id
    cdef abi.OrderView* views
    cdef Py_ssize_t live_count
    cdef Py_ssize_t live_room
    cdef Rows rows           # a row an order, of the whole run
    cdef Rows answers        # of the present time, not delivered yet
    cdef bint tells          # there is a handler of answers
    cdef Counts counts
    cdef Place place         # where on `bar` orders are; AT_CLOSE: they are between bars
    cdef bint emptied        # an order has died

    cdef int fill(self, Live* order, double price, bint maker) noexcept nogil
    cdef int end(self, Live* order, uint8_t status, uint16_t reason) noexcept nogil
    cdef int liquidate(self, uint32_t slot, double price) noexcept nogil
    cdef void split(self, uint32_t slot, double ratio) noexcept nogil
    cdef int tell(self, const Live* order, uint8_t status, uint16_t reason) noexcept nogil
    cdef void show_order(self, Live* order, uint8_t status) noexcept nogil
    cdef void show_working(self, uint32_t slot) noexcept nogil
    cdef void bury(self) noexcept nogil                     # the dead orders
    cdef Live* find(self, int64_t id) noexcept nogil        # NULL: it does not live
    cdef Live* new_live(self) noexcept nogil
    cdef double on_its_way(self, uint32_t slot, uint8_t side, int64_t own_group, bint exits) noexcept nogil

    cdef int _close(self, Live* order, uint8_t status, uint16_t reason) noexcept nogil
    cdef int _release(self, const Live* order) noexcept nogil
    cdef int _settle_others(self, const Live* order) noexcept nogil
    cdef Answer* _answer(self, const Live* order, uint8_t kind, uint16_t flags) noexcept nogil


cdef inline bint is_exit(const Live* order) noexcept nogil:
    """Whether it reduces only and can rest: such an order ends with the position."""
    return order.flags & abi.REDUCE_ONLY and order.action != abi.MARKET and order.tif != IOC and order.tif != FOK
