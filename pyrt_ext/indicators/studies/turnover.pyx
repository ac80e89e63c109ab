"""What volume tells about prices: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import turnover as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.turnover cimport (
    Turnover, cmf_update, efi_update, marketfi_update, nvi_update, pvi_update, pvt_update, rvol_update,
    turnover_reset, vwap_update, vwma_update,
)


cdef extern from "indicators/studies/turnover.h" nogil:
    int pyrt_cmf_call(const Call* c) noexcept
    int pyrt_efi_call(const Call* c) noexcept
    int pyrt_marketfi_call(const Call* c) noexcept
    int pyrt_nvi_call(const Call* c) noexcept
    int pyrt_pvi_call(const Call* c) noexcept
    int pyrt_pvt_call(const Call* c) noexcept
    int pyrt_rvol_call(const Call* c) noexcept
    int pyrt_vwap_call(const Call* c) noexcept
    int pyrt_vwma_call(const Call* c) noexcept


cdef object formula(void* update, str name, int inputs):
    return Formula.of(update, <Reset>turnover_reset, sizeof(Turnover), streams, name, "turnover", inputs)


cmf = Batch.of(pyrt_cmf_call, 4)
efi = Batch.of(pyrt_efi_call, 2)
marketfi = Batch.of(pyrt_marketfi_call, 3, 1, 0, True)
nvi = Batch.of(pyrt_nvi_call, 2)
pvi = Batch.of(pyrt_pvi_call, 2)
pvt = Batch.of(pyrt_pvt_call, 2)
rvol = Batch.of(pyrt_rvol_call, 1)
vwap = Batch.of(pyrt_vwap_call, 4)
vwma = Batch.of(pyrt_vwma_call, 2)

cmf_formula = formula(<void*>cmf_update, "cmf", 4)
efi_formula = formula(<void*>efi_update, "efi", 2)
marketfi_formula = formula(<void*>marketfi_update, "marketfi", 3)
nvi_formula = formula(<void*>nvi_update, "nvi", 2)
pvi_formula = formula(<void*>pvi_update, "pvi", 2)
pvt_formula = formula(<void*>pvt_update, "pvt", 2)
rvol_formula = formula(<void*>rvol_update, "rvol", 1)
vwap_formula = formula(<void*>vwap_update, "vwap", 4)
vwma_formula = formula(<void*>vwma_update, "vwma", 2)
