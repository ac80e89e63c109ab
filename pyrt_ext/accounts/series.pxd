"""Numbers over time: each holds until the next."""

from libc.stdint cimport int64_t


cdef struct Series:          # a number from a time on, until the next
    const int64_t* time
    const int64_t* value
    Py_ssize_t count


cdef inline int set_series(Series* series, given) except -1:
    """Point to (time, value); nothing for None."""
    cdef const int64_t[::1] time, value
    if given is None:
        return 0
    time, value = given
    if time.shape[0] == 0 or time.shape[0] != value.shape[0]:
        raise ValueError("a series must have times and values of one length, of at least one row")
    series.time, series.value, series.count = &time[0], &value[0], time.shape[0]
    return 0


cdef inline int64_t in_force(const Series* series, int64_t time) noexcept nogil:
    """The value of the last row that is not later; 0 before the first."""
    cdef Py_ssize_t low = 0, high = series.count, middle
    while low < high:
        middle = (low + high) >> 1
        if series.time[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return series.value[low - 1] if low else 0
