cimport cython
from libc cimport math

cdef double nan

cdef struct Counts:
    double value       # NaN until the window is full
    long long period   # how many values
    long long order    # how many values make a pattern, where patterns are counted
    long long bins     # how many counts stand behind the ring of values
    long long at
    long long seen     # how many values have come, up to period

cdef double counts_reset(Counts* s) noexcept nogil

cdef double patterns_reset(Counts* s) noexcept nogil


@cython.locals(i="long long", k=double, total=double)
cdef double entropy_of(Counts* s, double* window, double n) noexcept nogil


@cython.locals(i="long long")
cdef double clear(Counts* s, double* window) noexcept nogil


@cython.locals(
    i="long long", first="long long", last="long long", middle="long long", low=double, high=double, scale=double,
    place=double
)
cdef double entropy_update(Counts* s, double* window, double x) noexcept nogil


@cython.locals(
    i="long long", j="long long", k="long long", left="long long", code="long long", lower="long long"
)
cdef long long pattern(Counts* s, double* window, long long newest) noexcept nogil


@cython.locals(i="long long")
cdef double perm_entropy_update(Counts* s, double* window, double x) noexcept nogil
