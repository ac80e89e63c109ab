"""Inference: what is loaded is checked, and what is asked is answered or refused."""

import json
import math
import shutil
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyrt.errors import DTypeError, InputError, ModelError, ModelMismatch
from pyrt.strategy.model import METADATA_KEY, ModelCard, OnnxModel, Replay, agrees, load_model

onnx = pytest.importorskip("onnx")

GOLDEN = Path(__file__).parents[1] / "golden" / "model.onnx"


@pytest.fixture
def edited(tmp_path):
    """Return a function that copies the golden model with an edited card, or without one."""

    def edit(change):
        file = onnx.load(GOLDEN)
        card = json.loads(file.metadata_props[0].value)
        change(card)
        del file.metadata_props[:]
        onnx.helper.set_model_props(file, {METADATA_KEY: json.dumps(card)} if card else {})
        onnx.save(file, tmp_path / "m.onnx")
        return tmp_path / "m.onnx"

    return edit


def test_a_card_survives_its_own_text():
    card = ModelCard(
        ("a", "b"),
        ("1", "2.1"),
        "score",
        "0.1.0",
        "sha256:00",
        (Replay((math.inf, -0.0), 0.1 + 0.2, 1), Replay((1.0, 5e-324), -1.0)),
    )
    again = ModelCard.from_json(card.to_json())
    assert again == card
    assert math.copysign(1, again.replay[0].row[1]) == -1


def test_rows_and_matrices():
    model = load_model(GOLDEN)
    rows = np.array([[50.0, 1.0, 1.0, np.nan], [20.0, -30.0, np.inf, 0.2]])
    both = model.predict(rows)
    assert both.shape == (2,)
    assert model.predict(rows[1]).shape == ()
    assert model.predict(rows[1]).item() == model.predict_row(rows[1]) == both[1]
    assert model.predict(rows.tolist()).tolist() == both.tolist()
    assert model.predict(np.empty((0, 4))).shape == (0,)


def test_wrong_rows_are_refused():
    model = load_model(GOLDEN)
    with pytest.raises(InputError, match=r"has 3 features, .* takes 4: rsi_14, macd, volume_ratio, bb_pct"):
        model.predict([1.0, 2.0, 3.0])
    with pytest.raises(DTypeError, match="x: must be integers or floats"):
        model.predict(["a", "b", "c", "d"])
    with pytest.raises(InputError, match="must have 1 dimension"):
        model.predict(np.zeros((1, 1, 4)))


def test_a_frames_columns_are_the_features_in_order():
    model = load_model(GOLDEN)
    frame = pd.DataFrame([[50.0, 1.0, 1.0, np.nan], [20.0, -30.0, 2.0, 0.2]], columns=list(model.features))
    assert model.predict(frame).tolist() == model.predict(frame.to_numpy()).tolist()
    with pytest.raises(InputError, match=r"x: has the columns \['bb_pct', .* in this order"):
        model.predict(frame[frame.columns[::-1]])


def test_a_changed_answer_is_refused_and_names_the_feature(edited):
    def change(card):
        card["replay"][-1]["expected"] = struct.pack(">d", 0.5).hex()

    with pytest.raises(ModelMismatch, match="probing bb_pct") as caught:
        load_model(edited(change))
    assert caught.value.feature == "bb_pct"
    assert caught.value.expected == 0.5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict.clear, "was not written by pyrt"),
        (lambda card: card.update(schema=99), "schema 99"),
        (lambda card: card.pop("features"), "cannot be read"),
        (lambda card: card.update(features=card["features"][:3], replay=[]), r"one input tensor\(double\) \[N, 3\]"),
        (lambda card: card["features"].pop(), "replay row 0 does not fit 3 features"),
        (lambda card: card["replay"].clear(), "no replay rows"),
        (lambda card: card["replay"][0].update(expected="zz"), "cannot be read"),
        (lambda card: card["replay"][0]["row"].pop(), "does not fit 4 features"),
        (lambda card: card["replay"][0].update(probes=7), "does not fit 4 features"),
    ],
)
def test_what_is_not_a_model_is_refused(edited, change, words):
    with pytest.raises(ModelError, match=words):
        load_model(edited(change))


def test_missing_and_damaged_files(tmp_path):
    with pytest.raises(InputError, match="there is no model"):
        load_model(tmp_path / "absent.onnx")
    shutil.copy(GOLDEN, tmp_path / "cut.onnx")
    (tmp_path / "cut.onnx").write_bytes(GOLDEN.read_bytes()[:500])
    with pytest.raises(ModelError, match="ONNX Runtime cannot load it"):
        load_model(tmp_path / "cut.onnx")


def test_an_answer_that_is_no_number_is_an_error(edited):
    tensor, helper = onnx.TensorProto.DOUBLE, onnx.helper
    graph = helper.make_graph(
        [helper.make_node("ReduceSum", ["x"], ["y"], keepdims=1)],
        "sum",
        [helper.make_tensor_value_info("x", tensor, ["N", 2])],
        [helper.make_tensor_value_info("y", tensor, ["N", 1])],
    )
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    helper.set_model_props(file, {METADATA_KEY: ModelCard(("a", "b"), ("1", "1"), "score", "0.1.0").to_json()})
    model = OnnxModel(file.SerializeToString(), "sum")
    assert model.predict([1.0, 2.0]) == 3.0
    with pytest.raises(ModelError, match=r"sum: the answer to .* is NaN"):
        model.predict([1.0, np.nan])


def test_agreement_is_absolute_below_one_and_relative_above():
    assert agrees(0.5, 0.5 + 9e-13)
    assert not agrees(0.5, 0.5 + 2e-12)
    assert agrees(1e6, 1e6 + 9e-7)
    assert agrees(math.inf, math.inf)
    assert not agrees(math.nan, math.nan)
