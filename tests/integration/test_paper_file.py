"""A strategy file on paper: a recording of the past, whose clock is years behind the engine's."""

from pathlib import Path

import pytest

from pyrt.cli.run import paper

ROOT = Path(__file__).parents[2]
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
    recording = ROOT / "examples" / "data" / "btc_made.tsv.gz"
    done = paper({"golden": (path, {"entry_threshold": 0.6})}, recording, cash=50_000.0, speed=24.0)
    assert done["retraced"], "the journal decided again came to something else"
    assert done["lost"] == 0
    assert done["signals"] > 150, "a bar of a second has a signal, once it is warm"
    assert done["orders"] > 5
    assert done["messages"]["fill"] == done["fills"] > 2
