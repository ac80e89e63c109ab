cimport cython

from .order cimport below, order_put
from ..windows cimport counted, place_in

cdef double nan

cdef struct Place:
    double value       # NaN until the window is full
    long long period
    long long rank     # of the value that is asked for, from 0
    long long seen     # how many values have come

cdef double place_reset(Place* s) noexcept nogil
cdef double percentile_update(Place* s, double* window, double x) noexcept nogil
cdef double percentrank_update(Place* s, double* window, double x) noexcept nogil
