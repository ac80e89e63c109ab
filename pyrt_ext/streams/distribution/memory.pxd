cimport cython
from libc cimport math

from ..windows cimport Window, sma_step, window_put, window_reset

from .filters cimport dot

cdef double nan
cdef double infinity

cdef struct Hurst:
    double value       # NaN until the window is full
    long long period   # how many values
    long long at       # where the next value goes, in a ring of period // 2
    long long seen     # how many values have come

cdef struct VarianceRatio:
    double ratio       # NaN until the window is full
    double z
    long long period   # how many changes
    long long lag
    long long at       # where the next value goes, in a ring of period + 1
    long long seen     # how many values have come, up to period + 1

cdef double hurst_reset(Hurst* s) noexcept nogil


@cython.locals(
    size="long long", base="long long", lag="long long", at="long long", count="long long", j="long long", d=double,
    square=double, total=double, n=double, step=double
)
cdef double hurst_update(Hurst* s, double* window, double x) noexcept nogil

cdef double variance_ratio_reset(VarianceRatio* s) noexcept nogil


@cython.locals(base="long long", i="long long", k="long long", one=double, two=double, d=double, d2=double)
cdef double change_squares(VarianceRatio* s, double* window, long long oldest, double mean) noexcept nogil


@cython.locals(i="long long", end="long long", one=double, two=double, d=double, d2=double)
cdef double wide_squares(VarianceRatio* s, double* window, long long oldest, double mean) noexcept nogil


@cython.locals(
    base="long long", j="long long", mean=double, total=double, wide=double, theta=double, weight=double, n=double,
    q=double, spread=double
)
cdef double variance_ratio_of(VarianceRatio* s, double* window, double x) noexcept nogil

cdef double variance_ratio_update(VarianceRatio* s, double* window, double x) noexcept nogil


@cython.locals(
    share=double, anchor=double, after=double, before=double, p=double,
    sp=double, pp=double, pd=double, spread=double, i="long long"
)
cdef double half_life_update(Window* s, double* window, double x) noexcept nogil
