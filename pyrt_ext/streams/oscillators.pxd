cimport cython

from .windows cimport average_lost, average_places, average_step, counted, ema_step, highest_step, place_in, sma_step

cdef double nan
cdef double TINY

cdef struct Reach:
    double value       # NaN until the window is full
    double last        # the price before
    long long period
    long long at       # how many values this block has, below period
    long long full     # 1 once a block is complete
    long long seen

cdef struct Channel:
    double upperband   # NaN until the window is full
    double middleband
    double lowerband
    long long period
    long long at
    long long full

cdef struct Stoch:
    double slowk       # NaN until both are there
    double slowd
    long long period
    long long slow     # lengths and kinds of the averages
    long long kind
    long long signal
    long long signal_kind
    long long at
    long long full
    long long seen     # how many places have come
    long long lost     # how many of them before the first average

cdef struct Fast:
    double fastk       # NaN until both are there
    double fastd
    double last        # the price before
    long long rsi      # length of the index
    long long period
    long long signal
    long long signal_kind
    long long at
    long long full
    long long seen     # how many places have come
    long long changes  # how many prices have come

cdef struct Aroon:
    double aroondown   # NaN until the window is full
    double aroonup
    long long period
    long long seen
    long long top      # how long ago the extremes were, -1 at the start
    long long bottom

cdef struct AroonOsc:
    double value
    long long period
    long long seen
    long long top
    long long bottom

cdef struct Ultimate:
    double value
    double last        # the close before
    long long one      # lengths, the shortest first
    long long two
    long long three
    long long seen1    # how many rows of the first length have come, counted
    long long seen2
    long long seen3

cdef double reach_reset(Reach* s) noexcept nogil
cdef double reach_advance(Reach* s) noexcept nogil


@cython.locals(top=double, bottom=double, span=double)
cdef double willr_update(Reach* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(top=double)
cdef double midpoint_update(Reach* s, double* window, double x) noexcept nogil


@cython.locals(top=double)
cdef double midprice_update(Reach* s, double* window, double high, double low) noexcept nogil

cdef double channel_reset(Channel* s) noexcept nogil
cdef double donchian_update(Channel* s, double* window, double high, double low) noexcept nogil


@cython.locals(x=double, total=double, mean=double, at="long long", total2=double)
cdef double cci_update(Reach* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(price=double, flow=double, up=double, down=double, moved=bint, total=double)
cdef double mfi_update(Reach* s, double* window, double high, double low, double close, double volume) noexcept nogil


@cython.locals(span=double)
cdef double place(double x, double top, double bottom) noexcept nogil

cdef double stoch_reset(Stoch* s) noexcept nogil


@cython.locals(top=double, bottom=double, base="long long", k=double, d=double)
cdef double stoch_update(Stoch* s, double* window, double high, double low, double close) noexcept nogil

cdef double fast_reset(Fast* s) noexcept nogil


@cython.locals(top=double, bottom=double, k=double, d=double)
cdef double fast_put(Fast* s, double* window, double high, double low, double close) noexcept nogil

cdef double stochrsi_reset(Fast* s) noexcept nogil
cdef double stochf_update(Fast* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(
    change=double, gain=double, base="long long", gains=double, losses=double, total=double, index=double
)
cdef double stochrsi_update(Fast* s, double* window, double x) noexcept nogil

cdef double aroon_reset(Aroon* s) noexcept nogil


@cython.locals(age="long long", i="long long", best=double)
cdef long long since_step(
    double* window, long long base, long long at, long long size, long long since, double x
) noexcept nogil


@cython.locals(size="long long", at="long long")
cdef double aroon_update(Aroon* s, double* window, double high, double low) noexcept nogil

cdef double aroonosc_reset(AroonOsc* s) noexcept nogil


@cython.locals(size="long long", at="long long")
cdef double aroonosc_update(AroonOsc* s, double* window, double high, double low) noexcept nogil

cdef double ultimate_reset(Ultimate* s) noexcept nogil


@cython.locals(
    at="long long", i="long long", j="long long", a=double, b=double, tail=double, other=double
)
cdef double ratio_step(
    double* window, long long base, long long seen, long long period, double x, double y
) noexcept nogil


@cython.locals(floor=double, span=double, base="long long", total=double)
cdef double ultosc_update(Ultimate* s, double* window, double high, double low, double close) noexcept nogil
