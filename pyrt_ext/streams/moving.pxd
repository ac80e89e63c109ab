cimport cython

cdef double nan

cdef struct Sma:
    double value       # the mean, NaN until the window is full
    double head        # sum of this block's values so far
    long long period   # length of the window and of a block
    long long at       # how many values this block has, below period
    long long full     # 1 once a block is complete

cdef struct Ema:
    double value       # the average, NaN until period values have come
    double gain        # 2 / (period + 1)
    double first       # the value that the series began with
    double distance    # sum of the first values' distances from it
    long long period
    long long seen     # how many values have come, up to period

cdef double sma_reset(Sma* s) noexcept nogil


@cython.locals(at="long long", total=double)
cdef double sma_update(Sma* s, double* window, double x) noexcept nogil

cdef double ema_reset(Ema* s) noexcept nogil


@cython.locals(value=double)
cdef double ema_update(Ema* s, double* window, double x) noexcept nogil

cdef double sum_update(Sma* s, double* window, double x) noexcept nogil
