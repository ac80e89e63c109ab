"""The segment's own description of itself, read and checked before anything else is (``proto/SHM_LAYOUT.md``).

Every number in it is checked against the file's size, so that a broken or foreign segment is answered with
:class:`~pyrt.errors.LayoutError` and never with a fault. Each region's dtype is built from the layout text in the
segment and compared with what this version of pyrt expects: fields that a newer minor version added are ignored.
"""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from ..errors import LayoutError
from ..types import EVENT

__all__ = ["LEVEL", "MAJOR", "MINOR", "Form", "Header", "Region", "read_header"]

MAJOR, MINOR = 1, 4
"""The layout version that this module was written for."""

MAGIC = b"PYRTSEG1"
PAGE = 4096
WAKES = 2
"""The flag of an engine that wakes those who wait for records (1.3)."""
HEARTBEAT_OFFSET = 128
FLAGS_OFFSET = 36

_HEADER = struct.Struct("<8sHHIQQIIqqII")
_ENTRY = struct.Struct("<24sIIQQQII")
_ENTRY_BYTES = 96


class Form(IntEnum):
    """How a region is written and read."""

    TABLE = 1
    """Append-only rows, a count in the control word."""
    RING = 2
    """Broadcast ring of one writer."""
    ROWS = 3
    """Rows that change, each behind a seqlock."""


LEVEL = np.dtype([("price", "<f8"), ("qty", "<f8")])
"""One level of a book."""

INSTRUMENT = np.dtype(
    [
        ("id", "<u4"),
        ("kind", "u1"),
        ("tick_exponent", "u1"),
        ("lot_exponent", "u1"),
        ("_reserved", "u1"),
        ("tick_mantissa", "<i8"),
        ("lot_mantissa", "<i8"),
        ("multiplier", "<f8"),
        ("min_qty", "<f8"),
        ("min_notional", "<f8"),
        ("expiry", "<i8"),
        ("name", "S48"),
        ("symbol", "S32"),
        ("venue", "S16"),
        ("quote", "S16"),
        ("settlement", "S16"),
    ]
)

BOOK = np.dtype(
    [
        ("stamp", "<u8"),
        ("instrument", "<u4"),
        ("state", "u1"),
        ("bid_levels", "u1"),
        ("ask_levels", "u1"),
        ("_reserved", "u1"),
        ("event_time", "<i8"),
        ("receive_time", "<i8"),
        ("last_id", "<u8"),
        ("reason", "<u8"),
        ("since", "<i8"),
    ]
)

POSITION = np.dtype(
    [
        ("stamp", "<u8"),
        ("instrument", "<u4"),
        ("_reserved", "<u4"),
        ("time", "<i8"),
        ("qty", "<f8"),
        ("average_cost", "<f8"),
        ("realized_pnl", "<f8"),
        ("unrealized_pnl", "<f8"),
        ("fees", "<f8"),
        ("strategy", "S32"),
    ]
)

ACCOUNT = np.dtype(
    [
        ("stamp", "<u8"),
        ("time", "<i8"),
        ("cash", "<f8"),
        ("equity", "<f8"),
        ("realized_pnl", "<f8"),
        ("unrealized_pnl", "<f8"),
        ("fees", "<f8"),
        ("currency", "S16"),
    ]
)

HEALTH = np.dtype(
    [
        ("stamp", "<u8"),
        ("state", "u1"),
        ("_reserved", "V3"),
        ("books", "<u4"),
        ("synced", "<u4"),
        ("stale", "<u4"),
        ("reason", "<u8"),
        ("trouble_time", "<i8"),
        ("since", "<i8"),
        ("last_frame", "<i8"),
        ("clock_offset", "<i8"),
        ("frames", "<u8"),
        ("gaps", "<u8"),
        ("crossed", "<u8"),
        ("checksums", "<u8"),
        ("checksums_wrong", "<u8"),
        ("duplicates", "<u8"),
        ("rejected", "<u8"),
        ("unknown", "<u8"),
        ("staled", "<u8"),
        ("resyncs", "<u8"),
        ("snapshots", "<u8"),
        ("refused", "<u8"),
        ("clock_jumps", "<u8"),
        ("connects", "<u8"),
        ("disconnects", "<u8"),
        ("overflows", "<u8"),
        ("rate_limited", "<u8"),
        ("malformed", "<u8"),
        ("silences", "<u8"),
        ("requests", "<u8"),
        ("venue", "S32"),
    ]
)

_KNOWN = {
    "instruments": (Form.TABLE, INSTRUMENT),
    "events": (Form.RING, EVENT),
    "books": (Form.ROWS, BOOK),
    "positions": (Form.ROWS, POSITION),
    "account": (Form.ROWS, ACCOUNT),
    "venues": (Form.ROWS, HEALTH),
}
_SINCE = {"positions": 1, "account": 1, "venues": 2}
"""The minor version that brought a region; those not named have always been there."""


@dataclass(frozen=True, slots=True)
class Region:
    """One part of the segment: where it lies, how it is read, what a record looks like."""

    name: str
    form: Form
    record_bytes: int
    control_offset: int
    data_offset: int
    capacity: int
    dtype: np.dtype[np.void]

    @property
    def nbytes(self) -> int:
        """Size of the data."""
        return self.capacity * self.record_bytes


@dataclass(frozen=True, slots=True)
class Header:
    """What the first page of a segment says."""

    major: int
    minor: int
    segment_bytes: int
    session_id: int
    pid: int
    created: int
    wakes: bool
    regions: dict[str, Region]


def read_header(data: bytes, file_bytes: int, name: str) -> Header:
    """Read and check the header of a segment.

    Parameters
    ----------
    data : bytes
        The beginning of the segment, at least the header with directory and layout text, or the whole of a shorter
        file.
    file_bytes : int
        Size of the file.
    name : str
        The segment's name, for the errors.

    Raises
    ------
    LayoutError
        If this is no segment, one of another major version, cut short, or inconsistent.
    """
    if len(data) < PAGE:
        raise LayoutError(f"{name}: the file has {file_bytes} bytes, too few for a segment's header")
    fields = _HEADER.unpack_from(data)
    magic, major, minor, header_bytes, segment_bytes, session_id, pid = fields[:7]
    flags, created, region_count, directory = fields[7], fields[8], fields[10], fields[11]
    if magic != MAGIC:
        why = "it is still being made" if magic == bytes(8) else "it is not a segment of pyrt"
        raise LayoutError(f"{name}: no magic {MAGIC!r} at the start but {magic!r}: {why}")
    if major != MAJOR:
        raise LayoutError(
            f"{name}: layout {major}.{minor}, but this pyrt reads {MAJOR}.x (written for {MAJOR}.{MINOR}); "
            "install the versions of pyrt and pyrt-engine that belong together"
        )
    if segment_bytes > file_bytes:
        raise LayoutError(f"{name}: cut short: the header says {segment_bytes} bytes, the file has {file_bytes}")
    _require(name, "header_bytes", PAGE <= header_bytes <= min(segment_bytes, len(data)), header_bytes)
    _require(name, "directory", directory + region_count * _ENTRY_BYTES <= header_bytes, (directory, region_count))
    regions = {}
    for index in range(region_count):
        entry = _ENTRY.unpack_from(data, directory + index * _ENTRY_BYTES)
        region = _region(name, entry, data[:header_bytes], segment_bytes)
        if region is not None:
            regions[region.name] = region
    missing = [known for known in _KNOWN if known not in regions and _SINCE.get(known, 0) <= minor]
    if missing:
        raise LayoutError(f"{name}: layout {major}.{minor} without the region {' and '.join(missing)}")
    return Header(major, minor, segment_bytes, session_id, pid, created, bool(flags & WAKES), regions)


def _region(segment: str, entry: tuple[Any, ...], header: bytes, segment_bytes: int) -> Region | None:
    raw_name, form, record_bytes, control, data, capacity, text_offset, text_bytes = entry
    name = raw_name.rstrip(b"\0").decode("ascii", "replace")
    if name not in _KNOWN:
        return None  # of a newer minor version
    where = f"{segment}: region {name}"
    expected_form, expected = _KNOWN[name]
    _require(where, "form", form == expected_form, form)
    _require(where, "capacity", 0 < capacity <= segment_bytes, capacity)
    _require(where, "record_bytes", record_bytes % 8 == 0 and 0 < record_bytes <= segment_bytes, record_bytes)
    _require(where, "control_offset", control % 8 == 0 and control + 16 <= segment_bytes, control)
    _require(where, "data_offset", data % PAGE == 0 and data + capacity * record_bytes <= segment_bytes, data)
    _require(where, "layout_offset", text_offset + text_bytes <= len(header), (text_offset, text_bytes))
    dtype = _dtype(where, header[text_offset : text_offset + text_bytes], record_bytes)
    _compare(where, dtype, expected)
    if name == "events":
        _check_ring(where, record_bytes, capacity, data)
    if name == "books":
        _check_levels(where, dtype)
    return Region(name, Form(form), record_bytes, control, data, capacity, dtype)


def _dtype(where: str, text: bytes, record_bytes: int) -> np.dtype[np.void]:
    try:
        dtype = np.dtype([_field(item) for item in json.loads(text)])
    except (ValueError, TypeError, IndexError, KeyError, RecursionError, SyntaxError) as error:
        raise LayoutError(f"{where}: its layout text {text[:80]!r} is not a record's description: {error}") from None
    if dtype.hasobject or dtype.fields is None or dtype.itemsize > record_bytes:
        raise LayoutError(f"{where}: its layout text describes {dtype.itemsize} bytes, a record has {record_bytes}")
    names = list(dtype.fields)
    return np.dtype(
        {
            "names": names,
            "formats": [dtype.fields[n][0] for n in names],
            "offsets": [dtype.fields[n][1] for n in names],
            "itemsize": record_bytes,
        }
    )


def _field(item: Any) -> tuple[Any, ...]:
    name, form, *shape = item
    if isinstance(form, list):
        form = [_field(part) for part in form]
    return (str(name), form, *(tuple(s) if isinstance(s, list) else s for s in shape))


def _compare(where: str, dtype: np.dtype[np.void], expected: np.dtype[np.void]) -> None:
    """Every field that this pyrt knows must be there, of the same type and in the same place."""
    found: Mapping[str, Any] = dtype.fields or {}
    for field, (form, offset, *_) in (expected.fields or {}).items():
        if field.startswith("_"):
            continue
        if field not in found:
            raise LayoutError(f"{where}: no field {field!r}, which layout {MAJOR}.{MINOR} has at offset {offset}")
        if found[field][0] != form or found[field][1] != offset:
            got = f"{found[field][0]} at offset {found[field][1]}"
            raise LayoutError(f"{where}: field {field!r} is {got}, layout {MAJOR}.{MINOR} has {form} at {offset}")


def _check_ring(where: str, record_bytes: int, capacity: int, data_offset: int) -> None:
    _require(where, "record_bytes", record_bytes == EVENT.itemsize, record_bytes)
    _require(where, "capacity", capacity & (capacity - 1) == 0, capacity)
    _require(where, "size of the data", capacity * record_bytes % PAGE == 0, capacity * record_bytes)
    if data_offset % mmap.PAGESIZE or capacity * record_bytes % mmap.PAGESIZE:
        raise LayoutError(f"{where}: its data at {data_offset} does not fill this system's pages of {mmap.PAGESIZE}")


def _check_levels(where: str, dtype: np.dtype[np.void]) -> None:
    """Bids and asks are N times (price, qty), written as nested fields or as an N by 2 array."""
    fields: Mapping[str, Any] = dtype.fields or {}
    for side in ("bids", "asks"):
        if side not in fields:
            raise LayoutError(f"{where}: no field {side!r}")
        base = fields[side][0].base
        _require(where, side, base in (LEVEL, LEVEL["price"]) and fields[side][0].itemsize % 16 == 0, fields[side][0])
        _require(where, side, fields[side][1] % 8 == 0, fields[side][1])


def _require(where: str, what: str, fine: bool, value: object) -> None:
    if not fine:
        raise LayoutError(f"{where}: its {what} cannot be {value}; the segment is damaged or of another program")
