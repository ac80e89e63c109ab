"""The ABI's structs as Python objects over the host's memory, for plain mode: fields read as int and float."""

from __future__ import annotations

import ctypes
import functools
import struct
from collections.abc import Callable
from typing import Any

from .types import Field, Layout

__all__ = ["View", "view_class"]

_CODES = {"f8": "<d", "i8": "<q", "u8": "<q", "u4": "<I", "u2": "<H", "u1": "<B"}


class View:
    """A struct at an address; :func:`view_class` gives it the fields of a layout."""

    __slots__ = ("_memory", "address")
    _size = 0

    def __init__(self, address: int) -> None:
        self.address = address
        self._memory = (ctypes.c_char * self._size).from_address(address)


class Rows:
    """A host's array of structs."""

    __slots__ = ("_count", "_start", "_view")

    def __init__(self, view: type[View], start: int, count: int) -> None:
        self._view, self._start, self._count = view, start, count

    def __getitem__(self, index: int) -> View:
        if not 0 <= index < self._count:
            raise IndexError("index out of range")
        return self._view(self._start + index * self._view._size)

    def __len__(self) -> int:
        return self._count


@functools.cache
def view_class(layout: Layout) -> type[View]:
    """Return the class whose objects are structs of this layout."""
    members: dict[str, Any] = {"__slots__": (), "_size": layout.size}
    for name, field in layout.fields.items():
        members[name] = _rows(layout, field) if field.code == "rows" else _number(field)
    members.update({name: property(function) for name, function in layout.properties.items()})
    members.update(layout.methods)
    return type(layout.name, (View,), members)


def _number(field: Field) -> property:
    packer, offset = struct.Struct(_CODES[field.code]), field.offset
    unpack, pack = packer.unpack_from, packer.pack_into

    def get(self: View) -> Any:
        return unpack(self._memory, offset)[0]

    def put(self: View, value: float) -> None:
        pack(self._memory, offset, value)

    return property(get, put)


def _rows(layout: Layout, field: Field) -> property:
    pointer, count = struct.Struct("<Q").unpack_from, struct.Struct(_CODES[layout.fields[field.count].code]).unpack_from
    offset, count_offset = field.offset, layout.fields[field.count].offset
    view: Callable[[], type[View]] = functools.partial(view_class, field.target)

    def get(self: View) -> Rows:
        return Rows(view(), pointer(self._memory, offset)[0], count(self._memory, count_offset)[0])

    return property(get)
