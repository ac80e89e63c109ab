cimport cython

from .windows cimport average_lost, average_places, average_step, ema_kept, ema_next

cdef double nan

cdef struct Lag:
    double value       # NaN until there is a value so many rows before
    long long period
    long long at       # where that value stands
    long long seen     # how many values have come, up to period

cdef struct Swing:
    double value       # NaN until period changes have come
    double last        # the value before
    long long period
    long long seen     # how many values have come

cdef struct Apart:
    double value
    double last        # the average before
    double first       # averages
    double second
    double third
    long long fast     # lengths, the shorter and the longer
    long long slow
    long long kind     # of average
    long long seen

cdef struct Lines:
    double macd        # NaN until the signal is there as well
    double macdsignal
    double macdhist
    double first       # the value that the series began with
    double quick       # the averages; while warming up the sums of distances from the first value
    double slack
    double quick_gain
    double slack_gain
    long long fast
    long long slow
    long long signal
    long long seen

cdef struct Extended:
    double macd        # NaN until the signal is there as well
    double macdsignal
    double macdhist
    long long fast     # lengths and kinds of the averages, the shorter and the longer
    long long fast_kind
    long long slow
    long long slow_kind
    long long signal
    long long signal_kind
    long long fast_late  # how many values each leaves out, so that both begin at `start`
    long long slow_late
    long long start
    long long seen

cdef double lag_reset(Lag* s) noexcept nogil


@cython.locals(before=double)
cdef double lag_put(Lag* s, double* window, double x) noexcept nogil

cdef double mom_update(Lag* s, double* window, double x) noexcept nogil


@cython.locals(before=double)
cdef double roc_update(Lag* s, double* window, double x) noexcept nogil


@cython.locals(before=double)
cdef double rocp_update(Lag* s, double* window, double x) noexcept nogil


@cython.locals(before=double)
cdef double rocr_update(Lag* s, double* window, double x) noexcept nogil


@cython.locals(before=double)
cdef double rocr100_update(Lag* s, double* window, double x) noexcept nogil

cdef double bop_update(Lag* s, double* window, double open, double high, double low, double close) noexcept nogil

cdef double swing_reset(Swing* s) noexcept nogil


@cython.locals(change=double, gain=double, total=double, loss=double, rise=double)
cdef double cmo_update(Swing* s, double* window, double x) noexcept nogil

cdef double apart_reset(Apart* s) noexcept nogil


@cython.locals(gain=double, lost="long long")
cdef double trix_update(Apart* s, double* window, double x) noexcept nogil


cdef double apart_put(Apart* s, double* window, double x) noexcept nogil


cdef double apo_update(Apart* s, double* window, double x) noexcept nogil


@cython.locals(slack=double)
cdef double ppo_update(Apart* s, double* window, double x) noexcept nogil

cdef double lines_reset(Lines* s) noexcept nogil


@cython.locals(line=double, mean=double)
cdef double macd_lines_update(Lines* s, double* window, double x) noexcept nogil

cdef double extended_reset(Extended* s) noexcept nogil


@cython.locals(quick=double, slack=double, line=double, base="long long", mean=double)
cdef double macdext_update(Extended* s, double* window, double x) noexcept nogil
