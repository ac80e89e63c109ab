"""Math Operators: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import moving as moving_streams
from pyrt_ext.streams import operators as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.moving cimport Sma, sma_reset, sum_update
from ..streams.operators cimport (
    Extreme, MinMax, Total, add_update, cumsum_update, div_update, extreme_reset, max_update, min_update, minmax_reset,
    minmax_update, mult_update, sub_update, total_reset,
)


cdef extern from "indicators/operators.h" nogil:
    int pyrt_add_call(const Call* c) noexcept
    int pyrt_sub_call(const Call* c) noexcept
    int pyrt_mult_call(const Call* c) noexcept
    int pyrt_div_call(const Call* c) noexcept
    int pyrt_cumsum_call(const Call* c) noexcept
    int pyrt_sum_call(const Call* c) noexcept
    int pyrt_max_call(const Call* c) noexcept
    int pyrt_min_call(const Call* c) noexcept
    int pyrt_minmax_call(const Call* c) noexcept
    int pyrt_maxindex_call(const Call* c) noexcept
    int pyrt_minindex_call(const Call* c) noexcept
    int pyrt_minmaxindex_call(const Call* c) noexcept


add = Batch.of(pyrt_add_call, 2, 1, 0, True)
sub = Batch.of(pyrt_sub_call, 2, 1, 0, True)
mult = Batch.of(pyrt_mult_call, 2, 1, 0, True)
div = Batch.of(pyrt_div_call, 2, 1, 0, True)
cumsum = Batch.of(pyrt_cumsum_call, 1)
total = Batch.of(pyrt_sum_call, 1)
highest = Batch.of(pyrt_max_call, 1)
lowest = Batch.of(pyrt_min_call, 1)
minmax = Batch.of(pyrt_minmax_call, 1, 2)
maxindex = Batch.of(pyrt_maxindex_call, 1, 1, 0b1)
minindex = Batch.of(pyrt_minindex_call, 1, 1, 0b1)
minmaxindex = Batch.of(pyrt_minmaxindex_call, 1, 2, 0b11)


cdef object on_total(void* update, str name, int inputs=2):
    return Formula.of(update, <Reset>total_reset, sizeof(Total), streams, name, "total", inputs)


cdef object on_extreme(void* update, str name):
    return Formula.of(update, <Reset>extreme_reset, sizeof(Extreme), streams, name, "extreme")


add_formula = on_total(<void*>add_update, "add")
sub_formula = on_total(<void*>sub_update, "sub")
mult_formula = on_total(<void*>mult_update, "mult")
div_formula = on_total(<void*>div_update, "div")
cumsum_formula = on_total(<void*>cumsum_update, "cumsum", 1)
sum_formula = Formula.of(<void*>sum_update, <Reset>sma_reset, sizeof(Sma), moving_streams, "sum", "sma")
max_formula = on_extreme(<void*>max_update, "max")
min_formula = on_extreme(<void*>min_update, "min")
minmax_formula = Formula.of(
    <void*>minmax_update, <Reset>minmax_reset, sizeof(MinMax), streams, "minmax", "minmax", 1, 2
)
