"""Averages with weights of their own: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import smoothing as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.smoothing cimport Alma, Mcginley, alma_reset, alma_update, mcginley_reset, mcginley_update


cdef extern from "indicators/studies/smoothing.h" nogil:
    int pyrt_alma_call(const Call* c) noexcept
    int pyrt_mcginley_call(const Call* c) noexcept


alma = Batch.of(pyrt_alma_call, 1)
mcginley = Batch.of(pyrt_mcginley_call, 1)

alma_formula = Formula.of(<void*>alma_update, <Reset>alma_reset, sizeof(Alma), streams, "alma")
mcginley_formula = Formula.of(<void*>mcginley_update, <Reset>mcginley_reset, sizeof(Mcginley), streams, "mcginley")
