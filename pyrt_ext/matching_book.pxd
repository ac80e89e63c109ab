"""Contract of what a simulated venue keeps: the book, our orders, and the queues in which they rest.

Prices lie here as *ranks* (``matching_ladder.pxd``). Queues are sorted by rank, the best last: what changes most moves
least.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from .matching_ladder cimport NO_RANK, Ladder
from .matching_numbers cimport Contract, Grid


cdef struct Order:
    uint64_t id
    int64_t price     # ticks, 0 without a limit
    int64_t qty       # lots
    int64_t filled
    int64_t ahead     # lots before it, while it rests
    int64_t traded    # lots at its price since its level last changed } of the models
    double front      # lots before it, parts of one too                } that estimate
    int64_t display   # lots that an iceberg shows at a time; 0 of others
    int64_t shown     # lots that it shows now
    int64_t trigger   # ticks, of a stop; a trailing one's moves
    int64_t trail     # ticks
    uint32_t instrument
    uint8_t side      # 1 buy, 2 sell, 0 of an order never seen
    uint8_t status
    uint8_t type
    uint8_t tif
    uint8_t phase
    bint post_only
    bint anchored     # a trailing stop has a trigger


cdef struct Orders:   # of the whole run, in the order of their arrival, found by id
    Order* orders
    Py_ssize_t count
    Py_ssize_t room
    int32_t* slots    # open addressing: a place in orders, or -1
    Py_ssize_t slot_count


cdef struct Entry:
    int64_t rank
    int32_t order


cdef struct Queue:    # our orders of one side of one instrument that rest; the earlier of a rank is nearer to the end
    Entry* entries
    Py_ssize_t count
    Py_ssize_t room


cdef struct List:        # orders of one instrument, by what brought them here
    int32_t* orders
    Py_ssize_t count
    Py_ssize_t room


cdef enum Phase:
    OVER = 0             # it has ended, or never began
    RESTING = 1          # in a queue
    WAITING = 2          # for its trigger
    TRIGGERED_PHASE = 3  # for the book


cdef struct Market:      # one instrument; sides are 0 for bids and buys, 1 for asks and sells
    Grid tick
    Grid lot
    Contract contract    # what its lots are worth
    Ladder sides[2]
    Queue queues[2]
    List waiting         # stops, by arrival
    List triggered       # by triggering
    int64_t last         # ticks of the last trade
    bint traded          # there was one
    bint has_state       # a state record was seen
    bint synced          # the last one said so
    bint whole           # a whole message was seen
    bint in_snapshot     # the last delta was part of one


cdef inline int64_t left_of(const Order* order) noexcept nogil:
    return order.qty - order.filled


cdef inline int64_t offered(const Order* order) noexcept nogil:
    """What a trade at its price can fill."""
    return order.shown if order.display else order.qty - order.filled


cdef inline bint is_live(const Order* order) noexcept nogil:
    return order.phase != OVER


cdef inline bint is_valid(const Market* market) noexcept nogil:
    return market.synced if market.has_state else market.whole


cdef inline bint reaches(const Market* market, int side, int64_t worst) noexcept nogil:
    """Whether the best level of a side has at least a rank."""
    cdef int64_t best = market.sides[side].best
    return best != NO_RANK and best >= worst


cdef inline bint is_crossed(const Market* market) noexcept nogil:
    """Whether the best of our resting orders of a side reaches the other side of the book."""
    cdef const Queue* queue
    cdef int side
    for side in range(2):
        queue = &market.queues[side]
        if queue.count and reaches(market, 1 - side, -queue.entries[queue.count - 1].rank):
            return True
    return False


cdef inline Py_ssize_t home_of(uint64_t id, Py_ssize_t slot_count) noexcept nogil:
    """Where the search for an id begins, in a table whose size is a power of two."""
    return <Py_ssize_t>(((id ^ (id >> 29)) * <uint64_t>0xBF58476D1CE4E5B9 >> 20) & <uint64_t>(slot_count - 1))


# What returns int is -1 if there is no memory.
cdef int32_t find_order(const Orders* table, uint64_t id) noexcept nogil        # -1: no such id
cdef int32_t add_order(Orders* table, const Order* order) noexcept nogil        # its id must be new

cdef Py_ssize_t first_entry(const Queue* queue, int64_t rank) noexcept nogil
cdef int enqueue(Queue* queue, int64_t rank, int32_t order) noexcept nogil
cdef void dequeue(Queue* queue, Py_ssize_t place) noexcept nogil
cdef void to_back(Queue* queue, Py_ssize_t place) noexcept nogil               # of its rank; the next is then there

cdef int64_t displayed(const Market* market, int side, int64_t rank, bint quotes) noexcept nogil
