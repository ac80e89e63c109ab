"""Patterns of two candles: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.patterns import two as streams

from ...batch cimport Batch, Call, TableCall
from ...stream cimport Formula, Reset
from ...streams.patterns.candles cimport Candles, candles_reset
from ...streams.patterns.two cimport (
    cdlcounterattack_update,
    cdldarkcloudcover_update,
    cdldojistar_update,
    cdlengulfing_update,
    cdlharami_update,
    cdlharamicross_update,
    cdlhomingpigeon_update,
    cdlinneck_update,
    cdlkicking_update,
    cdlkickingbylength_update,
    cdlmatchinglow_update,
    cdlonneck_update,
    cdlpiercing_update,
    cdlseparatinglines_update,
    cdlthrusting_update,
)


cdef extern from "indicators/patterns/two.h" nogil:
    int pyrt_cdlcounterattack_call(const Call* c) noexcept
    int pyrt_cdlcounterattack_table(const TableCall* c) noexcept
    int pyrt_cdldarkcloudcover_call(const Call* c) noexcept
    int pyrt_cdldarkcloudcover_table(const TableCall* c) noexcept
    int pyrt_cdldojistar_call(const Call* c) noexcept
    int pyrt_cdldojistar_table(const TableCall* c) noexcept
    int pyrt_cdlengulfing_call(const Call* c) noexcept
    int pyrt_cdlengulfing_table(const TableCall* c) noexcept
    int pyrt_cdlharami_call(const Call* c) noexcept
    int pyrt_cdlharami_table(const TableCall* c) noexcept
    int pyrt_cdlharamicross_call(const Call* c) noexcept
    int pyrt_cdlharamicross_table(const TableCall* c) noexcept
    int pyrt_cdlhomingpigeon_call(const Call* c) noexcept
    int pyrt_cdlhomingpigeon_table(const TableCall* c) noexcept
    int pyrt_cdlinneck_call(const Call* c) noexcept
    int pyrt_cdlinneck_table(const TableCall* c) noexcept
    int pyrt_cdlkicking_call(const Call* c) noexcept
    int pyrt_cdlkicking_table(const TableCall* c) noexcept
    int pyrt_cdlkickingbylength_call(const Call* c) noexcept
    int pyrt_cdlkickingbylength_table(const TableCall* c) noexcept
    int pyrt_cdlmatchinglow_call(const Call* c) noexcept
    int pyrt_cdlmatchinglow_table(const TableCall* c) noexcept
    int pyrt_cdlonneck_call(const Call* c) noexcept
    int pyrt_cdlonneck_table(const TableCall* c) noexcept
    int pyrt_cdlpiercing_call(const Call* c) noexcept
    int pyrt_cdlpiercing_table(const TableCall* c) noexcept
    int pyrt_cdlseparatinglines_call(const Call* c) noexcept
    int pyrt_cdlseparatinglines_table(const TableCall* c) noexcept
    int pyrt_cdlthrusting_call(const Call* c) noexcept
    int pyrt_cdlthrusting_table(const TableCall* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>candles_reset, sizeof(Candles), streams, name, "candles", 4)


cdlcounterattack = Batch.of(pyrt_cdlcounterattack_call, 4, 1, 1, False, pyrt_cdlcounterattack_table)
cdldarkcloudcover = Batch.of(pyrt_cdldarkcloudcover_call, 4, 1, 1, False, pyrt_cdldarkcloudcover_table)
cdldojistar = Batch.of(pyrt_cdldojistar_call, 4, 1, 1, False, pyrt_cdldojistar_table)
cdlengulfing = Batch.of(pyrt_cdlengulfing_call, 4, 1, 1, False, pyrt_cdlengulfing_table)
cdlharami = Batch.of(pyrt_cdlharami_call, 4, 1, 1, False, pyrt_cdlharami_table)
cdlharamicross = Batch.of(pyrt_cdlharamicross_call, 4, 1, 1, False, pyrt_cdlharamicross_table)
cdlhomingpigeon = Batch.of(pyrt_cdlhomingpigeon_call, 4, 1, 1, False, pyrt_cdlhomingpigeon_table)
cdlinneck = Batch.of(pyrt_cdlinneck_call, 4, 1, 1, False, pyrt_cdlinneck_table)
cdlkicking = Batch.of(pyrt_cdlkicking_call, 4, 1, 1, False, pyrt_cdlkicking_table)
cdlkickingbylength = Batch.of(pyrt_cdlkickingbylength_call, 4, 1, 1, False, pyrt_cdlkickingbylength_table)
cdlmatchinglow = Batch.of(pyrt_cdlmatchinglow_call, 4, 1, 1, False, pyrt_cdlmatchinglow_table)
cdlonneck = Batch.of(pyrt_cdlonneck_call, 4, 1, 1, False, pyrt_cdlonneck_table)
cdlpiercing = Batch.of(pyrt_cdlpiercing_call, 4, 1, 1, False, pyrt_cdlpiercing_table)
cdlseparatinglines = Batch.of(pyrt_cdlseparatinglines_call, 4, 1, 1, False, pyrt_cdlseparatinglines_table)
cdlthrusting = Batch.of(pyrt_cdlthrusting_call, 4, 1, 1, False, pyrt_cdlthrusting_table)

cdlcounterattack_formula = formula(<void*>cdlcounterattack_update, "cdlcounterattack")
cdldarkcloudcover_formula = formula(<void*>cdldarkcloudcover_update, "cdldarkcloudcover")
cdldojistar_formula = formula(<void*>cdldojistar_update, "cdldojistar")
cdlengulfing_formula = formula(<void*>cdlengulfing_update, "cdlengulfing")
cdlharami_formula = formula(<void*>cdlharami_update, "cdlharami")
cdlharamicross_formula = formula(<void*>cdlharamicross_update, "cdlharamicross")
cdlhomingpigeon_formula = formula(<void*>cdlhomingpigeon_update, "cdlhomingpigeon")
cdlinneck_formula = formula(<void*>cdlinneck_update, "cdlinneck")
cdlkicking_formula = formula(<void*>cdlkicking_update, "cdlkicking")
cdlkickingbylength_formula = formula(<void*>cdlkickingbylength_update, "cdlkickingbylength")
cdlmatchinglow_formula = formula(<void*>cdlmatchinglow_update, "cdlmatchinglow")
cdlonneck_formula = formula(<void*>cdlonneck_update, "cdlonneck")
cdlpiercing_formula = formula(<void*>cdlpiercing_update, "cdlpiercing")
cdlseparatinglines_formula = formula(<void*>cdlseparatinglines_update, "cdlseparatinglines")
cdlthrusting_formula = formula(<void*>cdlthrusting_update, "cdlthrusting")
