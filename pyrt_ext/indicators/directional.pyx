"""Directional movement: a batch kernel and a streaming formula each."""

from pyrt_ext.streams import directional as streams

from ..batch cimport Batch, Call
from ..stream cimport Formula, Reset
from ..streams.directional cimport (
    Direction, adx_update, adxr_update, direction_reset, dx_update, minus_di_update, minus_dm_update,
    plus_di_update, plus_dm_update,
)


cdef extern from "indicators/directional.h" nogil:
    int pyrt_plus_dm_call(const Call* c) noexcept
    int pyrt_minus_dm_call(const Call* c) noexcept
    int pyrt_plus_di_call(const Call* c) noexcept
    int pyrt_minus_di_call(const Call* c) noexcept
    int pyrt_dx_call(const Call* c) noexcept
    int pyrt_adx_call(const Call* c) noexcept
    int pyrt_adxr_call(const Call* c) noexcept


plus_dm = Batch.of(pyrt_plus_dm_call, 2)
minus_dm = Batch.of(pyrt_minus_dm_call, 2)
plus_di = Batch.of(pyrt_plus_di_call, 3)
minus_di = Batch.of(pyrt_minus_di_call, 3)
dx = Batch.of(pyrt_dx_call, 3)
adx = Batch.of(pyrt_adx_call, 3)
adxr = Batch.of(pyrt_adxr_call, 3)

plus_dm_formula = Formula.of(
    <void*>plus_dm_update, <Reset>direction_reset, sizeof(Direction), streams, "plus_dm", "direction", 2, 1
)
minus_dm_formula = Formula.of(
    <void*>minus_dm_update, <Reset>direction_reset, sizeof(Direction), streams, "minus_dm", "direction", 2, 1
)
plus_di_formula = Formula.of(
    <void*>plus_di_update, <Reset>direction_reset, sizeof(Direction), streams, "plus_di", "direction", 3, 1
)
minus_di_formula = Formula.of(
    <void*>minus_di_update, <Reset>direction_reset, sizeof(Direction), streams, "minus_di", "direction", 3, 1
)
dx_formula = Formula.of(
    <void*>dx_update, <Reset>direction_reset, sizeof(Direction), streams, "dx", "direction", 3, 1
)
adx_formula = Formula.of(
    <void*>adx_update, <Reset>direction_reset, sizeof(Direction), streams, "adx", "direction", 3, 1
)
adxr_formula = Formula.of(
    <void*>adxr_update, <Reset>direction_reset, sizeof(Direction), streams, "adxr", "direction", 3, 1
)
