"""Volume indicators: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import volume as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.volume cimport (
    Flow, ad_update, adosc_update, flow_reset, obv_update,
)


cdef extern from "indicators/volume.h" nogil:
    int pyrt_obv_call(const Call* c) noexcept
    int pyrt_ad_call(const Call* c) noexcept
    int pyrt_adosc_call(const Call* c) noexcept


obv = Batch.of(pyrt_obv_call, 2)
ad = Batch.of(pyrt_ad_call, 4)
adosc = Batch.of(pyrt_adosc_call, 4)

obv_formula = Formula.of(
    <void*>obv_update, <Reset>flow_reset, sizeof(Flow), streams, "obv", "flow", 2, 1
)
ad_formula = Formula.of(
    <void*>ad_update, <Reset>flow_reset, sizeof(Flow), streams, "ad", "flow", 4, 1
)
adosc_formula = Formula.of(
    <void*>adosc_update, <Reset>flow_reset, sizeof(Flow), streams, "adosc", "flow", 4, 1
)
