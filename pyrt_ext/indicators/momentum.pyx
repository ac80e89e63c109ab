"""Momentum indicators: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import momentum as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.momentum cimport Macd, Rsi, macd_reset, macd_update, rsi_reset, rsi_update


cdef extern from "indicators/momentum.h" nogil:
    int pyrt_rsi_call(const Call* c) noexcept


rsi = Batch.of(pyrt_rsi_call, 1)

rsi_formula = Formula.of(<void*>rsi_update, <Reset>rsi_reset, sizeof(Rsi), streams, "rsi")
macd_formula = Formula.of(<void*>macd_update, <Reset>macd_reset, sizeof(Macd), streams, "macd")
