"""A small converted recording that needs no engine to be read, and that the engine makes again byte for byte.

``pyrt-engine generate --market seed=3,symbols=BTC-USDT,rate=40 --seconds 4 -o tests/golden/converted.tsv`` and
``pyrt-engine convert tests/golden/converted.tsv -o tests/golden/converted.npy`` made it.
"""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from pyrt.data import read_recording
from pyrt.types import Flag, Kind, of_kind

GOLDEN = Path(__file__).parents[1] / "golden"


def test_it_is_read_without_an_engine(monkeypatch):
    monkeypatch.setenv("PYRT_ENGINE", "/nowhere")
    events, (btc,) = read_recording(GOLDEN / "converted.npy")
    assert (btc.name, btc.tick.step, btc.lot.step) == ("binance:BTC-USDT", 0.01, 0.00001)
    assert len(events) == 721
    assert set(np.unique(events["kind"])) == {Kind.TRADE, Kind.QUOTE, Kind.DELTA, Kind.STATE}
    assert (np.diff(events["stamp"]) == 1).all()
    for kind, fields in ((Kind.TRADE, ("price", "qty")), (Kind.DELTA, ("price", "qty"))):
        records = of_kind(events, kind)
        steps = btc.tick.to_steps(np.ascontiguousarray(records[fields[0]]))
        assert (btc.tick.to_double(steps) == records[fields[0]]).all(), "a price off the grid"
    deltas = of_kind(events, Kind.DELTA)
    later = deltas[(deltas["flags"] & Flag.SNAPSHOT) == 0]
    ends = later[(later["flags"] & Flag.LAST) != 0]
    assert (ends["first_id"][1:] == ends["last_id"][:-1] + 1).all(), "a gap"


@pytest.mark.engine
def test_the_engine_makes_it_again(engine_binary, tmp_path):
    made, market = tmp_path / "made.npy", tmp_path / "made.tsv"
    generate = ["generate", "--market", "seed=3,symbols=BTC-USDT,rate=40", "--seconds", "4", "-o", market]
    for arguments in (generate, ["convert", market, "-o", made]):
        subprocess.run([engine_binary, *map(str, arguments)], check=True, capture_output=True)
    assert market.read_bytes() == (GOLDEN / "converted.tsv").read_bytes()
    assert made.read_bytes() == (GOLDEN / "converted.npy").read_bytes()
