"""A session's journal as what its strategies were told and what they asked for, as ``pyrt-engine convert`` writes it.

``proto/CONTAINER.md`` (A journal as records) is the specification.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._engine import ask_engine
from ...data.recordings import read_recording
from ...errors import DataError
from ...types import Events, Instrument

__all__ = ["SAID", "Code", "Heard", "Telling", "ToldStrategy", "read_telling", "tell"]

SAID = np.dtype(
    [
        ("row", "<u8"),
        ("time", "<i8"),
        ("strategy", "<u2"),
        ("code", "<u2"),
        ("asked", "<u2"),
        ("_padding", "V2"),
        ("record", "V128"),
    ]
)
"""Something that was asked for or decided: row (of the record that led to it), time (ns UTC), strategy (its number),
code (a :class:`Code`), asked (1: the strategy did, 0: the engine), record (a COMMAND, an order update or a signal)."""


class Code(IntEnum):
    """What was decided."""

    NOTHING = 0
    """Of a cancel that was asked for: the order had ended, or the venue could not be told then."""
    SENT = 1
    REFUSED = 2
    SIGNAL = 3
    STOPPED = 4


class Heard(IntEnum):
    """Kinds of records beside those of :class:`pyrt.types.Kind`."""

    PASSED = 10
    UPDATE_TAKEN = 11
    FILL_TAKEN = 12
    STANDING = 13
    PARAMETER = 14
    HISTORY = 15
    LEDGER = 16
    HEARD = 17


@dataclass(frozen=True, slots=True)
class ToldStrategy:
    """A strategy of a session: as it was configured, built and started."""

    number: int
    name: str
    code: str
    class_name: str
    source_hash: str
    enabled: bool
    rows: tuple[int, ...]
    parameters: Mapping[str, float | int | bool]
    cash: int
    """Of its ledger, 10^-18, as an earlier session left it."""
    holdings: tuple[tuple[int, ...], ...]
    """The same of its positions by slot: lots, cost, realized P&L and fees."""


@dataclass(frozen=True, eq=False)
class Telling:
    """A session as its strategies lived through it.

    Attributes
    ----------
    records : ndarray of EVENT
        What they were told, in order.
    said : ndarray of SAID
        What they asked for and what was decided, as the journal has it.
    instruments : tuple of Instrument
        By row.
    strategies : tuple of ToldStrategy
        By number.
    run : int
        Number of the session's start, second part of its order ids.
    cash : int
        Of each strategy's ledger at the start, 10^-18.
    updates : tuple of (str, float)
        Parameters that were changed, in order, and their values from then on.
    stops : mapping of int to str
        Why strategies were stopped, by place in `said`.
    """

    records: Events
    said: npt.NDArray[np.void]
    instruments: tuple[Instrument, ...]
    strategies: tuple[ToldStrategy, ...]
    run: int
    cash: int
    updates: tuple[tuple[str, float], ...]
    stops: Mapping[int, str]


def tell(
    journal: str | os.PathLike[str],
    config: str | os.PathLike[str] | None = None,
    settings: Sequence[str] = (),
) -> Telling:
    """Turn a session's journal into a telling: the engine decides it again, compares, and writes down what it told.

    Parameters
    ----------
    journal : path
        ``NAME.pyrt``, the first file of the session.
    config : path, optional
        The configuration that the session ran with.
    settings : sequence of str
        More options of the engine, such as ``["--set", "engine.name=paper"]``.

    Raises
    ------
    DataError
        If the journal cannot be used, or is not decided again to the same; with the engine's words.
    MissingPiece
        Without an engine.
    """
    if not Path(journal).is_file():
        raise DataError(f"{journal}: there is no such file")
    with tempfile.TemporaryDirectory(prefix="pyrt-journal-") as folder:
        made = Path(folder) / "told.npy"
        given = ["--config", config] if config else []
        answer = ask_engine("convert", "--told", journal, "-o", made, *given, *settings)
        if answer.status:
            raise DataError(answer.complaint)
        return read_telling(made)  # the mapping outlives the file's name


def read_telling(path: str | os.PathLike[str]) -> Telling:
    """Read ``NAME.npy`` with ``NAME.decisions.npy`` and ``NAME.json`` beside it.

    Raises
    ------
    DataError
        If the files are not what they must be; names the file.

    Examples
    --------
    >>> read_telling("nowhere.npy")
    Traceback (most recent call last):
    pyrt.errors.DataError: nowhere.npy: there is no such file
    """
    source = Path(path)
    records, instruments = read_recording(source)
    beside, table = source.with_suffix(".decisions.npy"), source.with_suffix(".json")
    try:
        said = np.load(beside)
        session = json.loads(table.read_text(encoding="utf-8"))["session"]
        strategies = tuple(_strategy(row) for row in session["strategies"])
        stops = {int(stop["said"]): str(stop["reason"]) for stop in session["stops"]}
        updates = tuple((str(name), float(value)) for name, value in session["updates"])
        run, cash = int(session["run"]), int(session["cash"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{source}: {beside.name} and {table.name} are not of a journal: {error!r}") from None
    if said.dtype != SAID or said.ndim != 1:
        raise DataError(f"{beside}: holds {said.dtype} of shape {said.shape}, not what strategies said")
    return Telling(records, said, instruments, strategies, run, cash, updates, stops)


def _strategy(row: dict[str, Any]) -> ToldStrategy:
    parameters = {n: float(v) if isinstance(v, str) else v for n, v in row["parameters"].items()}  # "inf", "NaN"
    about = (row["number"], row["name"], row["code"], row["class"], row["source_hash"], row["enabled"])
    holdings = tuple(tuple(map(int, held)) for held in row["holdings"])
    return ToldStrategy(*about, tuple(row["instruments"]), parameters, int(row["cash"]), holdings)
