"""Patterns of three candles: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.patterns import three as streams

from ...batch cimport Batch, Call, TableCall
from ...stream cimport Formula, Reset
from ...streams.patterns.candles cimport Candles, candles_reset
from ...streams.patterns.three cimport (
    cdl2crows_update,
    cdl3inside_update,
    cdl3outside_update,
    cdl3starsinsouth_update,
    cdl3whitesoldiers_update,
    cdlabandonedbaby_update,
    cdladvanceblock_update,
    cdleveningdojistar_update,
    cdleveningstar_update,
    cdlgapsidesidewhite_update,
    cdlidentical3crows_update,
    cdlmorningdojistar_update,
    cdlmorningstar_update,
    cdlstalledpattern_update,
    cdlsticksandwich_update,
    cdltasukigap_update,
    cdltristar_update,
    cdlunique3river_update,
    cdlupsidegap2crows_update,
    cdlxsidegap3methods_update,
)


cdef extern from "indicators/patterns/three.h" nogil:
    int pyrt_cdl2crows_call(const Call* c) noexcept
    int pyrt_cdl2crows_table(const TableCall* c) noexcept
    int pyrt_cdl3inside_call(const Call* c) noexcept
    int pyrt_cdl3inside_table(const TableCall* c) noexcept
    int pyrt_cdl3outside_call(const Call* c) noexcept
    int pyrt_cdl3outside_table(const TableCall* c) noexcept
    int pyrt_cdl3starsinsouth_call(const Call* c) noexcept
    int pyrt_cdl3starsinsouth_table(const TableCall* c) noexcept
    int pyrt_cdl3whitesoldiers_call(const Call* c) noexcept
    int pyrt_cdl3whitesoldiers_table(const TableCall* c) noexcept
    int pyrt_cdlabandonedbaby_call(const Call* c) noexcept
    int pyrt_cdlabandonedbaby_table(const TableCall* c) noexcept
    int pyrt_cdladvanceblock_call(const Call* c) noexcept
    int pyrt_cdladvanceblock_table(const TableCall* c) noexcept
    int pyrt_cdleveningdojistar_call(const Call* c) noexcept
    int pyrt_cdleveningdojistar_table(const TableCall* c) noexcept
    int pyrt_cdleveningstar_call(const Call* c) noexcept
    int pyrt_cdleveningstar_table(const TableCall* c) noexcept
    int pyrt_cdlgapsidesidewhite_call(const Call* c) noexcept
    int pyrt_cdlgapsidesidewhite_table(const TableCall* c) noexcept
    int pyrt_cdlidentical3crows_call(const Call* c) noexcept
    int pyrt_cdlidentical3crows_table(const TableCall* c) noexcept
    int pyrt_cdlmorningdojistar_call(const Call* c) noexcept
    int pyrt_cdlmorningdojistar_table(const TableCall* c) noexcept
    int pyrt_cdlmorningstar_call(const Call* c) noexcept
    int pyrt_cdlmorningstar_table(const TableCall* c) noexcept
    int pyrt_cdlstalledpattern_call(const Call* c) noexcept
    int pyrt_cdlstalledpattern_table(const TableCall* c) noexcept
    int pyrt_cdlsticksandwich_call(const Call* c) noexcept
    int pyrt_cdlsticksandwich_table(const TableCall* c) noexcept
    int pyrt_cdltasukigap_call(const Call* c) noexcept
    int pyrt_cdltasukigap_table(const TableCall* c) noexcept
    int pyrt_cdltristar_call(const Call* c) noexcept
    int pyrt_cdltristar_table(const TableCall* c) noexcept
    int pyrt_cdlunique3river_call(const Call* c) noexcept
    int pyrt_cdlunique3river_table(const TableCall* c) noexcept
    int pyrt_cdlupsidegap2crows_call(const Call* c) noexcept
    int pyrt_cdlupsidegap2crows_table(const TableCall* c) noexcept
    int pyrt_cdlxsidegap3methods_call(const Call* c) noexcept
    int pyrt_cdlxsidegap3methods_table(const TableCall* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>candles_reset, sizeof(Candles), streams, name, "candles", 4)


cdl2crows = Batch.of(pyrt_cdl2crows_call, 4, 1, 1, False, pyrt_cdl2crows_table)
cdl3inside = Batch.of(pyrt_cdl3inside_call, 4, 1, 1, False, pyrt_cdl3inside_table)
cdl3outside = Batch.of(pyrt_cdl3outside_call, 4, 1, 1, False, pyrt_cdl3outside_table)
cdl3starsinsouth = Batch.of(pyrt_cdl3starsinsouth_call, 4, 1, 1, False, pyrt_cdl3starsinsouth_table)
cdl3whitesoldiers = Batch.of(pyrt_cdl3whitesoldiers_call, 4, 1, 1, False, pyrt_cdl3whitesoldiers_table)
cdlabandonedbaby = Batch.of(pyrt_cdlabandonedbaby_call, 4, 1, 1, False, pyrt_cdlabandonedbaby_table)
cdladvanceblock = Batch.of(pyrt_cdladvanceblock_call, 4, 1, 1, False, pyrt_cdladvanceblock_table)
cdleveningdojistar = Batch.of(pyrt_cdleveningdojistar_call, 4, 1, 1, False, pyrt_cdleveningdojistar_table)
cdleveningstar = Batch.of(pyrt_cdleveningstar_call, 4, 1, 1, False, pyrt_cdleveningstar_table)
cdlgapsidesidewhite = Batch.of(pyrt_cdlgapsidesidewhite_call, 4, 1, 1, False, pyrt_cdlgapsidesidewhite_table)
cdlidentical3crows = Batch.of(pyrt_cdlidentical3crows_call, 4, 1, 1, False, pyrt_cdlidentical3crows_table)
cdlmorningdojistar = Batch.of(pyrt_cdlmorningdojistar_call, 4, 1, 1, False, pyrt_cdlmorningdojistar_table)
cdlmorningstar = Batch.of(pyrt_cdlmorningstar_call, 4, 1, 1, False, pyrt_cdlmorningstar_table)
cdlstalledpattern = Batch.of(pyrt_cdlstalledpattern_call, 4, 1, 1, False, pyrt_cdlstalledpattern_table)
cdlsticksandwich = Batch.of(pyrt_cdlsticksandwich_call, 4, 1, 1, False, pyrt_cdlsticksandwich_table)
cdltasukigap = Batch.of(pyrt_cdltasukigap_call, 4, 1, 1, False, pyrt_cdltasukigap_table)
cdltristar = Batch.of(pyrt_cdltristar_call, 4, 1, 1, False, pyrt_cdltristar_table)
cdlunique3river = Batch.of(pyrt_cdlunique3river_call, 4, 1, 1, False, pyrt_cdlunique3river_table)
cdlupsidegap2crows = Batch.of(pyrt_cdlupsidegap2crows_call, 4, 1, 1, False, pyrt_cdlupsidegap2crows_table)
cdlxsidegap3methods = Batch.of(pyrt_cdlxsidegap3methods_call, 4, 1, 1, False, pyrt_cdlxsidegap3methods_table)

cdl2crows_formula = formula(<void*>cdl2crows_update, "cdl2crows")
cdl3inside_formula = formula(<void*>cdl3inside_update, "cdl3inside")
cdl3outside_formula = formula(<void*>cdl3outside_update, "cdl3outside")
cdl3starsinsouth_formula = formula(<void*>cdl3starsinsouth_update, "cdl3starsinsouth")
cdl3whitesoldiers_formula = formula(<void*>cdl3whitesoldiers_update, "cdl3whitesoldiers")
cdlabandonedbaby_formula = formula(<void*>cdlabandonedbaby_update, "cdlabandonedbaby")
cdladvanceblock_formula = formula(<void*>cdladvanceblock_update, "cdladvanceblock")
cdleveningdojistar_formula = formula(<void*>cdleveningdojistar_update, "cdleveningdojistar")
cdleveningstar_formula = formula(<void*>cdleveningstar_update, "cdleveningstar")
cdlgapsidesidewhite_formula = formula(<void*>cdlgapsidesidewhite_update, "cdlgapsidesidewhite")
cdlidentical3crows_formula = formula(<void*>cdlidentical3crows_update, "cdlidentical3crows")
cdlmorningdojistar_formula = formula(<void*>cdlmorningdojistar_update, "cdlmorningdojistar")
cdlmorningstar_formula = formula(<void*>cdlmorningstar_update, "cdlmorningstar")
cdlstalledpattern_formula = formula(<void*>cdlstalledpattern_update, "cdlstalledpattern")
cdlsticksandwich_formula = formula(<void*>cdlsticksandwich_update, "cdlsticksandwich")
cdltasukigap_formula = formula(<void*>cdltasukigap_update, "cdltasukigap")
cdltristar_formula = formula(<void*>cdltristar_update, "cdltristar")
cdlunique3river_formula = formula(<void*>cdlunique3river_update, "cdlunique3river")
cdlupsidegap2crows_formula = formula(<void*>cdlupsidegap2crows_update, "cdlupsidegap2crows")
cdlxsidegap3methods_formula = formula(<void*>cdlxsidegap3methods_update, "cdlxsidegap3methods")
