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

cdef struct Macd:
    double value       # fast less slow, NaN until `ready` values have come
    double fast        # the averages; while warming up the sums of distances from the first value
    double slow
    double fast_gain   # 2 / (period + 1)
    double slow_gain
    double first       # the value that the series began with
    long long fast_period
    long long slow_period
    long long ready    # slow + signal - 1
    long long seen     # how many values have come, up to ready

cdef double rsi_reset(Rsi* s) noexcept nogil


@cython.locals(change=double, total=double, gain=double, loss=double, rise=double, fall=double)
cdef double rsi_update(Rsi* s, double* window, double x) noexcept nogil

cdef double macd_reset(Macd* s) noexcept nogil

cdef double macd_update(Macd* s, double* window, double x) noexcept nogil
