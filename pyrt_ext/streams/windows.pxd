cimport cython
from libc cimport math

cdef double nan

cdef struct Window:
    double value       # NaN until the window is full
    double factor      # a parameter of some functions
    double center      # mean of the values in the window, where a function asks for it
    double variance
    double slope
    long long period   # length of the window
    long long at       # where the next value goes: once the window is full, the oldest
    long long seen     # how many values have come, up to period

cdef double window_reset(Window* s) noexcept nogil

cdef long long window_put(Window* s, double* window, double x) noexcept nogil


cdef long long counted(long long seen, long long period) noexcept nogil


@cython.locals(at="long long")
cdef long long place_in(long long seen, long long period) noexcept nogil


@cython.locals(at="long long", i="long long", total=double, mean=double)
cdef double sma_step(double* window, long long base, long long seen, long long period, double x) noexcept nogil

cdef double ema_step(
    double* window, long long base, long long seen, long long period, double gain, double x
) noexcept nogil

cdef double ema_next(
    double* window, long long base, double average, long long seen, long long period, double gain, double x
) noexcept nogil

cdef double ema_kept(
    double* window, long long at, double average, long long seen, long long period, double gain, double x
) noexcept nogil


@cython.locals(
    at="long long", i="long long", first=double, d=double, total=double, ranked=double, share=double, rest=double,
    apart=double, mean=double
)
cdef double wma_step(double* window, long long base, long long seen, long long period, double x) noexcept nogil


@cython.locals(first="long long", mean=double)
cdef double trima_step(
    double* window, long long base, long long seen, long long inner, long long period, double x
) noexcept nogil


@cython.locals(value=double)
cdef double cascade_step(
    double* window, long long base, long long seen, long long period, double gain, long long depth, double x
) noexcept nogil


@cython.locals(
    low=double, high=double, steep=bint, top=double, bottom=double, base=double, rest=double, r=double, z=double,
    z2=double, z4=double, a=double, b=double, c=double, d=double, e=double, tail=double, angle=double
)
cdef double arc(double up, double along) noexcept nogil


@cython.locals(two=double, four=double, six=double)
cdef double hilbert_of(double* window, long long ring, long long size, long long t, double now) noexcept nogil


@cython.locals(at="long long", before=double, total=double, weighted=double)
cdef double smoothed_price(double* window, long long base, long long seen, double x) noexcept nogil


@cython.locals(
    at="long long", rows="long long", waves="long long", turns="long long", smooth=double, old=double, scale=double,
    wave=double, quadrature=double, inphase=double, ahead=double, across_ahead=double, across=double, along=double,
    real=double, imaginary=double, period=double, angle=double
)
cdef double hilbert_step(
    double* window, long long base, long long seen, long long start, double x
) noexcept nogil


@cython.locals(phase=double, turned=double, gain=double)
cdef double mama_step(
    double* window, long long base, long long seen, double fast, double slow, double x
) noexcept nogil


@cython.locals(
    at="long long", newest="long long", value="long long", way=double, change=double, ratio=double, root=double
)
cdef double kama_step(double* window, long long base, long long seen, long long period, double x) noexcept nogil


@cython.locals(last=double, v2=double, v3=double)
cdef double t3_step(
    double* window, long long base, long long seen, long long period, double v, double x
) noexcept nogil


@cython.locals(first="long long", half=double, whole=double)
cdef double hma_step(
    double* window, long long base, long long half_seen, long long seen, long long inner, long long period, double x
) noexcept nogil


@cython.locals(at="long long", before=double)
cdef double ahead(double* window, long long base, long long seen, long long lag, double x) noexcept nogil


@cython.locals(lag="long long")
cdef double zlema_step(double* window, long long base, long long seen, long long period, double x) noexcept nogil


cdef double average_step(
    double* window, long long base, long long seen, long long period, long long kind, double x
) noexcept nogil


@cython.locals(gain=double, last=double)
cdef double other_average(
    double* window, long long base, long long seen, long long period, long long kind, double x
) noexcept nogil

cdef long long average_places(long long period) noexcept nogil


@cython.locals(lost="long long", root="long long")
cdef long long average_lost(long long period, long long kind) noexcept nogil


@cython.locals(i="long long", head=double, best=double)
cdef double highest_step(
    double* window, long long base, long long at, long long period, long long full, double x
) noexcept nogil
