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
    doji,
    either,
    equal,
    far,
    gap_down,
    gap_up,
    high_of,
    inside,
    long_lower,
    long_upper,
    low_of,
    lower,
    near,
    no_lower,
    no_upper,
    open_of,
    shadow,
    shadow_step,
    short_upper,
    small,
    top,
    upper,
    usual,
    white,
    within,
)

cdef bint climbs(double* w, long long b, long long a) noexcept nogil
cdef bint near_close(double* w, long long b, long long a) noexcept nogil
cdef bint weakens(double* w, long long c, long long b, long long a) noexcept nogil


@cython.locals(up=bint)
cdef bint returns(double* w, long long c, long long a, double share) noexcept nogil


@cython.locals(hit=bint)
cdef bint south(double* w, long long b, long long a) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdl2crows_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint, up=bint, down=bint)
cdef double cdl3inside_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint, up=bint, down=bint)
cdef double cdl3outside_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdl3starsinsouth_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdl3whitesoldiers_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", up=bint, down=bint, hit=bint)
cdef double cdlabandonedbaby_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdladvanceblock_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long")
cdef double cdleveningdojistar_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long")
cdef double cdleveningstar_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint, up=bint, down=bint)
cdef double cdlgapsidesidewhite_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdlidentical3crows_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long")
cdef double cdlmorningdojistar_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long")
cdef double cdlmorningstar_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdlstalledpattern_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdlsticksandwich_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint, up=bint, down=bint)
cdef double cdltasukigap_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", bound=double, hit=bint, up=bint)
cdef double cdltristar_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdlunique3river_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint)
cdef double cdlupsidegap2crows_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil


@cython.locals(a="long long", b="long long", c="long long", hit=bint, up=bint)
cdef double cdlxsidegap3methods_update(
    Candles* s, double* w, double opening, double high, double low, double close
) noexcept nogil
