"""The strategy ABI as NumPy dtypes: what a host and a strategy share. ``proto/STRATEGY_ABI.md`` is the specification.

``pyrt_ext/abi.pxd`` is the same for Cython, ``engine-rs/src/strategy/abi.rs`` for Rust;
``tests/golden/strategy_abi.toml`` holds every offset for all three. A pointer is an address of 8 bytes.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum, IntFlag

import numpy as np

__all__ = [
    "HANDLERS",
    "HASH",
    "MAGIC",
    "MAJOR",
    "MINOR",
    "STRUCTS",
    "WARMING_UP",
    "Action",
    "OrderFlag",
    "Sizing",
    "Status",
    "TimeInForce",
    "describe_structs",
]

MAJOR, MINOR = 1, 0
MAGIC = int.from_bytes(b"PYRTSTRA", "little")

HANDLERS = {
    "on_bar": "bar",
    "on_trade": "trade",
    "on_quote": "quote",
    "on_book": "delta",
    "on_order": "order_update",
    "on_fill": "fill",
    "on_timer": "timer",
    "on_signal": "signal",
}
"""Handlers in the order of the object's table, each with the kind of record that it is given."""

RESERVED_HANDLERS = ("features", "on_score")
TABLE_SIZE = 12


class Status(IntEnum):
    """What a handler returns. Any but OK stops the strategy."""

    OK = 0
    DIVISION = 1
    INDEX = 2
    OVERFLOW = 3
    CONVERSION = 4
    ASSERTION = 5
    RAISED = 6
    BUFFER_FULL = 7
    UNKNOWN_SLOT = 8
    BAD_REQUEST = 9
    HISTORY = 10
    LOOP = 11


class Action(IntEnum):
    """What a request asks for."""

    MARKET = 1
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4
    TRAILING_STOP = 5
    CANCEL = 6
    CANCEL_ALL = 7
    MODIFY = 8
    SIGNAL = 9
    TIMER = 10


class TimeInForce(IntEnum):
    """How long an order lives."""

    GTC = 0
    IOC = 1
    FOK = 2
    GTD = 3
    DAY = 4


class Sizing(IntEnum):
    """What a request's ``qty`` means."""

    QUANTITY = 0
    NOTIONAL = 1
    FRACTION = 2
    TARGET = 3


class OrderFlag(IntFlag):
    """Bits of a request's ``flags``."""

    POST_ONLY = 1
    REDUCE_ONLY = 2
    OCO = 4


WARMING_UP = 1
"""Bit of the context's ``flags``: history is fed, orders are off."""


def _struct(size: int, *fields: tuple[str, str]) -> np.dtype[np.void]:
    rest = size - sum(np.dtype(code).itemsize for _, code in fields)
    padding = [("_reserved", f"V{rest}")] if rest else []
    return np.dtype([(name, f"<{code}") for name, code in fields] + padding)


def _same(code: str, *names: str) -> list[tuple[str, str]]:
    return [(name, code) for name in names]


STRUCTS: dict[str, np.dtype[np.void]] = {
    "context": _struct(
        256,
        *_same("u4", "size", "abi"),
        ("now", "i8"),
        *_same("u8", "state", "params", "slots"),
        *_same("u4", "slot_count", "slot"),
        ("requests", "u8"),
        *_same("u4", "request_capacity", "request_count"),
        ("orders", "u8"),
        *_same("u4", "order_count", "error", "error_site", "flags"),
        ("next_order_id", "i8"),
        *_same("f8", "cash", "equity"),
        ("out", "u8"),
        *_same("u4", "out_capacity", "out_count"),
    ),
    "slot": _struct(
        256,
        *_same("u4", "instrument", "state"),
        *_same("f8", "position", "avg_price", "realized_pnl", "unrealized_pnl"),
        *_same("f8", "bid", "ask", "bid_qty", "ask_qty", "last_price", "last_qty", "working_buy", "working_sell"),
        *_same("f8", "tick", "lot", "multiplier", "min_qty", "min_notional"),
        *_same("u8", "bids", "asks"),
        *_same("u4", "bid_count", "ask_count"),
        ("series", "u8"),
        *_same("u4", "series_count", "_pad"),
        ("event_time", "i8"),
    ),
    "level": _struct(16, *_same("f8", "price", "qty")),
    "series": _struct(32, ("bars", "u8"), *_same("u4", "capacity", "limit"), *_same("i8", "count", "period")),
    "order": _struct(
        64,
        ("order_id", "i8"),
        ("slot", "u4"),
        *_same("u1", "action", "side", "tif", "status"),
        *_same("f8", "qty", "filled_qty", "price", "trigger"),
        *_same("i8", "tag", "time"),
    ),
    "request": _struct(
        128,
        ("size", "u4"),
        *_same("u1", "action", "side", "tif", "sizing"),
        *_same("u4", "slot", "flags"),
        *_same("i8", "order_id", "tag"),
        *_same("f8", "qty", "price", "trigger"),
        ("expiry", "i8"),
        ("display", "f8"),
        *_same("i8", "group", "parent"),
        *_same("f8", "trail", "value", "confidence"),
    ),
    "header": _struct(
        192,
        ("magic", "u8"),
        *_same("u2", "abi_major", "abi_minor"),
        ("header_bytes", "u4"),
        *_same("u8", "abi_hash", "description", "description_bytes", "image", "state_bytes", "arena_bytes"),
        *_same("u8", "params", "param_count"),
        *_same("u8", *HANDLERS, *RESERVED_HANDLERS),
    ),
    "timer": np.dtype(
        [
            *[("stamp", "<u8"), ("event_time", "<i8"), ("instrument", "<u4"), ("kind", "u1"), ("side", "u1")],
            *[("flags", "<u2"), ("receive_time", "<i8"), ("tag", "<i8"), ("_padding", "V24")],
        ]
    ),
}
"""Every struct by name."""

TIMER_KIND = 10
"""Kind of the record that ``on_timer`` is given; it exists between host and strategy only."""


def describe_structs() -> dict[str, list[tuple[str, int, str]]]:
    """Return (field, offset, type) of every struct, without what is reserved."""
    return {
        name: [
            (field, int(dtype.fields[field][1]), dtype.fields[field][0].str.lstrip("<|"))
            for field in dtype.names or ()
            if not field.startswith("_") and dtype.fields is not None
        ]
        for name, dtype in STRUCTS.items()
    }


def _canonical() -> str:
    lines = [
        f"{name} {STRUCTS[name].itemsize} " + " ".join(f"{field}:{offset}:{code}" for field, offset, code in fields)
        for name, fields in describe_structs().items()
    ]
    lines += [
        enum.__name__ + " " + " ".join(f"{member.name}={member.value}" for member in enum)
        for enum in (Status, Action, TimeInForce, Sizing, OrderFlag)
    ]
    return "\n".join(lines)


HASH = int.from_bytes(hashlib.sha256(_canonical().encode()).digest()[:8], "little")
"""First 8 bytes of the SHA-256 of all structs and codes: two hosts with equal hashes mean the same bytes."""
