cimport cython
from libc cimport math

from .windows cimport highest_step

cdef double nan
cdef double inf

cdef struct Total:
    double value
    double total       # of all values so far

cdef struct Extreme:
    double value       # NaN until the window is full
    long long period   # length of the window and of a block
    long long at       # how many values this block has, below period
    long long full     # 1 once a block is complete

cdef struct MinMax:
    double min         # NaN until the window is full
    double max
    long long period
    long long at
    long long full

cdef double total_reset(Total* s) noexcept nogil
cdef double add_update(Total* s, double* window, double x, double y) noexcept nogil
cdef double sub_update(Total* s, double* window, double x, double y) noexcept nogil
cdef double mult_update(Total* s, double* window, double x, double y) noexcept nogil
cdef double div_update(Total* s, double* window, double x, double y) noexcept nogil
cdef double cumsum_update(Total* s, double* window, double x) noexcept nogil
cdef double extreme_reset(Extreme* s) noexcept nogil
cdef double extreme_advance(Extreme* s) noexcept nogil
cdef double max_update(Extreme* s, double* window, double x) noexcept nogil
cdef double min_update(Extreme* s, double* window, double x) noexcept nogil
cdef double minmax_reset(MinMax* s) noexcept nogil


@cython.locals(low=double)
cdef double minmax_update(MinMax* s, double* window, double x) noexcept nogil
