cimport cython
from libc cimport math

from .windows cimport average_places, average_step

cdef double nan

cdef struct Bbands:
    double upperband   # NaN until the window is full
    double middleband
    double lowerband
    double up          # how many deviations the bands are away
    double down
    long long period
    long long kind     # of average
    long long at
    long long seen

cdef struct Sar:
    double value       # NaN for the first bar
    double stop        # for the next bar
    double extreme     # of the trend
    double pace
    double high        # the bar before
    double low
    double step
    double most
    long long rising
    long long seen

cdef double bbands_reset(Bbands* s) noexcept nogil


@cython.locals(
    middle=double, total=double, squares=double, at="long long", d=double, variance=double, deviation=double
)
cdef double bbands_update(Bbands* s, double* window, double x) noexcept nogil

cdef double sar_reset(Sar* s) noexcept nogil


@cython.locals(up=double, down=double)
cdef double sar_begin(Sar* s, double high, double low) noexcept nogil

cdef double outside(Sar* s, double stop, double high, double low) noexcept nogil


@cython.locals(turned="long long", reach=double)
cdef double sar_update(Sar* s, double* window, double high, double low) noexcept nogil

cdef struct Sarext:
    double value       # NaN for the first bar, of a falling trend negative
    double stop        # these five are negative in a falling trend: they are of its mirror
    double extreme
    double pace
    double high        # the bar before
    double low
    double sign        # 1 in a rising trend, else -1
    double begin       # where the stop begins, or 0
    double offset      # of a stop that turns, as a share
    double long_first
    double long_step
    double long_most
    double short_first
    double short_step
    double short_most
    long long seen

cdef double sarext_reset(Sarext* s) noexcept nogil


@cython.locals(up=double, down=double)
cdef double sarext_begin(Sarext* s, double high, double low) noexcept nogil


@cython.locals(stop=double, held=double)
cdef double sarext_turn(Sarext* s, double reach, double low) noexcept nogil


@cython.locals(top=double, bottom=double, held=double)
cdef double sarext_update(Sarext* s, double* window, double high, double low) noexcept nogil
