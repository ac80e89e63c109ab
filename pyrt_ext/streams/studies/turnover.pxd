cimport cython

from ..windows cimport counted, ema_next, sma_step

cdef double nan
cdef double inf

cdef struct Turnover:
    double value
    double money       # sums of everything so far
    double total
    double last        # the close before
    double before      # the volume before
    long long period
    long long seen

cdef double turnover_reset(Turnover* s) noexcept nogil


@cython.locals(money=double, total=double)
cdef double vwma_update(Turnover* s, double* window, double x, double volume) noexcept nogil


@cython.locals(span=double, flow=double, money=double, total=double)
cdef double cmf_update(
    Turnover* s, double* window, double high, double low, double close, double volume
) noexcept nogil

cdef double rvol_update(Turnover* s, double* window, double volume) noexcept nogil


@cython.locals(force=double, average=double)
cdef double efi_update(Turnover* s, double* window, double close, double volume) noexcept nogil

cdef double marketfi_update(Turnover* s, double* window, double high, double low, double volume) noexcept nogil


@cython.locals(ratio=double)
cdef double index_step(Turnover* s, double close, long long moves) noexcept nogil


@cython.locals(moves="long long")
cdef double nvi_update(Turnover* s, double* window, double close, double volume) noexcept nogil


@cython.locals(moves="long long")
cdef double pvi_update(Turnover* s, double* window, double close, double volume) noexcept nogil

cdef double pvt_update(Turnover* s, double* window, double close, double volume) noexcept nogil

cdef double vwap_update(
    Turnover* s, double* window, double high, double low, double close, double volume
) noexcept nogil
