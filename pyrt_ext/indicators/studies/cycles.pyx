"""Cycles by the Hilbert transform: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import cycles as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.cycles cimport (
    Cycle, Mesa, Mode, Phasor, Sines, cycle_reset, ht_dcperiod_update, ht_dcphase_update, ht_phasor_update,
    ht_sine_update, ht_trendline_update, ht_trendmode_update, mama_update, mesa_reset, mode_reset, phasor_reset,
    sines_reset,
)


cdef extern from "indicators/studies/cycles.h" nogil:
    int pyrt_ht_dcperiod_call(const Call* c) noexcept
    int pyrt_ht_phasor_call(const Call* c) noexcept
    int pyrt_mama_call(const Call* c) noexcept
    int pyrt_ht_dcphase_call(const Call* c) noexcept
    int pyrt_ht_sine_call(const Call* c) noexcept
    int pyrt_ht_trendline_call(const Call* c) noexcept
    int pyrt_ht_trendmode_call(const Call* c) noexcept


cdef object on_cycle(void* update, str name):
    return Formula.of(update, <Reset>cycle_reset, sizeof(Cycle), streams, name, "cycle")


ht_dcperiod = Batch.of(pyrt_ht_dcperiod_call, 1)
ht_phasor = Batch.of(pyrt_ht_phasor_call, 1, 2)
mama = Batch.of(pyrt_mama_call, 1, 2)
ht_dcphase = Batch.of(pyrt_ht_dcphase_call, 1)
ht_sine = Batch.of(pyrt_ht_sine_call, 1, 2)
ht_trendline = Batch.of(pyrt_ht_trendline_call, 1)
ht_trendmode = Batch.of(pyrt_ht_trendmode_call, 1, 1, 1)

ht_dcperiod_formula = on_cycle(<void*>ht_dcperiod_update, "ht_dcperiod")
ht_dcphase_formula = on_cycle(<void*>ht_dcphase_update, "ht_dcphase")
ht_trendline_formula = on_cycle(<void*>ht_trendline_update, "ht_trendline")
ht_phasor_formula = Formula.of(
    <void*>ht_phasor_update, <Reset>phasor_reset, sizeof(Phasor), streams, "ht_phasor", "phasor", 1, 2
)
mama_formula = Formula.of(<void*>mama_update, <Reset>mesa_reset, sizeof(Mesa), streams, "mama", "mesa", 1, 2)
ht_sine_formula = Formula.of(
    <void*>ht_sine_update, <Reset>sines_reset, sizeof(Sines), streams, "ht_sine", "sines", 1, 2
)
ht_trendmode_formula = Formula.of(
    <void*>ht_trendmode_update, <Reset>mode_reset, sizeof(Mode), streams, "ht_trendmode", "mode"
)
