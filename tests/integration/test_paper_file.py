"""A strategy file on paper: a recording of the past, whose clock is years behind the engine's."""

from pathlib import Path

import numpy as np
import pytest

import pyrt
from pyrt.cli import paper as papers
from pyrt.cli.paper import Piece, paper
from pyrt.data import read_recording
from pyrt.types import RECORDS, Kind

ROOT = Path(__file__).parents[2]
MADE = ROOT / "examples" / "data" / "btc_made.tsv.gz"
FILE = """
[strategy]
name = "Golden"
asset = "BTC/USDT"
exchange = "binance"
[parameters]
entry_threshold = 0.9
exit_threshold = 0.45
position_size_pct = 0.1
[ml_model]
path = "{model}"
features = ["rsi_14", "macd", "volume_ratio", "bb_pct"]
[execution]
order_type = "limit"
limit_offset_bps = 0.001
timeout_seconds = 0.2
[data]
bar = "1s"
"""


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_a_strategy_file_trades_live(tmp_path):
    pytest.importorskip("onnxruntime")
    path = tmp_path / "golden.toml"
    path.write_text(FILE.format(model=ROOT / "tests" / "golden" / "model.onnx"))
    done = paper({"golden": (path, {"entry_threshold": 0.6})}, MADE, cash=50_000.0, speed=24.0)
    assert done["retraced"], "the journal decided again came to something else"
    assert done["decided_in_python"], "decided again in Python it came to something else"
    assert done["lost"] == 0
    assert done["signals"] > 150, "a bar of a second has a signal, once it is warm"
    assert done["orders"] > 5
    assert done["messages"]["fill"] == done["fills"] > 2


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_a_strategy_file_that_was_warmed_up_scores_as_the_backtest_does_from_the_first_bar_on(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    path = tmp_path / "golden.toml"
    path.write_text(FILE.format(model=ROOT / "tests" / "golden" / "model.onnx"))
    scores, count = [], papers._count

    def collect(seen, names, window):
        rows = np.asarray(window)
        scores.extend(rows[rows["kind"] == Kind.SIGNAL].view(RECORDS[Kind.SIGNAL])["confidence"].tolist())
        count(seen, names, window)

    monkeypatch.setattr(papers, "_count", collect)
    begin, seconds = 120.5, 15  # no bar ends at an edge
    done = paper({"golden": (path, {})}, MADE, cash=50_000.0, speed=10.0, piece=Piece(begin, seconds))
    assert done["retraced"]
    assert [line for line in done["said"] if line.endswith('120 bars, its features are warm strategy="golden"')]
    end = done["opens_at"] + seconds * 1_000_000_000
    backtest = pyrt.Backtest(read_recording(MADE).between(end=end), trade_from=done["opens_at"]).run_file(path)
    signals = backtest.signals[backtest.signals["receive_time"] >= done["opens_at"]]
    assert scores == signals["confidence"].tolist()
    assert len(scores) == seconds
    cold = paper({"golden": (path, {})}, MADE, cash=50_000.0, speed=10.0, piece=Piece(begin, seconds, warm_up=9.0))
    assert cold["signals"] == cold["orders"] == 0
    assert "NOT warm: its features need 34" in cold["said"][0]
