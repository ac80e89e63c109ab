"""Bars and features of recordings: the engine's are Python's, to the bit."""

import csv
import gzip
import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pyrt._engine import find_engine
from pyrt.data import resample_trades
from pyrt.data.resampling import BarBuilder, period_ns
from pyrt.features import FeatureSet
from pyrt.types import EVENT, RECORDS, Kind

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_binary")]

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
NAMES = ["rsi_14", "macd", "volume_ratio", "bb_pct", "sma_7", "ema_13", "return_5"]


def trades_of(path):
    """The trades of a recording, as records."""
    rows = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            received, _, text = line.partition("\t")
            if '"e":"trade"' in text:
                data = json.loads(text)["data"]
                rows.append((int(received), data["T"] * 1_000_000, float(data["p"]), float(data["q"]), data["t"]))
    events = np.zeros(len(rows), EVENT)
    trades = events.view(RECORDS[Kind.TRADE])
    trades["kind"] = Kind.TRADE
    for name, column in zip(
        ("receive_time", "event_time", "price", "qty", "trade_id"), zip(*rows, strict=True), strict=True
    ):
        trades[name] = column
    return events


@pytest.fixture(scope="module", params=["made", "real"])
def events(request):
    if request.param == "made":
        return trades_of(ROOT / "examples" / "data" / "btc_made.tsv.gz")
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data (recorded market data), which is not part of the repository")
    return trades_of(SHARED / "ws" / "binance_spot_btcusdt_20240808.tsv.gz")


def of_the_engine(events, folder, bar):
    np.save(folder / "events.npy", events)
    command = [str(find_engine()), "features", str(folder / "events.npy"), "--bar", bar, *NAMES]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["end", "open", "high", "low", "close", "volume", *NAMES]
    return [int(row[0]) for row in rows[1:]], np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])


@pytest.mark.parametrize("bar", ["1s", "3s"])
def test_bars_and_features_are_pythons_to_the_bit(events, tmp_path, bar):
    ends, engine = of_the_engine(events, tmp_path, bar)
    trades = events.view(RECORDS[Kind.TRADE])
    builder, features, rows = BarBuilder(period_ns(bar)), FeatureSet(NAMES), []
    for time, price, qty in zip(*(trades[n].tolist() for n in ("event_time", "price", "qty")), strict=True):
        ended_bars = builder.trade(time, price, qty)
        rows += [(ended, features.update(ended.close, ended.volume).copy()) for ended in ended_bars]
    assert ends == [ended.time for ended, _ in rows]
    streamed = np.array([[*ended[1:], *row] for ended, row in rows])
    made = resample_trades(trades["event_time"], trades["price"], trades["qty"], bar).bars
    batch = np.column_stack([*made.columns().values(), features.compute(made)])
    assert made.time.tolist() == ends
    for other in (engine, batch):
        np.testing.assert_array_equal(np.isnan(other), np.isnan(streamed))
        np.testing.assert_array_equal(other, streamed)
    assert np.isfinite(engine).all(axis=1).any()


def test_bad_arguments_are_refused(tmp_path):
    np.save(tmp_path / "events.npy", np.zeros(1, EVENT))
    for arguments, words in [
        (["rsi14"], 'there is no "rsi14"'),
        (["--bar", "1 min", "macd"], "must be a number and s, m, h or d"),
    ]:
        command = [str(find_engine()), "features", str(tmp_path / "events.npy"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert words in done.stderr
