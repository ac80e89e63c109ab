"""Plain mode: the same rewritten source, run by Python behind the same C functions, for debuggers and as an oracle."""

from __future__ import annotations

import ast
import copy
import ctypes
import ctypes.util
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .abi import HANDLERS, Status
from .base import Strategy
from .compiler.source import LIBM, PREFIX, Function
from .compiler.types import CONTEXT, EVENTS
from .compiler.views import view_class
from .faults import IntegerOverflow, status_of
from .program import demand_handlers, state_layout, translate
from .state import Started, functions_of, image_of, parsed, values_of

__all__ = ["PlainProgram", "Rebuilt"]

_MARK = "_pyrt_widened"
_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p)


class PlainProgram:
    """A strategy with its state as Python objects.

    Attributes
    ----------
    error : BaseException or None
        What the last handler raised.
    """

    def __init__(self, cls: type[Strategy], started: Started) -> None:
        unit = translate(cls, started)  # refuses what cannot be compiled, and finds where ints become floats
        code = Rebuilt(unit.functions)
        self.error: BaseException | None = None
        self.members = started.members
        self.self = _state(cls, started, {name: code.function(f) for name, f in functions_of(cls).items()})
        self._contexts: dict[int, Any] = {}
        self._callbacks = {name: _SIGNATURE(self._handler(name)) for name in demand_handlers(cls)}

    def address(self, symbol: str) -> int:
        """Return the address of a handler, a C function as in compiled mode."""
        callback = self._callbacks[symbol.removeprefix("pyrt_")]
        return ctypes.cast(callback, ctypes.c_void_p).value or 0

    def image(self) -> bytes:
        """Return the state as the bytes that compiled mode would hold."""
        return image_of(self.members, {m.name: getattr(self.self, m.name) for m in self.members})

    def restore(self, image: bytes) -> None:
        """Take the state back from bytes that :meth:`image` has returned."""
        for member, value in values_of(self.members, image):
            held = getattr(self.self, member.name)
            if member.kind == "stream":
                held.restore(value)
            elif member.kind.startswith("array"):
                held[:] = memoryview(value)
            else:
                object.__setattr__(self.self, member.name, value)

    def set_parameter(self, name: str, value: float) -> None:
        """Change a live parameter."""
        object.__setattr__(self.self, name, value)

    def _handler(self, name: str) -> Callable[[int, int], int]:
        context, record = view_class(CONTEXT), view_class(EVENTS[HANDLERS[name]])
        method = getattr(self.self, name)

        def call(ctx: int, event: int) -> int:
            view: Any = self._contexts.get(ctx)
            if view is None:
                view = self._contexts[ctx] = context(ctx)
            try:
                method(view, record(event))
            except BaseException as error:
                self.error = error
                status = status_of(error)
                view.error = int(status)
                return int(status)
            return int(Status.OK)

        return call


class PlainStream:
    """A streaming indicator as compiled code has it: an infinity restarts it, as a NaN does."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.formula = stream.formula

    def __getattr__(self, name: str) -> float:
        names = self.formula.dtype.names[: self.formula.outputs]
        if name not in names:
            raise AttributeError(f"a {self.formula.name} stream has no {name}; it has {', '.join(names)}")
        return float(self._stream.values[names.index(name)])

    def update(self, *values: float) -> Any:
        """Take the next values."""
        if any(math.isinf(value) for value in values):
            self._stream.reset()
            return math.nan
        return self._stream.update(*values)

    def reset(self) -> float:
        """Forget everything but the parameters."""
        self._stream.reset()
        return math.nan

    def restore(self, image: bytes) -> None:
        """Go on from a record and its window."""
        old = self._stream
        self._stream = old.begin(old.indicator, dict(old.parameters), old.nan, image)

    @property
    def value(self) -> float:
        """The present value."""
        return float(self._stream.value)

    @property
    def ready(self) -> bool:
        """Whether there is a value."""
        return bool(self._stream.ready)

    @property
    def image(self) -> bytes:
        """The record and the window as bytes."""
        return bytes(self._stream.image)


def _state(cls: type[Strategy], started: Started, methods: dict[str, Any]) -> Any:
    """Make ``self``: it converts what is stored as the state's words do."""
    kinds = {member.name: member.kind for member in started.members}

    def put(self: Any, name: str, value: Any) -> None:
        kind = kinds.get(name)
        if kind == "float":
            value = float(value)
        elif kind == "int" and not -(2**63) <= value < 2**63:  # compiled code has had its fault before
            raise IntegerOverflow(f"self.{name}: {value} does not fit into 64 bits")
        elif kind not in ("int", "bool"):
            raise AttributeError(f"self.{name} cannot be set here")
        object.__setattr__(self, name, value)

    layout = state_layout(cls, started)
    made = type(cls.__name__, (), {**layout.constants, **started.parameters, **methods, "__setattr__": put})()
    for name, kind in kinds.items():
        value = getattr(started.instance, name)
        if kind == "stream":
            value = PlainStream(copy.copy(value))
        elif kind.startswith("array"):  # a memoryview gives Python's own numbers, whose errors are Python's
            copied: Any = np.array(value, np.float64 if kind == "array float" else np.int64)
            value = memoryview(copied)
        else:
            value = {"float": float, "int": int, "bool": bool}[kind](value)
        object.__setattr__(made, name, value)
    return made


# ---- the rewritten source as Python functions


class Rebuilt:
    """Functions made anew from their rewritten trees."""

    def __init__(self, functions: dict[Any, Function]) -> None:
        self._functions = functions
        self._made: dict[Any, Any] = {}

    def function(self, original: Any) -> Any:
        """Return the function as plain mode runs it."""
        if original not in self._functions or self._functions[original].trusted:
            return original  # never reached, or the library's own
        if original not in self._made:
            self._made[original] = None
            self._made[original] = self._build(self._functions[original])
        return self._made[original]

    def _build(self, function: Function) -> Any:
        scope = {**function.scope, **_intrinsics()}
        for place in function.coerced:
            setattr(place, _MARK, True)
        node = _Widen(function, self, scope).visit(copy.deepcopy(function.node))
        node.args.defaults, node.args.kw_defaults = [], [None] * len(node.args.kwonlyargs)
        node.returns = None
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            argument.annotation = None
        first = [parsed(f"{name} = float({name})").body[0] for name in sorted(function.coerced_names)]
        node.body = [*first, *node.body]
        module = ast.fix_missing_locations(ast.Module([node], []))
        exec(compile(module, function.filename, "exec"), scope)
        made = scope[node.name]
        names = [a.arg for a in [*node.args.posonlyargs, *node.args.args]]
        made.__defaults__ = tuple(function.defaults[n] for n in names if n in function.defaults) or None
        made.__kwdefaults__ = {
            a.arg: function.defaults[a.arg] for a in node.args.kwonlyargs if a.arg in function.defaults
        }
        return made


class _Widen(ast.NodeTransformer):
    """Puts ``float()`` where compiled code widens an int, and calls the rewritten helpers."""

    def __init__(self, function: Function, rebuilt: Rebuilt, scope: dict[str, Any]) -> None:
        self.function, self.rebuilt, self.scope = function, rebuilt, scope

    def visit(self, node: ast.AST) -> Any:
        visited = super().visit(node)
        if not getattr(node, _MARK, False):
            return visited
        func = ast.copy_location(ast.Name(PREFIX + "float", ast.Load()), visited)
        return ast.copy_location(ast.Call(func, [visited], []), visited)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        known, target = self.function.resolve(node.func)
        self.generic_visit(node)
        if known and target in (int, round):
            node.func = ast.copy_location(ast.Name(PREFIX + target.__name__, ast.Load()), node.func)
        elif known and not isinstance(target, type):
            try:
                made = self.rebuilt.function(target)
            except TypeError:  # not hashable
                return node
            if made is not target:
                name = f"{PREFIX}helper_{len(self.scope)}"
                self.scope[name] = made
                node.func = ast.copy_location(ast.Name(name, ast.Load()), node.func)
        return node


def _checked(convert: Callable[[float], int]) -> Callable[[float], int]:
    """Refuse what is no integer of 64 bits with one kind of error, as compiled code does."""

    def call(x: float) -> int:
        try:
            whole = convert(x)
        except ValueError:
            raise OverflowError(f"{x} is no integer") from None
        if isinstance(x, float) and not -(2**63) < whole < 2**63:
            raise OverflowError(f"{x} does not fit into 64 bits")
        return whole

    return call


@functools.cache
def _intrinsics() -> dict[str, Any]:
    library = ctypes.CDLL(ctypes.util.find_library("m") or "libm.so.6")
    found: dict[str, Any] = {
        "square": lambda x: x * x,
        "cube": lambda x: x * x * x,
        "sqrt": lambda x: math.sqrt(x) if x >= 0 or x != x else math.nan,  # noqa: PLR0124 (NaN)
        "abs": abs,
        "float": float,
        **{name: getattr(math, name) for name in ("isnan", "isinf", "isfinite", "copysign", "fabs")},
        **{f.__name__: _checked(f) for f in (int, round, math.floor, math.ceil, math.trunc)},
    }
    for name, count in LIBM.items():
        function = getattr(library, name)
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * count
        found[name] = function
    return {PREFIX + name: value for name, value in found.items()}
