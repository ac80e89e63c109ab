"""Filters that make a price fit for statistics: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.distribution import filters as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.distribution.filters cimport (
    Cusum, FracDiff, cusum_reset, cusum_update, frac_diff_reset, frac_diff_update,
)


cdef extern from "indicators/distribution/filters.h" nogil:
    int pyrt_cusum_call(const Call* c) noexcept
    int pyrt_frac_diff_call(const Call* c) noexcept


cusum = Batch.of(pyrt_cusum_call, 1, 1, 1)
frac_diff = Batch.of(pyrt_frac_diff_call, 1)

cusum_formula = Formula.of(<void*>cusum_update, <Reset>cusum_reset, sizeof(Cusum), streams, "cusum")
frac_diff_formula = Formula.of(<void*>frac_diff_update, <Reset>frac_diff_reset, sizeof(FracDiff), streams, "frac_diff")
frac_diff_width = streams.frac_diff_width
