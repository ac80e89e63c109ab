"""From a message to the bytes of the order that it leads to, in process: ``pyrt-engine rehearse``, stage by stage.

``python benchmarks/bench_latency.py [RECORDING]`` prints the table. Two configurations: a strategy file whose model is
a LightGBM of 100 trees of 31 leaves, asked once a second, and a maker that was compiled. Other programs disturb: the
engine runs at real-time priority where that is allowed (to root), and the best of several runs is shown.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import numpy as np

from pyrt._engine import engine_environment, find_engine
from pyrt.data import BarBuilder, read_recording
from pyrt.features import FeatureSet
from pyrt.types import Kind

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "ws" / "binance_spot_btcusdt_20240808.tsv.gz"
MADE = ROOT / "examples" / "data" / "btc_made.tsv.gz"
FEATURES = ["rsi_14", "macd", "volume_ratio", "bb_pct"]
TREES, LEAVES = 100, 31
RUNS = 9
WARM = 2000
"""Messages at the start that are not measured."""

STRATEGY = """[strategy]
name = "BTC Momentum"
asset = "BTC/USDT"
exchange = "binance"
[parameters]
lookback_period = 20
entry_threshold = {median!r}
exit_threshold = {median!r}
position_size_pct = 0.01
[ml_model]
path = "model.onnx"
features = {features}
[execution]
order_type = "limit"
limit_offset_bps = 0
timeout_seconds = 0.5
[data]
bar = "1s"
"""
ENGINE = """[engine]
name = "bench"
[venues.binance]
symbols = ["BTC-USDT"]
[[strategies]]
name = "{name}"
{kind} = "{code}"
[trading]
risk = "risk_limits.toml"
[trading.usd]
USDT = 1.0
[journal]
directory = "journal"
"""


def recording():
    """Return the real recording, or where there is none the one that was made."""
    return REAL if REAL.exists() else MADE


def rows_of(path):
    """Return features and closes of the bars of a second of a recording's trades."""
    events = read_recording(path).events
    trades = events[events["kind"] == Kind.TRADE]
    words = trades["words"].copy().view(np.float64)  # of a trade: receive time, price, quantity, id
    builder, features = BarBuilder(1_000_000_000), FeatureSet(FEATURES)
    rows, closes = [], []
    for time, price, qty in zip(trades["event_time"], words[:, 1], words[:, 2], strict=True):
        for bar in builder.trade(int(time), float(price), float(qty)):
            rows.append(features.update(bar.close, bar.volume).copy())
            closes.append(bar.close)
    return np.array(rows), np.array(closes)


def write_model(path, rows, closes):
    """Train on the next move, export, and return the median score: near it a strategy trades all the time.

    There are few bars; so that every tree has all its leaves, each is taken many times with noise. What the model is
    worth does not matter here, how long it takes does.
    """
    import lightgbm

    from pyrt.ml.onnx import export

    known = np.isfinite(rows[:-1]).all(axis=1)
    rows, moves = rows[:-1][known], np.diff(closes)[known]
    rng = np.random.default_rng(1)
    pick = rng.integers(0, len(rows), 20_000)
    many = rows[pick] + rng.normal(0, 0.05, (len(pick), rows.shape[1])) * rows.std(axis=0)
    settings = {"objective": "binary", "num_leaves": LEAVES, "verbose": -1, "seed": 1, "num_threads": 1}
    rises = (moves[pick] > 0) ^ (rng.random(len(pick)) < 0.2)
    booster = lightgbm.train(settings, lightgbm.Dataset(many, label=rises), TREES)
    if {tree["num_leaves"] for tree in booster.dump_model()["tree_info"]} != {LEAVES}:
        raise RuntimeError("a tree has fewer leaves than it should")
    export(booster, path, sample=many[:1000], feature_names=FEATURES)
    return float(np.median(booster.predict(rows)))


def write_configurations(folder, path):
    """Write an ``engine.toml`` for each strategy, with all that it needs."""
    from pyrt.cli.strategy import find_strategy
    from pyrt.strategy import build

    limits = (ROOT / "config" / "risk_limits.toml").read_text()
    limits = limits.replace("max_order_rate_per_min = 60", "max_order_rate_per_min = 1000000")
    median = write_model(folder / "model.onnx", *rows_of(path))
    (folder / "model.toml").write_text(STRATEGY.format(median=median, features=json.dumps(FEATURES)))
    build(find_strategy(str(ROOT / "examples" / "quoter.py")), folder / "quoter.so")
    (folder / "risk_limits.toml").write_text(limits)
    for name, kind, code in (("model", "file", "model.toml"), ("quoter", "code", "quoter.so")):
        (folder / f"{name}-engine.toml").write_text(ENGINE.format(name=name, kind=kind, code=code))


def come_first():
    """Let no other program interrupt this process, where that is allowed."""
    with suppress(AttributeError, PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def rehearse(folder, name, path):
    """Play it through once and return what the engine says."""
    config = str(folder / f"{name}-engine.toml")
    command = [str(find_engine()), "rehearse", "--recording", str(path), "--config", config, "--warm", str(WARM)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=engine_environment(),
        preexec_fn=come_first,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def best(folder, name, path):
    """Return the run with the smallest p99 from message to bytes; all must trade alike."""
    runs = [rehearse(folder, name, path) for _ in range(RUNS)]
    if len({(run["orders"], run["fills"], run["account"]["cash"]) for run in runs}) != 1:
        raise RuntimeError("two rehearsals of the same differ")
    return min(runs, key=lambda run: run["latency"]["sent"]["total"]["p99"])


class MessageToOrder:
    """Microseconds from message in to order bytes out."""

    params: ClassVar = ["model", "quoter"]
    param_names: ClassVar = ["strategy"]
    unit = "µs"
    timeout = 600

    def setup_cache(self):
        folder = Path(tempfile.mkdtemp())
        write_configurations(folder, recording())
        return str(folder)

    def track_p50(self, folder, strategy):
        return best(Path(folder), strategy, recording())["latency"]["sent"]["total"]["p50"] / 1e3

    def track_p99(self, folder, strategy):
        return best(Path(folder), strategy, recording())["latency"]["sent"]["total"]["p99"] / 1e3


def table(name, run):
    """Return the stages of a run, µs."""
    stages = run["latency"]["sent"]
    order = ["journal", "parse", "book", "features", "model", "strategy", "risk", "order", "total"]
    lines = [
        f"{name}: {run['frames']:,} messages, {run['orders']} orders, {run['cancels']} cancels, {run['fills']} fills; "
        f"{stages['total']['n']} messages led to bytes; one look at the clock is {run['latency']['clock_ns']} ns",
        f"{'µs':<10}" + "".join(f"{column:>9}" for column in ("p50", "p90", "p99", "max", "n")),
    ]
    for stage in filter(stages.get, order):
        values = stages[stage]
        times = "".join(f"{values[p] / 1e3:>9.2f}" for p in ("p50", "p90", "p99", "max"))
        lines.append(f"{stage:<10}{times}{values['n']:>9}")
    return "\n".join(lines)


def main():
    """Print the tables."""
    path = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else recording()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_configurations(folder, path)
        for name in MessageToOrder.params:
            sys.stdout.write(table(name, best(folder, name, path)) + "\n\n")


if __name__ == "__main__":
    main()
