"""Bars in Parquet files, read some at a time: they may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError, InputError
from .bars import Bars, check_bars
from .events.files import opened, paths_of
from .ingest import BAR_NAMES, SYMBOL_NAMES, find_column, load_bars, refuse_several_symbols

__all__ = ["BarFiles", "BarTape"]

AT_ONCE = 1 << 18
"""Bars that are looked at at a time before a run."""


@dataclass(frozen=True)
class BarTape:
    """The bars of one instrument, in files that follow one another.

    Parameters
    ----------
    name : str
        The instrument.
    paths : tuple of Path
        Sorted by time, one after the other.
    stamp, period
        As for :func:`pyrt.data.load_bars`.
    """

    name: str
    paths: tuple[Path, ...]
    stamp: Any = None
    period: Any = None

    def batches(self, rows: int) -> Iterator[Bars]:
        """Yield the bars from the first one on, checked, at most so many at a time.

        Raises
        ------
        DataError
            If a file cannot be read, has not the columns, several symbols, or bars that cannot be; names file and row.
        """
        last, symbols = -(2**63), list[Any]()
        for path in self.paths:
            at = 0
            with opened(path) as file:
                columns = [name for name in file.schema_arrow.names if name.strip().lower() in BAR_NAMES]
                by_name = {name.strip().lower(): name for name in columns}
                symbol = find_column(by_name, SYMBOL_NAMES)
                for batch in file.iter_batches(rows, columns=columns):
                    if not batch.num_rows:
                        continue
                    where = f"{path}, from row {at} on"
                    try:
                        table = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in columns}
                        bars = check_bars(load_bars(table, stamp=self.stamp, period=self.period))
                        if symbol is not None:
                            symbols = [*symbols[:1], batch.column(by_name[symbol])[0].as_py()]
                            refuse_several_symbols({symbol: symbols})
                    except (DataError, InputError) as error:
                        raise type(error)(f"{where}: {error}") from None
                    if bars.time[0] <= last:
                        raise DataError(f"{where}: its time is not later than the row before; sort and deduplicate")
                    last, at = int(bars.time[-1]), at + len(bars)
                    yield bars


@dataclass(frozen=True)
class Scanned:
    """What the files of an instrument hold: how many bars, from when to when, and how long one is, ns."""

    count: int
    first: int
    last: int
    period: int


class BarFiles:
    """Bars of one or several instruments in Parquet files.

    Parameters
    ----------
    paths : path, sequence of path, or mapping of str to either
        Of one instrument, or of several by name.
    stamp, period : optional
        As for :func:`pyrt.data.load_bars`.

    Raises
    ------
    DataError, InputError, DTypeError
        If files are not there.
    """

    def __init__(self, paths: Any, alone: str, *, stamp: Any = None, period: Any = None) -> None:
        given = paths if isinstance(paths, Mapping) else {alone: paths}
        if not given:
            raise InputError("paths: name at least one file")
        for name in given:
            if not isinstance(name, str) or not name:
                raise InputError(f"paths: names of instruments must be text, got {name!r}")
        self.tapes = tuple(BarTape(name, tuple(paths_of(some)), stamp, period) for name, some in given.items())
        for tape in self.tapes:
            for path in tape.paths:
                if not path.exists():
                    raise DataError(f"{path}: there is no such file")

    @property
    def names(self) -> tuple[str, ...]:
        """The instruments."""
        return tuple(tape.name for tape in self.tapes)

    def scan(self) -> tuple[Scanned, ...]:
        """Read all bars once, and check them; DataError for files without rows."""
        return tuple(_scanned(tape) for tape in self.tapes)


def _scanned(tape: BarTape) -> Scanned:
    count, first, last, period = 0, 0, None, 0
    for bars in tape.batches(AT_ONCE):
        times: npt.NDArray[np.int64] = bars.time if last is None else np.append(last, bars.time)
        first = int(bars.time[0]) if last is None else first
        if len(times) > 1:
            shortest = int(np.diff(times).min())
            period = min(period, shortest) if period else shortest
        count, last = count + len(bars), int(bars.time[-1])
    if last is None:
        raise DataError(f"{tape.name}: its files have no rows")
    return Scanned(count, first, last, period)
