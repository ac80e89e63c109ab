"""Every error that pyrt raises on purpose: one tree, so that ``except pyrt.PyrtError`` catches them all.

An error says which argument or file it is about, what came, where (the first bad place), and what to do. Errors about
input are also ``ValueError`` or ``TypeError``, so code that does not know pyrt handles them as usual.
"""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "DTypeError",
    "DataError",
    "EngineError",
    "FeedError",
    "FeedNotFound",
    "FeedStale",
    "GridError",
    "InputError",
    "LayoutError",
    "MissingPiece",
    "ModelError",
    "ModelMismatch",
    "Overrun",
    "PyrtError",
]


class PyrtError(Exception):
    """Base of all errors of pyrt."""


class InputError(PyrtError, ValueError):
    """An argument has a value that cannot be used."""


class DTypeError(PyrtError, TypeError):
    """An argument is of a type that cannot be used."""


class DataError(InputError):
    """A data set is not what it must be: unsorted, duplicated, impossible prices, empty."""


class GridError(InputError):
    """A price or quantity is off its instrument's grid, or too large to be exact."""


class ConfigError(PyrtError, ValueError):
    """A configuration file has a key, value or range that cannot be used."""


class MissingPiece(PyrtError, RuntimeError):
    """Something that is built or installed apart is not there: the message carries the command that brings it."""


class EngineError(PyrtError, RuntimeError):
    """The engine's process refused, failed, or could not be started."""


class ModelError(PyrtError, ValueError):
    """A trained model cannot be exported, loaded or trusted."""


class ModelMismatch(ModelError):
    """Two implementations of one model disagree, so neither may trade.

    Attributes
    ----------
    feature : str or None
        The feature whose value decides; None if the cause is not a single feature.
    row : tuple of float
        The features' values at which they disagree.
    expected, got : float
        What the model itself says, and what the other implementation says.
    """

    def __init__(
        self, message: str, *, feature: str | None, row: tuple[float, ...], expected: float, got: float
    ) -> None:
        super().__init__(message)
        self.feature = feature
        self.row = row
        self.expected = expected
        self.got = got


class FeedError(PyrtError, RuntimeError):
    """Base of errors of the shared-memory feed."""


class FeedNotFound(FeedError, FileNotFoundError):
    """There is no shared-memory segment of that name."""


class FeedStale(FeedError):
    """The segment is there, but its engine has stopped."""


class LayoutError(FeedError):
    """The segment has another layout than this version of pyrt reads."""


class Overrun(FeedError):
    """The writer has passed the reader: records of a window may have been overwritten while it was in use.

    Attributes
    ----------
    lost : int
        Records that were overwritten before this reader was done with them.
    """

    def __init__(self, message: str, lost: int) -> None:
        super().__init__(message)
        self.lost = lost
