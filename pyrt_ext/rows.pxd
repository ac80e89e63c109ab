"""Records of one size that grow."""

from libc.stdlib cimport realloc
from libc.string cimport memset


cdef struct Rows:
    char* data
    Py_ssize_t count
    Py_ssize_t room
    Py_ssize_t size


cdef inline void* push(Rows* rows) noexcept nogil:
    """Room for one more, all zero; NULL: no memory."""
    cdef char* data = rows.data
    cdef void* row
    if rows.count == rows.room:
        data = <char*>realloc(data, (2 * rows.room + 256) * rows.size)
        if data == NULL:
            return NULL
        rows.data = data
        rows.room = 2 * rows.room + 256
    row = data + rows.count * rows.size
    rows.count += 1
    memset(row, 0, rows.size)
    return row


cdef inline bytes bytes_of(const Rows* rows):
    return rows.data[: rows.count * rows.size] if rows.count else b""
