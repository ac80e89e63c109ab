cimport cython
from libc cimport math

from .windows cimport Window, window_put, window_reset

cdef double nan

cdef struct Pair:
    double value       # NaN until the window is full
    double last_x      # the values before, NaN if there are none
    double last_y
    long long period
    long long at
    long long seen


@cython.locals(
    rank=double, anchor=double, total=double, squares=double, ranked=double, d=double, oldest="long long",
    i="long long", total2=double, squares2=double, ranked2=double, d2=double
)
cdef double add_up(Window* s, double* window) noexcept nogil


@cython.locals(anchor=double, total=double, ranked=double, n=double, mean=double)
cdef double fit(Window* s, double* window) noexcept nogil

cdef double var_update(Window* s, double* window, double x) noexcept nogil

cdef double stddev_update(Window* s, double* window, double x) noexcept nogil


@cython.locals(n=double)
cdef double linearreg_update(Window* s, double* window, double x) noexcept nogil

cdef double linearreg_slope_update(Window* s, double* window, double x) noexcept nogil

cdef double linearreg_angle_update(Window* s, double* window, double x) noexcept nogil


@cython.locals(n=double)
cdef double linearreg_intercept_update(Window* s, double* window, double x) noexcept nogil


@cython.locals(n=double)
cdef double tsf_update(Window* s, double* window, double x) noexcept nogil


@cython.locals(n=double, total=double, at="long long", total2=double)
cdef double avgdev_update(Window* s, double* window, double x) noexcept nogil

cdef double pair_reset(Pair* s) noexcept nogil

cdef long long pair_put(Pair* s, double* window, double x, double y) noexcept nogil


@cython.locals(
    at="long long", anchor_x=double, anchor_y=double, sx=double, sy=double, sxx=double, syy=double, sxy=double,
    dx=double, dy=double, n=double
)
cdef double pair_relation(Pair* s, double* window, long long slope) noexcept nogil

cdef double correl_update(Pair* s, double* window, double x, double y) noexcept nogil


@cython.locals(last_x=double, last_y=double, change_x=double, change_y=double)
cdef double beta_update(Pair* s, double* window, double x, double y) noexcept nogil
