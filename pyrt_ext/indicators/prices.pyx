"""Price Transform: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import prices as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.prices cimport (
    Price, avgprice_update, medprice_update, price_reset, typprice_update, wclprice_update,
)


cdef extern from "indicators/prices.h" nogil:
    int pyrt_avgprice_call(const Call* c) noexcept
    int pyrt_medprice_call(const Call* c) noexcept
    int pyrt_typprice_call(const Call* c) noexcept
    int pyrt_wclprice_call(const Call* c) noexcept


cdef object formula(void* update, str name, int inputs):
    return Formula.of(update, <Reset>price_reset, sizeof(Price), streams, name, "price", inputs)


avgprice = Batch.of(pyrt_avgprice_call, 4, 1, 0, True)
medprice = Batch.of(pyrt_medprice_call, 2, 1, 0, True)
typprice = Batch.of(pyrt_typprice_call, 3, 1, 0, True)
wclprice = Batch.of(pyrt_wclprice_call, 3, 1, 0, True)

avgprice_formula = formula(<void*>avgprice_update, "avgprice", 4)
medprice_formula = formula(<void*>medprice_update, "medprice", 2)
typprice_formula = formula(<void*>typprice_update, "typprice", 3)
wclprice_formula = formula(<void*>wclprice_update, "wclprice", 3)
