cimport cython

from .candles cimport (
    Candles,
    bare,
    big,
    black,
    body,
    bottom,
    candle_step,
    doji,
    either,
    gap_down,
    gap_up,
    high_of,
    long_lower,
    long_upper,
    low_of,
    lower,
    near,
    no_lower,
    no_upper,
    shadow_step,
    short_lower,
    short_upper,
    small,
    top,
    upper,
    white,
)


@cython.locals(middle=double)
cdef bint central(double* w, long long i) noexcept nogil


@cython.locals(a="long long", hit=bint)
cdef double cdlbelthold_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", hit=bint)
cdef double cdlclosingmarubozu_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long")
cdef double cdldoji_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long")
cdef double cdldragonflydoji_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long")
cdef double cdlgravestonedoji_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdlhammer_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdlhangingman_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", hit=bint)
cdef double cdlhighwave_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long")
cdef double cdlinvertedhammer_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long")
cdef double cdllongleggeddoji_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", hit=bint)
cdef double cdllongline_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", hit=bint)
cdef double cdlmarubozu_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long")
cdef double cdlrickshawman_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long")
cdef double cdlshootingstar_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", hit=bint)
cdef double cdlshortline_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", hit=bint)
cdef double cdlspinningtop_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long")
cdef double cdltakuri_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil
