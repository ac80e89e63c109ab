cimport cython
from libc cimport math

from ..volatility cimport true_range
from ..windows cimport counted, highest_step, sma_step

cdef double nan
cdef double TINY
cdef double EDGE

cdef struct Ichimoku:
    double tenkan      # NaN until all are there
    double kijun
    double senkou_a    # the spans that are drawn at the present row
    double senkou_b
    double lead_a      # the spans that the present row gives
    double lead_b
    long long quick    # lengths of the windows
    long long slack
    long long wide
    long long apart    # of the rows between a span and where it is drawn, both counted
    long long at1      # where the next bar goes in each window
    long long at2
    long long at3
    long long at4
    long long lost     # how many bars come before the first row
    long long seen     # how many bars have come

cdef struct Squeeze:
    double momentum    # NaN until both are there
    double on          # 1 or 0
    double last        # the close before
    double nbdev
    double nbrange
    long long period
    long long at       # where the next bar goes
    long long seen     # how many bars have come

cdef struct Reach:
    double value       # NaN until it is complete
    double last        # the close before
    double scale       # what makes a logarithm percents of the largest
    long long period
    long long at       # how many values this block has, below period
    long long full     # 1 once a block is complete
    long long seen

cdef double ichimoku_reset(Ichimoku* s) noexcept nogil


@cython.locals(full="long long", top=double)
cdef double middle_step(
    double* window, long long base, long long at, long long period, long long seen, double high, double low
) noexcept nogil

cdef long long onward(long long at, long long period) noexcept nogil


@cython.locals(base="long long", tenkan=double, kijun=double, lead=double)
cdef double ichimoku_update(Ichimoku* s, double* window, double high, double low) noexcept nogil

cdef double squeeze_reset(Squeeze* s) noexcept nogil


@cython.locals(
    period="long long", apart="long long", oldest="long long", i="long long", newest=double, last=double, total=double,
    squares=double, sums=double, ranked=double, total2=double, squares2=double, sums2=double, ranked2=double,
    rank=double, d=double, d2=double, n=double, mean=double, slope=double
)
cdef double squeeze_fit(Squeeze* s, double* window, long long base, long long at) noexcept nogil


@cython.locals(period="long long", at="long long", base="long long", middle=double, wide=double)
cdef double squeeze_update(Squeeze* s, double* window, double high, double low, double close) noexcept nogil

cdef double reach_reset(Reach* s) noexcept nogil


@cython.locals(base="long long", top=double, bottom=double, way=double)
cdef double choppiness_update(Reach* s, double* window, double high, double low, double close) noexcept nogil


@cython.locals(top=double, fall=double, mean=double)
cdef double ulcer_index_update(Reach* s, double* window, double x) noexcept nogil
