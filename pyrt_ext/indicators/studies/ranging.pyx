"""Channels around prices, and what the ranges of bars tell: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import ranging as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.ranging cimport (
    Around, Candle, Follower, Spread, accbands_update, around_reset, candle_reset, cvi_update, follower_reset,
    ha_update, kc_update, massi_update, rvi_update, spread_reset, supertrend_update,
)


cdef extern from "indicators/studies/ranging.h" nogil:
    int pyrt_accbands_call(const Call* c) noexcept
    int pyrt_kc_call(const Call* c) noexcept
    int pyrt_supertrend_call(const Call* c) noexcept
    int pyrt_ha_call(const Call* c) noexcept
    int pyrt_cvi_call(const Call* c) noexcept
    int pyrt_massi_call(const Call* c) noexcept
    int pyrt_rvi_call(const Call* c) noexcept


cdef object around(void* update, str name):
    return Formula.of(update, <Reset>around_reset, sizeof(Around), streams, name, "around", 3, 3)


cdef object spread(void* update, str name, int inputs):
    return Formula.of(update, <Reset>spread_reset, sizeof(Spread), streams, name, "spread", inputs)


accbands = Batch.of(pyrt_accbands_call, 3, 3)
kc = Batch.of(pyrt_kc_call, 3, 3)
supertrend = Batch.of(pyrt_supertrend_call, 3, 2, 2)
ha = Batch.of(pyrt_ha_call, 4, 4)
cvi = Batch.of(pyrt_cvi_call, 2)
massi = Batch.of(pyrt_massi_call, 2)
rvi = Batch.of(pyrt_rvi_call, 1)

accbands_formula = around(<void*>accbands_update, "accbands")
kc_formula = around(<void*>kc_update, "kc")
supertrend_formula = Formula.of(
    <void*>supertrend_update, <Reset>follower_reset, sizeof(Follower), streams, "supertrend", "follower", 3, 2
)
ha_formula = Formula.of(<void*>ha_update, <Reset>candle_reset, sizeof(Candle), streams, "ha", "candle", 4, 4)
cvi_formula = spread(<void*>cvi_update, "cvi", 2)
massi_formula = spread(<void*>massi_update, "massi", 2)
rvi_formula = spread(<void*>rvi_update, "rvi", 1)
