"""Export: the file answers as LightGBM does everywhere, or there is no file."""

import math
import struct
import tomllib
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyrt.ml.onnx
from pyrt.errors import DTypeError, InputError, ModelError, ModelMismatch
from pyrt.ml.gate import compare
from pyrt.ml.onnx import export
from pyrt.ml.trees import ZERO, parse, rows_at_nodes
from pyrt.strategy.model import OnnxModel, load_model

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = ["price", "spread", "flow"]
ODD = [
    0.0,
    -0.0,
    ZERO,
    -ZERO,
    2 * ZERO,
    -2 * ZERO,
    1e-40,
    5e-324,
    -5e-324,
    1e308,
    -1e308,
    math.inf,
    -math.inf,
    math.nan,
]


def train(rounds=5, columns=3, seed=0, n=400, weights=None, **parameters):
    """Train on prices near 60,000 with missing values and zeros."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, columns)) * rng.choice([1e-3, 1.0, 500.0], columns) + rng.choice([0.0, 60_000.0], columns)
    x[rng.random(x.shape) < 0.1] = np.nan
    x[rng.random(x.shape) < 0.2] = 0.0
    score = np.nan_to_num(x - np.nanmean(x, axis=0)) @ rng.normal(size=columns)
    settings = {
        "objective": "binary",
        "num_leaves": 8,
        "min_data_in_leaf": 3,
        "verbose": -1,
        "num_threads": 1,
    } | parameters
    y = score > np.median(score) if settings["objective"] in ("binary", "cross_entropy") else score
    return lightgbm.train(settings, lightgbm.Dataset(x, np.asarray(y, float)), rounds), x


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(3)
    x = np.column_stack([60_000 + rng.normal(size=500), rng.normal(size=500), rng.exponential(size=500)])
    return lightgbm.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(x, x[:, 0] > 60_000), 8
    ), x


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_answers_are_lightgbms_on_any_row(tmp_path_factory, data):
    booster, x = train(
        rounds=data.draw(st.integers(1, 12)),
        seed=data.draw(st.integers(0, 10_000)),
        objective=data.draw(st.sampled_from(["binary", "cross_entropy", "regression", "regression_l1", "huber"])),
        num_leaves=data.draw(st.integers(2, 31)),
        **data.draw(st.sampled_from([{}, {"zero_as_missing": True}, {"use_missing": False}])),
        **data.draw(
            st.sampled_from([{}, {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, {"boosting": "dart"}])
        ),
    )
    model = export(booster, tmp_path_factory.mktemp("m") / "m.onnx", sample=x[:20], feature_names=NAMES)
    splits = [float(t) for tree in parse(booster.model_to_string()).trees for t in tree.threshold]
    near = [math.nextafter(t, way) for t in splits[:50] for way in (-math.inf, math.inf)]
    cell = st.one_of(st.floats(), st.sampled_from([*ODD, *splits, *near]))
    rows = np.array(data.draw(st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=30)))
    ours, theirs = model.predict(rows), booster.predict(rows)
    assert np.all(np.abs(ours - theirs) <= 1e-12 * np.maximum(1, np.abs(theirs)))
    if model.card.output == "score":
        np.testing.assert_array_equal(ours, theirs)  # the same sums in the same order


@pytest.mark.parametrize("parameters", [{"sigmoid": 1.7}, {"is_unbalance": True}, {"boost_from_average": False}])
def test_the_sigmoid_is_the_models(tmp_path, parameters):
    booster, x = train(**parameters)
    model = export(booster, tmp_path / "m.onnx", sample=x, feature_names=NAMES)
    np.testing.assert_allclose(model.predict(x), booster.predict(x), rtol=0, atol=1e-12)


def test_a_model_that_learned_nothing_still_answers(tmp_path):
    booster, x = train(min_data_in_leaf=10_000)
    model = export(booster, tmp_path / "m.onnx", sample=x, feature_names=NAMES)
    np.testing.assert_allclose(model.predict(x), booster.predict(x), rtol=0, atol=1e-12)


def test_the_best_iteration_is_exported(tmp_path):
    booster, x = train(rounds=20)
    booster.best_iteration = 3
    model = export(booster, tmp_path / "m.onnx", sample=x, feature_names=NAMES)
    np.testing.assert_allclose(model.predict(x), booster.predict(x, num_iteration=3), rtol=0, atol=1e-12)


def test_the_file_is_what_the_specification_says(tmp_path, trained):
    booster, x = trained
    export(
        booster,
        tmp_path / "m.onnx",
        sample=x,
        feature_names=NAMES,
        feature_versions={"flow": "2"},
        training_data="sha256:00",
    )
    file = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(file)
    assert file.ir_version == 10
    assert {(o.domain, o.version) for o in file.opset_import} == {("", 21), ("ai.onnx.ml", 5)}
    assert [node.op_type for node in file.graph.node] == ["TreeEnsemble", "Sigmoid"]
    assert file.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.DOUBLE
    card = load_model(tmp_path / "m.onnx").card
    assert (card.features, card.versions) == (("price", "spread", "flow"), ("1", "1", "2"))
    assert (card.output, card.pyrt, card.training_data) == ("probability", pyrt.__version__, "sha256:00")
    assert {replay.probes for replay in card.replay} >= {None, 0}  # a feature that no tree uses has no rows


def _rounded(thresholds, nan_left):
    return thresholds.astype(np.float32).astype(np.float64), nan_left


def _one_step_up(thresholds, nan_left):
    return np.nextafter(thresholds, np.inf), nan_left


def _turned_around(thresholds, nan_left):
    return thresholds, ~nan_left


@pytest.mark.parametrize("plant", [_rounded, _one_step_up, _turned_around])
def test_a_planted_mismatch_is_refused(tmp_path, monkeypatch, trained, plant):
    booster, x = trained
    own = pyrt.ml.onnx.as_comparisons
    monkeypatch.setattr(pyrt.ml.onnx, "as_comparisons", lambda tree: plant(*own(tree)))
    with pytest.raises(ModelMismatch) as caught:
        export(booster, tmp_path / "m.onnx", sample=x[:5], feature_names=NAMES)
    error = caught.value
    assert error.feature in NAMES
    assert repr(error.expected) in str(error)
    assert repr(error.got) in str(error)
    assert error.feature in str(error)
    assert booster.predict(np.array([error.row]))[0] == error.expected
    assert abs(error.got - error.expected) > 1e-12
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("leaf_shift", [1e-10, -1.0])
def test_a_planted_wrong_leaf_is_refused(tmp_path, monkeypatch, trained, leaf_shift):
    booster, x = trained

    def shifted(ensemble):
        attributes = trees(ensemble)
        weights = onnx.numpy_helper.to_array(attributes["leaf_weights"]).copy()
        weights[3] += leaf_shift
        return attributes | {"leaf_weights": onnx.numpy_helper.from_array(weights, "leaf_weights")}

    trees = pyrt.ml.onnx._trees
    monkeypatch.setattr(pyrt.ml.onnx, "_trees", shifted)
    with pytest.raises(ModelMismatch):
        export(booster, tmp_path / "m.onnx", sample=x[:5], feature_names=NAMES)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"objective": "multiclass", "num_class": 3}, "3 classes"),
        ({"objective": "regression", "linear_tree": True}, "linear leaves"),
        ({"objective": "poisson"}, "'poisson' is not exported yet"),
        ({"objective": "regression", "reg_sqrt": True}, "'regression sqrt' is not exported yet"),
    ],
)
def test_what_is_not_supported_is_named(tmp_path, parameters, words):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 3)), rng.integers(0, 3, 300)
    booster = lightgbm.train({"verbose": -1, "num_threads": 1} | parameters, lightgbm.Dataset(x, y.astype(float)), 2)
    with pytest.raises(ModelError, match=words):
        export(booster, tmp_path / "m.onnx", sample=x, feature_names=NAMES)


def test_categorical_splits_are_refused(tmp_path):
    x = np.random.default_rng(0).integers(0, 8, size=(400, 3)).astype(float)
    data = lightgbm.Dataset(x, np.isin(x[:, 0], [1, 4, 6]).astype(float), categorical_feature=[0])
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, data, 2)
    with pytest.raises(ModelError, match="splits on categories"):
        export(booster, tmp_path / "m.onnx", sample=x, feature_names=NAMES)


def test_arguments_are_checked(tmp_path, trained):
    booster, x = trained
    with pytest.raises(DTypeError, match="trained LightGBM model, got str"):
        export("model", tmp_path / "m.onnx", sample=x)
    with pytest.raises(InputError, match="without names"):
        export(booster, tmp_path / "m.onnx", sample=x)
    with pytest.raises(InputError, match="3 different names"):
        export(booster, tmp_path / "m.onnx", sample=x, feature_names=["a", "a", "b"])
    with pytest.raises(InputError, match="rows of 3 features, got shape"):
        export(booster, tmp_path / "m.onnx", sample=x[:, :2], feature_names=NAMES)
    with pytest.raises(InputError, match="'depth' is no feature"):
        export(booster, tmp_path / "m.onnx", sample=x, feature_names=NAMES, feature_versions={"depth": "1"})
    named = lightgbm.Booster(model_file=GOLDEN / "model.txt")
    with pytest.raises(InputError, match="in this order"):
        export(named, tmp_path / "m.onnx", sample=np.zeros((1, 4)), feature_names=named.feature_name()[::-1])


def test_a_mismatch_in_the_sample_alone_is_found_and_traced_to_its_feature(trained):
    booster, x = trained
    ensemble = parse(booster.model_to_string())
    place = x[400, 2]  # no split is probed with this row

    def almost(rows):
        return booster.predict(rows) + 1e-9 * (rows[:, 2] == place)

    with pytest.raises(ModelMismatch, match=r"for flow = .* in the sample \(row 400") as caught:
        compare(ensemble, tuple(NAMES), booster.predict, almost, x)
    assert caught.value.feature == "flow"
    assert caught.value.row == tuple(x[400])


def test_every_split_is_probed_by_a_row_that_gets_there():
    booster, x = train(num_leaves=31, rounds=1)
    (tree,) = parse(booster.model_to_string()).trees
    reached = set()
    for node, row in rows_at_nodes(tree, x):
        at, seen = 0, set()
        while at >= 0:
            seen.add(at)
            value = row[tree.feature[at]]
            left = tree.default_left[at] if math.isnan(value) else value <= tree.threshold[at]
            at = (tree.left if left else tree.right)[at]
        if node in seen:
            reached.add(node)
    assert len(reached) == tree.feature.size


def test_the_golden_file_is_what_export_writes(tmp_path):
    golden = load_model(GOLDEN / "model.onnx")
    sample = np.array([replay.row for replay in golden.card.replay if replay.probes is None])
    booster = lightgbm.Booster(model_file=GOLDEN / "model.txt")
    export(booster, tmp_path / "m.onnx", sample=sample)
    assert onnx.load(tmp_path / "m.onnx").graph == onnx.load(GOLDEN / "model.onnx").graph


def test_the_golden_answers_bit_for_bit():
    golden = tomllib.loads((GOLDEN / "model.toml").read_text())
    model = load_model(GOLDEN / "model.onnx")
    booster = lightgbm.Booster(model_file=GOLDEN / "model.txt")
    assert list(model.features) == golden["features"]
    for case in golden["case"]:
        row = np.array([struct.unpack(">d", bytes.fromhex(cell))[0] for cell in case["row"]])
        answer = model.predict(row).item()
        assert struct.pack(">d", answer).hex() == case["expected"]
        assert abs(answer - booster.predict(row[None])[0]) <= 1e-12


def test_a_batch_is_its_rows(trained, tmp_path):
    booster, x = trained
    model: OnnxModel = export(booster, tmp_path / "m.onnx", sample=x[:5], feature_names=NAMES)
    np.testing.assert_array_equal(model.predict(x), [model.predict(row).item() for row in x])
