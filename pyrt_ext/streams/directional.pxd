cimport cython

from .windows cimport counted, ema_kept, place_in

cdef double nan
cdef double NOTHING

cdef struct Direction:
    double value       # NaN until it is complete
    double high        # the bar before
    double low
    double close
    double up          # averages of movement and range
    double down
    double span
    double average     # of the index
    long long period
    long long seen     # how many bars have come
    long long averages  # how many indices have come

cdef double direction_reset(Direction* s) noexcept nogil


@cython.locals(
    seen="long long", up=double, down=double, rise=double, fall=double, span=double, share=double, mean_up=double,
    mean_down=double, mean_span=double
)
cdef long long direction_put(Direction* s, double high, double low, double close) noexcept nogil


@cython.locals(seen="long long")
cdef double plus_dm_update(Direction* s, double* window, double high, double low) noexcept nogil


@cython.locals(seen="long long")
cdef double minus_dm_update(Direction* s, double* window, double high, double low) noexcept nogil

cdef double plus_di_update(Direction* s, double* window, double high, double low, double close) noexcept nogil

cdef double minus_di_update(Direction* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(total=double)
cdef double index_of(Direction* s) noexcept nogil

cdef double dx_update(Direction* s, double* window, double high, double low, double close) noexcept nogil

cdef long long average_index(Direction* s, double* window) noexcept nogil
cdef double adx_update(Direction* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(count="long long", at="long long")
cdef double adxr_update(Direction* s, double* window, double high, double low, double close) noexcept nogil
