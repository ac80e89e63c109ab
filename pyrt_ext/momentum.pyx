"""Momentum indicators: a batch kernel and a streaming formula each."""

from . import stream_momentum
from .batch cimport Batch, Call
from .stream cimport Formula, Reset, Update
from .stream_momentum cimport Macd, Rsi, macd_reset, macd_update, rsi_reset, rsi_update


cdef bint run_rsi(const Call* c) noexcept nogil:
    return pyrt_rsi(c.x[0], c.y[0], c.n, <Py_ssize_t>c.p[0])


rsi = Batch.of(run_rsi, 1, 1)

rsi_formula = Formula.of(<Update>rsi_update, <Reset>rsi_reset, sizeof(Rsi), stream_momentum, "rsi")
macd_formula = Formula.of(<Update>macd_update, <Reset>macd_reset, sizeof(Macd), stream_momentum, "macd")
