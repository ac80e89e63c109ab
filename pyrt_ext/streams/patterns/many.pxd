cimport cython

from .candles cimport (
    Candles,
    bare,
    big,
    black,
    body,
    bottom,
    candle_step,
    close_of,
    either,
    falls,
    gap_down,
    gap_up,
    high_of,
    inside_bar,
    low_of,
    near,
    no_lower,
    no_upper,
    open_of,
    rises,
    small,
    top,
    upper,
    white,
)

cdef bint same(double* w, long long b, long long a) noexcept nogil
cdef bint opens_in(double* w, long long b, long long a) noexcept nogil
cdef bint reaches(double* w, long long b, long long a) noexcept nogil


@cython.locals(hit=bint, down=bint, up=bint)
cdef void trap(double* w, long long i, long long modified) noexcept nogil
cdef bint beyond(double* w, long long i, long long bar, double sign) noexcept nogil


@cython.locals(k="long long", sign=double, t="long long")
cdef double hikkake(double* w, long long i) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", d="long long", hit=bint)
cdef double cdl3blackcrows_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", d="long long", up=bint, down=bint, hit=bint)
cdef double cdl3linestrike_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", d="long long", e="long long", up=bint, down=bint)
cdef double cdlbreakaway_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", d="long long", hit=bint)
cdef double cdlconcealbabyswall_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long")
cdef double cdlhikkake_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long")
cdef double cdlhikkakemod_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", d="long long", e="long long", hit=bint)
cdef double cdlladderbottom_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", d="long long", e="long long", hit=bint, floor=double)
cdef double cdlmathold_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", d="long long", e="long long", up=bint, down=bint, hit=bint)
cdef double cdlrisefall3methods_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil
