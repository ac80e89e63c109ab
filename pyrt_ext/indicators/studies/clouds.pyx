"""How far a market has come and how wide it is: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import clouds as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.clouds cimport (
    Ichimoku, Reach, Squeeze, choppiness_update, ichimoku_reset, ichimoku_update, reach_reset, squeeze_reset,
    squeeze_update, ulcer_index_update,
)


cdef extern from "indicators/studies/clouds.h" nogil:
    int pyrt_ichimoku_call(const Call* c) noexcept
    int pyrt_squeeze_call(const Call* c) noexcept
    int pyrt_choppiness_call(const Call* c) noexcept
    int pyrt_ulcer_index_call(const Call* c) noexcept


ichimoku = Batch.of(pyrt_ichimoku_call, 2, 6)
squeeze = Batch.of(pyrt_squeeze_call, 3, 2)
choppiness = Batch.of(pyrt_choppiness_call, 3)
ulcer_index = Batch.of(pyrt_ulcer_index_call, 1)

ichimoku_formula = Formula.of(
    <void*>ichimoku_update, <Reset>ichimoku_reset, sizeof(Ichimoku), streams, "ichimoku", "ichimoku", 2, 6
)
squeeze_formula = Formula.of(
    <void*>squeeze_update, <Reset>squeeze_reset, sizeof(Squeeze), streams, "squeeze", "squeeze", 3, 2
)
choppiness_formula = Formula.of(
    <void*>choppiness_update, <Reset>reach_reset, sizeof(Reach), streams, "choppiness", "reach", 3
)
ulcer_index_formula = Formula.of(
    <void*>ulcer_index_update, <Reset>reach_reset, sizeof(Reach), streams, "ulcer_index", "reach"
)
