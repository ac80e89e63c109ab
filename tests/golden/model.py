"""Write the golden model anew: ``PYTHONPATH=. python tests/golden/model.py`` from the project's root.

``model.txt`` is a small LightGBM model trained on synthetic bars, ``model.onnx`` what pyrt exports from it, and
``model.toml`` rows with its answers, each number as the 16 hex digits of its bits. Both test suites read the last two.
With a path, it writes a model of 100 trees of 31 leaves there instead, for ``engine-rs/examples/onnx_latency.rs``.
"""

import struct
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
FEATURES = ["rsi_14", "macd", "volume_ratio", "bb_pct"]
PARAMETERS = {"objective": "binary", "num_leaves": 8, "learning_rate": 0.2, "verbose": -1, "seed": 7, "num_threads": 1}


def bars(n, seed):
    """Make rows of the four features, some values missing, as at warm-up and in bars without trades."""
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [rng.uniform(10, 90, n), rng.normal(0, 40, n), rng.exponential(1, n).round(3), rng.normal(0.5, 0.4, n)]
    )
    x[rng.random(n) < 0.1, 2] = np.nan
    x[rng.random(n) < 0.1, 3] = np.nan
    rises = (x[:, 0] - 50) / 20 + x[:, 1] / 40 + np.nan_to_num(x[:, 3]) + rng.normal(0, 1, n) > 0
    return x, rises.astype(float)


def hexed(value):
    return struct.pack(">d", value).hex()


def write_large(path):
    import lightgbm

    from pyrt.ml.onnx import export

    x, rises = bars(20_000, seed=3)
    data = lightgbm.Dataset(x, rises, feature_name=FEATURES)
    export(lightgbm.train(PARAMETERS | {"num_leaves": 31}, data, num_boost_round=100), path, sample=x[:500])


def write_golden():
    import lightgbm

    from pyrt.ml.onnx import export

    x, rises = bars(2000, seed=1)
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(x, rises, feature_name=FEATURES), num_boost_round=12)
    # Without the trailing parameters, which are not the model and differ between versions of LightGBM.
    text = booster.model_to_string().partition("\nparameters:")[0] + "\n"
    (FOLDER / "model.txt").write_text(text)
    booster = lightgbm.Booster(model_str=text)
    model = export(booster, FOLDER / "model.onnx", sample=x[:50], training_data="synthetic bars, seed 1")

    rows = np.vstack([bars(56, seed=2)[0], np.full((1, 4), np.nan), np.zeros((1, 4)), np.full((1, 4), 1e-36)])
    rows = np.vstack([rows, np.full((1, 4), np.inf), np.full((1, 4), -np.inf), np.full((1, 4), 5e-324)])
    lines = ["# Answers of model.onnx, bit for bit; written by model.py.", f"features = {FEATURES}".replace("'", '"')]
    for row in rows:
        cells = ", ".join(f'"{hexed(value)}"' for value in row)
        lines += ["", "[[case]]", f"row = [{cells}]", f'expected = "{hexed(model.predict(row).item())}"']
    (FOLDER / "model.toml").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_large(sys.argv[1]) if len(sys.argv) > 1 else write_golden()
