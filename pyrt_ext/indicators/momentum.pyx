"""Momentum indicators: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import changes
from pyrt_ext.streams import momentum as streams

from ..batch cimport Batch, Call, TableCall
from ..stream cimport Formula, Reset
from ..streams.changes cimport (
    Apart, Extended, Lag, Lines, Swing, apart_reset, apo_update, bop_update, cmo_update, extended_reset, lag_reset,
    lines_reset,
    macd_lines_update, macdext_update, mom_update, ppo_update, roc_update, rocp_update, rocr100_update, rocr_update,
    swing_reset,
    trix_update,
)
from ..streams.momentum cimport Macd, Rsi, macd_reset, macd_update, rsi_reset, rsi_update


cdef extern from "indicators/momentum.h" nogil:
    int pyrt_rsi_call(const Call* c) noexcept
    int pyrt_cmo_call(const Call* c) noexcept
    int pyrt_mom_call(const Call* c) noexcept
    int pyrt_mom_table(const TableCall* c) noexcept
    int pyrt_roc_call(const Call* c) noexcept
    int pyrt_roc_table(const TableCall* c) noexcept
    int pyrt_rocp_call(const Call* c) noexcept
    int pyrt_rocp_table(const TableCall* c) noexcept
    int pyrt_rocr_call(const Call* c) noexcept
    int pyrt_rocr_table(const TableCall* c) noexcept
    int pyrt_rocr100_call(const Call* c) noexcept
    int pyrt_rocr100_table(const TableCall* c) noexcept
    int pyrt_bop_call(const Call* c) noexcept
    int pyrt_trix_call(const Call* c) noexcept
    int pyrt_apo_call(const Call* c) noexcept
    int pyrt_ppo_call(const Call* c) noexcept
    int pyrt_pvo_call(const Call* c) noexcept
    int pyrt_macd_call(const Call* c) noexcept
    int pyrt_macdfix_call(const Call* c) noexcept
    int pyrt_macdext_call(const Call* c) noexcept


cdef object on_lag(void* update, str name, int inputs=1):
    return Formula.of(update, <Reset>lag_reset, sizeof(Lag), changes, name, "lag", inputs)


cdef object on_apart(void* update, str name):
    return Formula.of(update, <Reset>apart_reset, sizeof(Apart), changes, name, "apart")


rsi = Batch.of(pyrt_rsi_call, 1)
cmo = Batch.of(pyrt_cmo_call, 1)
mom = Batch.of(pyrt_mom_call, 1, 1, 0, False, pyrt_mom_table)
roc = Batch.of(pyrt_roc_call, 1, 1, 0, False, pyrt_roc_table)
rocp = Batch.of(pyrt_rocp_call, 1, 1, 0, False, pyrt_rocp_table)
rocr = Batch.of(pyrt_rocr_call, 1, 1, 0, False, pyrt_rocr_table)
rocr100 = Batch.of(pyrt_rocr100_call, 1, 1, 0, False, pyrt_rocr100_table)
bop = Batch.of(pyrt_bop_call, 4, 1, 0, True)
trix = Batch.of(pyrt_trix_call, 1)
apo = Batch.of(pyrt_apo_call, 1)
ppo = Batch.of(pyrt_ppo_call, 1)
pvo = Batch.of(pyrt_pvo_call, 1)
macd = Batch.of(pyrt_macd_call, 1, 3)
macdfix = Batch.of(pyrt_macdfix_call, 1, 3)
macdext = Batch.of(pyrt_macdext_call, 1, 3)

rsi_formula = Formula.of(<void*>rsi_update, <Reset>rsi_reset, sizeof(Rsi), streams, "rsi")
macd_formula = Formula.of(<void*>macd_update, <Reset>macd_reset, sizeof(Macd), streams, "macd")
macd_lines_formula = Formula.of(
    <void*>macd_lines_update, <Reset>lines_reset, sizeof(Lines), changes, "macd_lines", "lines", 1, 3
)
cmo_formula = Formula.of(<void*>cmo_update, <Reset>swing_reset, sizeof(Swing), changes, "cmo", "swing")
mom_formula = on_lag(<void*>mom_update, "mom")
roc_formula = on_lag(<void*>roc_update, "roc")
rocp_formula = on_lag(<void*>rocp_update, "rocp")
rocr_formula = on_lag(<void*>rocr_update, "rocr")
rocr100_formula = on_lag(<void*>rocr100_update, "rocr100")
bop_formula = on_lag(<void*>bop_update, "bop", 4)
trix_formula = on_apart(<void*>trix_update, "trix")
apo_formula = on_apart(<void*>apo_update, "apo")
ppo_formula = on_apart(<void*>ppo_update, "ppo")
macdext_formula = Formula.of(
    <void*>macdext_update, <Reset>extended_reset, sizeof(Extended), changes, "macdext", "extended", 1, 3
)
