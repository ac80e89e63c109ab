"""Recordings as arrays: converted pairs, frames through the engine, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from pyrt.data import read_recording, save_recording
from pyrt.errors import DataError, InputError, MissingPiece
from pyrt.types import EVENT, Instrument, Kind, of_kind

MADE = Path(__file__).parents[2] / "examples" / "data" / "btc_made.tsv.gz"
TABLE = {
    "instruments": [
        {
            "id": 0,
            "name": "binance:BTC-USDT",
            "tick": {"mantissa": 5, "exponent": 2},
            "lot": {"mantissa": 1, "exponent": 5},
            "min_qty": 0.001,
        }
    ]
}


@pytest.fixture
def pair(tmp_path):
    events = np.zeros(3, EVENT)
    events["stamp"] = range(3)
    np.save(tmp_path / "a.npy", events)
    (tmp_path / "a.json").write_text(json.dumps(TABLE))
    return tmp_path / "a.npy"


def test_a_pair_is_mapped_with_its_grids(pair):
    events, (instrument,) = read_recording(pair)
    assert isinstance(events, np.memmap)
    assert not events.flags.writeable
    assert (instrument.tick.step, instrument.lot.exponent) == (0.05, 5)
    assert instrument.details == {"multiplier": 1.0, "min_qty": 0.001, "min_notional": 0.0}


def test_what_is_no_pair_is_refused_by_its_name(pair):
    table = pair.with_suffix(".json")
    for text, words in (("{", "no instruments table"), ("{}", "no instruments table"), ("[]", "no instruments table")):
        table.write_text(text)
        with pytest.raises(DataError, match=words):
            read_recording(pair)
    table.write_text(json.dumps({"instruments": [{**TABLE["instruments"][0], "id": 1}]}))
    with pytest.raises(DataError, match="ids must be 0"):
        read_recording(pair)
    table.unlink()
    with pytest.raises(DataError, match=r"a\.json: the instruments table of a\.npy is missing"):
        read_recording(pair)
    np.save(pair, np.zeros(3))
    with pytest.raises(DataError, match="not EVENT records"):
        read_recording(pair)
    pair.write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read"):
        read_recording(pair)


def test_a_part_is_cut_by_receive_time_and_reads_back_as_saved(pair, tmp_path):
    whole = read_recording(pair)
    events = whole.events.copy()
    events["words"][:, 0] = [10, 20, 20]
    tape = whole._replace(events=events)
    assert [len(tape.between(*sides).events) for sides in ((), (20,), (None, 20), (11, 20), (21,))] == [3, 2, 1, 0, 0]
    assert len(tape.between(np.datetime64(11, "ns"), np.datetime64("1970-01-02")).events) == 2
    saved = save_recording(tmp_path / "b.npy", tape.between(11))
    back = read_recording(saved)
    assert back.events.tobytes() == events[1:].tobytes()
    assert back.instruments == tape.instruments
    save_recording(saved, back.between(end=0))  # over the file that it is mapped from
    assert len(read_recording(saved).events) == 0
    with pytest.raises(InputError, match=r"must end with \.npy"):
        save_recording(tmp_path / "b.npz", tape)
    with pytest.raises(InputError, match="x:A-B has no tick"):
        save_recording(tmp_path / "c.npy", tape._replace(instruments=(Instrument("x:A-B"),)))
    assert not (tmp_path / "c.npy").exists()


def test_frames_without_an_engine_are_told_what_is_missing(monkeypatch):
    monkeypatch.setenv("PYRT_ENGINE", "/nowhere/pyrt-engine")
    with pytest.raises(MissingPiece, match="PYRT_ENGINE"):
        read_recording(MADE)


@pytest.mark.engine
def test_frames_are_converted_by_the_engine(engine_binary, tmp_path):
    events, instruments = read_recording(MADE)
    assert [i.name for i in instruments] == ["binance:BTC-USDT"]
    assert events["stamp"].tolist() == list(range(len(events)))
    received = events["words"][:, 0]
    assert (np.diff(received) >= 0).all()
    trades = of_kind(events, Kind.TRADE)
    grid = instruments[0].tick
    assert len(trades) > 100
    assert (grid.to_double(grid.to_steps(trades["price"])) == trades["price"]).all()
    torn = tmp_path / "torn.tsv"
    torn.write_text("no time here\n")
    with pytest.raises(DataError, match=r"torn\.tsv:1"):
        read_recording(torn)


@pytest.mark.engine
def test_a_recording_in_blocks_is_read_as_its_text(engine_binary, tmp_path):
    golden = Path(__file__).parents[1] / "golden"
    blocks, text = read_recording(golden / "recording.pyrt"), read_recording(golden / "recording.tsv")
    assert blocks.instruments == text.instruments
    assert (np.asarray(blocks.events) == np.asarray(text.events)).all()
    assert [instrument.name for instrument in blocks.instruments] == ["binance:BTC-USDT"]
    assert set(blocks.events["kind"]) == {Kind.TRADE, Kind.QUOTE, Kind.DELTA, Kind.STATE}
    (tmp_path / "torn.pyrt").write_bytes((golden / "recording.pyrt").read_bytes()[:-1])
    assert len(read_recording(tmp_path / "torn.pyrt").events) == len(blocks.events), "its index is made anew"
