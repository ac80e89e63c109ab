"""Contract of a source: records that are made where a run needs them, of data that is not records yet.

Their times must be possible, and they must come in the order in which they happened and were received.
"""

from ..matching_changes cimport Ring
from ..matching_register cimport Record


cdef class Source:
    # `count` records from a row of the data on; noted in a ring from its end on, unless that is NULL.
    cdef void make(self, Py_ssize_t row, Py_ssize_t count, Record* out, Ring* ring) noexcept nogil
