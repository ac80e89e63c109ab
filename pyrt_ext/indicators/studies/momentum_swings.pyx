"""Turns of the market, and what was bought and sold with them: a batch kernel and a streaming formula each."""

from pyrt_ext.streams.studies import momentum_swings as streams

from ...batch cimport Batch, Call
from ...stream cimport Formula, Reset
from ...streams.studies.momentum_swings cimport Fractal, Wad, fractal_reset, fractal_update, wad_reset, wad_update


cdef extern from "indicators/studies/momentum_swings.h" nogil:
    int pyrt_fractal_call(const Call* c) noexcept
    int pyrt_wad_call(const Call* c) noexcept


fractal = Batch.of(pyrt_fractal_call, 2, 2, 0b11)
wad = Batch.of(pyrt_wad_call, 3)

fractal_formula = Formula.of(
    <void*>fractal_update, <Reset>fractal_reset, sizeof(Fractal), streams, "fractal", "fractal", 2, 2
)
wad_formula = Formula.of(<void*>wad_update, <Reset>wad_reset, sizeof(Wad), streams, "wad", "wad", 3)
