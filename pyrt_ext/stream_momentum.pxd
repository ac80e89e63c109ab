cimport cython

cdef double nan
cdef double FLAT

cdef struct Rsi:
    double value       # 0 to 100, NaN until period changes have come
    double last        # the value before
    double gain        # average of gains; while warming up their sum
    double loss        # average of losses, as a positive number
    double weight      # 1 / period
    long long period
    long long seen     # how many changes have come, up to period; -1 before the first value

cdef double rsi_reset(Rsi* s) noexcept nogil


@cython.locals(change=double, total=double)
cdef double rsi_update(Rsi* s, double* window, double x) noexcept nogil
