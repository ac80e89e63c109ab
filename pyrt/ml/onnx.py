"""A LightGBM model as an ONNX file that answers exactly as LightGBM does, or no file.

The trees become one ``ai.onnx.ml`` v5 ``TreeEnsemble`` with double thresholds and an explicit ``Sigmoid``. The common
converters round thresholds to float32: near a price of 60,000 that moves a split by thousandths, and rows that lie
between go the wrong way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import __version__
from .._validate import as_floats
from ..errors import DTypeError, InputError, MissingPiece, ModelError
from ..strategy.model import METADATA_KEY, ModelCard, OnnxModel, check_columns, load_model
from .gate import compare, replay_rows
from .trees import ZERO, Ensemble, Missing, Tree, as_comparisons, parse

if TYPE_CHECKING:
    import onnx

__all__ = ["export"]

Floats = npt.NDArray[np.float64]

IR_VERSION = 10
OPSET = 21
ML_OPSET = 5
_SUM = 1
_LESS_OR_EQUAL = 0
_UNNAMED = "Column_"


def export(
    model: Any,
    path: str | Path,
    *,
    sample: Any,
    feature_names: Sequence[str] | None = None,
    feature_versions: Mapping[str, str] | None = None,
    training_data: str | None = None,
) -> OnnxModel:
    """Write a LightGBM model as an ONNX file, if the file answers as the model does.

    The answers are compared to 1e-12 (absolute up to 1, relative above) on `sample`, on missing values, zeros and
    infinities, and in rows that reach each split, at its threshold and one step of the last digit to either side.

    Parameters
    ----------
    model : lightgbm.Booster, LGBMClassifier or LGBMRegressor
        Trained; two classes (the answer is the second one's probability) or a regression (the score).
    path : str or Path
        The ``.onnx`` file. It appears whole or not at all.
    sample : array_like, shape (n, n_features)
        Rows as the model will meet them. NaN and infinities are allowed. A frame's columns must be the features,
        in order.
    feature_names : sequence of str, optional
        Names in order. Needed if the model was trained without names; if it has names, they must be these.
    feature_versions : mapping of str to str, optional
        The version of each feature's definition; ``"1"`` unless given.
    training_data : str, optional
        A hash or a name of the training data, kept in the file.

    Returns
    -------
    OnnxModel
        The written file, loaded.

    Raises
    ------
    DTypeError, InputError
        For arguments that cannot be used.
    ModelError
        For what is not exported yet: several classes, categorical splits, linear trees, other objectives.
    ModelMismatch
        If the file would answer otherwise; names the feature, the row and both answers.

    Examples
    --------
    >>> import lightgbm, tempfile
    >>> x = np.random.default_rng(0).normal(60_000, 500, size=(300, 2))
    >>> settings = {"objective": "binary", "num_threads": 1, "verbose": -1}
    >>> booster = lightgbm.train(settings, lightgbm.Dataset(x, x[:, 0] > x[:, 1]), num_boost_round=5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = export(booster, f"{folder}/model.onnx", sample=x, feature_names=["price", "sma_20"])
    >>> model.features, model.card.output
    (('price', 'sma_20'), 'probability')
    >>> bool(np.abs(model.predict(x) - booster.predict(x)).max() <= 1e-12)
    True
    """
    booster = getattr(model, "booster_", model)
    if not hasattr(booster, "model_to_string"):
        raise DTypeError(f"model: must be a trained LightGBM model, got {type(model).__name__}")
    ensemble = parse(booster.model_to_string())
    names = _names(ensemble, feature_names)
    check_columns(sample, "sample", names)
    rows = as_floats(sample, "sample", inf="allow", ndim=2)
    if rows.shape[0] == 0 or rows.shape[1] != len(names):
        raise InputError(f"sample: must have rows of {len(names)} features, got shape {rows.shape}")
    card = ModelCard(
        features=names,
        versions=_versions(names, feature_versions or {}),
        output="score" if ensemble.steepness is None else "probability",
        pyrt=__version__,
        training_data=training_data,
    )

    def own(x: Floats) -> Floats:
        return np.asarray(booster.predict(x, num_threads=1), dtype=np.float64)

    compare(ensemble, names, own, OnnxModel(_write(ensemble, card), "the exported model").predict, rows)
    content = _write(ensemble, replace(card, replay=replay_rows(ensemble, own, rows)))
    return _save(content, Path(path))


def _names(ensemble: Ensemble, given: Sequence[str] | None) -> tuple[str, ...]:
    own = ensemble.features
    unnamed = all(name == f"{_UNNAMED}{i}" for i, name in enumerate(own))
    if given is None:
        if unnamed:
            raise InputError("feature_names: the model was trained without names, so give them, in order")
        return own
    names = tuple(given)
    if len(names) != len(own) or len(set(names)) != len(names):
        raise InputError(f"feature_names: must be {len(own)} different names, got {list(names)}")
    if not unnamed and names != own:
        raise InputError(f"feature_names: the model was trained on {list(own)} in this order, got {list(names)}")
    return names


def _versions(names: tuple[str, ...], given: Mapping[str, str]) -> tuple[str, ...]:
    if unknown := sorted(set(given) - set(names)):
        raise InputError(f"feature_versions: {unknown[0]!r} is no feature of the model; it has {', '.join(names)}")
    return tuple(str(given.get(name, "1")) for name in names)


def _save(content: bytes, path: Path) -> OnnxModel:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        load_model(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return load_model(path)


def _write(ensemble: Ensemble, card: ModelCard) -> bytes:
    try:
        from onnx import TensorProto, helper
    except ModuleNotFoundError as error:
        raise MissingPiece("exporting models needs onnx; get it with: pip install 'pyrt[ml]'") from error
    steps, constants = _steps(ensemble, card.output)
    graph = helper.make_graph(
        steps,
        "pyrt",
        [helper.make_tensor_value_info("features", TensorProto.DOUBLE, ["N", len(card.features)])],
        [helper.make_tensor_value_info(card.output, TensorProto.DOUBLE, ["N", 1])],
        constants,
    )
    file = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
        ir_version=IR_VERSION,
        producer_name="pyrt",
        producer_version=card.pyrt,
    )
    helper.set_model_props(file, {METADATA_KEY: card.to_json()})
    return bytes(file.SerializeToString(deterministic=True))


def _steps(ensemble: Ensemble, output: str) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Chain the graph's operators: each reads what the one before it wrote."""
    from onnx import helper, numpy_helper

    kinds = {int(kind) for tree in ensemble.trees for kind in tree.missing}
    if Missing.ZERO in kinds and len(kinds) > 1:
        raise ModelError("model: takes zero for missing in some splits only; train it in one piece")
    chain: list[tuple[str, dict[str, float], dict[str, Any]]] = [("TreeEnsemble", {}, _trees(ensemble))]
    if ensemble.average:
        chain.append(("Div", {"n_trees": len(ensemble.trees)}, {}))
    if ensemble.steepness is not None:
        if ensemble.steepness != 1:
            chain.append(("Mul", {"steepness": ensemble.steepness}, {}))
        chain.append(("Sigmoid", {}, {}))

    steps: list[onnx.NodeProto] = []
    constants = {name: value for _, used, _ in chain for name, value in used.items()}
    value = "features"
    if Missing.ZERO in kinds:
        constants |= {"zero": ZERO, "missing": np.nan}
        steps += [
            helper.make_node("Abs", ["features"], ["size"]),
            helper.make_node("LessOrEqual", ["size", "zero"], ["is_zero"]),
            helper.make_node("Where", ["is_zero", "missing", "features"], ["present"]),
        ]
        value = "present"
    for number, (kind, used, attributes) in enumerate(chain):
        result = output if number == len(chain) - 1 else kind.lower()
        domain = "ai.onnx.ml" if kind == "TreeEnsemble" else ""
        steps.append(helper.make_node(kind, [value, *used], [result], domain=domain, **attributes))
        value = result
    tensors = [numpy_helper.from_array(np.array(number, np.float64), name) for name, number in constants.items()]
    return steps, tensors


def _trees(ensemble: Ensemble) -> dict[str, Any]:
    """State all trees as the attributes of one TreeEnsemble; children are numbered through all trees."""
    from onnx import numpy_helper

    trees = [_with_root(tree) for tree in ensemble.trees]
    comparisons = [as_comparisons(tree) for tree in trees]
    first_node = np.cumsum([0, *(tree.feature.size for tree in trees)])
    first_leaf = np.cumsum([0, *(tree.leaf.size for tree in trees)])

    def children(side: str) -> tuple[list[int], list[int]]:
        ways = [getattr(tree, side) for tree in trees]
        ids = [
            np.where(w < 0, ~w + leaf, w + node) for w, leaf, node in zip(ways, first_leaf, first_node, strict=False)
        ]
        return np.concatenate(ids).tolist(), [int(way < 0) for way in np.concatenate(ways)]

    true_ids, true_leafs = children("left")
    false_ids, false_leafs = children("right")
    modes = np.full(first_node[-1], _LESS_OR_EQUAL, np.uint8)
    return {
        "n_targets": 1,
        "aggregate_function": _SUM,
        "post_transform": 0,
        "tree_roots": first_node[:-1].tolist(),
        "nodes_featureids": np.concatenate([tree.feature for tree in trees]).tolist(),
        "nodes_modes": numpy_helper.from_array(modes, "nodes_modes"),
        "nodes_splits": numpy_helper.from_array(np.concatenate([t for t, _ in comparisons]), "nodes_splits"),
        "nodes_missing_value_tracks_true": np.concatenate([nan for _, nan in comparisons]).astype(int).tolist(),
        "nodes_truenodeids": true_ids,
        "nodes_trueleafs": true_leafs,
        "nodes_falsenodeids": false_ids,
        "nodes_falseleafs": false_leafs,
        "leaf_targetids": [0] * int(first_leaf[-1]),
        "leaf_weights": numpy_helper.from_array(np.concatenate([tree.leaf for tree in trees]), "leaf_weights"),
    }


def _with_root(tree: Tree) -> Tree:
    """Give a tree of one leaf a split whose two ways are alike: a TreeEnsemble has no trees without one."""
    if tree.feature.size:
        return tree
    zero = np.zeros(1, np.int64)
    return Tree(
        feature=zero,
        threshold=np.zeros(1),
        left=~zero,
        right=~zero - 1,
        missing=zero,
        default_left=np.zeros(1, np.bool_),
        leaf=np.repeat(tree.leaf, 2),
    )
