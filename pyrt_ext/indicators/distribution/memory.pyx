"""What a series remembers: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.distribution import memory as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.distribution.memory cimport (
    Hurst, VarianceRatio, half_life_update, hurst_reset, hurst_update, variance_ratio_reset, variance_ratio_update,
)
from ...streams.windows cimport Window, window_reset


cdef extern from "indicators/distribution/memory.h" nogil:
    int pyrt_half_life_call(const Call* c) noexcept
    int pyrt_hurst_call(const Call* c) noexcept
    int pyrt_variance_ratio_call(const Call* c) noexcept


half_life = Batch.of(pyrt_half_life_call, 1)
hurst = Batch.of(pyrt_hurst_call, 1)
variance_ratio = Batch.of(pyrt_variance_ratio_call, 1, 2)

half_life_formula = Formula.of(
    <void*>half_life_update, <Reset>window_reset, sizeof(Window), streams, "half_life", "window"
)
hurst_formula = Formula.of(<void*>hurst_update, <Reset>hurst_reset, sizeof(Hurst), streams, "hurst")
variance_ratio_formula = Formula.of(
    <void*>variance_ratio_update, <Reset>variance_ratio_reset, sizeof(VarianceRatio), streams, "variance_ratio",
    "variance_ratio", 1, 2
)
