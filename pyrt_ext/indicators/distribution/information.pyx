"""Entropies of windows: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.distribution import information as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.distribution.information cimport (
    Counts, counts_reset, entropy_update, patterns_reset, perm_entropy_update,
)


cdef extern from "indicators/distribution/information.h" nogil:
    int pyrt_entropy_call(const Call* c) noexcept
    int pyrt_perm_entropy_call(const Call* c) noexcept


entropy = Batch.of(pyrt_entropy_call, 1)
perm_entropy = Batch.of(pyrt_perm_entropy_call, 1)

entropy_formula = Formula.of(<void*>entropy_update, <Reset>counts_reset, sizeof(Counts), streams, "entropy", "counts")
perm_entropy_formula = Formula.of(
    <void*>perm_entropy_update, <Reset>patterns_reset, sizeof(Counts), streams, "perm_entropy", "patterns"
)
