"""Contract of a venue that is simulated on order by order data: who stands before us is known by id.

``proto/MATCHING.md`` (Order by order) is the specification.
"""

cimport cython
from libc.stdint cimport int64_t

from ..matching cimport Matcher
from ..matching_book cimport Market, Queue
from ..matching_register cimport Record
from ..rows cimport Rows
from .book cimport Contradiction, OrderBook, Resting, Told


cdef struct Place:          # of an order of ours among the recorded ones
    int64_t joined          # those that joined its queue before it have a lower one
    int64_t spared          # lots before it that the record has as executed, and that we got instead


cdef struct Traded:         # lots of one price in the message that is being read
    int side                # of those that were hit
    int64_t ticks
    int64_t lots            # of trades
    int64_t executed        # of recorded orders


@cython.final
cdef class OrderVenue(Matcher):
    cdef OrderBook* books   # by instrument, as markets
    cdef Rows* tapes        # of Traded
    cdef Place* places      # by order, as orders.orders
    cdef Py_ssize_t place_room

    cdef int _on_order(self, const Record* record, int64_t time) noexcept nogil
    cdef int _on_tape(self, const Record* record, int64_t time) noexcept nogil
    cdef int _contradicted(self, const Record* record, Contradiction how) noexcept nogil
    cdef int _executed(self, Market* market, OrderBook* book, const Told* told, int64_t time) noexcept nogil
    cdef int _serve(
        self, Market* market, int side, int64_t rank, int64_t joined, int64_t* lots, int64_t time
    ) noexcept nogil
    cdef int _pass_on(
        self, Market* market, OrderBook* book, const Told* told, int64_t lots, int64_t time
    ) noexcept nogil
    cdef int _hidden(self, Market* market, Rows* tape, int64_t time) noexcept nogil
    cdef int _hidden_order(self, Market* market, const Traded* traded, int64_t time) noexcept nogil
    cdef Traded* _at(self, Rows* tape, int side, int64_t ticks) noexcept nogil
    cdef Py_ssize_t _next_place(
        self, Market* market, Queue* queue, Py_ssize_t place, int64_t amount
    ) noexcept nogil
