"""A streaming formula's functions from their source, compiled by someone else than Cython."""

from pathlib import Path
from types import FunctionType

import numpy as np

SCOPES = {}
"""What modules of formulas hold, compiled, by their sources: many use the same ones, which are compiled once."""


def scope_of(sources, compiler):
    """The names of the first of these modules on top of those of the others."""
    if not sources:
        return {}
    key = (*sources, compiler)
    if key not in SCOPES:
        scope = SCOPES[key] = dict(scope_of(sources[1:], compiler))
        exec(compile(Path(sources[0]).read_text(encoding="utf-8"), sources[0], "exec"), scope)
        for name, value in list(scope.items()):
            if isinstance(value, FunctionType) and value.__globals__ is scope:
                scope[name] = compiler(value)  # they call each other by these names
    return SCOPES[key]


def compiled(formula, compiler):
    """The formula's reset and update; the functions that they call are compiled as well."""
    scope = scope_of(formula.sources, compiler)
    return scope[f"{formula.record}_reset"], scope[f"{formula.name}_update"]


def run(formula, parameters, compiler, rows):
    """Every output row by row, and the bytes of record and window at the end."""
    reset, update = compiled(formula, compiler)
    image, arena = formula.image(*parameters), formula.arena(*parameters)
    record = np.frombuffer(bytearray(image), formula.dtype).view(np.recarray)
    window = np.zeros(max(arena, 1))
    reset(record[0])
    names, out = formula.dtype.names[: formula.outputs], []
    for row in rows:
        update(record[0], window, *row)
        out.append([record[0][name] for name in names])
    return np.array(out), record.tobytes() + window.tobytes()[: 8 * arena]
