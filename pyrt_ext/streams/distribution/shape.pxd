cimport cython
from libc cimport math

from ..windows cimport Window, window_put, window_reset

cdef double nan


@cython.locals(newest=double, mean=double, mean2=double, i="long long")
cdef double centered(Window* s, double* window) noexcept nogil


@cython.locals(power=double)
cdef double power_of(double d, long long exponent) noexcept nogil


@cython.locals(newest=double, total=double, total2=double, i="long long")
cdef double power_sum(Window* s, double* window, long long exponent) noexcept nogil


@cython.locals(n=double, squares=double)
cdef double zscore_update(Window* s, double* window, double x) noexcept nogil


@cython.locals(n=double, squares=double, spread=double)
cdef double skew_update(Window* s, double* window, double x) noexcept nogil


@cython.locals(n=double, squares=double, rest=double, spread=double)
cdef double kurtosis_update(Window* s, double* window, double x) noexcept nogil
