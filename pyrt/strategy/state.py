"""A strategy's state: what ``start`` made, as one flat record with an arena behind it.

Every attribute is a word (float64, int64, bool), an array, or a streaming indicator with its record. An array's numbers
and an indicator's window lie in the arena; the record holds the distance to them from where it is written, so a block
can be copied anywhere. The layout depends on names and kinds alone, never on sizes: one compile serves all parameters.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import math
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType
from typing import Any, NoReturn

import numpy as np

from .abi import HANDLERS
from .base import Number, Strategy, bind
from .context import FIELDS, METHODS, PROPERTIES
from .faults import CompileError

__all__ = ["Member", "Started", "blind_handlers", "functions_of", "image_of", "parsed", "start", "values_of"]

_PARSING = threading.RLock()  # what a tree's making sets free may make another
_SHOWN = {*FIELDS, *PROPERTIES, *METHODS} - {
    *("now", "slot", "slot_count", "order_count", "position", "last_price", "last_qty", "tick", "lot", "warming_up"),
    *("bar", "bar_count", "signal", "timer"),
}
"""Names of ``ctx`` behind which there may be a book, a mark or the account."""


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of the state; of kind ``float``, ``int``, ``bool``, ``array float``, ``array int`` or ``stream``."""

    name: str
    kind: str
    offset: int
    formula: Any = field(default=None, compare=False)

    def describe(self) -> list[Any]:
        """Return the member as a row of the description."""
        return [self.name, self.kind, self.offset, *([self.formula.name] if self.formula else [])]


@dataclass(frozen=True, slots=True)
class Started:
    """A strategy after ``start``: the object, its parameters, and its state as bytes."""

    instance: Strategy
    parameters: dict[str, Number]
    structural: frozenset[str]
    members: tuple[Member, ...]
    state_bytes: int
    image: bytes

    @property
    def arena_bytes(self) -> int:
        """Bytes behind the record."""
        return len(self.image) - self.state_bytes

    @property
    def words(self) -> bytes:
        """The parameters as the context's words."""
        return b"".join(struct.pack("<d" if isinstance(v, float) else "<q", v) for v in self.parameters.values())


def blind_handlers(cls: type[Strategy]) -> int:
    """Return which handlers look at no book, mark or account, as bits in the order of the ABI's table.

    A host need not bring these up to date before it calls them. What a handler names decides, and what the functions
    name that it calls; one that calls what cannot be looked into is not blind.

    Examples
    --------
    >>> class Sparse(Strategy):
    ...     def on_trade(self, ctx, trade):
    ...         ctx.timer(ctx.now + 1_000_000)
    ...
    ...     def on_timer(self, ctx, event):
    ...         ctx.signal(ctx.mid)
    >>> [name for i, name in enumerate(HANDLERS) if blind_handlers(Sparse) >> i & 1]
    ['on_trade']
    """
    own = functions_of(cls)
    return sum(1 << i for i, name in enumerate(HANDLERS) if name in own and not _looks(own[name], own, set()))


def _looks(function: Any, own: dict[str, Callable[..., Any]], seen: set[Any]) -> bool:
    function = getattr(function, "py_func", function)
    if function in seen:
        return False
    seen.add(function)
    names = _names(function.__code__)
    if names & _SHOWN:
        return True
    closed = inspect.getclosurevars(function)
    called = [own[name] for name in names & own.keys()]
    reached = [*closed.globals.values(), *closed.nonlocals.values()]
    for value in reached:
        if isinstance(getattr(value, "py_func", value), FunctionType):
            called.append(value)
        elif isinstance(value, type):  # its functions and, as of a parent, its handlers; a class may be in a class
            members = [getattr(value, name) for name in names if hasattr(value, name)]
            reached += [one for one in members if all(one is not known for known in reached)]
        elif not (isinstance(value, (int, float, str, BuiltinFunctionType)) or value is math or value is np):
            return True
    return any(_looks(one, own, seen) for one in called)


def _names(code: CodeType) -> set[str]:
    inner = [_names(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inner)


class _StartContext:
    """The ``ctx`` of ``start``: there is no market yet."""

    def __getattr__(self, name: str) -> NoReturn:
        raise CompileError(f"ctx.{name} is not known in start(): it runs before the first event; read it in a handler")


def functions_of(cls: type[Strategy]) -> dict[str, Callable[..., Any]]:
    """Return the class's own functions by name: handlers and helpers."""
    found: dict[str, Callable[..., Any]] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, Strategy) and base is not Strategy:
            found.update({n: f for n, f in vars(base).items() if isinstance(getattr(f, "py_func", f), FunctionType)})
    found.pop("start", None)
    return found


def start(cls: type[Strategy], parameters: dict[str, Any]) -> Started:
    """Run ``start`` for these parameters, note which of them it reads, and lay the state out.

    Raises
    ------
    CompileError
        For an attribute that is neither a number, nor an array of one dimension, nor a streaming indicator.
    """
    if cls.__init__ is not Strategy.__init__:
        raise CompileError(f"{cls.__name__} has an __init__; make the state in start(self, ctx) instead")
    values, read = bind(cls, parameters), set[str]()
    instance = _traced(cls, values, read)
    instance.start(_StartContext())
    object.__setattr__(instance, "__class__", cls)
    named = {n: v for n, v in vars(instance).items() if n not in values}
    for name, value in values.items():
        if (held := vars(instance).get(name)) is not value and held != value:  # NaN equals nothing
            raise CompileError(
                f"{_place(cls, name)}: start() changes the parameter {name}; keep the result under another name"
            )
    members, state_bytes, image = _lay_out(cls, named)
    return Started(instance, values, frozenset(read), members, state_bytes, image)


def _traced(cls: type[Strategy], values: dict[str, Number], read: set[str]) -> Strategy:
    def get(self: Strategy, name: str) -> Any:
        if name in values:
            read.add(name)
        return object.__getattribute__(self, name)

    traced = type(cls.__name__, (cls,), {"__getattribute__": get, "__module__": cls.__module__})
    instance: Strategy = object.__new__(traced)
    for name, value in values.items():
        object.__setattr__(instance, name, value)
    return instance


def _lay_out(cls: type[Strategy], named: dict[str, Any]) -> tuple[tuple[Member, ...], int, bytes]:
    integers, members, at = _annotated_int(_own_functions(cls)), [], 0
    for name, value in named.items():
        member = Member(name, _kind(cls, name, value, integers), at, getattr(value, "formula", None))
        members.append(member)
        at += _size(member)
    return tuple(members), at, image_of(members, named)


def image_of(members: Sequence[Member], values: dict[str, Any]) -> bytes:
    """Return the state and its arena as bytes."""
    block = bytearray(sum(map(_size, members)))
    for member in members:
        _fill(block, member, values[member.name])
    return bytes(block)


def values_of(members: Sequence[Member], image: bytes) -> Iterator[tuple[Member, Any]]:
    """Read a state that :func:`image_of` has made: numbers, arrays, and streams as bytes, record and window."""
    for member in members:
        if member.kind == "stream":
            record = int(member.formula.dtype.itemsize)
            away, words = struct.unpack_from("<qq", image, member.offset)
            arena = member.offset + away
            begin = member.offset + 16
            yield member, image[begin : begin + record] + image[arena : arena + 8 * words]
        elif member.kind.startswith("array"):
            away, words = struct.unpack_from("<qq", image, member.offset)
            kind = np.float64 if member.kind == "array float" else np.int64
            yield member, np.frombuffer(image, kind, words, member.offset + away)
        else:
            value = struct.unpack_from("<d" if member.kind == "float" else "<q", image, member.offset)[0]
            yield member, bool(value) if member.kind == "bool" else value


def _kind(cls: type[Strategy], name: str, value: Any, integers: frozenset[str]) -> str:
    if getattr(value, "formula", None) is not None:
        policy = getattr(value, "nan", "restart")
        if policy != "restart":
            raise CompileError(
                f"{_place(cls, name)}: self.{name} has nan={policy!r}; a compiled indicator restarts at a NaN"
            )
        return "stream"
    if isinstance(value, (bool, np.bool_)):
        return "bool"
    if isinstance(value, np.ndarray):
        if value.ndim != 1 or value.dtype.kind not in "fiub":
            raise CompileError(
                f"{_place(cls, name)}: self.{name} must be one-dimensional and of numbers, "
                f"got {value.dtype} of shape {value.shape}"
            )
        return "array float" if value.dtype.kind == "f" else "array int"
    if isinstance(value, (int, float, np.integer, np.floating)):
        if name not in integers:
            return "float"
        if isinstance(value, (float, np.floating)):
            raise CompileError(f"{_place(cls, name)}: self.{name} is annotated int, and start() sets it to {value!r}")
        return "int"
    instead = {list: "np.zeros(n)", dict: "one attribute a key", str: "a number", type(None): "math.nan, or a flag"}
    hint = instead.get(type(value), "numbers, arrays of one dimension, and streaming indicators")
    raise CompileError(
        f"{_place(cls, name)}: self.{name} is {type(value).__name__}, which compiled code cannot keep; use {hint}"
    )


def _size(member: Member) -> int:
    if member.kind == "stream":
        return 16 + int(member.formula.dtype.itemsize)
    return 16 if member.kind.startswith("array") else 8


def _fill(block: bytearray, member: Member, value: Any) -> None:
    """Write a member; what it keeps in the arena is appended to the block."""
    if member.kind == "stream":
        record = int(value.formula.dtype.itemsize)
        struct.pack_into("<qq", block, member.offset, len(block) - member.offset, (len(value.image) - record) // 8)
        block[member.offset + 16 : member.offset + 16 + record] = value.image[:record]
        block += value.image[record:]
    elif member.kind.startswith("array"):
        struct.pack_into("<qq", block, member.offset, len(block) - member.offset, len(value))
        block += np.ascontiguousarray(value, np.float64 if member.kind == "array float" else np.int64).tobytes()
    else:
        struct.pack_into("<d" if member.kind == "float" else "<q", block, member.offset, value)


def _own_functions(cls: type[Strategy]) -> tuple[FunctionType, ...]:
    own = [base for base in cls.__mro__ if issubclass(base, Strategy) and base is not Strategy]
    return tuple(f for base in own for f in vars(base).values() if isinstance(f, FunctionType))


def parsed(source: str, mode: str = "exec") -> Any:
    """Return the tree of a source, as :func:`ast.parse` does, one thread at a time.

    CPython counts how deep it is in a tree for all threads at once: of two that make trees at once, as those of
    a sweep do, one may fail with ``SystemError: AST constructor recursion depth mismatch``.
    """
    with _PARSING:
        return ast.parse(source, mode=mode)


def _nodes(functions: tuple[FunctionType, ...]) -> Iterable[tuple[str, int, ast.AST]]:
    """Walk functions, with the file and the number of lines before each."""
    import textwrap

    for function in functions:
        try:
            lines, first = inspect.getsourcelines(function)
        except (OSError, TypeError):
            continue
        for node in ast.walk(parsed(textwrap.dedent("".join(lines)))):
            yield function.__code__.co_filename, first - 1, node


def _of_self(node: ast.AST) -> str:
    is_self = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return node.attr if is_self and isinstance(node, ast.Attribute) else ""


@functools.lru_cache(64)  # every run of a class asks, and a run may take less than reading its source
def _annotated_int(functions: tuple[FunctionType, ...]) -> frozenset[str]:
    return frozenset(
        _of_self(node.target)
        for _, _, node in _nodes(functions)
        if isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Name) and node.annotation.id == "int"
    )


def _place(cls: type[Strategy], name: str) -> str:
    """Return file and line where an attribute is set."""
    for filename, before, node in _nodes(_own_functions(cls)):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        flat = [part for t in targets for part in (t.elts if isinstance(t, ast.Tuple) else [t])]
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and name in map(_of_self, flat):
            return f"{filename}:{before + node.lineno}"
    return cls.__name__


def digest(*parts: bytes) -> str:
    """Return a SHA-256 over parts, each with its length."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "little") + part)
    return total.hexdigest()
