"""Bands, stops and changes: batch kernels and streaming formulas."""

from pyrt_ext.streams import bands as streams
from pyrt_ext.streams import channels

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.bands cimport BbPct, Change, bb_pct_reset, bb_pct_update, change_reset, change_update
from ..streams.channels cimport (
    Bbands, Sar, Sarext, bbands_reset, bbands_update, sar_reset, sar_update, sarext_reset, sarext_update,
)


cdef extern from "indicators/bands.h" nogil:
    int pyrt_bbands_call(const Call* c) noexcept
    int pyrt_sar_call(const Call* c) noexcept
    int pyrt_sarext_call(const Call* c) noexcept


bbands = Batch.of(pyrt_bbands_call, 1, 3)
sar = Batch.of(pyrt_sar_call, 2)
sarext = Batch.of(pyrt_sarext_call, 2)

bb_pct_formula = Formula.of(<void*>bb_pct_update, <Reset>bb_pct_reset, sizeof(BbPct), streams, "bb_pct")
change_formula = Formula.of(<void*>change_update, <Reset>change_reset, sizeof(Change), streams, "change")
bbands_formula = Formula.of(
    <void*>bbands_update, <Reset>bbands_reset, sizeof(Bbands), channels, "bbands", "bbands", 1, 3
)
sar_formula = Formula.of(<void*>sar_update, <Reset>sar_reset, sizeof(Sar), channels, "sar", "sar", 2)
sarext_formula = Formula.of(
    <void*>sarext_update, <Reset>sarext_reset, sizeof(Sarext), channels, "sarext", "sarext", 2
)
