cimport cython

from ..statistics cimport fit
from ..windows cimport Window, counted, ema_kept, place_in, sma_step, window_put, window_reset, wma_step

cdef double nan

cdef struct Awesome:
    double value       # NaN until the longer average is complete
    long long fast     # lengths
    long long slow
    long long signal
    long long quick    # how many values the averages have had, as counted
    long long slack
    long long lines

cdef struct Detrended:
    double value       # NaN until the average is complete
    long long period
    long long lag      # how many rows before the price is from
    long long before   # how many prices have come, as counted for the lag
    long long seen

cdef struct Coppock:
    double value       # NaN until the average is complete
    long long period
    long long one      # distances of the changes, and the longer of them
    long long two
    long long longest
    long long at       # where the next value goes
    long long seen     # how many values have come, up to the longest distance
    long long inner    # and changes, counted

cdef struct Eri:
    double bullpower   # NaN until the average is complete
    double bearpower
    double average
    long long period
    long long seen

cdef double awesome_reset(Awesome* s) noexcept nogil


@cython.locals(middle=double, line=double)
cdef double awesome_line(Awesome* s, double* window, double high, double low) noexcept nogil


cdef double ao_update(Awesome* s, double* window, double high, double low) noexcept nogil


@cython.locals(line=double)
cdef double ac_update(Awesome* s, double* window, double high, double low) noexcept nogil

cdef double detrended_reset(Detrended* s) noexcept nogil


@cython.locals(at="long long", average=double)
cdef double dpo_update(Detrended* s, double* window, double x) noexcept nogil

cdef double qstick_update(Detrended* s, double* window, double open, double close) noexcept nogil


@cython.locals(n=double)
cdef double fosc_update(Window* s, double* window, double x) noexcept nogil

cdef double coppock_reset(Coppock* s) noexcept nogil


@cython.locals(before=double)
cdef double percent_since(double* window, long long at, long long rows, long long size, double x) noexcept nogil


@cython.locals(at="long long", change=double)
cdef double coppock_update(Coppock* s, double* window, double x) noexcept nogil

cdef double eri_reset(Eri* s) noexcept nogil


cdef double eri_update(Eri* s, double* window, double high, double low, double close) noexcept nogil
