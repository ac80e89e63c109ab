"""The research example: what it writes can be traded, and nothing that it learned from lies in the future."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from pyrt.data import Recording, read_recording
from pyrt.features import FeatureSet
from pyrt.strategy.file import load_strategy_file
from pyrt.strategy.model import load_model

EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLES / "momentum.py"))


@pytest.fixture(scope="module")
def recording(engine_binary):
    return read_recording(EXAMPLES / "data" / "btc_made.tsv.gz")


@pytest.fixture(scope="module")
def split(recording):
    times = recording.events["words"][:, 0]
    return int(times[0] + 0.6 * (times[-1] - times[0]))


def test_the_file_and_its_model_can_be_traded(tmp_path, example, recording, split):
    rules, learned = example["learn"](recording, split, tmp_path)
    file = load_strategy_file(rules)
    model = load_model(tmp_path / "models" / "momentum.onnx")
    assert list(model.features) == example["FEATURES"]
    assert file.instrument == recording.instruments[0].name
    assert learned["rows"] > 90
    bars = example["one_second_bars"](recording, split)
    scores = model.predict(FeatureSet(example["FEATURES"]).compute(bars)[40:])
    above, below = np.mean(scores >= file.rules.entry_threshold), np.mean(scores <= file.rules.exit_threshold)
    assert 0.2 < above < 0.8
    assert 0.2 < below < 0.8


def test_the_future_does_not_reach_the_model(tmp_path, example, recording, split):
    past = Recording(recording.events[recording.events["words"][:, 0] < split], recording.instruments)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert example["learn"](recording, split, whole)[1] == example["learn"](past, split, cut)[1]
    models = [(folder / "models" / "momentum.onnx").read_bytes() for folder in (whole, cut)]
    assert models[0] == models[1]
