cimport cython
from libc cimport math

from ..distribution.order cimport below
from ..windows cimport counted, ema_step, highest_step, place_in, sma_step

cdef double nan
cdef double FLAT
cdef double TINY
cdef double STILL

cdef struct Kst:
    double kst          # NaN until both are there
    double signal
    long long lag1      # rows that a change goes over
    long long lag2
    long long lag3
    long long lag4
    long long period1   # lengths of the changes' averages
    long long period2
    long long period3
    long long period4
    long long smooth    # length of the signal's average
    long long longest   # of the lags, and of the ring of values
    long long lost      # how many values come before the first sum
    long long at        # where the next value goes
    long long seen      # how many values have come
    long long seen1     # how many changes of the first lag have, counted
    long long seen2
    long long seen3
    long long seen4
    long long seen5     # and sums

cdef struct Fisher:
    double fisher       # NaN until both are there
    double trigger      # the value before
    double level        # the place in the window, smoothed
    double last
    long long period
    long long at        # how many values this block has, below period
    long long full      # 1 once a block is complete
    long long begun     # 1 once there is a value

cdef struct Connors:
    double value
    double last         # the price before
    double streak       # how many rows it has risen, or fallen, in a row
    long long period    # lengths of the indices
    long long streaks
    long long rank      # how many changes the newest is ranked among
    long long at
    long long seen      # how many prices have come

cdef struct Stc:
    double value
    double first        # the first price
    double place        # of the difference of the averages
    double level        # the same, smoothed
    double second       # place of that
    double smoothing
    long long cycle
    long long fast
    long long slow
    long long seen      # how many prices have come
    long long lines    # how many distances of the averages have come, counted
    long long levels   # and smoothed places of them

cdef struct Qqe:
    double rsima        # NaN until both are there
    double stop
    double last         # the price before
    double average      # of the index, the one before
    double floor        # the stop under the average
    double ceiling      # the stop above it
    double factor
    long long period
    long long smooth
    long long trend     # 1 or -1, 0 before there is one
    long long seen      # how many prices have come

cdef double kst_reset(Kst* s) noexcept nogil


@cython.locals(i="long long", before=double, change=double)
cdef double change_step(
    Kst* s, double* window, long long lag, long long base, long long seen, long long period, double x
) noexcept nogil


@cython.locals(base="long long", total=double, line=double)
cdef double kst_update(Kst* s, double* window, double x) noexcept nogil

cdef double fisher_reset(Fisher* s) noexcept nogil


@cython.locals(x=double, top=double, bottom=double, span=double, level=double, fish=double)
cdef double fisher_update(Fisher* s, double* window, double high, double low) noexcept nogil


@cython.locals(gain=double, gains=double, losses=double, total=double)
cdef double strength_step(
    double* window, long long base, long long seen, long long period, double change
) noexcept nogil

cdef double connors_reset(Connors* s) noexcept nogil


@cython.locals(change=double, before=double, total=double)
cdef double connors_update(Connors* s, double* window, double x) noexcept nogil

cdef double stc_reset(Stc* s) noexcept nogil


@cython.locals(at="long long", full="long long", top=double, bottom=double, span=double)
cdef double cycle_step(
    double* window, long long base, long long seen, long long cycle, double x, double scale, double before
) noexcept nogil


@cython.locals(d=double, quick=double, slack=double, place=double)
cdef double stc_update(Stc* s, double* window, double x) noexcept nogil

cdef double qqe_reset(Qqe* s) noexcept nogil


@cython.locals(under=double, over=double)
cdef double follow(Qqe* s, double average, double reach) noexcept nogil


@cython.locals(seen="long long", wide="long long", index=double, average=double, reach=double)
cdef double qqe_update(Qqe* s, double* window, double x) noexcept nogil
