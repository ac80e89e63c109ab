cimport cython
from libc cimport math

from ..windows cimport sma_step

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

cdef struct HalfLife:
    double value       # NaN until the window is full
    long long period   # how many values
    long long at
    long long seen

cdef double hurst_reset(Hurst* s) noexcept nogil


@cython.locals(
    size="long long", base="long long", lag="long long", at="long long", count="long long", j="long long", d=double,
    square=double, total=double, n=double, step=double
)
cdef double hurst_update(Hurst* s, double* window, double x) noexcept nogil

cdef double variance_ratio_reset(VarianceRatio* s) noexcept nogil


@cython.locals(
    size="long long", at="long long", k="long long", after=double, before=double, d=double, total=double
)
cdef double change_squares(VarianceRatio* s, double* window, double x, double mean) noexcept nogil


@cython.locals(
    size="long long", at="long long", i="long long", k="long long", j="long long", mean=double, d=double, total=double,
    wide=double, theta=double, products=double, weight=double, n=double, q=double, spread=double
)
cdef double variance_ratio_of(VarianceRatio* s, double* window, double x) noexcept nogil

cdef double variance_ratio_update(VarianceRatio* s, double* window, double x) noexcept nogil

cdef double half_life_reset(HalfLife* s) noexcept nogil


@cython.locals(
    at="long long", left="long long", share=double, anchor=double, after=double, before=double, p=double, d=double,
    sp=double, sd=double, pp=double, pd=double, spread=double
)
cdef double half_life_update(HalfLife* s, double* window, double x) noexcept nogil
