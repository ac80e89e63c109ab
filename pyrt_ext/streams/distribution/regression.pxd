cimport cython
from libc cimport math

from ..statistics cimport add_up
from ..windows cimport Window, window_put, window_reset

cdef double nan

cdef struct Lagged:
    double value       # NaN until the window is full
    long long period   # how many pairs
    long long lag      # how far a pair is apart
    long long at       # where the next value goes
    long long seen     # how many values have come, up to period + lag

cdef struct Ols:
    double beta        # NaN until the window is full
    double alpha
    double rsquared
    double sx          # sums of distances from the newest values, of their squares and products
    double sy
    double xx
    double yy
    double xy
    long long period
    long long at
    long long seen

cdef double share_of(double xy, double xx, double yy) noexcept nogil


@cython.locals(total=double, ranked=double, n=double)
cdef double rsquared_update(Window* s, double* window, double x) noexcept nogil

cdef double autocorr_reset(Lagged* s) noexcept nogil


@cython.locals(
    size="long long", i="long long", j="long long", left="long long", ax=double, ay=double, dx=double, dy=double,
    sx=double, sy=double, xx=double, yy=double, xy=double, scale=double, n=double
)
cdef double autocorr_update(Lagged* s, double* window, double x) noexcept nogil

cdef double ols_reset(Ols* s) noexcept nogil


@cython.locals(at="long long", dx=double, dy=double)
cdef double ols_sums(Ols* s, double* window, double x, double y) noexcept nogil


@cython.locals(share=double)
cdef double ols_update(Ols* s, double* window, double x, double y) noexcept nogil
