cimport cython
from libc cimport math

cdef double nan

cdef struct Alma:
    double value       # NaN until the window is full
    double offset      # where the curve's middle is: 0 the oldest value, 1 the newest
    double sigma       # the window's length in standard deviations
    long long period
    long long at       # where the next value goes
    long long seen     # how many values have come, up to period

cdef struct Mcginley:
    double value       # NaN for the first period - 1 values
    double level       # the average, which begins with the first value
    double share       # of the distance to a price that is as high as the average
    long long period
    long long seen     # how many values have come, up to period

cdef double alma_reset(Alma* s) noexcept nogil


@cython.locals(center=double, width=double, nearest=double, i="long long", total=double, weight=double)
cdef double bell_weights(double* window, long long period, double offset, double sigma) noexcept nogil


@cython.locals(period="long long", at="long long", i="long long", weight="long long", total=double)
cdef double alma_update(Alma* s, double* window, double x) noexcept nogil

cdef double mcginley_reset(Mcginley* s) noexcept nogil


@cython.locals(ratio=double, square=double, share=double)
cdef double mcginley_update(Mcginley* s, double* window, double x) noexcept nogil
