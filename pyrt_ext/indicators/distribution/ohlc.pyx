"""Volatility from the range of bars: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.distribution import ohlc as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.distribution.ohlc cimport (
    Bars, garman_klass_update, bars_reset, parkinson_update, rogers_satchell_update, yang_zhang_update,
)


cdef extern from "indicators/distribution/ohlc.h" nogil:
    int pyrt_parkinson_call(const Call* c) noexcept
    int pyrt_garman_klass_call(const Call* c) noexcept
    int pyrt_rogers_satchell_call(const Call* c) noexcept
    int pyrt_yang_zhang_call(const Call* c) noexcept


cdef object formula(void* update, str name, int inputs):
    return Formula.of(update, <Reset>bars_reset, sizeof(Bars), streams, name, "bars", inputs)


parkinson = Batch.of(pyrt_parkinson_call, 2)
garman_klass = Batch.of(pyrt_garman_klass_call, 4)
rogers_satchell = Batch.of(pyrt_rogers_satchell_call, 4)
yang_zhang = Batch.of(pyrt_yang_zhang_call, 4)

parkinson_formula = formula(<void*>parkinson_update, "parkinson", 2)
garman_klass_formula = formula(<void*>garman_klass_update, "garman_klass", 4)
rogers_satchell_formula = formula(<void*>rogers_satchell_update, "rogers_satchell", 4)
yang_zhang_formula = formula(<void*>yang_zhang_update, "yang_zhang", 4)
