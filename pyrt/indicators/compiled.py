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
    import numba

    # Without counting references and without calls that would do so: that takes longer than most formulas.
    options: dict[str, Any] = {"error_model": "numpy", "forceinline": True, "_nrt": False}
    compiler: Any = numba.njit(**options)
    scope = formula.plain()
    for name, value in list(scope.items()):
        if isinstance(value, FunctionType) and not name.endswith(PLAIN_ONLY):
            scope[name] = compiler(value)
    step = scope[f"{formula.name}_update"]

    def update(state: Any, *values: float) -> Any:
        return step(state[0][0], state[1], *values)

    return compiler(update)
