"""Contract of the simulated venue: records and commands in, answers out. ``proto/MATCHING.md`` is the specification.

A loop in Cython calls :meth:`Matcher.on_record` and :meth:`Matcher.on_command` without the GIL and takes what they have
appended to ``answers``; whoever has taken all sets ``count`` to 0. ``-1`` means that the run must stop, and ``fault``
says why.
"""

from libc.stdint cimport int64_t

from .matching_book cimport Market, Order
from .matching_entry cimport OrderEntry
from .matching_register cimport Answer, Command, Fault, Record, Rules, Word


cdef class Matcher(OrderEntry):
    cdef int on_record(self, const Record* record, int64_t time) noexcept nogil

    cdef int _refuse_delta(self, const Record* record) noexcept nogil
    cdef int _on_trade(self, const Record* record, int64_t time) noexcept nogil
    cdef int _on_quote(self, const Record* record, int64_t time) noexcept nogil
    cdef int _crossed(self, Market* market, int64_t time) noexcept nogil
    cdef bint _shows_anew(self, Market* market, Order* order, int64_t amount) noexcept nogil
