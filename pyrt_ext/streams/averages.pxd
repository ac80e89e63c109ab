cimport cython

from .windows cimport average_step, cascade_step, ema_step, sma_step, trima_step, wma_step

cdef double nan

cdef struct Average:
    double value       # NaN until it is complete
    double gain        # 2 / (period + 1)
    double factor      # the second parameter
    long long period
    long long seen     # how many values have come
    long long first    # lengths of parts: half the period, and its root
    long long last

cdef double average_reset(Average* s) noexcept nogil
cdef double rma_update(Average* s, double* window, double x) noexcept nogil
cdef double wma_update(Average* s, double* window, double x) noexcept nogil
cdef double dema_update(Average* s, double* window, double x) noexcept nogil
cdef double tema_update(Average* s, double* window, double x) noexcept nogil
cdef double trima_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(kind="long long")
cdef double ma_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(last=double, v=double, v2=double, v3=double)
cdef double t3_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(half=double, whole=double)
cdef double hma_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(lag="long long", at="long long", before=double)
cdef double zlema_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(at="long long", newest="long long", way=double, change=double, ratio=double, root=double)
cdef double kama_update(Average* s, double* window, double x) noexcept nogil
