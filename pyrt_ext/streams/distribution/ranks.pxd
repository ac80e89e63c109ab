cimport cython

from .order cimport order_put
from ..windows cimport counted, place_in

cdef double nan

cdef struct Spot:
    double value       # NaN until the window is full
    double share       # of the way from the value at `place` to the next one
    double scale
    long long place
    long long period
    long long seen     # how many values have come

cdef double spot_reset(Spot* s) noexcept nogil

cdef double ranked_reset(Spot* s) noexcept nogil


@cython.locals(low=double)
cdef double spot_value(Spot* s, double* window) noexcept nogil

cdef double quantile_update(Spot* s, double* window, double x) noexcept nogil


@cython.locals(low="long long", high="long long", middle="long long", down=double, up=double)
cdef double distance(double* window, long long base, long long period, long long k, double m) noexcept nogil


@cython.locals(m=double, one=double)
cdef double mad_update(Spot* s, double* window, double x) noexcept nogil


@cython.locals(i="long long", count="long long")
cdef double rank_update(Spot* s, double* window, double x) noexcept nogil
