cimport cython
from libc cimport math

cdef double nan

cdef struct Counts:
    double value       # NaN until the window is full
    double low         # the window's extremes, NaN while there are no counts
    double high
    double scale       # bins in one unit of the value
    double whole       # log of how many are counted
    long long period   # how many values
    long long order    # how many values make a pattern, where patterns are counted
    long long bins     # how many counts stand behind the ring of values
    long long at
    long long seen     # how many values have come, up to period

cdef double counts_reset(Counts* s) noexcept nogil

cdef double patterns_reset(Counts* s) noexcept nogil


@cython.locals(i="long long", end="long long", total=double, total2=double)
cdef double entropy_of(Counts* s, double* window, double n) noexcept nogil


@cython.locals(k=double, term=double, known="long long")
cdef double count(Counts* s, double* window, long long place, double more) noexcept nogil


@cython.locals(i="long long")
cdef double clear(Counts* s, double* window) noexcept nogil


@cython.locals(place=double, nth="long long")
cdef long long bin_of(Counts* s, double x) noexcept nogil


@cython.locals(i="long long", low=double, high=double)
cdef double count_all(Counts* s, double* window) noexcept nogil


@cython.locals(before=double)
cdef double entropy_update(Counts* s, double* window, double x) noexcept nogil


@cython.locals(
    i="long long", j="long long", k="long long", left="long long", code="long long", lower="long long"
)
cdef long long pattern(Counts* s, double* window, long long newest) noexcept nogil


@cython.locals(i="long long")
cdef double perm_entropy_update(Counts* s, double* window, double x) noexcept nogil
