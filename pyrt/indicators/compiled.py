"""A stream inside loops that Numba compiles: the same formula, from the same source, to the same bits."""

from __future__ import annotations

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
    scope = formula.plain()
    for name, value in list(scope.items()):
        if isinstance(value, FunctionType) and not name.endswith(PLAIN_ONLY):
            scope[name] = _compiler(value)
    step, places = scope[f"{formula.name}_update"], _places()

    def update(state: Any, *values: float) -> Any:
        return step(state[0][0], places(state[1]), *values)

    return _compiler(update)


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
def _places() -> Any:
    """Make a function for Numba that gives where an array of doubles stands.

    The window as an array would be asked at each access whether its index counts from the end: formulas never do that.
    """
    from numba import types
    from numba.extending import intrinsic

    @intrinsic  # type: ignore[untyped-decorator]
    def places(context: Any, window: Any) -> Any:
        def first(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return target.make_array(signature.args[0])(target, builder, arguments[0]).data

        return types.CPointer(types.float64)(window), first

    return places
