"""Research behind a strategy file: features of a recording's first part, a classifier of the next move, ONNX, rules.

    python examples/momentum.py recording.tsv.gz 180 my_strategy/

writes ``my_strategy/models/momentum.onnx`` and ``my_strategy/config/strategies/momentum.toml``, which
``pyrt parity``, ``pyrt run`` and the engine take as they are.
"""

import sys
from pathlib import Path

import lightgbm
import numpy as np

from pyrt.data import Bars, Recording, read_recording, resample_trades
from pyrt.features import FeatureSet
from pyrt.ml.onnx import export
from pyrt.types import Kind, of_kind

FEATURES = ["rsi_14", "macd", "volume_ratio", "bb_pct"]
AHEAD = 5
"""The move that the model learns to tell is that of the next five bars."""
RULES = """
[strategy]
name = "Momentum"
version = "1.0.0"
asset = "{asset}"
exchange = "binance"

[data]
bar = "1s"

[parameters]
lookback_period = 20
entry_threshold = {entry}
exit_threshold = {leave}
position_size_pct = 0.10

[ml_model]
path = "models/momentum.onnx"
features = {features}

[execution]
order_type = "limit"
limit_offset_bps = 0
timeout_seconds = 5
"""


def one_second_bars(recording: Recording, until: int) -> Bars:
    """Make bars of the first instrument's trades, up to a receive time."""
    trades = of_kind(recording.events, Kind.TRADE)
    trades = trades[(trades["instrument"] == 0) & (trades["receive_time"] < until)]
    return resample_trades(trades["event_time"], trades["price"], trades["qty"], "1s").bars


def learn(recording: Recording, until: int, folder: Path) -> tuple[Path, dict[str, float]]:
    """Train on what was received before `until`; return the strategy file, and how well the model tells moves.

    The last fifth of the bars is kept apart: the model never saw it, so its figures there are the ones to believe.
    """
    bars = one_second_bars(recording, until)
    features = FeatureSet(FEATURES)
    known = slice(features.warmup, len(bars.close) - AHEAD)
    x, up = features.compute(bars)[known], (bars.close[AHEAD:] > bars.close[:-AHEAD])[features.warmup :]
    split = len(x) * 4 // 5
    settings = {
        "objective": "binary",
        "num_leaves": 7,
        "min_data_in_leaf": 8,
        "seed": 1,
        "num_threads": 1,
        "verbose": -1,
    }
    data = lightgbm.Dataset(x[: split - AHEAD], up[: split - AHEAD])  # no label reaches into the part kept apart
    booster = lightgbm.train(settings, data, num_boost_round=20)
    export(booster, _folder(folder / "models") / "momentum.onnx", sample=x, feature_names=FEATURES)
    scores = np.asarray(booster.predict(x))
    leave, entry = np.quantile(scores, [0.45, 0.55]).round(4)
    _, base, quote = recording.instruments[0].name.replace("-", ":").split(":")
    rules = _folder(folder / "config" / "strategies") / "momentum.toml"
    rules.write_text(
        RULES.format(asset=f"{base}/{quote}", entry=entry, leave=leave, features=FEATURES).replace("'", '"')
    )
    right = (scores > 0.5) == up
    seen, unseen = right[: split - AHEAD].mean(), right[split:].mean()
    return rules, {
        "rows": len(x),
        "right_in_training": float(seen),
        "right_unseen": float(unseen),
        "up_unseen": float(up[split:].mean()),
    }


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


if __name__ == "__main__":
    source, seconds, out = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    events = read_recording(source)
    print(*learn(events, int(events.events["words"][0][0] + seconds * 1e9), out))
