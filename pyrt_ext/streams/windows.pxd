cimport cython

cdef double nan

cdef struct Window:
    double value       # NaN until the window is full
    double factor      # a parameter of some functions
    double center      # mean of the values in the window, where a function asks for it
    double variance
    double slope
    long long period   # length of the window
    long long at       # where the next value goes: once the window is full, the oldest
    long long seen     # how many values have come, up to period

cdef double window_reset(Window* s) noexcept nogil

cdef long long window_put(Window* s, double* window, double x) noexcept nogil


@cython.locals(at="long long", i="long long", total=double, mean=double)
cdef double sma_step(double* window, long long base, long long seen, long long period, double x) noexcept nogil

cdef double ema_step(
    double* window, long long base, long long seen, long long period, double gain, double x
) noexcept nogil


@cython.locals(at="long long", weight="long long", total=double)
cdef double wma_step(double* window, long long base, long long seen, long long period, double x) noexcept nogil


@cython.locals(first="long long", mean=double)
cdef double trima_step(double* window, long long base, long long seen, long long period, double x) noexcept nogil


@cython.locals(value=double)
cdef double cascade_step(
    double* window, long long base, long long seen, long long period, double gain, long long depth, double x
) noexcept nogil


@cython.locals(gain=double, last=double)
cdef double average_step(
    double* window, long long base, long long seen, long long period, long long kind, double x
) noexcept nogil


@cython.locals(i="long long", head=double, tail=double, best=double)
cdef double highest_step(
    double* window, long long base, long long at, long long period, long long full, double x
) noexcept nogil
