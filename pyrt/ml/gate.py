"""The gate: an exported model is compared with LightGBM's own answers wherever the two could part.

Those places are the splits (at each threshold and one step of the last digit to either side, in a row that reaches that
split), missing values at each split, zero and what LightGBM takes for it, infinities, and the caller's sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import ModelMismatch
from ..strategy.model import Replay, agrees
from .trees import ZERO, Ensemble, rows_at_nodes

__all__ = ["Answers", "compare", "replay_rows"]

Floats = npt.NDArray[np.float64]
Answers = Callable[[Floats], Floats]
"""A model: rows of shape (n, n_features) to answers of shape (n,)."""

_EDGES = (0.0, -0.0, ZERO, -ZERO, math.nextafter(ZERO, 1), math.nextafter(-ZERO, -1), 5e-324, -5e-324, 1e-40)
_EXTREMES = (*_EDGES, 1e308, -1e308, math.inf, -math.inf, math.nan)
_MAX_REPLAY = 256


@dataclass(frozen=True, slots=True)
class _Probe:
    where: str
    rows: Floats
    varied: list[int | None]  # the feature that each row is about


def compare(ensemble: Ensemble, names: tuple[str, ...], own: Answers, exported: Answers, sample: Floats) -> int:
    """Compare two models on every probing row.

    Parameters
    ----------
    ensemble : Ensemble
        The model's trees, whose splits are probed.
    names : tuple of str
        The features' names, for the error.
    own, exported : callable
        LightGBM's answers, and the exported model's.
    sample : ndarray, shape (n, n_features)
        Rows as the model will meet them.

    Returns
    -------
    int
        The number of rows compared.

    Raises
    ------
    ModelMismatch
        At the first row on which they part by more than :data:`~pyrt.strategy.model.TOLERANCE`.
    """
    count = 0
    for probe in _probes(ensemble, sample):
        expected, got = own(probe.rows), exported(probe.rows)
        for row, (one, other) in enumerate(zip(expected.tolist(), got.tolist(), strict=True)):
            if not agrees(one, other):
                raise _mismatch(probe, row, names, own, exported)
        count += len(probe.rows)
    return count


def replay_rows(ensemble: Ensemble, own: Answers, sample: Floats) -> tuple[Replay, ...]:
    """Choose the rows that travel with the model: some of the sample, each feature at a split, above it, and NaN.

    The split is one where the answer changes, if there is one; a feature that no tree uses has no rows.
    """
    chosen: list[tuple[Floats, int | None]] = [(row, None) for row in sample[:: max(1, len(sample) // 4)][:4]]
    for feature in range(sample.shape[1]):
        chosen.extend((row, feature) for row in _telling_rows(ensemble, own, sample, feature))
    rows = np.array([row for row, _ in chosen[:_MAX_REPLAY]])
    answers = own(rows).tolist()
    return tuple(
        Replay(tuple(row.tolist()), answer, feature)
        for (row, feature), answer in zip(chosen[:_MAX_REPLAY], answers, strict=True)
    )


def _probes(ensemble: Ensemble, sample: Floats) -> Iterator[_Probe]:
    for number, tree in enumerate(ensemble.trees):
        parts = []
        varied: list[int | None] = []
        for node, row in rows_at_nodes(tree, sample):
            threshold, feature = float(tree.threshold[node]), int(tree.feature[node])
            values = (
                math.nextafter(threshold, -math.inf),
                threshold,
                math.nextafter(threshold, math.inf),
                math.nan,
                0.0,
            )
            parts.append(_varied(row, feature, values))
            varied += [feature] * len(values)
        if parts:
            yield _Probe(f"at the splits of tree {number}", np.concatenate(parts), varied)
    for feature in range(sample.shape[1]):
        rows = _varied(sample[feature % len(sample)], feature, _EXTREMES)
        yield _Probe("at zeros and extremes", rows, [feature] * len(rows))
    yield _Probe("with every value missing", np.full((1, sample.shape[1]), math.nan), [None])
    yield _Probe("in the sample", sample, [None] * len(sample))


def _varied(row: Floats, feature: int, values: tuple[float, ...]) -> Floats:
    rows = np.tile(row, (len(values), 1))
    rows[:, feature] = values
    return rows


def _telling_rows(ensemble: Ensemble, own: Answers, sample: Floats, feature: int) -> list[Floats]:
    rows: Floats = np.empty((0, sample.shape[1]))
    for tree in ensemble.trees:
        for node, row in rows_at_nodes(tree, sample):
            if tree.feature[node] == feature:
                threshold = float(tree.threshold[node])
                rows = _varied(row, feature, (threshold, math.nextafter(threshold, math.inf), math.nan))
                answers = own(rows)
                if answers[0] != answers[1]:
                    return list(rows)
    return list(rows)


def _mismatch(probe: _Probe, row: int, names: tuple[str, ...], own: Answers, exported: Answers) -> ModelMismatch:
    values = probe.rows[row]
    expected, got = float(own(values[None])[0]), float(exported(values[None])[0])
    feature = probe.varied[row]
    if feature is None:
        feature = _suspect(values, own, exported)
    name = "several features" if feature is None else f"{names[feature]} = {float(values[feature])!r}"
    return ModelMismatch(
        f"model: the exported model answers {got!r} where LightGBM answers {expected!r}, for {name} "
        f"{probe.where} (row {row}: {values.tolist()}); it was not written",
        feature=None if feature is None else names[feature],
        row=tuple(values.tolist()),
        expected=expected,
        got=got,
    )


def _suspect(values: Floats, own: Answers, exported: Answers) -> int | None:
    """Find a feature without whose value the two models agree."""
    for feature in range(values.size):
        without = _varied(values, feature, (math.nan,))
        if agrees(float(own(without)[0]), float(exported(without)[0])):
            return feature
    return None
