"""Patterns of four candles and more: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.patterns import many as streams

from ...batch cimport Batch, Call, TableCall
from ...stream cimport Formula, Reset
from ...streams.patterns.candles cimport Candles, candles_reset
from ...streams.patterns.many cimport (
    cdl3blackcrows_update,
    cdl3linestrike_update,
    cdlbreakaway_update,
    cdlconcealbabyswall_update,
    cdlhikkake_update,
    cdlhikkakemod_update,
    cdlladderbottom_update,
    cdlmathold_update,
    cdlrisefall3methods_update,
)


cdef extern from "indicators/patterns/many.h" nogil:
    int pyrt_cdl3blackcrows_call(const Call* c) noexcept
    int pyrt_cdl3blackcrows_table(const TableCall* c) noexcept
    int pyrt_cdl3linestrike_call(const Call* c) noexcept
    int pyrt_cdl3linestrike_table(const TableCall* c) noexcept
    int pyrt_cdlbreakaway_call(const Call* c) noexcept
    int pyrt_cdlbreakaway_table(const TableCall* c) noexcept
    int pyrt_cdlconcealbabyswall_call(const Call* c) noexcept
    int pyrt_cdlconcealbabyswall_table(const TableCall* c) noexcept
    int pyrt_cdlhikkake_call(const Call* c) noexcept
    int pyrt_cdlhikkake_table(const TableCall* c) noexcept
    int pyrt_cdlhikkakemod_call(const Call* c) noexcept
    int pyrt_cdlhikkakemod_table(const TableCall* c) noexcept
    int pyrt_cdlladderbottom_call(const Call* c) noexcept
    int pyrt_cdlladderbottom_table(const TableCall* c) noexcept
    int pyrt_cdlmathold_call(const Call* c) noexcept
    int pyrt_cdlmathold_table(const TableCall* c) noexcept
    int pyrt_cdlrisefall3methods_call(const Call* c) noexcept
    int pyrt_cdlrisefall3methods_table(const TableCall* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>candles_reset, sizeof(Candles), streams, name, "candles", 4)


cdl3blackcrows = Batch.of(pyrt_cdl3blackcrows_call, 4, 1, 1, False, pyrt_cdl3blackcrows_table)
cdl3linestrike = Batch.of(pyrt_cdl3linestrike_call, 4, 1, 1, False, pyrt_cdl3linestrike_table)
cdlbreakaway = Batch.of(pyrt_cdlbreakaway_call, 4, 1, 1, False, pyrt_cdlbreakaway_table)
cdlconcealbabyswall = Batch.of(pyrt_cdlconcealbabyswall_call, 4, 1, 1, False, pyrt_cdlconcealbabyswall_table)
cdlhikkake = Batch.of(pyrt_cdlhikkake_call, 4, 1, 1, False, pyrt_cdlhikkake_table)
cdlhikkakemod = Batch.of(pyrt_cdlhikkakemod_call, 4, 1, 1, False, pyrt_cdlhikkakemod_table)
cdlladderbottom = Batch.of(pyrt_cdlladderbottom_call, 4, 1, 1, False, pyrt_cdlladderbottom_table)
cdlmathold = Batch.of(pyrt_cdlmathold_call, 4, 1, 1, False, pyrt_cdlmathold_table)
cdlrisefall3methods = Batch.of(pyrt_cdlrisefall3methods_call, 4, 1, 1, False, pyrt_cdlrisefall3methods_table)

cdl3blackcrows_formula = formula(<void*>cdl3blackcrows_update, "cdl3blackcrows")
cdl3linestrike_formula = formula(<void*>cdl3linestrike_update, "cdl3linestrike")
cdlbreakaway_formula = formula(<void*>cdlbreakaway_update, "cdlbreakaway")
cdlconcealbabyswall_formula = formula(<void*>cdlconcealbabyswall_update, "cdlconcealbabyswall")
cdlhikkake_formula = formula(<void*>cdlhikkake_update, "cdlhikkake")
cdlhikkakemod_formula = formula(<void*>cdlhikkakemod_update, "cdlhikkakemod")
cdlladderbottom_formula = formula(<void*>cdlladderbottom_update, "cdlladderbottom")
cdlmathold_formula = formula(<void*>cdlmathold_update, "cdlmathold")
cdlrisefall3methods_formula = formula(<void*>cdlrisefall3methods_update, "cdlrisefall3methods")
