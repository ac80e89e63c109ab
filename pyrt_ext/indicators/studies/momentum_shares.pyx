"""Momentum as a share: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import momentum_shares as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.momentum_shares cimport (
    Vortex, Way, cmou_update, er_update, imi_update, vhf_update, vortex_reset, vortex_update, way_reset,
)


cdef extern from "indicators/studies/momentum_shares.h" nogil:
    int pyrt_cmou_call(const Call* c) noexcept
    int pyrt_er_call(const Call* c) noexcept
    int pyrt_imi_call(const Call* c) noexcept
    int pyrt_vhf_call(const Call* c) noexcept
    int pyrt_vortex_call(const Call* c) noexcept


cdef object on_way(void* update, str name, int inputs=1):
    return Formula.of(update, <Reset>way_reset, sizeof(Way), streams, name, "way", inputs)


cmou = Batch.of(pyrt_cmou_call, 1)
er = Batch.of(pyrt_er_call, 1)
imi = Batch.of(pyrt_imi_call, 2)
vhf = Batch.of(pyrt_vhf_call, 1)
vortex = Batch.of(pyrt_vortex_call, 3, 2)

cmou_formula = on_way(<void*>cmou_update, "cmou")
er_formula = on_way(<void*>er_update, "er")
imi_formula = on_way(<void*>imi_update, "imi", 2)
vhf_formula = on_way(<void*>vhf_update, "vhf")
vortex_formula = Formula.of(
    <void*>vortex_update, <Reset>vortex_reset, sizeof(Vortex), streams, "vortex", "vortex", 3, 2
)
