"""The shape of a window's distribution: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.distribution import shape as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.distribution.shape cimport kurtosis_update, skew_update, zscore_update
from ...streams.windows cimport Window, window_reset


cdef extern from "indicators/distribution/shape.h" nogil:
    int pyrt_kurtosis_call(const Call* c) noexcept
    int pyrt_skew_call(const Call* c) noexcept
    int pyrt_zscore_call(const Call* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>window_reset, sizeof(Window), streams, name, "window")


kurtosis = Batch.of(pyrt_kurtosis_call, 1)
skew = Batch.of(pyrt_skew_call, 1)
zscore = Batch.of(pyrt_zscore_call, 1)

kurtosis_formula = formula(<void*>kurtosis_update, "kurtosis")
skew_formula = formula(<void*>skew_update, "skew")
zscore_formula = formula(<void*>zscore_update, "zscore")
