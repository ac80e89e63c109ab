"""Oscillators: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import oscillators as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.oscillators cimport (
    Aroon, AroonOsc, Channel, Fast, Reach, Stoch, Ultimate, aroon_reset, aroon_update, aroonosc_reset,
    aroonosc_update, cci_update, channel_reset, donchian_update, fast_reset, mfi_update, midpoint_update,
    midprice_update, reach_reset, stoch_reset, stoch_update, stochf_update, stochrsi_reset, stochrsi_update,
    ultimate_reset,
    ultosc_update, willr_update,
)


cdef extern from "indicators/oscillators.h" nogil:
    int pyrt_willr_call(const Call* c) noexcept
    int pyrt_stoch_call(const Call* c) noexcept
    int pyrt_stochf_call(const Call* c) noexcept
    int pyrt_stochrsi_call(const Call* c) noexcept
    int pyrt_aroon_call(const Call* c) noexcept
    int pyrt_aroonosc_call(const Call* c) noexcept
    int pyrt_cci_call(const Call* c) noexcept
    int pyrt_mfi_call(const Call* c) noexcept
    int pyrt_ultosc_call(const Call* c) noexcept
    int pyrt_midpoint_call(const Call* c) noexcept
    int pyrt_midprice_call(const Call* c) noexcept
    int pyrt_donchian_call(const Call* c) noexcept


willr = Batch.of(pyrt_willr_call, 3)
stoch = Batch.of(pyrt_stoch_call, 3, 2)
stochf = Batch.of(pyrt_stochf_call, 3, 2)
stochrsi = Batch.of(pyrt_stochrsi_call, 1, 2)
aroon = Batch.of(pyrt_aroon_call, 2, 2)
aroonosc = Batch.of(pyrt_aroonosc_call, 2)
cci = Batch.of(pyrt_cci_call, 3)
mfi = Batch.of(pyrt_mfi_call, 4)
ultosc = Batch.of(pyrt_ultosc_call, 3)
midpoint = Batch.of(pyrt_midpoint_call, 1)
midprice = Batch.of(pyrt_midprice_call, 2)
donchian = Batch.of(pyrt_donchian_call, 2, 3)

willr_formula = Formula.of(
    <void*>willr_update, <Reset>reach_reset, sizeof(Reach), streams, "willr", "reach", 3, 1
)
stoch_formula = Formula.of(
    <void*>stoch_update, <Reset>stoch_reset, sizeof(Stoch), streams, "stoch", "stoch", 3, 2
)
stochf_formula = Formula.of(
    <void*>stochf_update, <Reset>fast_reset, sizeof(Fast), streams, "stochf", "fast", 3, 2
)
aroon_formula = Formula.of(
    <void*>aroon_update, <Reset>aroon_reset, sizeof(Aroon), streams, "aroon", "aroon", 2, 2
)
aroonosc_formula = Formula.of(
    <void*>aroonosc_update, <Reset>aroonosc_reset, sizeof(AroonOsc), streams, "aroonosc", "aroonosc", 2, 1
)
cci_formula = Formula.of(
    <void*>cci_update, <Reset>reach_reset, sizeof(Reach), streams, "cci", "reach", 3, 1
)
mfi_formula = Formula.of(
    <void*>mfi_update, <Reset>reach_reset, sizeof(Reach), streams, "mfi", "reach", 4, 1
)
ultosc_formula = Formula.of(
    <void*>ultosc_update, <Reset>ultimate_reset, sizeof(Ultimate), streams, "ultosc", "ultimate", 3, 1
)
midpoint_formula = Formula.of(
    <void*>midpoint_update, <Reset>reach_reset, sizeof(Reach), streams, "midpoint", "reach", 1, 1
)
midprice_formula = Formula.of(
    <void*>midprice_update, <Reset>reach_reset, sizeof(Reach), streams, "midprice", "reach", 2, 1
)
donchian_formula = Formula.of(
    <void*>donchian_update, <Reset>channel_reset, sizeof(Channel), streams, "donchian", "channel", 2, 3
)
stochrsi_formula = Formula.of(
    <void*>stochrsi_update, <Reset>stochrsi_reset, sizeof(Fast), streams, "stochrsi", "stochrsi", 1, 2
)
