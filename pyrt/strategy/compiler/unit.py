"""One strategy while it is compiled: its functions, what can fail where, its exported handlers."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, NamedTuple

from llvmlite import ir

from pyrt_ext import streams

from .. import context
from ..abi import HANDLERS, STRUCTS
from .frame import Frame, Promotion
from .refusals import refuse
from .source import Function, load
from .statements import compile_body
from .types import CONTEXT, EVENTS, I64, NONE, POINTER, Layout, Struct, Type, Value, llvm_type

__all__ = ["Site", "Unit"]

_I32 = ir.IntType(32)
_SMALL = 250
"""Instructions, before anything is optimized, of what is compiled into its callers: its own and its callees'."""
_STATE = {name: int(place[1]) for name, place in (STRUCTS["context"].fields or {}).items()}["state"]


def _own(filename: str) -> bool:
    """Whether a file is the library's: what stands behind ctx, and streaming formulas."""
    path = Path(filename)
    return path == Path(context.__file__) or path.is_relative_to(Path(streams.__file__).parent)


class Site(NamedTuple):
    """A place where a handler can fail."""

    line: int
    function: str
    text: str


class Unit:
    """The functions of one strategy as an LLVM module; each is compiled once for each set of argument types."""

    def __init__(self, name: str, functions: dict[Any, Function] | None = None) -> None:
        self.module = ir.Module(name)
        self.sites: list[Site] = [Site(0, "", "")]
        self.functions: dict[Any, Function] = functions or {}
        self._done: dict[tuple[Function, tuple[Type, ...]], tuple[Any, Type]] = {}
        self._widened: list[tuple[Function, int]] = []
        self._active: list[tuple[Function, tuple[Type, ...]]] = []
        self._places: dict[Site, int] = {}
        self._inlined: dict[str, int] = {}

    def load(self, function: Any) -> Function:
        """Read a function once."""
        if function not in self.functions:
            code = getattr(function, "__code__", None)
            self.functions[function] = load(function, trusted=code is not None and _own(code.co_filename))
        return self.functions[function]

    def declare(self, name: str, kind: Any) -> Any:
        """Declare a symbol once."""
        found = self.module.globals.get(name)
        return ir.Function(self.module, kind, name) if found is None else found

    def site(self, function: Function, node: ast.AST, text: str) -> int:
        """Return the number of a place that can fail."""
        site = Site(getattr(node, "lineno", 0), function.name, text)
        if site not in self._places:
            self._places[site] = len(self.sites)
            self.sites.append(site)
        return self._places[site]

    def specialize(self, caller: Frame, function: Function, types: tuple[Type, ...], node: ast.AST) -> tuple[Any, Type]:
        """Return a function compiled for arguments of these types, and the type of its result."""
        key = (function, types)
        if any(active is function for active, _ in self._active):
            caller.refuse(node, f"{function.name}() calls itself; write a loop (compiled code has a fixed stack)")
        return self.compiled(key)

    def compiled(self, key: tuple[Function, tuple[Type, ...]]) -> tuple[Any, Type]:
        """Return a function for arguments of these types, compiled the first time, and the type of its result."""
        if key not in self._done:
            self._active.append(key)
            self._done[key] = self._compile(*key)
            self._widened.append((key[0], key[0].widened))
            self._active.pop()
        return self._done[key]

    def _compile(self, function: Function, types: tuple[Type, ...]) -> tuple[Any, Type]:
        kind = ir.FunctionType(_I32, [POINTER, POINTER, *(llvm_type(t) for t in types)])
        variables: dict[str, Type] = {}
        while True:
            out = ir.Function(self.module, kind, self.module.get_unique_name(function.name))
            out.linkage = "internal"
            out.attributes.add("nounwind")
            frame = Frame(self, function, out, variables)
            arguments = [Value(t, arg) for t, arg in zip(types, out.args[2:], strict=True)]
            try:
                result = compile_body(frame, arguments)
            except Promotion:
                del self.module.globals[out.name]
                continue
            # LLVM leaves them alone that are called from several places; a call costs as much as a mean's update.
            size = self._size(out)
            if size <= _SMALL:
                out.attributes.add("alwaysinline")
                self._inlined[out.name] = size
            return out, result

    def _size(self, out: Any) -> int:
        """Count instructions with those of what is compiled into it: else a chain of small calls grows as a power."""
        steps = [step for block in out.blocks for step in block.instructions]
        return len(steps) + sum(self._inlined.get(step.callee.name, 0) for step in steps if hasattr(step, "callee"))

    def export(self, handler: str, function: Function, state: Layout) -> None:
        """Write the C function of a handler: ``uint32 pyrt_<handler>(context *, const event *)``."""
        count = len(function.node.args.args)
        if count != 3:
            refuse(
                function.filename, function.node, f"{handler}() takes self, ctx and one record, here {count} arguments"
            )
        out = ir.Function(self.module, ir.FunctionType(_I32, [POINTER, POINTER]), f"pyrt_{handler}")
        out.attributes.add("nounwind")
        builder = ir.IRBuilder(out.append_basic_block())
        types: tuple[Type, ...] = (Struct(state), Struct(CONTEXT), Struct(EVENTS[HANDLERS[handler]]))
        body, result = self.compiled((function, types))
        place = builder.gep(out.args[0], [ir.Constant(ir.IntType(64), _STATE)], source_etype=ir.IntType(8))
        room = builder.alloca(llvm_type(I64 if result is NONE else result))
        builder.ret(builder.call(body, [out.args[0], room, builder.load(place, typ=POINTER), *out.args]))

    @property
    def settled(self) -> bool:
        """Whether all types of arguments widen the same places; if not, compile again with what is known now."""
        return all(function.widened == count for function, count in self._widened)

    def site_rows(self) -> list[list[Any]]:
        """Return the places as rows of the description: line, function, text."""
        return [list(site) for site in self.sites]
