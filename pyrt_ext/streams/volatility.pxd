cimport cython

from .windows cimport counted, ema_next, sma_step

cdef double nan

cdef struct Range:
    double value       # NaN until it is complete
    double last        # the close before
    long long period
    long long seen     # how many bars have come

cdef double range_reset(Range* s) noexcept nogil


@cython.locals(span=double, up=double, down=double)
cdef double true_range(double high, double low, double last) noexcept nogil

cdef double trange_update(Range* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(average=double, span=double)
cdef double atr_update(Range* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(average=double, span=double)
cdef double natr_update(Range* s, double* window, double high, double low, double close) noexcept nogil

cdef double adr_update(Range* s, double* window, double high, double low) noexcept nogil
