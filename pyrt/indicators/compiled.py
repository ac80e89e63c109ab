"""A stream inside loops that Numba compiles: the same formula, from the same source, to the same bits."""

from __future__ import annotations

import dis
import functools
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from .streaming import Stream

__all__ = ["for_numba"]

PLAIN_ONLY = ("_start", "_arena")
"""Functions of a formula's source that only Python calls."""


def for_numba(stream: Stream) -> tuple[Any, Any]:
    """Return a copy of the stream's state, and the Numba function that takes it and the next values.

    Raises
    ------
    InputError
        For another NaN policy than "restart", which is the formula's own.
    """
    if stream.nan != "restart":
        raise InputError(f'nan: must be "restart" for Numba, got {stream.nan!r}; test for NaN in the loop instead')
    formula: Any = stream.formula
    image, size = bytearray(stream.image), formula.dtype.itemsize
    record = np.frombuffer(image, formula.dtype, count=1).view(np.recarray)
    window = np.frombuffer(image, np.float64, offset=size) if len(image) > size else np.zeros(1)
    return (record, window), _update(formula)


@functools.cache
def _update(formula: Any) -> Any:
    """Compile a formula, once; its functions call each other by their names in its source."""
    scope, layout = formula.plain(), formula.dtype
    written = _written(scope, f"{formula.name}_update")
    fields = tuple((layout.fields[name][1], layout[name].kind, name in written) for name in layout.names)
    places, copied, kept = _moves(fields)
    for name, value in list(scope.items()):
        if isinstance(value, FunctionType) and not name.endswith(PLAIN_ONLY):
            scope[name] = _compiler(value)
    step = scope[f"{formula.name}_update"]

    def turn(record: Any, window: Any, *values: float) -> Any:
        own = copied(record)
        value = step(own, window, *values)
        kept(own, record)
        return value

    turn = _compiler(turn)

    def update(state: Any, *values: float) -> Any:
        return turn(state[0][0], places(state[1]), *values)

    return _compiler(update)


def _written(scope: dict[str, Any], name: str) -> set[str]:
    """Return the fields that a formula writes to, by its function's name: its own, and those of what it calls."""
    called, fields = [name], set()
    for one in called:
        for step in dis.get_instructions(scope[one]):
            if step.opname == "STORE_ATTR":
                fields.add(step.argval)
            elif isinstance(scope.get(step.argval), FunctionType) and step.argval not in called:
                called.append(step.argval)
    return fields


def _compiler(function: Any) -> Any:
    """Compile a function of a formula.

    Without counting references and without calls that would do so: that takes longer than most formulas. And as C's
    `restrict` has it, which Numba knows and gives no option for: a record and its window lie apart, so that what is in
    one need not be read again when the other has been written to.
    """
    import numba

    options: dict[str, Any] = {"error_model": "numpy", "forceinline": True, "_nrt": False}
    made: Any = numba.njit(**options)(function)
    customized = getattr(getattr(made, "_compiler", None), "_customize_flags", None)
    if customized is not None:

        def apart(flags: Any) -> Any:
            flags = customized(flags)
            flags.noalias = True
            return flags

        made._compiler._customize_flags = apart
    return made


@functools.cache
def _moves(fields: tuple[tuple[int, str, bool], ...]) -> tuple[Any, Any, Any]:
    """Make three functions for Numba.

    The first gives where an array of doubles stands: as an array, a window would be asked at each access whether its
    index counts from the end, which formulas never do. The second gives a copy of a record, and the third writes it
    back: a formula then reads the whole record before anything else and writes it when all is done, so that a loop
    keeps it in registers. A record is its fields, of eight bytes each: where they stand, whether they are doubles (f),
    and whether the formula writes to them; those that it does not are parameters, which a loop keeps for good.
    """
    import llvmlite.ir
    import numba.core.cgutils
    import numba.extending

    ir: Any = llvmlite.ir
    cgutils: Any = numba.core.cgutils
    types: Any = numba.types
    intrinsic: Any = numba.extending.intrinsic

    def move(builder: Any, target: Any, source: Any, everything: bool) -> None:
        for offset, kind, written in fields:
            if written or everything:
                wide = (ir.DoubleType() if kind == "f" else ir.IntType(64)).as_pointer()
                place = [ir.Constant(ir.IntType(64), offset // 8)]
                here, there = (builder.gep(builder.bitcast(one, wide), place) for one in (source, target))
                builder.store(builder.load(here), there)

    @intrinsic  # type: ignore[untyped-decorator]
    def places(context: Any, window: Any) -> Any:
        def make(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return target.make_array(signature.args[0])(target, builder, arguments[0]).data

        return types.CPointer(types.float64)(window), make

    @intrinsic  # type: ignore[untyped-decorator]
    def copied(context: Any, record: Any) -> Any:
        def make(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            own = cgutils.alloca_once(builder, arguments[0].type.pointee)
            own.align = 8
            move(builder, own, arguments[0], True)
            return own

        return record(record), make

    @intrinsic  # type: ignore[untyped-decorator]
    def kept(context: Any, own: Any, record: Any) -> Any:
        def make(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            move(builder, arguments[1], arguments[0], False)
            return target.get_dummy_value()

        return types.void(own, record), make

    return places, copied, kept
