"""A strategy's code: compiled once and cached on disk as object code, or plain Python behind the same C functions."""

from __future__ import annotations

import ast
import collections
import functools
import importlib.metadata
import json
import linecache
import os
import textwrap
import threading
import types
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrt

from . import abi
from .base import Strategy, handlers_of, parameters_of, subscriptions_of
from .context import METHODS
from .faults import CompileError
from .state import Member, Started, digest, functions_of, parsed, start

__all__ = [
    "Code",
    "Reached",
    "asks_of",
    "cache_folder",
    "compile_strategy",
    "load_code",
    "read_code",
    "versions",
    "write_code",
]


@dataclass(frozen=True, slots=True)
class Code:
    """Object code with what it needs to be told apart.

    Attributes
    ----------
    object_code : bytes
        Position-independent; exports ``pyrt_<handler>`` for each of `handlers`.
    sites : list
        Places that can fail: line, function, text.
    key : str
        What was compiled, as a SHA-256.
    cached : bool
        Whether it came from the disk.
    """

    object_code: bytes
    handlers: tuple[str, ...]
    sites: list[list[Any]]
    key: str
    cached: bool


_LOADED: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
_RECENT: collections.deque[Any] = collections.deque(maxlen=16)
"""The latest stay in memory between two runs: loading takes as long as a hundred thousand bars."""


def load_code(code: Code) -> Any:
    """Bring code into this process; strategies with the same code share it, as a sweep's do."""
    loaded = _LOADED.get(code.key)
    if loaded is None:
        from .compiler.native import load_object

        loaded = _LOADED[code.key] = load_object(code.object_code)
        _RECENT.append(loaded)
    return loaded


def cache_folder() -> Path:
    """Return where object code is kept: ``$PYRT_CACHE``, else ``pyrt/strategies`` in the user's cache folder."""
    given = os.environ.get("PYRT_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else base / "pyrt" / "strategies"


def compile_strategy(cls: type[Strategy], started: Started | None = None, *, cache: bool = True) -> Code:
    """Compile a strategy, or take its object code from the disk.

    Raises
    ------
    CompileError
        For what cannot be compiled, at the user's file and line, with what to write instead.
    """
    started = started or start(cls, {})
    handlers = demand_handlers(cls)
    key = cache_key(cls, started)
    path = cache_folder() / f"{key}.bin"
    if cache and (found := read_code(path)) is not None:
        object_code, sites = found
        return Code(object_code, handlers, sites, key, cached=True)
    from .compiler import native

    unit = translate(cls, started)
    code = Code(native.object_code(str(unit.module)), handlers, unit.site_rows(), key, cached=False)
    if cache:
        write_code(path, code)
    return code


def demand_handlers(cls: type[Strategy]) -> tuple[str, ...]:
    """Return the names of the class's handlers; a class without one is refused, in both modes."""
    handlers = handlers_of(cls)
    if not handlers:
        raise CompileError(f"{cls.__name__} has no handler; write at least one of {', '.join(abi.HANDLERS)}")
    return handlers


def translate(cls: type[Strategy], started: Started) -> Any:
    """Compile the handlers to an LLVM module."""
    from .compiler.unit import Unit

    unit = Unit(cls.__name__)
    try:
        layout, functions = state_layout(cls, started), functions_of(cls)
        while True:
            for handler in handlers_of(cls):
                unit.export(handler, unit.load(functions[handler]), layout)
            if unit.settled:
                break
            unit = Unit(cls.__name__, unit.functions)
    except CompileError as error:  # the user's line is in the message; how the compiler came there helps nobody
        raise error.with_traceback(None) from None
    if subscriptions_of(cls).history == 0 and any(f.name == "bar" and f.trusted for f in unit.functions.values()):
        raise CompileError(f"{cls.__name__} calls ctx.bar(); say how many bars it needs: history = 100")
    return unit


def state_layout(cls: type[Strategy], started: Started) -> Any:
    """Return ``self`` as the compiler sees it."""
    from .compiler.types import Field, Layout

    codes = {"float": "f8", "int": "i8", "bool": "bool"}
    fields = {p.name: Field(8 * i, "param", codes[p.type]) for i, p in enumerate(parameters_of(cls))}
    fields.update({member.name: _field(member) for member in started.members})
    known = {*fields, *functions_of(cls), "instruments", "bars"}
    constants = {name: value for name, value in constants_of(cls).items() if name not in known}
    return Layout("self", started.state_bytes, fields, methods=functions_of(cls), constants=constants, writable=True)


def constants_of(cls: type[Strategy]) -> dict[str, int | float]:
    """Return the numbers among a class's attributes, those of its bases and its parameters' defaults included."""
    values = ((name, getattr(cls, name)) for name in dir(cls) if not name.startswith("_"))
    return {name: value for name, value in values if isinstance(value, (int, float))}


def _field(member: Member) -> Any:
    from .compiler.types import F64, I64, Field

    if member.kind == "stream":
        return Field(member.offset, "struct", stream_layout(member.formula))
    if member.kind.startswith("array"):
        return Field(member.offset, "array", F64 if member.kind == "array float" else I64)
    return Field(member.offset, {"float": "f8", "int": "i8", "bool": "bool"}[member.kind])


@functools.cache
def stream_layout(formula: Any) -> Any:
    """Return a streaming indicator as the compiler sees it: the span of its window, then its record."""
    from .compiler.types import F64, Field, Layout, fields_of

    functions = formula.plain()
    fields = fields_of(formula.dtype, base=16) | {"window": Field(0, "array", F64), "value": Field(16, "f8")}
    return Layout(
        f"{formula.name} stream",
        16 + formula.dtype.itemsize,
        fields,
        properties={"ready": stream_ready},
        methods={"update": functions[f"{formula.name}_update"], "reset": functions[f"{formula.record}_reset"]},
        public=frozenset({"value", *formula.dtype.names[: formula.outputs]}),
    )


def stream_ready(stream: Any) -> bool:
    """Whether a streaming indicator has a value."""
    return bool(stream.value == stream.value)  # not NaN


def formula_text(formula: Any) -> str:
    """Return which formula it is, and the Python source it stands in, with what that uses."""
    return "".join([str(formula.name), *map(_text, formula.sources)])


@functools.cache
def _text(path: str) -> str:
    """Return a source of pyrt's own, which does not change while it runs."""
    return Path(path).read_text(encoding="utf-8")


# ---- the cache


def cache_key(cls: type[Strategy], started: Started) -> str:
    """Return what the object code depends on, as a SHA-256.

    The source and bytecode of every function reached, the constants and globals it reads, parameter types, the layout
    of the state, and the versions of pyrt, llvmlite and the ABI, with the compiler's own source. Values of parameters
    do not count.
    """
    reached = Reached()
    for function in functions_of(cls).values():
        reached.add(function)
    layout = [[m.name, m.kind, m.offset, m.formula and formula_text(m.formula)] for m in started.members]
    parameters = [[p.name, p.type] for p in parameters_of(cls)]
    constants = {n: repr(v) for n, v in constants_of(cls).items() if n not in started.parameters}
    facts = [layout, parameters, constants, handlers_of(cls), abi.HASH, versions(), cls.__name__]
    return digest(json.dumps(facts, sort_keys=True).encode(), *sorted(reached.parts))


def asks_of(cls: type[Strategy]) -> list[str]:
    """Return what of orders a strategy may ask for that not every venue has, by the calls in its source.

    ``stop``, ``stop_limit``, ``trailing_stop``, ``modify``, ``display``, ``gtd``, ``day``: a host that has not all of
    them refuses the strategy when it is loaded.
    """
    reached = Reached()
    for function in functions_of(cls).values():
        reached.add(function)
    found: set[str] = set()
    for source in map(_source, reached.functions):
        for node in ast.walk(_tree_of(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                found |= _asked(node.func.attr, node)
    return sorted(found)


def _tree_of(source: str) -> Any:
    try:
        return parsed(textwrap.dedent(source))
    except SyntaxError:  # a lambda amid a line: it asks for nothing that a statement around it does not
        return ast.Module([], [])


def _asked(method: str, call: ast.Call) -> set[str]:
    """Return what one call of the context asks for."""
    given = [*call.args, *(word.value for word in call.keywords)]
    words = {word.arg for word in call.keywords if word.arg is not None}
    words |= {v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str)}
    found = {"stop"} if method == "bracket" else {method} & {"stop", "stop_limit", "trailing_stop", "modify"}
    if method in ("limit", "stop", "stop_limit", "trailing_stop"):
        found |= words & {"display", "gtd", "day"}
        found |= {"gtd"} if "expiry" in words else set()
    return found


@functools.cache
def versions() -> str:
    """Return what makes the code of one installation differ from that of another."""
    from .compiler import native

    own = sorted([*Path(native.__file__).parent.glob("*.py"), *Path(__file__).parent.glob("*.py")])
    source = digest(*(path.read_bytes() for path in own))
    return " ".join([pyrt.__version__, importlib.metadata.version("llvmlite"), *native.baseline(), source])


class Reached:
    """Functions and constants that code depends on, found by walking the names in its bytecode."""

    def __init__(self) -> None:
        self.parts: set[bytes] = set()
        self.functions: list[Callable[..., Any]] = []
        self._seen: set[Any] = set()

    def add(self, function: Callable[..., Any]) -> None:
        """Count a function and what it reaches."""
        function = getattr(function, "py_func", function)
        code = getattr(function, "__code__", None)
        if code is None or id(function) in self._seen:
            return
        self._seen.add(id(function))
        self.functions.append(function)
        place = f"{code.co_filename}:{code.co_firstlineno}"
        self.parts.add(place.encode() + _lines(function, code) + _bytecode(code))
        self.parts.add(repr(getattr(function, "__defaults__", None)).encode())
        self.parts.add(repr(getattr(function, "__kwdefaults__", None)).encode())
        scope = {n: function.__globals__[n] for n in code.co_names if n in function.__globals__}
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                scope[name] = cell.cell_contents
            except ValueError:
                continue
        for name, value in scope.items():
            self.value(name, value, code.co_names)

    def value(self, name: str, value: Any, names: tuple[str, ...]) -> None:
        """Count a number by its value, a function by what it reaches, a module or class by the attributes named."""
        if isinstance(getattr(value, "py_func", value), types.FunctionType):
            self.add(value)
        elif isinstance(value, (types.ModuleType, type)):
            if (id(value), names) in self._seen:
                return
            self._seen.add((id(value), names))
            for attribute in names:
                inner = getattr(value, attribute, None)
                if isinstance(inner, (types.ModuleType, type)):  # a module of a package has names of its own
                    self.value(f"{name}.{attribute}", inner, names)
                elif isinstance(inner, (int, float, types.FunctionType)) or hasattr(inner, "py_func"):
                    self.value(f"{name}.{attribute}", inner, ())
        else:
            self.parts.add(f"{name}={value!r}".encode())


def _source(function: Any) -> str:
    import inspect

    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return ""


def _lines(function: Any, code: types.CodeType) -> bytes:
    """Return the lines that a function's bytecode stands for; to find where its text ends takes ten times as long."""
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    return "".join(lines[code.co_firstlineno - 1 : _last_line(code)]).encode()


def _last_line(code: types.CodeType) -> int:
    inner = [_last_line(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return max([code.co_firstlineno, *inner, *(line for *_, line in code.co_lines() if line is not None)])


def _bytecode(code: types.CodeType) -> bytes:
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    plain = [c for c in code.co_consts if not isinstance(c, types.CodeType)]
    return code.co_code + repr((plain, code.co_names)).encode() + b"".join(map(_bytecode, inner))


def read_code(path: Path) -> tuple[bytes, list[list[Any]]] | None:
    """Return object code and its sites from the disk; None if there are none that can be trusted."""
    try:
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            if facts.st_uid not in (os.getuid(), 0) or facts.st_mode & 0o022:
                return None  # others may have written it, and it would run here
            data = file.read()
    except OSError:
        return None
    checksum, _, rest = data.partition(b"\n")
    if digest(rest).encode() != checksum:  # cut short or damaged: compiled again
        return None
    head, _, object_code = rest.partition(b"\n")
    return object_code, json.loads(head)


def write_code(path: Path, code: Code) -> None:
    """Keep object code and its sites on the disk, if it can be written."""
    rest = json.dumps(code.sites).encode() + b"\n" + code.object_code
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(digest(rest).encode() + b"\n" + rest)
        partial.replace(path)
    except OSError:
        return  # a cache that cannot be written costs time and nothing else
