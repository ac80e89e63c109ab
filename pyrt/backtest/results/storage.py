"""Results on the disk: a folder of Parquet tables that anything reads, and one file of words and numbers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ... import __version__
from ...errors import DataError, InputError, MissingPiece

__all__ = [
    "MAJOR",
    "MINOR",
    "class_of",
    "column_of",
    "read_result",
    "read_words",
    "records_of",
    "write_result",
    "write_results",
]

MAJOR, MINOR = 1, 0
"""Of the folder's layout: a reader refuses another major, and ignores what a newer minor adds."""

WORDS = "result.json"
Columns = Mapping[str, npt.NDArray[Any]]


def write_result(path: Path, kind: str, tables: Mapping[str, Any], words: Mapping[str, Any]) -> Path:
    """Write a result: whole or not at all.

    Parameters
    ----------
    path : Path
        A folder: a new one, or one that holds a result, which is replaced.
    kind : str
        Name of the result's class.
    tables : mapping of str to structured array or mapping of arrays
        A file each; fields of type void are left out.
    words : mapping
        What fits into JSON, without loss.

    Raises
    ------
    InputError
        If there is something else at that path.
    """
    parquet, _ = _arrow()
    if path.exists() and not (path / WORDS).is_file():
        raise InputError(f"path: {path} is there and holds no result; name a new folder")
    fresh, old = path.with_name(f".{path.name}.new"), path.with_name(f".{path.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, columns in tables.items():
        parquet.write_table(_table_of(columns), fresh / f"{name}.parquet", compression="zstd")
    head = {"format": "pyrt result", "major": MAJOR, "minor": MINOR, "kind": kind, "pyrt": __version__}
    (fresh / WORDS).write_text(json.dumps({**head, **words}, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    if path.exists():
        path.rename(old)
    fresh.rename(path)
    shutil.rmtree(old, ignore_errors=True)
    return path


def read_result(path: Path, kind: str, names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a result's tables (of Arrow) and words.

    Raises
    ------
    DataError
        If the folder holds no result, one of another kind or of another major version, or not all of it.
    """
    parquet, arrow = _arrow()
    try:
        words = json.loads((path / WORDS).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{path}: holds no result: there is no {WORDS} in it") from None
    except ValueError as error:
        raise DataError(f"{path / WORDS}: cannot be read: {error}") from None
    if not isinstance(words, dict) or words.get("format") != "pyrt result":
        raise DataError(f"{path / WORDS}: is not of a result")
    if words.get("major") != MAJOR:
        raise DataError(
            f"{path}: was written in version {words.get('major')}.{words.get('minor')} of the layout (pyrt "
            f"{words.get('pyrt')}), this pyrt reads {MAJOR}"
        )
    if words.get("kind") != kind:
        raise DataError(f"{path}: holds a result of kind {words.get('kind')}, not {kind}; load it with that class")
    tables = {}
    for name in names:
        file = path / f"{name}.parquet"
        try:
            tables[name] = parquet.read_table(file)
        except FileNotFoundError:
            raise DataError(f"{file}: is missing, the result is not whole") from None
        except (arrow.ArrowInvalid, OSError) as error:
            raise DataError(f"{file}: cannot be read as Parquet: {error}") from None
    return tables, words


def write_results(path: Path, file: str, results: Mapping[str, Any], words: Mapping[str, Any]) -> Path:
    """Write results that belong together: a folder each in one folder, by name, and a file that says what they are."""
    path.mkdir(parents=True, exist_ok=True)
    for name, result in results.items():
        result.save(path / name)
    (path / file).write_text(json.dumps(words), encoding="utf-8")
    return path


def read_words(path: Path, file: str, what: str, *needed: str) -> dict[str, Any]:
    """Read the file that :func:`write_results` has written; DataError if it is not there, or not whole."""
    try:
        words = json.loads((path / file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: holds no {what}: {error}") from None
    if not isinstance(words, dict) or not words or not words.keys() >= set(needed):
        raise DataError(f"{path}: holds no {what}: {file} has not {', '.join(needed) or 'names and kinds'}")
    return words


def class_of(kind: Any, path: Path) -> Any:
    """Return the class of a kind of result; DataError if there is none of that name."""
    from ..bars.result import BarResult
    from .event_result import EventResult
    from .result import Result

    kinds = {one.__name__: one for one in (Result, EventResult, BarResult)}
    if not isinstance(kind, str) or kind not in kinds:
        raise DataError(f"{path}: holds results of kind {kind!r}, this pyrt reads {', '.join(kinds)}")
    return kinds[kind]


def column_of(table: Any, name: str, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return a column of an Arrow table as an array of its own."""
    if name not in table.column_names:
        raise DataError(f"column {name!r} is missing among {', '.join(table.column_names)}")
    return np.array(table.column(name).to_numpy(), dtype)


def records_of(table: Any, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """Return an Arrow table as records; fields of type void are zero."""
    records = np.zeros(table.num_rows, dtype)
    for name, (kind, *_) in (dtype.fields or {}).items():
        if kind.kind != "V":
            records[name] = column_of(table, name, kind)
    return records


def _table_of(columns: Any) -> Any:
    import pyarrow as pa

    if isinstance(columns, np.ndarray):
        fields = columns.dtype.fields or {}
        columns = {name: columns[name] for name, (kind, *_) in fields.items() if kind.kind != "V"}
    made = {}
    for name, column in columns.items():
        array = pa.array(np.ascontiguousarray(column))
        made[name] = array.cast(pa.timestamp("ns", tz="UTC")) if column.dtype.kind == "M" else array
    return pa.table(made)


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingPiece("results are kept as Parquet, which needs pyarrow: pip install pyarrow") from error
    return parquet, pa
