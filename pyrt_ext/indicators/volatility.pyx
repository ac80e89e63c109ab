"""Volatility: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import volatility as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.volatility cimport Range, adr_update, atr_update, natr_update, range_reset, trange_update


cdef extern from "indicators/volatility.h" nogil:
    int pyrt_trange_call(const Call* c) noexcept
    int pyrt_atr_call(const Call* c) noexcept
    int pyrt_natr_call(const Call* c) noexcept
    int pyrt_adr_call(const Call* c) noexcept


cdef object formula(void* update, str name, int inputs):
    return Formula.of(update, <Reset>range_reset, sizeof(Range), streams, name, "range", inputs)


trange = Batch.of(pyrt_trange_call, 3)
atr = Batch.of(pyrt_atr_call, 3)
natr = Batch.of(pyrt_natr_call, 3)
adr = Batch.of(pyrt_adr_call, 2)

trange_formula = formula(<void*>trange_update, "trange", 3)
atr_formula = formula(<void*>atr_update, "atr", 3)
natr_formula = formula(<void*>natr_update, "natr", 3)
adr_formula = formula(<void*>adr_update, "adr", 2)
