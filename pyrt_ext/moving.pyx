"""Moving averages: a batch kernel and a streaming formula each."""

from . import stream_moving
from .batch cimport Batch, Call
from .stream cimport Formula, Reset, Update
from .stream_moving cimport Ema, Sma, ema_reset, ema_update, sma_reset, sma_update


cdef bint run_sma(const Call* c) noexcept nogil:
    return pyrt_sma(c.x[0], c.y[0], c.n, <Py_ssize_t>c.p[0])


cdef bint run_ema(const Call* c) noexcept nogil:
    return pyrt_ema(c.x[0], c.y[0], c.n, <Py_ssize_t>c.p[0], 2.0 / (c.p[0] + 1.0))


sma = Batch.of(run_sma, 1, 1)
ema = Batch.of(run_ema, 1, 1)

sma_formula = Formula.of(<Update>sma_update, <Reset>sma_reset, sizeof(Sma), stream_moving, "sma")
ema_formula = Formula.of(<Update>ema_update, <Reset>ema_reset, sizeof(Ema), stream_moving, "ema")
