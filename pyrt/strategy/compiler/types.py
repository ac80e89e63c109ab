"""What a compiled expression can be, and how structs lie in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from ..abi import HANDLERS, STRUCTS
from ..context import EVENT_PROPERTIES, FIELDS, METHODS, PROPERTIES

__all__ = [
    "BOOL", "CONTEXT", "EVENTS", "F64", "I64", "NONE", "POINTER", "Array", "Field", "Layout", "Rows", "Scalar",
    "Static", "Struct", "Tuple", "Type", "Value", "llvm_type",
]  # fmt: skip

POINTER = ir.PointerType()
WORD = ir.IntType(64)
_SPAN = ir.LiteralStructType([POINTER, WORD])


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, a truth value, or nothing."""

    name: str


F64, I64, BOOL, NONE = Scalar("float"), Scalar("int"), Scalar("bool"), Scalar("None")


@dataclass(frozen=True, slots=True)
class Array:
    """A one-dimensional array of the state: pointer and length."""

    element: Scalar

    @property
    def name(self) -> str:
        """As users know it."""
        return f"array of {self.element.name}"


@dataclass(frozen=True, slots=True)
class Struct:
    """A pointer to a struct."""

    layout: Layout

    @property
    def name(self) -> str:
        """As users know it."""
        return self.layout.name


@dataclass(frozen=True, slots=True)
class Rows:
    """A host's array of structs: pointer and length."""

    layout: Layout

    @property
    def name(self) -> str:
        """As users know it."""
        return f"rows of {self.layout.name}"


@dataclass(frozen=True, slots=True)
class Tuple:
    """A fixed number of values."""

    items: tuple[Type, ...]

    @property
    def name(self) -> str:
        """As users know it."""
        return f"tuple of {len(self.items)}"


@dataclass(frozen=True, slots=True)
class Static:
    """An object that is known while compiling: a module, a function, a class, text."""

    name: str


Type = Scalar | Array | Struct | Rows | Tuple | Static


class Value(NamedTuple):
    """A compiled expression: its type and its LLVM value (the object itself for `Static`)."""

    type: Type
    ir: Any


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a struct.

    `code` is a NumPy type (``"f8"``, ``"u4"`` …) or one of ``"bool"`` (a word), ``"array"`` (a span: distance from the
    span itself to the data, and length), ``"struct"`` (nested), ``"rows"`` (a pointer, `count` its length's field),
    ``"param"`` (a word of the parameters; `offset` counts from their start).
    """

    offset: int
    code: str
    target: Any = None
    count: str = ""


@dataclass(eq=False, slots=True)
class Layout:
    """A struct: fields, and functions that users call as attributes or methods. Compared by identity.

    `public` names the fields that users may read, None for all; `writable` says whether they may write them.
    """

    name: str
    size: int
    fields: dict[str, Field]
    properties: dict[str, Callable[..., Any]] = field(default_factory=dict)
    methods: dict[str, Any] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    public: frozenset[str] | None = None
    writable: bool = False


def fields_of(dtype: np.dtype[np.void], base: int = 0) -> dict[str, Field]:
    """Return the fields of a dtype, those that hold numbers."""
    if dtype.fields is None:
        raise TypeError(f"{dtype} has no fields")
    return {
        name: Field(base + int(place[1]), place[0].str.lstrip("<|"))
        for name, place in dtype.fields.items()
        if place[0].kind in "fiu"
    }


def _events() -> dict[str, Layout]:
    from pyrt.types import RECORDS, Kind

    dtypes = {kind.name.lower(): RECORDS[kind] for kind in Kind} | {"timer": STRUCTS["timer"]}
    return {
        name: Layout(name, 64, fields_of(dtypes[name]), EVENT_PROPERTIES.get(name, {}))
        for name in dict.fromkeys([*HANDLERS.values(), *dtypes])
    }


EVENTS = _events()
"""The record of each kind."""


def _struct(name: str, rows: dict[str, tuple[Layout, str]]) -> Layout:
    fields = fields_of(STRUCTS[name])
    for member, (layout, count) in rows.items():
        fields[member] = Field(fields[member].offset, "rows", layout, count)
    hidden = {*rows, "_pad"}
    return Layout(name, STRUCTS[name].itemsize, fields, public=frozenset(fields) - hidden)


LEVEL = _struct("level", {})
SERIES = _struct("series", {"bars": (EVENTS["bar"], "capacity")})
SLOT = _struct("slot", {"bids": (LEVEL, "bid_count"), "asks": (LEVEL, "ask_count"), "series": (SERIES, "series_count")})
CONTEXT = _struct(
    "context",
    {
        "slots": (SLOT, "slot_count"),
        "requests": (_struct("request", {}), "request_capacity"),
        "orders": (_struct("order", {}), "order_count"),
    },
)
CONTEXT.name = "ctx"
CONTEXT.public = frozenset(FIELDS)
CONTEXT.properties = PROPERTIES
CONTEXT.methods = METHODS


def llvm_type(type_: Type) -> Any:
    """Return the LLVM type of a value of this type."""
    if type_ == F64:
        return ir.DoubleType()
    if type_ == I64:
        return WORD
    if type_ == BOOL:
        return ir.IntType(1)
    if isinstance(type_, Struct):
        return POINTER
    if isinstance(type_, Tuple):
        return ir.LiteralStructType([llvm_type(item) for item in type_.items])
    return _SPAN
