cimport cython

from ..windows cimport counted, ema_next, sma_step

cdef double nan

cdef struct Vwap:
    double value       # NaN before the first anchor
    double first       # the first price of the average
    double money       # distances from it, weighed by volume
    double total       # volume
    double mark        # of the session
    long long begun

cdef struct Traded:
    double value       # NaN until the window is full
    double last        # the middle of the bar before
    double divisor     # of volumes
    long long period
    long long seen     # how many bars have come

cdef struct Klinger:
    double kvo         # NaN until both are there
    double signal
    double price       # of the bar before, times three
    double range
    double trend       # 1 or -1
    double reach       # ranges of the bars of a trend, and of the one before it
    long long fast
    long long slow
    long long smooth
    long long seen     # how many bars have come

cdef double vwap_reset(Vwap* s) noexcept nogil


@cython.locals(price=double)
cdef double vwap_step(
    Vwap* s, double high, double low, double close, double volume, long long anew
) noexcept nogil


@cython.locals(anew="long long")
cdef double session_vwap_update(
    Vwap* s, double* window, double high, double low, double close, double volume, double session
) noexcept nogil


@cython.locals(anew="long long")
cdef double anchored_vwap_update(
    Vwap* s, double* window, double high, double low, double close, double volume, double anchor
) noexcept nogil

cdef double traded_reset(Traded* s) noexcept nogil


@cython.locals(price=double, money=double, total=double)
cdef double rolling_vwap_update(
    Traded* s, double* window, double high, double low, double close, double volume
) noexcept nogil


@cython.locals(middle=double, ease=double)
cdef double eom_update(Traded* s, double* window, double high, double low, double volume) noexcept nogil

cdef double klinger_reset(Klinger* s) noexcept nogil


@cython.locals(
    price=double, span=double, trend=double, force=double, seen="long long",
    quick=double, slack=double, line=double, gain=double
)
cdef double klinger_update(
    Klinger* s, double* window, double high, double low, double close, double volume
) noexcept nogil
