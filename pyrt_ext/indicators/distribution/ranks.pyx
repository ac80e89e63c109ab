"""Order statistics of windows: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.distribution import ranks as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.distribution.ranks cimport Spot, mad_update, quantile_update, rank_update, ranked_reset, spot_reset


cdef extern from "indicators/distribution/ranks.h" nogil:
    int pyrt_mad_call(const Call* c) noexcept
    int pyrt_median_call(const Call* c) noexcept
    int pyrt_quantile_call(const Call* c) noexcept
    int pyrt_rank_call(const Call* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>spot_reset, sizeof(Spot), streams, name, "spot")


mad = Batch.of(pyrt_mad_call, 1)
median = Batch.of(pyrt_median_call, 1)
quantile = Batch.of(pyrt_quantile_call, 1)
rank = Batch.of(pyrt_rank_call, 1)

mad_formula = formula(<void*>mad_update, "mad")
median_formula = formula(<void*>quantile_update, "quantile")
quantile_formula = formula(<void*>quantile_update, "quantile")
rank_formula = Formula.of(<void*>rank_update, <Reset>ranked_reset, sizeof(Spot), streams, "rank", "ranked")
