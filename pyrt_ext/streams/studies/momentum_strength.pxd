cimport cython

from ..oscillators cimport place
from ..windows cimport average_lost, average_places, average_step, ema_next, ema_step, highest_step

cdef double nan

cdef struct Tsi:
    double value       # NaN until both averages are there
    double last        # the value before
    long long first    # lengths of the averages
    long long second
    long long seen     # how many values have come

cdef struct Smi:
    double smi         # NaN until the signal is there as well
    double smisignal
    long long period
    long long fast     # lengths of the averages, the slow one being the first
    long long slow
    long long signal
    long long at       # how many values this block of extremes has, below period
    long long full     # 1 once a block is complete
    long long seen     # how many windows have come

cdef struct Kdj:
    double k           # NaN until both are there
    double d
    double j
    long long period
    long long slow     # lengths and kinds of the averages
    long long kind
    long long signal
    long long signal_kind
    long long at
    long long full
    long long seen     # how many places have come
    long long lost     # how many of them before the first average


cdef double twice_step(
    double* window, long long base, double once, double twice,
    long long seen, long long first, long long second, double x
) noexcept nogil

cdef double share_of(double part, double whole) noexcept nogil

cdef double tsi_reset(Tsi* s) noexcept nogil


@cython.locals(move=double, move_twice=double, way=double, way_twice=double, change=double)
cdef double tsi_update(Tsi* s, double* window, double x) noexcept nogil

cdef double smi_reset(Smi* s) noexcept nogil


@cython.locals(
    top=double, bottom=double, base="long long", move=double, index=double,
    late="long long", line=double, middle=double, way=double
)
cdef double smi_update(Smi* s, double* window, double high, double low, double close) noexcept nogil

cdef double kdj_reset(Kdj* s) noexcept nogil


@cython.locals(top=double, bottom=double, base="long long", k=double, d=double)
cdef double kdj_update(Kdj* s, double* window, double high, double low, double close) noexcept nogil
