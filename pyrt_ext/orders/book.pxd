"""Contract of a book of orders: each by its id, first come first served at its price.

``proto/SHM_LAYOUT.md`` (order records) says what a record does. Prices are ranks, as a simulated venue has them: the
higher, the better on its side. Lines lie sorted by rank, the best last; the orders of a line are a list from the first
to the last.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from ..matching_ladder cimport Ladder
from ..matching_numbers cimport Grid
from ..matching_register cimport Record


cdef struct Resting:
    uint64_t low            # of its id
    uint64_t high
    int64_t lots
    int64_t rank
    int64_t joined          # counts up with each that comes to the back of a line
    int64_t taken           # lots that a user of the book has taken of it; the book forgets them when it joins anew
    Py_ssize_t before       # in its line, -1: it is the first
    Py_ssize_t behind       # -1: the last; of a free one the next free one
    uint8_t side            # 0 bids, 1 asks


cdef struct Line:
    int64_t rank
    int64_t lots
    Py_ssize_t first
    Py_ssize_t last


cdef struct Lines:
    Line* lines
    Py_ssize_t count
    Py_ssize_t room


cdef struct OrderBook:
    Lines sides[2]
    Resting* orders
    Py_ssize_t order_count  # places in use or free
    Py_ssize_t order_room
    Py_ssize_t free_one     # -1: none
    Py_ssize_t live
    Py_ssize_t* slots       # open addressing: a place in orders plus 1, or 0
    Py_ssize_t slot_count
    int64_t joins           # so many have joined a line
    bint in_snapshot        # the last record was part of one


cdef enum Contradiction:    # what cannot be; 0 is nothing
    UNKNOWN = 1
    KNOWN = 2
    OFF_THE_GRID = 3        # or no size of an order
    TOO_MUCH = 4
    NO_ACTION = 5
    NO_ROOM = 6             # out of memory


cdef struct Told:           # what a record said
    bint emptied            # all that was there is gone before
    int side
    int64_t was_rank        # the order as it was
    int64_t was_lots        # 0: it came
    int64_t was_left        # less what was taken
    int64_t was_joined
    int64_t rank            # as it is
    int64_t lots            # 0: it is gone
    int64_t executed        # lots of it
    int64_t price           # ticks of an execution


# What returns int is -1 if there is no memory, and so is a contradiction: the book is as it was then.
cdef int open_book(OrderBook* book) noexcept nogil
cdef void close_book(OrderBook* book) noexcept nogil
cdef void empty_book(OrderBook* book) noexcept nogil    # all orders are gone
cdef Contradiction tell(
    OrderBook* book, const Record* record, const Grid* tick, const Grid* lot, Told* told
) noexcept nogil
cdef Py_ssize_t find_line(const OrderBook* book, int side, int64_t rank) noexcept nogil     # -1: there is none


cdef inline int64_t lots_at(const OrderBook* book, int side, int64_t rank) noexcept nogil:
    cdef Py_ssize_t place = find_line(book, side, rank)
    return book.sides[side].lines[place].lots if place >= 0 else 0


cdef inline int64_t left_of(const Resting* order) noexcept nogil:
    """What is there of it."""
    return max(0, order.lots - order.taken)


cdef int mirror(const OrderBook* book, const Told* told, Ladder* sides) noexcept nogil  # what was told, in levels
