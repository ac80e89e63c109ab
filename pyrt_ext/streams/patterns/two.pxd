cimport cython

from .candles cimport (
    Candles,
    big,
    black,
    body,
    bottom,
    candle_step,
    clarity,
    close_of,
    contained,
    doji,
    either,
    equal,
    gap_down,
    gap_up,
    high_of,
    inside,
    low_of,
    no_lower,
    no_upper,
    open_of,
    top,
    usual,
    white,
    within,
)


@cython.locals(up=bint, down=bint, hit=bint)
cdef double kicks(Candles* s, double* w, long long b, long long a) noexcept nogil
cdef bint bald(double* w, long long i) noexcept nogil
cdef bint thrusts(double* w, long long b, long long a) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint, up=bint, down=bint)
cdef double cdlcounterattack_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdldarkcloudcover_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdldojistar_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdlengulfing_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdlharami_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdlharamicross_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long")
cdef double cdlhomingpigeon_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long")
cdef double cdlinneck_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long")
cdef double cdlkicking_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long")
cdef double cdlkickingbylength_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdlmatchinglow_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long")
cdef double cdlonneck_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint)
cdef double cdlpiercing_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", hit=bint, up=bint, down=bint)
cdef double cdlseparatinglines_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long")
cdef double cdlthrusting_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil
