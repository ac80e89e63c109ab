"""One function while it is compiled: its builder, its variables, its ways to fail; loads, stores and conversions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NoReturn

from llvmlite import ir

from ..abi import STRUCTS, Status
from .refusals import refuse
from .source import Function
from .types import (
    BOOL,
    CONTEXT,
    F64,
    I64,
    NONE,
    POINTER,
    WORD,
    Array,
    Field,
    Layout,
    Rows,
    Scalar,
    Static,
    Struct,
    Type,
    Value,
    llvm_type,
)  # fmt: skip

if TYPE_CHECKING:
    from .unit import Unit

__all__ = ["Frame", "Promotion"]

_I32 = ir.IntType(32)
_I8 = ir.IntType(8)
_CONTEXT_OFFSETS = {name: int(place[1]) for name, place in (STRUCTS["context"].fields or {}).items()}


class Promotion(Exception):
    """A variable turned out to be of a wider type than at first: the function is compiled again."""


class Frame:
    """A function on its way to LLVM."""

    def __init__(self, unit: Unit, function: Function, out: ir.Function, types: dict[str, Type]) -> None:
        self.unit, self.function, self.out = unit, function, out
        self.types = types
        self.entry = out.append_basic_block("entry")
        self.builder = ir.IRBuilder(out.append_basic_block("body"))
        self.context, self.result = out.args[0], out.args[1]
        self.places: dict[str, Any] = {}
        self.assigned: set[str] = set()
        self.loops: list[tuple[Any, Any, list[set[str]]]] = []

    # ---- failing

    def refuse(self, node: ast.AST, message: str) -> NoReturn:
        """Refuse the user's code at this place."""
        refuse(self.function.filename, node, message)

    def fault(self, node: ast.AST, status: Status, text: str) -> None:
        """End the call here with an error status."""
        self._note("error", int(status))
        self.blame(node, text)
        self.builder.ret(ir.Constant(_I32, int(status)))

    def blame(self, node: ast.AST, text: str) -> None:
        """Note this place as the error's."""
        self._note("error_site", self.unit.site(self.function, node, text))

    def _note(self, name: str, value: int) -> None:
        self.builder.store(ir.Constant(_I32, value), self.address(self.context, _CONTEXT_OFFSETS[name]))

    def fault_if(self, condition: Any, node: ast.AST, status: Status, text: str) -> None:
        """End the call with an error status where `condition` holds."""
        bad, good = self.block("fault"), self.block("on")
        self.builder.cbranch(condition, bad, good)
        self.builder.position_at_end(bad)
        self.fault(node, status, text)
        self.builder.position_at_end(good)

    # ---- blocks and variables

    def block(self, name: str) -> Any:
        """Append a block."""
        return self.out.append_basic_block(name)

    @property
    def ended(self) -> bool:
        """Whether the present block already returns or jumps."""
        return bool(self.builder.block.is_terminated)

    def slot(self, type_: Type, name: str = "") -> Any:
        """Reserve a place on the stack."""
        with self.builder.goto_block(self.entry):
            return self.builder.alloca(llvm_type(type_), name=name)

    def assign(self, name: str, value: Value, node: ast.expr | None, at: ast.AST) -> None:
        """Set a variable; an int joins a float variable as a float, and the other way round compiles again."""
        if value.type is NONE or isinstance(value.type, Static):
            self.refuse(at, f"{name} would be {value.type.name}, which is not a number")
        known = self.types.setdefault(name, value.type)
        joined = self.join(known, value.type)
        if joined is None:
            self.refuse(at, f"{name} is {known.name} before and {value.type.name} here; use another name")
        if joined != known:
            self.types[name] = joined
            raise Promotion
        if joined != value.type and node is None:
            self.refuse(
                at, f"{name} is {joined.name}, and an {value.type.name} is unpacked into it; write float(...) there"
            )
        if name not in self.places:
            self.places[name] = self.slot(joined, name)
        self.builder.store(self.convert(value, joined, node), self.places[name])
        self.assigned.add(name)

    def read(self, name: str, node: ast.AST) -> Value:
        """Read a variable."""
        if name not in self.assigned:
            self.refuse(node, f"{name} may be read here before it is set; set it before the if or the loop")
        type_ = self.types[name]
        return Value(type_, self.builder.load(self.places[name], typ=llvm_type(type_)))

    # ---- types

    @staticmethod
    def join(a: Type, b: Type) -> Type | None:
        """Return the type that holds both, if there is one."""
        if a == b:
            return a
        if isinstance(a, Scalar) and isinstance(b, Scalar) and NONE not in (a, b):
            return F64 if F64 in (a, b) else I64
        return None

    def convert(self, value: Value, type_: Type, node: ast.expr | None = None) -> Any:
        """Widen a number. `node` is its expression if plain mode must widen it at the same place."""
        builder = self.builder
        if value.type == type_:
            return value.ir
        if node is not None and type_ == F64:
            self.function.coerced.add(node)
        if type_ == F64:
            return (builder.uitofp if value.type == BOOL else builder.sitofp)(value.ir, llvm_type(F64))
        return builder.zext(value.ir, WORD)

    def number(self, value: Value, node: ast.AST) -> Value:
        """Demand a number."""
        if value.type not in (F64, I64, BOOL):
            self.refuse(node, f"this is {value.type.name}, and must be a number")
        return value

    def floating(self, value: Value, node: ast.AST) -> Any:
        """Demand a number, as a double."""
        return self.convert(self.number(value, node), F64)

    def integer(self, value: Value, node: ast.AST, what: str) -> Any:
        """Demand an integer."""
        if value.type not in (I64, BOOL):
            self.refuse(
                node,
                f"{what} must be an integer, and this is {value.type.name}; "
                "write int(...), or annotate it: self.n: int = 0",
            )
        return self.convert(value, I64)

    def truth(self, value: Value, node: ast.AST) -> Any:
        """Return whether a number is true, as Python says: anything but zero (NaN is true)."""
        self.number(value, node)
        if value.type == BOOL:
            return value.ir
        zero = ir.Constant(llvm_type(value.type), 0)
        if value.type == F64:
            return self.builder.fcmp_unordered("!=", value.ir, zero)
        return self.builder.icmp_signed("!=", value.ir, zero)

    # ---- memory

    def address(self, base: Any, offset: Any) -> Any:
        """Return the address `offset` bytes behind `base`."""
        index = ir.Constant(WORD, offset) if isinstance(offset, int) else offset
        return self.builder.gep(base, [index], inbounds=True, source_etype=_I8)

    def load(self, base: Any, field: Field, layout: Layout) -> Value:
        """Read a field of a struct."""
        builder, code = self.builder, field.code
        if code == "param":
            base = builder.load(self.address(self.context, _CONTEXT_OFFSETS["params"]), typ=POINTER)
            return self.load(base, Field(field.offset, field.target), layout)
        place = self.address(base, field.offset)
        if code == "struct":
            return Value(Struct(field.target), place)
        if code == "array":
            distance = builder.load(place, typ=WORD)
            length = builder.load(self.address(place, 8), typ=WORD)
            return Value(Array(field.target), self.pair(self.address(place, distance), length))
        if code == "rows":
            count = self.load(base, layout.fields[field.count], layout)
            return Value(Rows(field.target), self.pair(builder.load(place, typ=POINTER), count.ir))
        if code == "f8":
            return Value(F64, builder.load(place, typ=ir.DoubleType()))
        if code == "bool":
            return Value(BOOL, builder.icmp_signed("!=", builder.load(place, typ=WORD), ir.Constant(WORD, 0)))
        width = ir.IntType(8 * int(code[1]))
        raw = builder.load(place, typ=width)
        return Value(I64, raw if code[1] == "8" else builder.zext(raw, WORD))

    def store(self, base: Any, field: Field, value: Value, node: ast.expr, name: str) -> None:
        """Write a field of a struct."""
        builder, code = self.builder, field.code
        place = self.address(base, field.offset)
        self.number(value, node)
        if code == "f8":
            builder.store(self.convert(value, F64), place)
        elif code == "bool":
            if value.type != BOOL:
                self.refuse(
                    node,
                    f"{name} is bool, and this is {value.type.name}; "
                    f"write a comparison, or set {name} to a number in start()",
                )
            builder.store(builder.zext(value.ir, WORD), place)
        else:
            if value.type == F64:
                self.refuse(
                    node,
                    f"{name} is int, and this is float: write int(...) to cut it, "
                    "or drop the annotation int to keep floats",
                )
            raw = self.convert(value, I64)
            builder.store(raw if code[1] == "8" else builder.trunc(raw, ir.IntType(8 * int(code[1]))), place)

    def pair(self, pointer: Any, length: Any) -> Any:
        """Make the value of an array or of rows."""
        span = ir.Constant(llvm_type(Rows(CONTEXT)), ir.Undefined)
        return self.builder.insert_value(self.builder.insert_value(span, pointer, 0), length, 1)
