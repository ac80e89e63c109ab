cimport cython
from libc cimport math

from ..windows cimport counted, sma_step

cdef double nan

cdef struct Bars:
    double value       # NaN until the window is full
    double last        # the close before
    double factor      # periods in a year
    long long period
    long long at       # where the next bar goes
    long long seen     # how many bars have come

cdef double bars_reset(Bars* s) noexcept nogil


@cython.locals(ratio=double)
cdef double log_ratio(double a, double b) noexcept nogil

cdef double bars_step(Bars* s, double* window, double term) noexcept nogil


@cython.locals(span=double)
cdef double parkinson_update(Bars* s, double* window, double high, double low) noexcept nogil


@cython.locals(span=double, change=double)
cdef double garman_klass_update(
    Bars* s, double* window, double open_, double high, double low, double close
) noexcept nogil


@cython.locals(up=double, down=double)
cdef double rogers_satchell_term(double open_, double high, double low, double close) noexcept nogil

cdef double rogers_satchell_update(
    Bars* s, double* window, double open_, double high, double low, double close
) noexcept nogil


@cython.locals(
    i="long long", end="long long", first=double, mean=double, mean2=double, total=double, total2=double, d=double,
    d2=double
)
cdef double sample_variance(double* window, long long base, long long period) noexcept nogil


@cython.locals(i="long long", n=double, k=double, between=double, within=double, ranges=double)
cdef double yang_zhang_update(
    Bars* s, double* window, double open_, double high, double low, double close
) noexcept nogil
