"""Recorded events as arrays: records and their instruments table, as ``pyrt-engine convert`` writes them."""

from __future__ import annotations

import json
import os
import tempfile
from bisect import bisect_left
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._engine import ask_engine
from .._validate import as_times
from ..errors import DataError, InputError
from ..grid import Grid
from ..types import EVENT, Events, Instrument, InstrumentKind

__all__ = ["Recording", "read_recording", "save_recording"]


class Recording(NamedTuple):
    """Events, sorted by (receive_time, stamp), and the instruments that their ``instrument`` is a row of."""

    events: Events
    instruments: tuple[Instrument, ...]

    def between(self, start: Any = None, end: Any = None) -> Recording:
        """Keep what was received from `start` on and before `end`; without copying.

        Books are made of changes: what begins in the middle has none until the venue's next snapshot.

        Parameters
        ----------
        start, end : datetime64 or int, optional
            Receive times, ns UTC; without one that side is open.

        Examples
        --------
        >>> tape = Recording(np.zeros(3, EVENT), ())
        >>> tape.events["words"][:, 0] = [1, 2, 3]
        >>> len(tape.between(2).events), len(tape.between(end=2).events), len(tape.between(2, 2).events)
        (2, 1, 0)
        """
        received: Any = self.events["words"][:, 0]  # of every kind that comes from a venue
        first, last = (
            side if time is None else bisect_left(received, int(as_times([time], name)[0]))
            for name, time, side in (("start", start, 0), ("end", end, len(received)))
        )
        return self._replace(events=self.events[first:last])


def read_recording(path: str | os.PathLike[str], *snapshots: str | os.PathLike[str]) -> Recording:
    """Read a recording: converted records as they lie on the disk, or a venue's frames through the engine.

    Parameters
    ----------
    path : path
        ``NAME.npy`` with ``NAME.json`` beside it, as ``pyrt-engine convert`` writes them (mapped, not read); or frames,
        which the engine converts: lines of ``recv_ts_ns<TAB>message``, plain or gzip, or what ``pyrt-engine run
        --record`` made (``.pyrt``, ``proto/RECORDING.md``).
    *snapshots : path
        More files of frames, merged by receive time, or of the same session.

    Returns
    -------
    Recording
        ``events`` (read-only EVENT records) and ``instruments``.

    Raises
    ------
    DataError
        If the files are not what they must be; names the file.
    MissingPiece
        For frames without an engine; says how to build it.

    Examples
    --------
    >>> read_recording("nowhere.npy")
    Traceback (most recent call last):
    pyrt.errors.DataError: nowhere.npy: there is no such file
    """
    source = Path(path)
    if not source.exists():
        raise DataError(f"{source}: there is no such file")
    if source.suffix == ".npy":
        return _converted(source)
    with tempfile.TemporaryDirectory(prefix="pyrt-") as folder:
        made = Path(folder) / "records.npy"
        answer = ask_engine("convert", source, *snapshots, "-o", made)
        if answer.status:
            raise DataError(answer.complaint)
        return _converted(made)  # the mapping outlives the file's name


def save_recording(path: str | os.PathLike[str], recording: Recording) -> Path:
    """Write a recording as ``pyrt-engine convert`` does: ``NAME.npy``, and the instruments table ``NAME.json`` beside.

    Parameters
    ----------
    path : path
        ``NAME.npy``.
    recording : Recording
        Its instruments must have grids.

    Returns
    -------
    Path
        `path`; :func:`read_recording` and the engine read it.

    Raises
    ------
    InputError
        If the name does not end with ``.npy``, or an instrument has no tick or lot.
    """
    made = Path(path)
    if made.suffix != ".npy":
        raise InputError(f"path: {made} must end with .npy")
    table = json.dumps({"records": len(recording.events), "instruments": [*map(_row, recording.instruments)]})
    partial = made.with_name(f"{made.name}.partial")  # the events may be mapped from the file that is written
    with partial.open("wb") as file:
        np.save(file, recording.events)
    partial.replace(made)
    made.with_suffix(".json").write_text(table, encoding="utf-8")
    return made


def _row(instrument: Instrument) -> dict[str, Any]:
    row: dict[str, Any] = {"id": instrument.id, "name": instrument.name, "symbol": instrument.symbol}
    for name, grid in (("tick", instrument.tick), ("lot", instrument.lot)):
        if grid is None:
            raise InputError(f"recording: {instrument.name} has no {name}, without which records cannot be matched")
        row[name] = {"mantissa": grid.mantissa, "exponent": grid.exponent}
    if instrument.kind != InstrumentKind.SPOT:
        row["kind"] = int(instrument.kind)
    return {**row, **instrument.details}


def _converted(path: Path) -> Recording:
    try:
        events: Any = np.load(path, mmap_mode="r")
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: cannot be read as .npy: {error}") from None
    if events.dtype != EVENT or events.ndim != 1:
        raise DataError(f"{path}: holds {events.dtype} of shape {events.shape}, not EVENT records in one dimension")
    table = path.with_suffix(".json")
    try:
        rows = json.loads(table.read_text(encoding="utf-8"))["instruments"]
        instruments = tuple(_instrument(row) for row in rows)
    except FileNotFoundError:
        raise DataError(f"{table}: the instruments table of {path.name} is missing; it lies beside it") from None
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{table}: is no instruments table: {error!r}") from None
    if [i.id for i in instruments] != list(range(len(instruments))):
        raise DataError(f"{table}: ids must be 0, 1, 2 … in order")
    return Recording(events, instruments)


def _instrument(row: dict[str, Any]) -> Instrument:
    tick, lot = row["tick"], row["lot"]
    return Instrument(
        row["name"],
        tick=Grid(tick["mantissa"], tick["exponent"]),
        lot=Grid(lot["mantissa"], lot["exponent"]),
        symbol=row.get("symbol", ""),
        id=row["id"],
        kind=InstrumentKind(row.get("kind", InstrumentKind.SPOT)),
        details={key: float(row.get(key, default)) for key, default in _DETAILS.items()},
    )


_DETAILS = {"multiplier": 1.0, "min_qty": 0.0, "min_notional": 0.0}
