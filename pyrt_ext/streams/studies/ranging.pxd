cimport cython
from libc cimport math

from ..volatility cimport true_range
from ..windows cimport counted, ema_kept, ema_next, place_in, sma_step

cdef double nan

cdef struct Around:
    double upperband   # NaN until there are all three
    double middleband
    double lowerband
    double width       # how many average true ranges the bands are away
    double last        # close
    double middle      # averages, of prices and of true ranges
    double span
    long long period
    long long slow     # length of the average of true ranges
    long long seen

cdef struct Follower:
    double supertrend  # NaN until there is an average true range
    double trend       # 1 rising, -1 falling
    double upper       # bands
    double lower
    double width       # how many average true ranges they are away
    double last        # close
    long long period
    long long rising
    long long seen

cdef struct Candle:
    double haopen
    double hahigh
    double halow
    double haclose
    long long seen

cdef struct Spread:
    double value       # NaN until it is complete
    double last
    double once        # averages, of a value and of that average
    double twice
    long long period
    long long second   # the other length
    long long seen

cdef double around_reset(Around* s) noexcept nogil


@cython.locals(total=double, width=double)
cdef double accbands_update(Around* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(start="long long", since="long long", gain=double, span=double)
cdef double kc_update(Around* s, double* window, double high, double low, double close) noexcept nogil

cdef double follower_reset(Follower* s) noexcept nogil


@cython.locals(span=double, middle=double, upper=double, lower=double)
cdef double supertrend_update(Follower* s, double* window, double high, double low, double close) noexcept nogil

cdef double candle_reset(Candle* s) noexcept nogil


@cython.locals(begun=double, mean=double)
cdef double ha_update(Candle* s, double* window, double opening, double high, double low, double close) noexcept nogil

cdef double spread_reset(Spread* s) noexcept nogil


@cython.locals(since="long long", at="long long")
cdef double cvi_update(Spread* s, double* window, double high, double low) noexcept nogil


@cython.locals(gain=double, since="long long", ratio=double)
cdef double massi_update(Spread* s, double* window, double high, double low) noexcept nogil


@cython.locals(at="long long", total=double, squares=double, left="long long", d=double, mean=double, variance=double)
cdef double deviation_step(double* window, long long base, long long seen, long long period, double x) noexcept nogil


@cython.locals(deviation=double, since="long long", rise=double, fall=double, up=double, down=double)
cdef double rvi_update(Spread* s, double* window, double x) noexcept nogil
