"""Prices weighed by volume, and what volume moves: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import traded as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.traded cimport (
    Klinger, Traded, Vwap, anchored_vwap_update, eom_update, klinger_reset, klinger_update, rolling_vwap_update,
    session_vwap_update, traded_reset, vwap_reset,
)


cdef extern from "indicators/studies/traded.h" nogil:
    int pyrt_session_vwap_call(const Call* c) noexcept
    int pyrt_anchored_vwap_call(const Call* c) noexcept
    int pyrt_rolling_vwap_call(const Call* c) noexcept
    int pyrt_eom_call(const Call* c) noexcept
    int pyrt_klinger_call(const Call* c) noexcept


session_vwap = Batch.of(pyrt_session_vwap_call, 5)
anchored_vwap = Batch.of(pyrt_anchored_vwap_call, 5)
rolling_vwap = Batch.of(pyrt_rolling_vwap_call, 4)
eom = Batch.of(pyrt_eom_call, 3)
klinger = Batch.of(pyrt_klinger_call, 4, 2)

session_vwap_formula = Formula.of(
    <void*>session_vwap_update, <Reset>vwap_reset, sizeof(Vwap), streams, "session_vwap", "vwap", 5
)
anchored_vwap_formula = Formula.of(
    <void*>anchored_vwap_update, <Reset>vwap_reset, sizeof(Vwap), streams, "anchored_vwap", "vwap", 5
)
rolling_vwap_formula = Formula.of(
    <void*>rolling_vwap_update, <Reset>traded_reset, sizeof(Traded), streams, "rolling_vwap", "traded", 4
)
eom_formula = Formula.of(<void*>eom_update, <Reset>traded_reset, sizeof(Traded), streams, "eom", "traded", 3)
klinger_formula = Formula.of(
    <void*>klinger_update, <Reset>klinger_reset, sizeof(Klinger), streams, "klinger", "klinger", 4, 2
)
