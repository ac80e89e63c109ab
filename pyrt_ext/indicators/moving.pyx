"""Moving averages: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import averages
from pyrt_ext.streams import moving as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.averages cimport (
    Average, Variable, average_reset, dema_update, hma_update, kama_update, ma_update, mavp_update, rma_update,
    t3_update, tema_update, trima_update, variable_reset, wma_update, zlema_update,
)
from ..streams.moving cimport Ema, Sma, ema_reset, ema_update, sma_reset, sma_update


cdef extern from "indicators/moving.h" nogil:
    int pyrt_sma_call(const Call* c) noexcept
    int pyrt_ema_call(const Call* c) noexcept
    int pyrt_rma_call(const Call* c) noexcept
    int pyrt_wma_call(const Call* c) noexcept
    int pyrt_dema_call(const Call* c) noexcept
    int pyrt_tema_call(const Call* c) noexcept
    int pyrt_trima_call(const Call* c) noexcept
    int pyrt_ma_call(const Call* c) noexcept
    int pyrt_t3_call(const Call* c) noexcept
    int pyrt_hma_call(const Call* c) noexcept
    int pyrt_zlema_call(const Call* c) noexcept
    int pyrt_kama_call(const Call* c) noexcept
    int pyrt_mavp_call(const Call* c) noexcept


cdef object formula(void* update, str name):
    return Formula.of(update, <Reset>average_reset, sizeof(Average), averages, name, "average")


sma = Batch.of(pyrt_sma_call, 1)
ema = Batch.of(pyrt_ema_call, 1)
rma = Batch.of(pyrt_rma_call, 1)
wma = Batch.of(pyrt_wma_call, 1)
dema = Batch.of(pyrt_dema_call, 1)
tema = Batch.of(pyrt_tema_call, 1)
trima = Batch.of(pyrt_trima_call, 1)
ma = Batch.of(pyrt_ma_call, 1)
t3 = Batch.of(pyrt_t3_call, 1)
hma = Batch.of(pyrt_hma_call, 1)
zlema = Batch.of(pyrt_zlema_call, 1)
kama = Batch.of(pyrt_kama_call, 1)
mavp = Batch.of(pyrt_mavp_call, 2)

sma_formula = Formula.of(<void*>sma_update, <Reset>sma_reset, sizeof(Sma), streams, "sma")
ema_formula = Formula.of(<void*>ema_update, <Reset>ema_reset, sizeof(Ema), streams, "ema")
rma_formula = formula(<void*>rma_update, "rma")
wma_formula = formula(<void*>wma_update, "wma")
dema_formula = formula(<void*>dema_update, "dema")
tema_formula = formula(<void*>tema_update, "tema")
trima_formula = formula(<void*>trima_update, "trima")
ma_formula = formula(<void*>ma_update, "ma")
t3_formula = formula(<void*>t3_update, "t3")
hma_formula = formula(<void*>hma_update, "hma")
zlema_formula = formula(<void*>zlema_update, "zlema")
kama_formula = formula(<void*>kama_update, "kama")
mavp_formula = Formula.of(
    <void*>mavp_update, <Reset>variable_reset, sizeof(Variable), averages, "mavp", "variable", 2
)
