"""Structs and codes are the same in NumPy, in Cython, and in the golden file that Rust reads."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from pyrt_ext.abi import layout

from pyrt.strategy import abi

GOLDEN = tomllib.loads((Path(__file__).parents[1] / "golden" / "strategy_abi.toml").read_text())
TYPES = {"u64": "<u8", "i64": "<i8", "f64": "<f8", "u32": "<u4", "u16": "<u2", "u8": "u1"}
CODES = {
    "status": abi.Status,
    "action": abi.Action,
    "time_in_force": abi.TimeInForce,
    "sizing": abi.Sizing,
    "order_flag": abi.OrderFlag,
}


def test_versions_hash_and_handlers():
    assert (GOLDEN["major"], GOLDEN["minor"], int(GOLDEN["hash"], 16)) == (abi.MAJOR, abi.MINOR, abi.HASH)
    assert GOLDEN["handlers"] == list(abi.HANDLERS)
    assert GOLDEN["table"] == abi.TABLE_SIZE


@pytest.mark.parametrize("name", CODES)
def test_codes(name):
    assert GOLDEN[name] == {member.name.lower(): member.value for member in CODES[name]}


@pytest.mark.parametrize("name", abi.STRUCTS)
def test_numpy_offsets(name):
    dtype, golden = abi.STRUCTS[name], GOLDEN["struct"][name]
    assert dtype.itemsize == golden["bytes"]
    named = [field for field in dtype.names if not field.startswith("_")]
    assert named == [field for field, _, _ in golden["fields"]]
    for field, offset, kind in golden["fields"]:
        assert dtype.fields[field][1] == offset, field
        assert dtype.fields[field][0] == np.dtype(TYPES[kind]), field


@pytest.mark.parametrize("name", layout())
def test_cython_offsets(name):
    size, offsets = layout()[name]
    golden = GOLDEN["struct"][name]
    assert size == golden["bytes"]
    assert offsets == {field: offset for field, offset, _ in golden["fields"]}


def test_every_struct_that_a_host_writes_is_declared_in_cython():
    assert set(layout()) == set(abi.STRUCTS) - {"header", "timer"}
