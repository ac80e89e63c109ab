cimport cython

cdef double nan

cdef struct Price:
    double value       # of the last bar; there is nothing else to remember

cdef double price_reset(Price* s) noexcept nogil


@cython.locals(value=double)
cdef double avgprice_update(Price* s, double* window, double a, double b, double c, double d) noexcept nogil


@cython.locals(value=double)
cdef double medprice_update(Price* s, double* window, double high, double low) noexcept nogil


@cython.locals(value=double)
cdef double typprice_update(Price* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(value=double)
cdef double wclprice_update(Price* s, double* window, double high, double low, double close) noexcept nogil
