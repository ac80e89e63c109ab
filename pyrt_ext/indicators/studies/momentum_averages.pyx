"""Momentum of averages: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import momentum_averages as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.momentum_averages cimport (
    Awesome, Coppock, Detrended, Eri, ac_update, ao_update, awesome_reset, coppock_reset, coppock_update,
    detrended_reset, dpo_update, eri_reset, eri_update, fosc_update, qstick_update,
)
from ...streams.windows cimport Window, window_reset


cdef extern from "indicators/studies/momentum_averages.h" nogil:
    int pyrt_ac_call(const Call* c) noexcept
    int pyrt_ao_call(const Call* c) noexcept
    int pyrt_coppock_call(const Call* c) noexcept
    int pyrt_dpo_call(const Call* c) noexcept
    int pyrt_eri_call(const Call* c) noexcept
    int pyrt_fosc_call(const Call* c) noexcept
    int pyrt_qstick_call(const Call* c) noexcept


ac = Batch.of(pyrt_ac_call, 2)
ao = Batch.of(pyrt_ao_call, 2)
coppock = Batch.of(pyrt_coppock_call, 1)
dpo = Batch.of(pyrt_dpo_call, 1)
eri = Batch.of(pyrt_eri_call, 3, 2)
fosc = Batch.of(pyrt_fosc_call, 1)
qstick = Batch.of(pyrt_qstick_call, 2)

ac_formula = Formula.of(
    <void*>ac_update, <Reset>awesome_reset, sizeof(Awesome), streams, "ac", "awesome", 2
)
ao_formula = Formula.of(
    <void*>ao_update, <Reset>awesome_reset, sizeof(Awesome), streams, "ao", "awesome", 2
)
coppock_formula = Formula.of(<void*>coppock_update, <Reset>coppock_reset, sizeof(Coppock), streams, "coppock")
dpo_formula = Formula.of(
    <void*>dpo_update, <Reset>detrended_reset, sizeof(Detrended), streams, "dpo", "detrended"
)
eri_formula = Formula.of(<void*>eri_update, <Reset>eri_reset, sizeof(Eri), streams, "eri", "eri", 3, 2)
fosc_formula = Formula.of(<void*>fosc_update, <Reset>window_reset, sizeof(Window), streams, "fosc", "window")
qstick_formula = Formula.of(
    <void*>qstick_update, <Reset>detrended_reset, sizeof(Detrended), streams, "qstick", "detrended", 2
)
