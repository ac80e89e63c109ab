"""Records of one size that grow; arrays that do; and timers, which are such records in a heap."""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy, memset


cdef struct Rows:
    char* data
    Py_ssize_t count
    Py_ssize_t room
    Py_ssize_t size


cdef struct Timer:
    int64_t time
    int64_t id
    int64_t tag
    uint32_t slot


cdef inline void* with_room(void* data, Py_ssize_t count, Py_ssize_t* room, Py_ssize_t size) noexcept nogil:
    """An array of `count` with room for one more; NULL: no memory, and it is as it was."""
    cdef void* grown
    if count < room[0]:
        return data
    grown = realloc(data, (2 * room[0] + 64) * size)
    if grown != NULL:
        room[0] = 2 * room[0] + 64
    return grown


cdef inline void* push(Rows* rows) noexcept nogil:
    """Room for one more, all zero; NULL: no memory."""
    cdef char* data = <char*>with_room(rows.data, rows.count, &rows.room, rows.size)
    cdef void* row
    if data == NULL:
        return NULL
    rows.data = data
    row = data + rows.count * rows.size
    rows.count += 1
    memset(row, 0, rows.size)
    return row


cdef inline int keep(Rows* rows, const void* row) noexcept nogil:
    """Append a record; -1: no memory."""
    cdef void* place = push(rows)
    if place == NULL:
        return -1
    memcpy(place, row, rows.size)
    return 0


cdef inline bytes bytes_of(const Rows* rows):
    return (<const char*>rows.data)[: rows.count * rows.size] if rows.count else b""


# ---- timers: a heap by (time, id) -----------------------------------------------------------------------------------

cdef inline bint sooner(const Timer* a, const Timer* b) noexcept nogil:
    return a.time < b.time or (a.time == b.time and a.id < b.id)


cdef inline int64_t first_time(const Rows* heap, int64_t never) noexcept nogil:
    return (<const Timer*>heap.data).time if heap.count else never


cdef inline int push_timer(Rows* heap, const Timer* timer) noexcept nogil:
    """Another timer; -1: no memory."""
    cdef Timer* rows
    cdef Py_ssize_t at = heap.count, parent
    if keep(heap, timer) < 0:
        return -1
    rows = <Timer*>heap.data
    while at > 0:
        parent = (at - 1) // 2
        if not sooner(&rows[at], &rows[parent]):
            break
        rows[at], rows[parent] = rows[parent], rows[at]
        at = parent
    return 0


cdef inline Timer pop_timer(Rows* heap) noexcept nogil:
    """The first one, which is taken out; there must be one."""
    cdef Timer* rows = <Timer*>heap.data
    cdef Timer first = rows[0]
    cdef Py_ssize_t at = 0, child
    heap.count -= 1
    rows[0] = rows[heap.count]
    while 2 * at + 1 < heap.count:
        child = 2 * at + 1
        if child + 1 < heap.count and sooner(&rows[child + 1], &rows[child]):
            child += 1
        if not sooner(&rows[child], &rows[at]):
            break
        rows[at], rows[child] = rows[child], rows[at]
        at = child
    return first
