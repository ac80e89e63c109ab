"""What a LightGBM model says, read from its own text, and when two rows take different ways through it.

LightGBM flushes values within ``ZERO`` of zero to zero before it compares, and treats NaN by the missing type of each
split. :func:`parse` keeps its splits as they are; :func:`as_comparisons` restates them as plain comparisons with equal
results.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from ..errors import ModelError

__all__ = ["ZERO", "Ensemble", "Missing", "Tree", "as_comparisons", "parse", "rows_at_nodes"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ZERO = float(np.float32(1e-35))
"""LightGBM's kZeroThreshold: what lies within it of zero is zero."""

_DEFAULT_LEFT = 2
_IDENTITY = ("regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg", "custom")


class Missing(IntEnum):
    """What a split takes as missing and sends its default way."""

    NONE = 0
    """Nothing: NaN is compared as zero."""
    ZERO = 1
    """Zero and NaN."""
    NAN = 2
    """NaN."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree: a row goes left at a node if its feature is at most the threshold.

    ``left`` and ``right`` hold the next node, or ``~leaf``. A tree of one leaf has no nodes.
    """

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    missing: Ints
    default_left: npt.NDArray[np.bool_]
    leaf: Floats


@dataclass(frozen=True, slots=True)
class Ensemble:
    """A boosted model of one output.

    Parameters
    ----------
    features : tuple of str
        LightGBM's names of the inputs, in order.
    trees : tuple of Tree
        In the order in which LightGBM adds them up.
    steepness : float or None
        The answer is ``1 / (1 + exp(-steepness * sum))``; None: the sum itself.
    average : bool
        The sum is divided by the number of trees (random forests).
    """

    features: tuple[str, ...]
    trees: tuple[Tree, ...]
    steepness: float | None
    average: bool


def parse(text: str) -> Ensemble:
    """Read a model from ``Booster.model_to_string()``.

    Raises
    ------
    ModelError
        For what cannot be exported yet, named: several classes, categorical splits, linear trees, objectives whose
        answer is neither the sum of the leaves nor its sigmoid; and for a model without trees.
    """
    head, *blocks = text.partition("\nend of trees")[0].split("\nTree=")
    header = _fields(head)
    if int(header["num_tree_per_iteration"]) != 1:
        raise ModelError(f"model: has {header['num_class']} classes, only two-class and regression models are exported")
    if not blocks:
        raise ModelError("model: has no trees; train it first")
    return Ensemble(
        features=tuple(header["feature_names"].split(" ")),
        trees=tuple(_tree(_fields(block), number) for number, block in enumerate(blocks)),
        steepness=_steepness(header.get("objective", "custom")),
        average="average_output" in header,
    )


def as_comparisons(tree: Tree) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Restate a tree's splits as ``x <= threshold, or x is NaN and nan_left``, with equal results for every x.

    Splits whose missing type is ``Missing.ZERO`` are restated for an x whose zeros have become NaN.

    Returns
    -------
    threshold : ndarray, shape (n_nodes,)
        A threshold within ``ZERO`` moves to the edge of that interval, because all of the interval goes one way.
    nan_left : ndarray of bool, shape (n_nodes,)
        Where NaN goes.
    """
    threshold = tree.threshold.copy()
    threshold[(threshold >= 0) & (threshold <= ZERO)] = ZERO
    threshold[(threshold < 0) & (threshold >= -ZERO)] = np.nextafter(-ZERO, -np.inf)
    return threshold, np.where(tree.missing == Missing.NONE, tree.threshold >= 0, tree.default_left)


def rows_at_nodes(tree: Tree, sample: Floats) -> Iterator[tuple[int, Floats]]:
    """Give every node of a tree a row of the sample, changed as little as it takes to get there.

    Yields
    ------
    node : int
    row : ndarray, shape (n_features,)
        A copy.
    """
    pending: list[tuple[int, dict[int, tuple[float, float]]]] = [(0, {})] if tree.feature.size else []
    while pending:
        node, bounds = pending.pop()
        row = sample[node % len(sample)].copy()
        for feature, (low, high) in bounds.items():
            if not low < row[feature] <= high:
                row[feature] = high if high < math.inf else np.nextafter(low, math.inf)
        yield node, row
        feature, threshold = int(tree.feature[node]), float(tree.threshold[node])
        low, high = bounds.get(feature, (-math.inf, math.inf))
        ways = (
            (int(tree.left[node]), (low, min(high, threshold))),
            (int(tree.right[node]), (max(low, threshold), high)),
        )
        pending.extend((child, {**bounds, feature: bound}) for child, bound in ways if child >= 0)


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {key: value for key, _, value in pairs if key}


def _tree(fields: dict[str, str], number: int) -> Tree:
    if int(fields["num_cat"]):
        raise ModelError(
            f"model: tree {number} splits on categories, which is not exported yet; encode them as numbers"
        )
    if int(fields.get("is_linear", "0")):
        raise ModelError(f"model: tree {number} has linear leaves, which are not exported yet; use linear_tree=False")
    decision = _ints(fields, "decision_type")
    return Tree(
        feature=_ints(fields, "split_feature"),
        threshold=_floats(fields, "threshold"),
        left=_ints(fields, "left_child"),
        right=_ints(fields, "right_child"),
        missing=decision >> 2 & 3,
        default_left=(decision & _DEFAULT_LEFT) != 0,
        leaf=_floats(fields, "leaf_value"),
    )


def _ints(fields: dict[str, str], key: str) -> Ints:
    return np.array(fields.get(key, "").split(), dtype=np.int64)


def _floats(fields: dict[str, str], key: str) -> Floats:
    return np.array([float(word) for word in fields.get(key, "").split()], dtype=np.float64)


def _steepness(objective: str) -> float | None:
    name, *options = objective.split()
    if name == "binary":
        return float(dict(option.split(":") for option in options)["sigmoid"])
    if name == "cross_entropy":
        return 1.0
    if name in _IDENTITY and "sqrt" not in options:
        return None
    raise ModelError(f"model: objective {objective!r} is not exported yet; use binary, cross_entropy or {_IDENTITY[0]}")
