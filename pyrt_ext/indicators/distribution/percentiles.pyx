"""Percentiles of windows: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.distribution import percentiles as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.distribution.percentiles cimport Place, percentile_update, percentrank_update, place_reset


cdef extern from "indicators/distribution/percentiles.h" nogil:
    int pyrt_percentile_call(const Call* c) noexcept
    int pyrt_percentrank_call(const Call* c) noexcept


percentile = Batch.of(pyrt_percentile_call, 1)
percentrank = Batch.of(pyrt_percentrank_call, 1)

percentile_formula = Formula.of(
    <void*>percentile_update, <Reset>place_reset, sizeof(Place), streams, "percentile", "place"
)
percentrank_formula = Formula.of(
    <void*>percentrank_update, <Reset>place_reset, sizeof(Place), streams, "percentrank", "place"
)
