"""The main job's middle part: from research to paper trading, and what summary.json must carry of it."""

import importlib

import pytest

trading = importlib.import_module("pyrt.cli.demo.trading")
COUNTS = {"signals", "orders", "fills", "pnl"}


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_a_strategys_whole_life(tmp_path, monkeypatch):
    monkeypatch.setattr(trading, "LIVE_SECONDS", 6.0)
    steps = []
    done = trading.trading(trading.RECORDING, tmp_path, steps.append)
    assert steps == ["research and model", "backtest and replay", "paper trading, live"]
    assert done["equal"], done["equal_parts"]
    assert set(done["equal_parts"]["backtest_equals_replay"]) == {"cross", "quoter", "momentum"}
    for host in ("backtest", "replay", "live"):
        assert set(done[host]) >= COUNTS
        assert done[host]["orders"] == sum(one["orders"] for one in done[host]["strategies"].values()) > 0
    assert {name: done["replay"][name] for name in COUNTS} == {name: done["backtest"][name] for name in COUNTS}
    assert done["live"]["messages"]["signal"] == done["live"]["signals"]
    assert done["live"]["pnl"] == pytest.approx(done["live"]["account"]["equity"] - trading.CASH, abs=1e-6)
    for where in ("live", "in_process"):
        total = done["latency_ns"][where]["total"]
        assert 0 < total["p50"] <= total["p99"]
    assert {"parse", "book", "features", "model", "strategy", "risk", "order"} <= set(done["latency_ns"]["in_process"])
    assert (tmp_path / "strategy" / "models" / "momentum.onnx").exists()
