"""Oscillators that look for turns: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import turns as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.turns cimport (
    Connors, Fisher, Kst, Qqe, Stc, connors_reset, connors_update, fisher_reset, fisher_update, kst_reset, kst_update,
    qqe_reset, qqe_update, stc_reset, stc_update,
)


cdef extern from "indicators/studies/turns.h" nogil:
    int pyrt_kst_call(const Call* c) noexcept
    int pyrt_fisher_call(const Call* c) noexcept
    int pyrt_connors_rsi_call(const Call* c) noexcept
    int pyrt_stc_call(const Call* c) noexcept
    int pyrt_qqe_call(const Call* c) noexcept


kst = Batch.of(pyrt_kst_call, 1, 2)
fisher = Batch.of(pyrt_fisher_call, 2, 2)
connors_rsi = Batch.of(pyrt_connors_rsi_call, 1)
stc = Batch.of(pyrt_stc_call, 1)
qqe = Batch.of(pyrt_qqe_call, 1, 2)

kst_formula = Formula.of(<void*>kst_update, <Reset>kst_reset, sizeof(Kst), streams, "kst", "kst", 1, 2)
fisher_formula = Formula.of(
    <void*>fisher_update, <Reset>fisher_reset, sizeof(Fisher), streams, "fisher", "fisher", 2, 2
)
connors_rsi_formula = Formula.of(<void*>connors_update, <Reset>connors_reset, sizeof(Connors), streams, "connors")
stc_formula = Formula.of(<void*>stc_update, <Reset>stc_reset, sizeof(Stc), streams, "stc")
qqe_formula = Formula.of(<void*>qqe_update, <Reset>qqe_reset, sizeof(Qqe), streams, "qqe", "qqe", 1, 2)
