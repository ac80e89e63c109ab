"""Inference: a model file, checked when it is loaded, asked one row at a time. The engine's ``signals`` must match it.

A model of pyrt is an ONNX file with one float64 input ``[N, n_features]``, one float64 output ``[N, 1]``, and a
:class:`ModelCard` in its metadata: what goes in, in which order, what comes out, and rows whose answers are known. They
are asked again whenever the model is loaded, here and in the engine.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._validate import as_floats
from ..errors import InputError, MissingPiece, ModelError, ModelMismatch

__all__ = ["METADATA_KEY", "TOLERANCE", "ModelCard", "OnnxModel", "Replay", "agrees", "check_columns", "load_model"]

Floats = npt.NDArray[np.float64]

METADATA_KEY = "pyrt.model"
"""Where the card lies in the file's ``metadata_props``."""

SCHEMA = 1
"""Version of the card. A reader refuses a newer one."""

TOLERANCE = 1e-12
"""How far two implementations of one model may part: absolute up to 1, relative above."""


def agrees(expected: float, got: float) -> bool:
    """Say whether two answers are one within :data:`TOLERANCE`. NaN agrees with nothing."""
    return expected == got or abs(got - expected) <= TOLERANCE * max(1.0, abs(expected))


@dataclass(frozen=True, slots=True)
class Replay:
    """A row whose answer is known.

    Parameters
    ----------
    row : tuple of float
        One value a feature; NaN is a missing value.
    expected : float
        What the trained model itself answers.
    probes : int or None
        The feature (by position) that this row is about: its value lies at a split, or is missing.
    """

    row: tuple[float, ...]
    expected: float
    probes: int | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model says about itself.

    Parameters
    ----------
    features, versions : tuple of str
        Names of the inputs in order, and the version of each feature's definition.
    output : str
        ``"probability"`` in [0, 1], or ``"score"``, any number.
    pyrt : str
        The version of pyrt that wrote the file.
    training_data : str, optional
        A hash or a name of the data that the model was trained on.
    replay : tuple of Replay
        Rows whose answers are known.
    """

    features: tuple[str, ...]
    versions: tuple[str, ...]
    output: str
    pyrt: str
    training_data: str | None = None
    replay: tuple[Replay, ...] = ()

    def to_json(self) -> str:
        """Write the card; numbers as the 16 hex digits of their bits, so that no digit is lost."""
        replay = [
            {"row": list(map(_hex, r.row)), "expected": _hex(r.expected), "probes": r.probes} for r in self.replay
        ]
        card = {
            "schema": SCHEMA,
            "pyrt": self.pyrt,
            "output": self.output,
            "features": [{"name": n, "version": v} for n, v in zip(self.features, self.versions, strict=True)],
            "training_data": self.training_data,
            "replay": replay,
        }
        return json.dumps(card, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """Read what :meth:`to_json` wrote; ModelError if it is something else."""
        try:
            raw = json.loads(text)
            if raw["schema"] > SCHEMA:
                raise ModelError(f"the model's card has schema {raw['schema']}, this pyrt reads {SCHEMA}; update pyrt")
            card = cls(
                features=tuple(f["name"] for f in raw["features"]),
                versions=tuple(f["version"] for f in raw["features"]),
                output=raw["output"],
                pyrt=raw["pyrt"],
                training_data=raw["training_data"],
                replay=tuple(
                    Replay(tuple(map(_float, r["row"])), _float(r["expected"]), r["probes"]) for r in raw["replay"]
                ),
            )
        except (KeyError, TypeError, ValueError, struct.error) as error:
            if isinstance(error, ModelError):
                raise
            raise ModelError(f"the model's card cannot be read: {error!r}; export the model again") from error
        width = len(card.features)
        for number, known in enumerate(card.replay):
            if len(known.row) != width or (known.probes is not None and not 0 <= known.probes < width):
                raise ModelError(
                    f"the model's card: replay row {number} does not fit {width} features; export it again"
                )
        return card


class OnnxModel:
    """A loaded model. It keeps buffers of its own: use one a thread.

    Parameters
    ----------
    source : bytes
        The ONNX file's content.
    name : str
        What errors call it: the path.

    Raises
    ------
    MissingPiece
        If onnxruntime is not installed.
    ModelError
        If this is not a model that pyrt wrote.
    ModelMismatch
        If a replay row is answered differently than when the model was exported.
    """

    def __init__(self, source: bytes, name: str = "model") -> None:
        self.name = name
        self._session = _open(source, name)
        card = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if card is None:
            raise ModelError(
                f"{name}: was not written by pyrt (no {METADATA_KEY!r} in its metadata); see pyrt.ml.onnx.export"
            )
        self.card = ModelCard.from_json(card)
        width = len(self.card.features)
        _check_shape(self._session, width, name)
        self._row = np.zeros((1, width))
        self._answer = np.zeros((1, 1))
        self._binding = _bind(self._session, self._row, self._answer)
        self._replay()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return self.card.features

    def predict(self, x: Any) -> Floats:
        """Answer rows, each by itself, exactly as the engine does.

        ONNX Runtime rounds the last bit of a sigmoid otherwise in a batch than in a single row, so a batch would not
        give what is traded.

        Parameters
        ----------
        x : array_like
            Shape (n_features,) or (n_rows, n_features). NaN is a missing value; infinities are allowed. A frame's
            columns must be the features, in order.

        Returns
        -------
        ndarray of float64
            Shape () or (n_rows,).

        Raises
        ------
        InputError
            If the number of features is another one, or a frame has other columns.
        ModelError
            If an answer is NaN.
        """
        check_columns(x, "x", self.features)
        rows = as_floats(x, "x", inf="allow", ndim=2 if np.ndim(x) == 2 else 1)
        if rows.shape[-1] != self._row.shape[1]:
            raise InputError(
                f"x: has {rows.shape[-1]} features, {self.name} takes {len(self.features)}: {', '.join(self.features)}"
            )
        answers = np.array([self.predict_row(row) for row in np.atleast_2d(rows)], dtype=np.float64)
        return answers.reshape(rows.shape[:-1])

    def predict_row(self, row: Floats) -> float:
        """Answer one row of float64, shape (n_features,), unchecked; ModelError if the answer is NaN."""
        self._row[0] = row
        self._session.run_with_iobinding(self._binding)
        answer = float(self._answer[0, 0])
        if math.isnan(answer):
            raise ModelError(f"{self.name}: the answer to {row.tolist()} is NaN; it is not a signal")
        return answer

    def _replay(self) -> None:
        for number, known in enumerate(self.card.replay):
            got = self.predict_row(np.array(known.row))
            if not agrees(known.expected, got):
                feature = None if known.probes is None else self.features[known.probes]
                raise ModelMismatch(
                    f"{self.name}: replay row {number} (probing {feature or 'no single feature'}) must give "
                    f"{known.expected!r}, got {got!r}; export the model again, or update onnxruntime",
                    feature=feature,
                    row=known.row,
                    expected=known.expected,
                    got=got,
                )


def check_columns(x: Any, name: str, features: tuple[str, ...]) -> None:
    """Refuse a frame whose columns are not the features in order: numbers alone would not tell."""
    columns = getattr(x, "columns", None)
    if columns is not None and tuple(columns) != features:
        raise InputError(f"{name}: has the columns {list(columns)}, the model takes {list(features)} in this order")


def load_model(path: str | Path) -> OnnxModel:
    """Load a model that :func:`pyrt.ml.onnx.export` wrote, and check that it still answers as it did then.

    Parameters
    ----------
    path : str or Path
        The ``.onnx`` file.

    Raises
    ------
    InputError
        If there is no such file.
    MissingPiece, ModelError, ModelMismatch
        As :class:`OnnxModel`; a file without replay rows is refused too.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no model {str(path)!r}; write it with pyrt.ml.onnx.export")
    model = OnnxModel(path.read_bytes(), str(path))
    if not model.card.replay:
        raise ModelError(f"{path}: has no replay rows, so it cannot be checked; export it again")
    return model


def _open(source: bytes, name: str) -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise MissingPiece("models need onnxruntime; get it with: pip install 'pyrt[ml]'") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3  # its errors are raised anyway
    for pool in ("intra_op", "inter_op"):
        options.add_session_config_entry(f"session.{pool}.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no public base class
        raise ModelError(f"{name}: ONNX Runtime cannot load it: {error}") from error


def _check_shape(session: Any, width: int, name: str) -> None:
    inputs = [(value.type, value.shape[1:]) for value in session.get_inputs()]
    outputs = [(value.type, value.shape[1:]) for value in session.get_outputs()]
    if inputs != [("tensor(double)", [width])] or outputs != [("tensor(double)", [1])]:
        raise ModelError(
            f"{name}: must have one input tensor(double) [N, {width}] and one output tensor(double) [N, 1], "
            f"has {inputs} and {outputs}"
        )


def _bind(session: Any, row: Floats, answer: Floats) -> Any:
    binding = session.io_binding()
    given, wanted = session.get_inputs()[0].name, session.get_outputs()[0].name
    binding.bind_input(given, "cpu", 0, np.float64, row.shape, row.ctypes.data)
    binding.bind_output(wanted, "cpu", 0, np.float64, answer.shape, answer.ctypes.data)
    return binding


def _hex(value: float) -> str:
    return struct.pack(">d", value).hex()


def _float(text: str) -> float:
    return float(struct.unpack(">d", bytes.fromhex(text))[0])
