cimport cython
from libc cimport math

cdef double nan

cdef struct BbPct:
    double value       # 0 at the lower band, 1 at the upper; NaN until the window is full, and at zero width
    double width       # of half the bands, in standard deviations
    long long period   # length of the window
    long long at       # where the next value goes: once the window is full, the oldest
    long long seen     # how many values have come, up to period

cdef struct Change:
    double value       # NaN until period values have come before
    long long period
    long long at       # where the value of period rows before stands
    long long seen     # how many values have come, up to period

cdef double bb_pct_reset(BbPct* s) noexcept nogil


@cython.locals(
    at="long long", i="long long", left="long long", first=double, total=double, mean=double, distance=double,
    half=double, lower=double, span=double
)
cdef double bb_pct_update(BbPct* s, double* window, double x) noexcept nogil

cdef double change_reset(Change* s) noexcept nogil


@cython.locals(at="long long")
cdef double change_update(Change* s, double* window, double x) noexcept nogil
