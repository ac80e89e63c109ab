cimport cython

cdef double nan

cdef struct FracDiff:
    double value       # NaN until the window is full
    double d
    long long width    # how many weights
    long long filled   # whether they stand in the window
    long long at       # where the next value goes
    long long seen     # how many values have come, up to width

cdef struct Cusum:
    double value       # 1, -1 or 0; NaN until there is a change
    double height
    double last        # the value before
    double up          # what rises have summed up to
    double down        # what falls have

cdef double frac_diff_reset(FracDiff* s) noexcept nogil


@cython.locals(k="long long", weight=double)
cdef double frac_weights(FracDiff* s, double* window) noexcept nogil


@cython.locals(end="long long", one=double, two=double, three=double, four=double)
cdef double dot(double* window, long long i, long long j, long long count) noexcept nogil

cdef double frac_diff_update(FracDiff* s, double* window, double x) noexcept nogil

cdef double cusum_reset(Cusum* s) noexcept nogil


@cython.locals(change=double)
cdef double cusum_update(Cusum* s, double* window, double x) noexcept nogil
