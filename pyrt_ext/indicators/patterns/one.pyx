"""Patterns of one candle: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.patterns import one as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.patterns.candles cimport Candles, candles_reset
from ...streams.patterns.one cimport (
    cdlbelthold_update,
    cdlclosingmarubozu_update,
    cdldoji_update,
    cdldragonflydoji_update,
    cdlgravestonedoji_update,
    cdlhammer_update,
    cdlhangingman_update,
    cdlhighwave_update,
    cdlinvertedhammer_update,
    cdllongleggeddoji_update,
    cdllongline_update,
    cdlmarubozu_update,
    cdlrickshawman_update,
    cdlshootingstar_update,
    cdlshortline_update,
    cdlspinningtop_update,
    cdltakuri_update,
)


cdef extern from "indicators/patterns/one.h" nogil:
    int pyrt_cdlbelthold_call(const Call* c) noexcept
    int pyrt_cdlclosingmarubozu_call(const Call* c) noexcept
    int pyrt_cdldoji_call(const Call* c) noexcept
    int pyrt_cdldragonflydoji_call(const Call* c) noexcept
    int pyrt_cdlgravestonedoji_call(const Call* c) noexcept
    int pyrt_cdlhammer_call(const Call* c) noexcept
    int pyrt_cdlhangingman_call(const Call* c) noexcept
    int pyrt_cdlhighwave_call(const Call* c) noexcept
    int pyrt_cdlinvertedhammer_call(const Call* c) noexcept
    int pyrt_cdllongleggeddoji_call(const Call* c) noexcept
    int pyrt_cdllongline_call(const Call* c) noexcept
    int pyrt_cdlmarubozu_call(const Call* c) noexcept
    int pyrt_cdlrickshawman_call(const Call* c) noexcept
    int pyrt_cdlshootingstar_call(const Call* c) noexcept
    int pyrt_cdlshortline_call(const Call* c) noexcept
    int pyrt_cdlspinningtop_call(const Call* c) noexcept
    int pyrt_cdltakuri_call(const Call* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>candles_reset, sizeof(Candles), streams, name, "candles", 4)


cdlbelthold = Batch.of(pyrt_cdlbelthold_call, 4, 1, 1)
cdlclosingmarubozu = Batch.of(pyrt_cdlclosingmarubozu_call, 4, 1, 1)
cdldoji = Batch.of(pyrt_cdldoji_call, 4, 1, 1)
cdldragonflydoji = Batch.of(pyrt_cdldragonflydoji_call, 4, 1, 1)
cdlgravestonedoji = Batch.of(pyrt_cdlgravestonedoji_call, 4, 1, 1)
cdlhammer = Batch.of(pyrt_cdlhammer_call, 4, 1, 1)
cdlhangingman = Batch.of(pyrt_cdlhangingman_call, 4, 1, 1)
cdlhighwave = Batch.of(pyrt_cdlhighwave_call, 4, 1, 1)
cdlinvertedhammer = Batch.of(pyrt_cdlinvertedhammer_call, 4, 1, 1)
cdllongleggeddoji = Batch.of(pyrt_cdllongleggeddoji_call, 4, 1, 1)
cdllongline = Batch.of(pyrt_cdllongline_call, 4, 1, 1)
cdlmarubozu = Batch.of(pyrt_cdlmarubozu_call, 4, 1, 1)
cdlrickshawman = Batch.of(pyrt_cdlrickshawman_call, 4, 1, 1)
cdlshootingstar = Batch.of(pyrt_cdlshootingstar_call, 4, 1, 1)
cdlshortline = Batch.of(pyrt_cdlshortline_call, 4, 1, 1)
cdlspinningtop = Batch.of(pyrt_cdlspinningtop_call, 4, 1, 1)
cdltakuri = Batch.of(pyrt_cdltakuri_call, 4, 1, 1)

cdlbelthold_formula = formula(<void*>cdlbelthold_update, "cdlbelthold")
cdlclosingmarubozu_formula = formula(<void*>cdlclosingmarubozu_update, "cdlclosingmarubozu")
cdldoji_formula = formula(<void*>cdldoji_update, "cdldoji")
cdldragonflydoji_formula = formula(<void*>cdldragonflydoji_update, "cdldragonflydoji")
cdlgravestonedoji_formula = formula(<void*>cdlgravestonedoji_update, "cdlgravestonedoji")
cdlhammer_formula = formula(<void*>cdlhammer_update, "cdlhammer")
cdlhangingman_formula = formula(<void*>cdlhangingman_update, "cdlhangingman")
cdlhighwave_formula = formula(<void*>cdlhighwave_update, "cdlhighwave")
cdlinvertedhammer_formula = formula(<void*>cdlinvertedhammer_update, "cdlinvertedhammer")
cdllongleggeddoji_formula = formula(<void*>cdllongleggeddoji_update, "cdllongleggeddoji")
cdllongline_formula = formula(<void*>cdllongline_update, "cdllongline")
cdlmarubozu_formula = formula(<void*>cdlmarubozu_update, "cdlmarubozu")
cdlrickshawman_formula = formula(<void*>cdlrickshawman_update, "cdlrickshawman")
cdlshootingstar_formula = formula(<void*>cdlshootingstar_update, "cdlshootingstar")
cdlshortline_formula = formula(<void*>cdlshortline_update, "cdlshortline")
cdlspinningtop_formula = formula(<void*>cdlspinningtop_update, "cdlspinningtop")
cdltakuri_formula = formula(<void*>cdltakuri_update, "cdltakuri")
