cimport cython

cdef double nan

cdef struct Candles:
    double value           # NaN in the warm-up
    double penetration
    long long at           # the row of the next bar, 0 to 128

cdef double candles_reset(Candles* s) noexcept nogil


@cython.locals(k="long long")
cdef void candle_back(double* w) noexcept nogil


@cython.locals(i="long long", k="long long")
cdef long long candle_step(
    Candles* s, double* w, long long warmup, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(i="long long", k="long long")
cdef long long shadow_step(
    Candles* s, double* w, long long warmup, double opening, double high, double low, double close
) noexcept nogil

cdef double open_of(double* w, long long i) noexcept nogil
cdef double high_of(double* w, long long i) noexcept nogil
cdef double low_of(double* w, long long i) noexcept nogil
cdef double close_of(double* w, long long i) noexcept nogil
cdef double body(double* w, long long i) noexcept nogil
cdef double top(double* w, long long i) noexcept nogil
cdef double bottom(double* w, long long i) noexcept nogil
cdef double upper(double* w, long long i) noexcept nogil
cdef double lower(double* w, long long i) noexcept nogil
cdef bint white(double* w, long long i) noexcept nogil
cdef bint black(double* w, long long i) noexcept nogil


cdef double five_before(double* w, long long k) noexcept nogil


@cython.locals(older=double)
cdef double ten_before(double* w, long long k) noexcept nogil

cdef double usual(double* w, long long i) noexcept nogil
cdef double bare(double* w, long long i) noexcept nogil
cdef double shadow(double* w, long long i) noexcept nogil
cdef double near(double* w, long long i) noexcept nogil
cdef double far(double* w, long long i) noexcept nogil
cdef double equal(double* w, long long i) noexcept nogil
cdef bint big(double* w, long long i) noexcept nogil
cdef bint small(double* w, long long i) noexcept nogil
cdef bint doji(double* w, long long i) noexcept nogil
cdef bint no_upper(double* w, long long i) noexcept nogil
cdef bint no_lower(double* w, long long i) noexcept nogil
cdef bint short_upper(double* w, long long i) noexcept nogil
cdef bint short_lower(double* w, long long i) noexcept nogil
cdef bint long_upper(double* w, long long i) noexcept nogil
cdef bint long_lower(double* w, long long i) noexcept nogil
cdef bint gap_up(double* w, long long b, long long a) noexcept nogil
cdef bint gap_down(double* w, long long b, long long a) noexcept nogil
cdef bint inside(double* w, long long b, long long a) noexcept nogil
cdef bint contained(double* w, long long b, long long a) noexcept nogil
cdef bint rises(double* w, long long b, long long a) noexcept nogil
cdef bint falls(double* w, long long b, long long a) noexcept nogil
cdef bint inside_bar(double* w, long long b, long long a) noexcept nogil
cdef bint within(double x, double y, double distance) noexcept nogil
cdef double either(bint up, bint down) noexcept nogil
cdef double clarity(double* w, long long b, long long a) noexcept nogil
