cimport cython
from libc cimport math

from .windows cimport (
    ahead,
    average_lost,
    average_places,
    average_step,
    counted,
    ema_kept,
    hma_step,
    kama_step,
    place_in,
    t3_step,
    trima_step,
    wma_step,
)

cdef double nan

cdef struct Average:
    double value       # NaN until it is complete
    double factor      # the second parameter
    double first       # averages of values, of averages, and of those
    double second
    double third
    long long period
    long long seen     # how many values have come
    long long half     # to the parts of some averages
    long long inner

cdef double average_reset(Average* s) noexcept nogil


cdef double rma_update(Average* s, double* window, double x) noexcept nogil


cdef double wma_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(gain=double, lost="long long")
cdef double dema_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(gain=double, lost="long long")
cdef double tema_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(first="long long")
cdef double trima_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(kind="long long")
cdef double ma_update(Average* s, double* window, double x) noexcept nogil


cdef double t3_update(Average* s, double* window, double x) noexcept nogil
cdef double hma_update(Average* s, double* window, double x) noexcept nogil


@cython.locals(lag="long long", seen="long long")
cdef double zlema_update(Average* s, double* window, double x) noexcept nogil


cdef double kama_update(Average* s, double* window, double x) noexcept nogil

cdef struct Variable:
    double value       # NaN until it is complete
    long long least    # periods
    long long most
    long long kind
    long long seen

cdef double variable_reset(Variable* s) noexcept nogil


@cython.locals(i="long long", left="long long", end="long long", x=double, total=double, total2=double)
cdef double latest_mean(
    double* window, long long base, long long size, long long newest, long long period
) noexcept nogil


@cython.locals(
    own="long long", lost="long long", places="long long", period="long long",
    late="long long", value=double, at="long long"
)
cdef double mavp_update(Variable* s, double* window, double x, double periods) noexcept nogil
