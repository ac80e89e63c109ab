cimport cython

from ..windows cimport highest_step

cdef double nan

cdef struct Fractal:
    double swinghigh   # NaN until there are neighbours on both sides
    double swinglow
    long long left
    long long right
    long long seen     # how many bars have come

cdef struct Wad:
    double value
    double last        # the close before
    long long seen

cdef double fractal_reset(Fractal* s) noexcept nogil


@cython.locals(
    size="long long", at="long long", full="long long", best=double, before=double, count="long long", tail=double,
    middle=double
)
cdef double turn(
    double* window, long long base, long long seen, long long left, long long right, double x
) noexcept nogil

cdef double fractal_update(Fractal* s, double* window, double high, double low) noexcept nogil

cdef double wad_reset(Wad* s) noexcept nogil


@cython.locals(floor=double, ceiling=double)
cdef double wad_update(Wad* s, double* window, double high, double low, double close) noexcept nogil
