"""The record's bytes against the golden offsets that the engine reads too, and what can be done with records."""

import io
import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from pyrt.errors import InputError
from pyrt.grid import Grid
from pyrt.types import EVENT, RECORDS, Flag, Instrument, Kind, Side, State, of_kind

GOLDEN = tomllib.loads((Path(__file__).parent / "golden" / "records.toml").read_text())
CODES = {"u8": "|u1", "u16": "<u2", "u32": "<u4", "u64": "<u8", "i64": "<i8", "f64": "<f8"}

# What the engine writes into a segment as the layout of its ring; its own tests hold the same text.
LAYOUT = (
    '[["stamp","<u8"],["event_time","<i8"],["instrument","<u4"],["kind","|u1"],["side","|u1"],["flags","<u2"],'
    '["words","<i8",[5]]]'
)


def fields(dtype):
    """[name, offset, type] of every field that carries something."""
    named = [(name, *dtype.fields[name][:2]) for name in dtype.names if not name.startswith("_")]
    return [[name, offset, field.str] for name, field, offset in named]


def golden(rows):
    return [[name, offset, CODES[code]] for name, offset, code in rows]


def test_every_kind_has_the_golden_fields():
    assert {kind.name.lower(): int(kind) for kind in Kind} == {k: v["code"] for k, v in GOLDEN["kind"].items()}
    assert list(RECORDS) == list(Kind)
    for kind, dtype in RECORDS.items():
        assert dtype.itemsize == GOLDEN["bytes"]
        assert fields(dtype) == golden([*GOLDEN["head"], *GOLDEN["kind"][kind.name.lower()]["fields"]])


def test_any_record_has_the_golden_head_and_five_words():
    assert EVENT.itemsize == GOLDEN["bytes"]
    assert fields(EVENT)[:-1] == golden(GOLDEN["head"])
    assert EVENT.fields["words"][1] == 24
    assert EVENT["words"].shape == (5,)


def test_the_engines_layout_text_is_this_dtype():
    assert json.loads(LAYOUT) == json.loads(json.dumps(EVENT.descr))
    assert np.dtype([(name, code, *map(tuple, shape)) for name, code, *shape in json.loads(LAYOUT)]) == EVENT


@pytest.mark.parametrize(("words", "table"), [(Side, "side"), (Flag, "flag"), (State, "state")])
def test_codes_are_the_golden_ones(words, table):
    assert {word.name.lower(): int(word) for word in words} == GOLDEN[table]


@pytest.fixture
def events():
    events = np.zeros(4, EVENT)
    events["kind"] = [Kind.TRADE, Kind.QUOTE, Kind.TRADE, Kind.STATE]
    events["words"][:, 1] = np.array([1.5, 2.5, 3.5, 0.0]).view(np.int64)
    return events


def test_rows_of_a_kind_have_its_fields(events):
    assert of_kind(events, "trade")["price"].tolist() == [1.5, 3.5]
    assert of_kind(events, Kind.QUOTE)["bid"].tolist() == [2.5]
    assert len(of_kind(events, "bar")) == 0


def test_rows_of_one_kind_only_are_a_view(events):
    trades = of_kind(events[:1], "trade")
    assert np.shares_memory(trades, events)
    trades["qty"] = 7.0
    assert events["words"][0, 2] == np.float64(7.0).view(np.int64)


def test_a_kind_that_is_none_is_named(events):
    with pytest.raises(InputError, match="kind: 'trades' is none of trade, quote, delta"):
        of_kind(events, "trades")


@pytest.mark.parametrize("dtype", [EVENT, *RECORDS.values()])
def test_records_survive_a_file(dtype):
    records = np.frombuffer(np.random.default_rng(1).bytes(64 * 8), dtype)
    file = io.BytesIO()
    np.save(file, records)
    file.seek(0)
    assert np.load(file).tobytes() == records.tobytes()


def test_an_instrument_says_venue_and_quote():
    perpetual = Instrument("binance:BTC-USDT-PERP", tick=Grid(1, 1), lot=Grid(1, 3))
    assert (perpetual.venue, perpetual.quote) == ("binance", "USDT")
    assert (Instrument("SPY").venue, Instrument("SPY").quote) == ("", "")


@pytest.mark.parametrize("name", ["BTCUSDT", "binance:BTCUSDT", "Binance:BTC-USDT", "binance:btc-usdt", ":BTC-USDT"])
def test_an_instrument_with_a_grid_needs_a_full_name(name):
    with pytest.raises(InputError, match="venue:BASE-QUOTE"):
        Instrument(name, tick=Grid(1, 2), lot=Grid(1, 5))


def test_tick_and_lot_come_together():
    with pytest.raises(InputError, match="tick, lot: give both"):
        Instrument("binance:BTC-USDT", tick=Grid(1, 2))
