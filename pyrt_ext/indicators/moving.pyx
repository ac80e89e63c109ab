"""Moving averages: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import moving as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.moving cimport Ema, Sma, ema_reset, ema_update, sma_reset, sma_update


cdef extern from "indicators/moving.h" nogil:
    int pyrt_sma_call(const Call* c) noexcept
    int pyrt_ema_call(const Call* c) noexcept


sma = Batch.of(pyrt_sma_call, 1)
ema = Batch.of(pyrt_ema_call, 1)

sma_formula = Formula.of(<void*>sma_update, <Reset>sma_reset, sizeof(Sma), streams, "sma")
ema_formula = Formula.of(<void*>ema_update, <Reset>ema_reset, sizeof(Ema), streams, "ema")
