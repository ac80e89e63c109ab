"""Lines through windows: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.distribution import regression as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.distribution.regression cimport (
    Lagged, Ols, autocorr_reset, autocorr_update, ols_reset, ols_update, rsquared_update,
)
from ...streams.windows cimport Window, window_reset


cdef extern from "indicators/distribution/regression.h" nogil:
    int pyrt_autocorr_call(const Call* c) noexcept
    int pyrt_ols_call(const Call* c) noexcept
    int pyrt_rsquared_call(const Call* c) noexcept


autocorr = Batch.of(pyrt_autocorr_call, 1)
ols = Batch.of(pyrt_ols_call, 2, 3)
rsquared = Batch.of(pyrt_rsquared_call, 1)

autocorr_formula = Formula.of(<void*>autocorr_update, <Reset>autocorr_reset, sizeof(Lagged), streams, "autocorr")
ols_formula = Formula.of(<void*>ols_update, <Reset>ols_reset, sizeof(Ols), streams, "ols", "ols", 2, 3)
rsquared_formula = Formula.of(
    <void*>rsquared_update, <Reset>window_reset, sizeof(Window), streams, "rsquared", "window"
)
