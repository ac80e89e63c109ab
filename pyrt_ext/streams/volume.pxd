cimport cython

cdef double nan

cdef struct Flow:
    double value
    double total       # of all flows so far
    double last        # the price before
    double quick       # how far the total is above averages of it
    double slack
    long long fast     # their lengths
    long long slow
    long long seen

cdef double flow_reset(Flow* s) noexcept nogil


@cython.locals(total=double, last=double, flow=double)
cdef double obv_update(Flow* s, double* window, double x, double volume) noexcept nogil


@cython.locals(span=double)
cdef double ad_update(Flow* s, double* window, double high, double low, double close, double volume) noexcept nogil


@cython.locals(span=double, flow=double, quick=double, slack=double)
cdef double adosc_update(Flow* s, double* window, double high, double low, double close, double volume) noexcept nogil
