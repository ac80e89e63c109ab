"""Parquet files of events, read a stretch at a time: they may be larger than memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..._validate import choice
from ...errors import DataError, DTypeError, InputError, MissingPiece
from ...types import EVENT, Events, Instrument
from .tables import KINDS, Layout, joined, layout_of, merged, records_of, row_of, whole_messages

__all__ = ["ParquetSource", "opened", "paths_of"]

READ_BUFFER = 1 << 20
"""Bytes of a column that are read at a time: a row group may be as large as the file."""

AT_ONCE = 1 << 16
"""Rows that are read to find one."""


def opened(path: Path) -> Any:
    """Open a Parquet file; DataError if it is not there or is none."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingPiece("reading Parquet files needs pyarrow: pip install pyarrow") from error
    try:
        return parquet.ParquetFile(path, buffer_size=READ_BUFFER, pre_buffer=False)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path}: cannot be read as Parquet: {error}") from None


class Part:
    """One file, or the part of one, of an instrument or of several."""

    def __init__(self, path: Path, row: int | None, kind: str | None) -> None:
        self.path, self.row = path, row
        with opened(self.path) as file:
            self.count = int(file.metadata.num_rows)
            names = list(file.schema_arrow.names)
            self.groups = [int(file.metadata.row_group(g).num_rows) for g in range(file.metadata.num_row_groups)]
        lower = {name.strip().lower(): name for name in names}
        self.layout: Layout = layout_of(list(lower), kind, str(path))
        self.columns = {name: lower[name] for name in self.layout.names.values()}

    def chunks(self, rows: int, start: int, instruments: Sequence[Instrument]) -> Iterator[Events]:
        """Yield its records from a row on."""
        first = 0
        while first < len(self.groups) and start >= self.groups[first]:
            start -= self.groups[first]
            first += 1
        if first == len(self.groups):
            return
        at = sum(self.groups[:first])
        with opened(self.path) as file:
            wanted = range(first, len(self.groups))
            for batch in file.iter_batches(rows, row_groups=wanted, columns=list(self.columns.values())):
                skipped = min(start, batch.num_rows)
                start -= skipped
                if batch.num_rows > skipped:
                    where = f"{self.path}, from row {at + skipped} on"
                    yield self._records(batch.slice(skipped), instruments, where)
                at += batch.num_rows

    def _records(self, batch: Any, instruments: Sequence[Instrument], where: str) -> Events:
        columns = {name: batch.column(key).to_numpy(zero_copy_only=False) for name, key in self.columns.items()}
        return records_of(columns, self.layout, instruments, row=self.row, where=where)

    def time_at(self, row: int, instruments: Sequence[Instrument]) -> int:
        """Return when a row was received."""
        return int(next(self.chunks(AT_ONCE, row, instruments))["words"][0, 0])


class ParquetSource:
    """Events in Parquet files; an :class:`~pyrt.data.events.sources.EventSource`.

    Parameters
    ----------
    paths : path, sequence of path, or mapping of str to either
        Files, each sorted by time: one after the other in the order given (a pattern such as ``"trades-*.parquet"`` in
        that of their names), or merged by time: a sequence by the name or symbol of an instrument, or such a sequence
        by kind, ``{"BTC-USDT": {"trades": ..., "quotes": ...}}``. Columns are those of
        :func:`~pyrt.data.events.tables.events_from`.
    instruments : sequence of Instrument
        What the records' ``instrument`` is a row of.
    kind : {"trades", "quotes", "deltas", "orders"}, optional
        What the rows are; by the columns unless given.

    Raises
    ------
    DataError
        If a file is not there, cannot be read, or has not the columns; if there are no rows.
    """

    def __init__(self, paths: Any, instruments: Sequence[Instrument], kind: str | None = None) -> None:
        self.instruments = tuple(instruments)
        self._tapes = [
            [Part(path, row, what) for path in paths_of(some)]
            for row, what, some in _given(paths, self.instruments, kind)
        ]
        self.count = sum(part.count for tape in self._tapes for part in tape)
        if not self.count:
            raise DataError("data: the files have no rows")

    @property
    def kinds(self) -> set[str]:
        """What the rows are, as far as the columns say it: those of a column ``kind`` are not read for this."""
        return {part.layout.kind for tape in self._tapes for part in tape}

    @cached_property
    def span(self) -> tuple[int, int]:
        """When the first and the last record is received, ns UTC."""
        some = [[part for part in tape if part.count] for tape in self._tapes]
        firsts = [tape[0].time_at(0, self.instruments) for tape in some if tape]
        return min(firsts), max(self._lasts)

    @property
    def ends(self) -> dict[int, int]:
        """When the last record of each instrument is, where each has a tape of its own."""
        ends: dict[int, int] = {}
        some = [tape for tape in self._tapes if any(part.count for part in tape)]
        for tape, last in zip(some, self._lasts, strict=True):
            if tape[0].row is not None:
                ends[tape[0].row] = max(last, ends.get(tape[0].row, last))
        return ends

    @cached_property
    def _lasts(self) -> list[int]:
        some = [[part for part in tape if part.count] for tape in self._tapes]
        return [tape[-1].time_at(tape[-1].count - 1, self.instruments) for tape in some if tape]

    def chunks(self, rows: int, start: int = 0) -> Iterator[Events]:
        """Yield the records from row `start` on; ``stamp`` is the row. What is merged is read from the begin."""
        if len(self._tapes) == 1:
            at, found = start, _tape(self._tapes[0], rows, start, self.instruments)
        else:
            at, found = 0, _merged([_tape(tape, rows // len(self._tapes), 0, self.instruments) for tape in self._tapes])
        for events in found:
            part = events[max(0, start - at) :] if at < start else events
            events["stamp"] = np.arange(at, at + len(events))
            at += len(events)
            if len(part):
                yield part

    def fingerprint(self) -> str:
        """Return a SHA-256 of the files' names, sizes and times of change."""
        facts = [(str(p.path), p.row, p.path.stat().st_size, p.path.stat().st_mtime_ns) for t in self._tapes for p in t]
        return hashlib.sha256(repr(facts).encode()).hexdigest()


def _given(
    paths: Any, instruments: Sequence[Instrument], kind: str | None
) -> Iterator[tuple[int | None, str | None, Any]]:
    """Yield of each tape its instrument and its kind, where they are known, and its files."""
    if not isinstance(paths, Mapping):
        yield None, kind, paths
        return
    for name, some in paths.items():
        row = row_of(str(name), instruments)
        if not isinstance(some, Mapping):
            yield row, kind, some
            continue
        for what, files in some.items():
            yield row, choice(what, f"paths[{name!r}]", KINDS), files


def paths_of(given: Any) -> list[Path]:
    """Return the files that a path, a pattern or a list of them names, in their order."""
    if isinstance(given, (str, os.PathLike)):
        path = Path(given)
        if any(sign in path.name for sign in "*?["):
            found = sorted(path.parent.glob(path.name))
            if not found:
                raise DataError(f"{path}: no file has such a name")
            return found
        return [path]
    if not isinstance(given, Sequence):
        raise DTypeError(f"paths: must be a path, a list of them, or a dict by instrument, got {type(given).__name__}")
    if not given:
        raise InputError("paths: name at least one file")
    return [path for one in given for path in paths_of(one)]


def _tape(parts: Sequence[Part], rows: int, start: int, instruments: Sequence[Instrument]) -> Iterator[Events]:
    """Yield the records of files that follow one another."""
    found = _in_turn(parts, rows, start, instruments)
    return whole_messages(found) if all(part.layout.ends_by_time for part in parts) else found


def _in_turn(parts: Sequence[Part], rows: int, start: int, instruments: Sequence[Instrument]) -> Iterator[Events]:
    last = -(2**63)
    for part in parts:
        if start >= part.count:
            start -= part.count
            continue
        for events in part.chunks(max(1, rows), start, instruments):
            if events["words"][0, 0] < last:
                raise DataError(
                    f"{part.path}: goes back behind {np.datetime64(last, 'ns')}, which came before it; give files in "
                    "the order of time, those of several instruments as a dict"
                )
            last = int(events["words"][-1, 0])
            yield events
        start = 0


def _merged(tapes: Sequence[Iterator[Events]]) -> Iterator[Events]:
    """Merge by time: of equal times, tape by tape.

    What is earlier than the last known time of every tape that goes on is complete, and given away.
    """
    rests: list[Events] = [np.zeros(0, EVENT)] * len(tapes)
    running = [True] * len(tapes)
    wanting = list(range(len(tapes)))
    while True:
        for k in wanting:
            more = next(tapes[k], None)
            running[k] = more is not None
            if more is not None:
                rests[k] = joined([rests[k], more]) if len(rests[k]) else more
        known = [int(rest["words"][-1, 0]) if going else 2**63 - 1 for rest, going in zip(rests, running, strict=True)]
        cut = min(known)
        if not any(running):
            places = [len(rest) for rest in rests]
        else:
            places = [int(np.searchsorted(rest["words"][:, 0], cut)) for rest in rests]
        parts = [rest[:place] for rest, place in zip(rests, places, strict=True)]
        rests = [rest[place:] for rest, place in zip(rests, places, strict=True)]
        if sum(places):
            yield merged(parts)
        if not any(running):
            return
        wanting = [k for k, time in enumerate(known) if time == cut and running[k]]
