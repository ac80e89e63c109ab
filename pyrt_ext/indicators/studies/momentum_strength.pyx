"""Momentum smoothed twice, and a place between extremes: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import momentum_strength as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.momentum_strength cimport (
    Kdj, Smi, Tsi, kdj_reset, kdj_update, smi_reset, smi_update, tsi_reset, tsi_update,
)


cdef extern from "indicators/studies/momentum_strength.h" nogil:
    int pyrt_kdj_call(const Call* c) noexcept
    int pyrt_smi_call(const Call* c) noexcept
    int pyrt_tsi_call(const Call* c) noexcept


kdj = Batch.of(pyrt_kdj_call, 3, 3)
smi = Batch.of(pyrt_smi_call, 3, 2)
tsi = Batch.of(pyrt_tsi_call, 1)

kdj_formula = Formula.of(<void*>kdj_update, <Reset>kdj_reset, sizeof(Kdj), streams, "kdj", "kdj", 3, 3)
smi_formula = Formula.of(<void*>smi_update, <Reset>smi_reset, sizeof(Smi), streams, "smi", "smi", 3, 2)
tsi_formula = Formula.of(<void*>tsi_update, <Reset>tsi_reset, sizeof(Tsi), streams, "tsi")
