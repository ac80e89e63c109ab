"""Patterns of one candle: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.patterns import one as streams

from ...batch cimport Batch, Call, TableCall
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
    int pyrt_cdlbelthold_table(const TableCall* c) noexcept
    int pyrt_cdlclosingmarubozu_call(const Call* c) noexcept
    int pyrt_cdlclosingmarubozu_table(const TableCall* c) noexcept
    int pyrt_cdldoji_call(const Call* c) noexcept
    int pyrt_cdldoji_table(const TableCall* c) noexcept
    int pyrt_cdldragonflydoji_call(const Call* c) noexcept
    int pyrt_cdldragonflydoji_table(const TableCall* c) noexcept
    int pyrt_cdlgravestonedoji_call(const Call* c) noexcept
    int pyrt_cdlgravestonedoji_table(const TableCall* c) noexcept
    int pyrt_cdlhammer_call(const Call* c) noexcept
    int pyrt_cdlhammer_table(const TableCall* c) noexcept
    int pyrt_cdlhangingman_call(const Call* c) noexcept
    int pyrt_cdlhangingman_table(const TableCall* c) noexcept
    int pyrt_cdlhighwave_call(const Call* c) noexcept
    int pyrt_cdlhighwave_table(const TableCall* c) noexcept
    int pyrt_cdlinvertedhammer_call(const Call* c) noexcept
    int pyrt_cdlinvertedhammer_table(const TableCall* c) noexcept
    int pyrt_cdllongleggeddoji_call(const Call* c) noexcept
    int pyrt_cdllongleggeddoji_table(const TableCall* c) noexcept
    int pyrt_cdllongline_call(const Call* c) noexcept
    int pyrt_cdllongline_table(const TableCall* c) noexcept
    int pyrt_cdlmarubozu_call(const Call* c) noexcept
    int pyrt_cdlmarubozu_table(const TableCall* c) noexcept
    int pyrt_cdlrickshawman_call(const Call* c) noexcept
    int pyrt_cdlrickshawman_table(const TableCall* c) noexcept
    int pyrt_cdlshootingstar_call(const Call* c) noexcept
    int pyrt_cdlshootingstar_table(const TableCall* c) noexcept
    int pyrt_cdlshortline_call(const Call* c) noexcept
    int pyrt_cdlshortline_table(const TableCall* c) noexcept
    int pyrt_cdlspinningtop_call(const Call* c) noexcept
    int pyrt_cdlspinningtop_table(const TableCall* c) noexcept
    int pyrt_cdltakuri_call(const Call* c) noexcept
    int pyrt_cdltakuri_table(const TableCall* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>candles_reset, sizeof(Candles), streams, name, "candles", 4)


cdlbelthold = Batch.of(pyrt_cdlbelthold_call, 4, 1, 1, False, pyrt_cdlbelthold_table)
cdlclosingmarubozu = Batch.of(pyrt_cdlclosingmarubozu_call, 4, 1, 1, False, pyrt_cdlclosingmarubozu_table)
cdldoji = Batch.of(pyrt_cdldoji_call, 4, 1, 1, False, pyrt_cdldoji_table)
cdldragonflydoji = Batch.of(pyrt_cdldragonflydoji_call, 4, 1, 1, False, pyrt_cdldragonflydoji_table)
cdlgravestonedoji = Batch.of(pyrt_cdlgravestonedoji_call, 4, 1, 1, False, pyrt_cdlgravestonedoji_table)
cdlhammer = Batch.of(pyrt_cdlhammer_call, 4, 1, 1, False, pyrt_cdlhammer_table)
cdlhangingman = Batch.of(pyrt_cdlhangingman_call, 4, 1, 1, False, pyrt_cdlhangingman_table)
cdlhighwave = Batch.of(pyrt_cdlhighwave_call, 4, 1, 1, False, pyrt_cdlhighwave_table)
cdlinvertedhammer = Batch.of(pyrt_cdlinvertedhammer_call, 4, 1, 1, False, pyrt_cdlinvertedhammer_table)
cdllongleggeddoji = Batch.of(pyrt_cdllongleggeddoji_call, 4, 1, 1, False, pyrt_cdllongleggeddoji_table)
cdllongline = Batch.of(pyrt_cdllongline_call, 4, 1, 1, False, pyrt_cdllongline_table)
cdlmarubozu = Batch.of(pyrt_cdlmarubozu_call, 4, 1, 1, False, pyrt_cdlmarubozu_table)
cdlrickshawman = Batch.of(pyrt_cdlrickshawman_call, 4, 1, 1, False, pyrt_cdlrickshawman_table)
cdlshootingstar = Batch.of(pyrt_cdlshootingstar_call, 4, 1, 1, False, pyrt_cdlshootingstar_table)
cdlshortline = Batch.of(pyrt_cdlshortline_call, 4, 1, 1, False, pyrt_cdlshortline_table)
cdlspinningtop = Batch.of(pyrt_cdlspinningtop_call, 4, 1, 1, False, pyrt_cdlspinningtop_table)
cdltakuri = Batch.of(pyrt_cdltakuri_call, 4, 1, 1, False, pyrt_cdltakuri_table)

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
