"""What the rows of a function or class depend on beside its own source: so that a file of other rows is refused."""

from __future__ import annotations

import contextlib
import dis
import functools
import inspect
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["contents_of", "origin_of"]

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)


def origin_of(strategy: Any) -> Iterator[bytes]:
    """Yield names, sources and values that a strategy is made of.

    Its bases, what a ``partial`` or a method is bound to, defaults, and the numbers, texts, arrays, tables, functions
    and classes of its module that it reads from around it. What it writes itself does not count, nor do lists and the
    like around it, which may be its notes.
    """
    return _of(strategy, set())


def contents_of(array: Any) -> bytes:
    """Return an array or table of numbers as bytes, other ones in words."""
    values = np.asarray(array)
    kept = repr(values.tolist()).encode() if values.dtype.hasobject else np.ascontiguousarray(values).tobytes()
    return f"{values.dtype} {values.shape} ".encode() + kept


def _of(code: Any, seen: set[int]) -> Iterator[bytes]:
    code = getattr(code, "py_func", code)  # a Numba function: its Python
    if id(code) in seen:
        return
    seen.add(id(code))
    if isinstance(code, functools.partial):
        yield from _of(code.func, seen)
        yield from _value([code.args, code.keywords], seen, inner=True)
    elif isinstance(code, types.MethodType):
        yield from _of(code.__func__, seen)
        yield from _value(vars(code.__self__) if hasattr(code.__self__, "__dict__") else None, seen, inner=True)
    elif isinstance(code, type):
        for base in code.__mro__:
            if base is not object and not base.__module__.startswith("pyrt."):
                yield from _named(base)
                for function in vars(base).values():
                    if isinstance(function, types.FunctionType):
                        yield from _around(function, seen)
    elif isinstance(code, types.FunctionType):
        yield from _named(code)
        yield from _around(code, seen)
    else:
        yield from _of(type(code), seen)
        yield from _value(vars(code) if hasattr(code, "__dict__") else None, seen, inner=True)


def _named(code: Any) -> Iterator[bytes]:
    yield f"{code.__module__}.{code.__qualname__}".encode()
    with contextlib.suppress(OSError, TypeError):  # typed at a prompt: its name has to do
        yield inspect.getsource(code).encode()


def _around(function: types.FunctionType, seen: set[int]) -> Iterator[bytes]:
    """Yield what a function reads from around it, sorted by name."""
    found, scope = dict[str, Any](), function.__globals__
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not filled yet
            found[name] = cell.cell_contents
    steps = list(_steps(function.__code__))
    found |= {one.argval: scope[one.argval] for one in steps if one.opname == "LOAD_GLOBAL" and one.argval in scope}
    written = {one.argval for one in steps if one.opname in ("STORE_GLOBAL", "STORE_DEREF")}
    yield from _value((function.__defaults__, *(function.__kwdefaults__ or {}).items()), seen, inner=False)
    for name in sorted(found.keys() - written):
        value = found[name]
        if not isinstance(value, (type, types.FunctionType)) or value.__module__ == function.__module__:
            yield name.encode()
            yield from _value(value, seen, inner=False)


def _steps(code: types.CodeType) -> Iterator[dis.Instruction]:
    """Yield the instructions of code, those of functions within it too."""
    yield from dis.get_instructions(code)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _steps(inner)


def _value(value: Any, seen: set[int], *, inner: bool) -> Iterator[bytes]:
    """Yield a value; lists, dicts and objects only where they are `inner` to what was handed over."""
    if isinstance(value, PLAIN):
        yield repr(value).encode()
    elif isinstance(value, np.ndarray) or hasattr(value, "to_numpy"):
        yield contents_of(value)
    elif isinstance(value, (tuple, list)) and (inner or isinstance(value, tuple)):
        for one in value:
            yield from _value(one, seen, inner=inner)
    elif isinstance(value, dict) and inner:
        for name, one in value.items():
            yield repr(name).encode()
            yield from _value(one, seen, inner=inner)
    elif isinstance(value, (type, types.FunctionType, types.MethodType, functools.partial)):
        yield from _of(value, seen)
    else:
        yield type(value).__qualname__.encode()
