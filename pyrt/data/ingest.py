"""Ingestion: whatever holds bars becomes :class:`Bars`. pandas, polars and pyarrow appear here and no further."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._validate import array_of, as_floats, as_times, choice
from ..errors import DataError, DTypeError, InputError, MissingPiece
from .bars import AS_GIVEN, MISSING_TIME, Bars

__all__ = [
    "BAR_NAMES",
    "SYMBOL_NAMES",
    "TIME_NAMES",
    "columns_of",
    "find_column",
    "length_in_words",
    "load_bars",
    "of_symbol",
    "period_ns",
    "refuse_several_symbols",
    "times_of",
]

TIME_NAMES = ("time", "timestamp", "datetime", "date", "ts")
PRICE_NAMES = {"open": ("open", "o"), "high": ("high", "h"), "low": ("low", "l"), "close": ("close", "c")}
VOLUME_NAMES = ("volume", "vol", "v")
SYMBOL_NAMES = ("symbol", "ticker", "instrument")
BAR_NAMES = frozenset(sum(PRICE_NAMES.values(), VOLUME_NAMES + TIME_NAMES + SYMBOL_NAMES))
"""Names of all columns that :func:`load_bars` looks at, in lower case."""

UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
# A capital M is a month to many, which has no fixed length: refused.
PERIOD = re.compile(r"([1-9]\d*)\s*(ns|us|ms|[sS]|m|min|[hH]|[dD]|[wW])")


def load_bars(data: Any, *, stamp: str | None = None, period: Any = None) -> Bars:
    """Read bars of one instrument from what holds them.

    Values are converted, not judged: :func:`check_bars` refuses and :func:`clean_bars` repairs.

    Parameters
    ----------
    data : Bars, DataFrame, mapping, structured array, or path
        pandas or polars DataFrame, pyarrow Table, dict of arrays, NumPy record array, or the path of a ``.parquet`` or
        ``.csv`` file. Columns open, high, low, close and, if there is one, volume, in any case, other columns ignored.
        Times are a DatetimeIndex or a column named time, timestamp, datetime, date or ts; naive ones are UTC, integers
        are nanoseconds.
    stamp : {"start", "end"}, optional
        Whether a time is when its bar began or ended. Inside pyrt a bar is stamped at its end, so "start" adds
        `period`. None: taken as they are, and said so.
    period : str, timedelta or timedelta64, optional
        Length of a bar, such as ``"1m"``, ``"4h"``, ``"1d"``; required with ``stamp="start"``.

    Returns
    -------
    Bars
        Arrays; NaN and missing times are kept.

    Raises
    ------
    DataError
        If a column is missing or twice there, if there are several symbols, or if integers cannot be nanoseconds.
    InputError, DTypeError
        If lengths differ or a column is no number.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> price = [1.0, 2.0]
    >>> load_bars({"Date": np.array(["2024-01-02", "2024-01-03"], "datetime64[D]"),
    ...            "Open": price, "High": price, "Low": price, "Close": price})
    <Bars: 2 rows, 2024-01-02 to 2024-01-03, no volume>
    """
    bars = data if isinstance(data, Bars) else _from_columns(columns_of(data))
    if stamp is None and period is None:
        return bars
    if bars.stamping != AS_GIVEN:
        raise InputError(f"stamp: these bars were stamped before ({bars.stamping}); leave stamp and period out")
    if period is not None:
        period = period_ns(period)
        _refuse_overlaps(bars, period)
    if stamp is None:
        raise InputError("stamp: say whether times are the 'start' or the 'end' of their bars when you give a period")
    if choice(stamp, "stamp", ("start", "end")) == "end":
        return replace(bars, stamping="times are the ends of bars")
    if period is None:
        raise InputError("period: needed with stamp='start', to know when a bar ends; give it as '1m', '1h' or '1d'")
    ends = np.where(bars.time == MISSING_TIME, MISSING_TIME, bars.time + period)
    return replace(
        bars, time=ends, stamping=f"times moved from the start of bars to their end, by {length_in_words(period)}"
    )


def period_ns(period: Any) -> int:
    """Convert a length of time to nanoseconds: ``"5m"``, a timedelta, a timedelta64 or an integer of nanoseconds.

    Examples
    --------
    >>> period_ns("1h") == period_ns(dt.timedelta(hours=1)) == period_ns(np.timedelta64(1, "h"))
    True
    """
    length: int | None = None
    if hasattr(period, "to_timedelta64"):  # pandas' own, which have nanoseconds
        period = period.to_timedelta64()
    if isinstance(period, str):
        match = PERIOD.fullmatch(period.strip())
        if match:
            unit = match[2].lower()
            length = int(match[1]) * (7 * UNITS["d"] if unit == "w" else UNITS["m" if unit == "min" else unit])
    elif isinstance(period, np.timedelta64):  # which is an integer to NumPy
        if np.datetime_data(period.dtype)[0] not in ("M", "Y"):
            length = int(period.astype("timedelta64[ns]").astype(np.int64))
    elif isinstance(period, dt.timedelta):
        length = (period.days * 86400 + period.seconds) * UNITS["s"] + period.microseconds * UNITS["us"]
    elif isinstance(period, (int, np.integer)) and not isinstance(period, bool):
        length = int(period)
    if length is None or length <= 0:
        raise InputError(f"period: must be a length of time such as '1m', '4h' or '1d', got {period!r}")
    return length


def _refuse_overlaps(bars: Bars, period: int) -> None:
    gaps = np.diff(bars.time)
    close = (gaps > 0) & (gaps < period)  # what is unsorted or repeated is for check_bars to name
    if close.any():
        row = int(close.argmax()) + 1
        step, asked = length_in_words(int(gaps[row - 1])), length_in_words(period)
        apart = f"it comes {step} after the row before, a period is {asked}"
        raise DataError(f"bars: row {row} ({bars.timestamps[row]}): {apart}; give the period that the bars have")


def length_in_words(length: int) -> str:
    """Write a length of time in the largest unit that it is a whole number of."""
    unit = max((u for u in UNITS if length % UNITS[u] == 0), key=UNITS.__getitem__)
    return f"{length // UNITS[unit]}{unit}"


def columns_of(data: Any) -> dict[str, Any]:
    """Name the columns of a frame, mapping, structured array or file, in lower case."""
    if isinstance(data, (str, os.PathLike)):
        data = _read(Path(data))
    if isinstance(data, np.ndarray):
        if data.dtype.names is None:
            raise DTypeError(f"data: an array needs named fields (open, high, low, close, time), got {data.dtype}")
        return _named((name, data[name]) for name in data.dtype.names)
    if isinstance(data, Mapping):
        return _named(data.items())
    if hasattr(data, "collect"):
        raise DTypeError("data: this is a lazy frame; call .collect() first")
    if hasattr(data, "column_names"):  # pyarrow
        return _named((name, data.column(name)) for name in data.column_names)
    if not hasattr(data, "columns") or not hasattr(data, "dtypes"):
        kind = type(data).__name__
        raise DTypeError(f"data: must be a DataFrame, a dict of arrays, a record array or a path, got {kind}")
    columns = _named((name, data[key]) for name, key in _frame_names(list(data.columns)))
    index = getattr(data, "index", None)
    if getattr(getattr(index, "dtype", None), "kind", "") == "M":
        columns["time"] = index
    return columns


def _frame_names(keys: list[Any]) -> list[tuple[Any, Any]]:
    """Pair each column's name with its key; a second level that names the one symbol is dropped."""
    if not keys or not all(isinstance(key, tuple) for key in keys):
        return [(key, key) for key in keys]
    symbols = sorted({str(key[1:]) for key in keys})
    if len(symbols) > 1:
        raise DataError(f"data: columns of {len(symbols)} symbols; choose one, such as frame.xs(..., axis=1, level=1)")
    return [(key[0], key) for key in keys]


def _read(path: Path) -> Any:
    """Read a file to an Arrow table: pandas would take longer to import than most files to read."""
    if not path.exists():
        raise FileNotFoundError(f"data: no file {path}")
    kind = path.suffix.lower()
    if kind not in {".parquet", ".csv"}:
        raise InputError(f"data: {path} must end in .parquet or .csv")
    try:
        import pyarrow as pa
        from pyarrow import csv, parquet
    except ImportError as error:
        raise MissingPiece("reading files needs pyarrow: pip install pyarrow") from error
    try:
        return parquet.read_table(path) if kind == ".parquet" else csv.read_csv(path)
    except pa.ArrowInvalid as error:
        raise DataError(f"data: {path} cannot be read as {kind[1:]}: {error}") from error


def _named(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, column in pairs:
        key = str(name).strip().lower()
        if key in columns:
            raise DataError(f"data: two columns are named {key!r} but for case; drop or rename one")
        columns[key] = column
    return columns


def _from_columns(columns: dict[str, Any]) -> Bars:
    refuse_several_symbols(columns)
    found = {name: find_column(columns, names) for name, names in PRICE_NAMES.items()}
    missing = [name for name, key in found.items() if key is None]
    if missing:
        raise DataError(
            f"data: no column {', '.join(missing)} among {', '.join(columns) or 'none at all'}; bars need open, high, "
            "low and close (with closes alone, give them as all four and use fill='close')"
        )
    time = find_column(columns, TIME_NAMES)
    if time is None:
        raise DataError(f"data: no time; give a DatetimeIndex or a column named {', '.join(TIME_NAMES)}")
    prices = {name: as_floats(columns[key], key, inf="allow") for name, key in found.items() if key is not None}
    volume = find_column(columns, VOLUME_NAMES)
    volumes = as_floats(columns[volume], volume, inf="allow") if volume is not None else None
    opens, highs, lows, closes = (prices[name] for name in PRICE_NAMES)
    return Bars(times_of(columns[time], time), opens, highs, lows, closes, volumes)


def find_column(columns: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """Return the first of some names that there is a column of."""
    return next((name for name in names if name in columns), None)


def of_symbol(columns: dict[str, Any], symbol: str) -> dict[str, Any]:
    """Return the rows of one symbol of columns that hold several."""
    name = find_column(columns, SYMBOL_NAMES)
    if name is None:
        raise DataError(f"symbol: there is no column {' or '.join(SYMBOL_NAMES)} among {', '.join(columns)}")
    mask = np.asarray(columns[name]) == symbol
    if not mask.any():
        known = sorted({str(one) for one in np.asarray(columns[name])})
        raise DataError(f"symbol: no row has {symbol!r}; there are {', '.join(known[:20])}")
    return {key: _rows_of(column, mask) for key, column in columns.items()}


def _rows_of(column: Any, mask: npt.NDArray[np.bool_]) -> Any:
    """Return some rows of a column of pandas, of polars or pyarrow, or of anything that NumPy takes."""
    if hasattr(column, "iloc") or isinstance(column, np.ndarray):
        return column[mask]
    return column.filter(mask) if hasattr(column, "filter") else np.asarray(column)[mask]


def refuse_several_symbols(columns: dict[str, Any]) -> None:
    """Refuse data of more than one symbol."""
    name = find_column(columns, SYMBOL_NAMES)
    if name is None:
        return
    column = np.asarray(columns[name])
    if len(column) and not np.all(column == column[0]):
        symbols = sorted({str(symbol) for symbol in column})
        shown = ", ".join(symbols[:5]) + (", ..." if len(symbols) > 5 else "")
        raise DataError(
            f"data: {len(symbols)} symbols in one frame ({shown}); choose one: frame[frame[{name!r}] == ...]"
        )


def times_of(value: Any, name: str) -> npt.NDArray[np.int64]:
    """Convert a column of times to int64 nanoseconds UTC; what cannot be nanoseconds is refused."""
    array = array_of(value, name)
    if array.size and isinstance(array.flat[0], str):
        return _parsed(array, name)
    times = as_times(value, name, missing="allow")
    if array.dtype.kind in "iu" and times.size and 1e8 <= abs(int(times[-1])) < 1e17:
        raise DataError(
            f"{name}: integers are nanoseconds UTC, and {times[-1]} would be {np.datetime64(int(times[-1]), 'ns')}; "
            "convert seconds, milliseconds or microseconds first, such as values.astype('datetime64[ms]')"
        )
    return times


def _parsed(texts: npt.NDArray[Any], name: str) -> npt.NDArray[np.int64]:
    """Read ISO 8601 without an offset: other notations are ambiguous about day and month."""
    try:
        coarse, exact = (np.array(texts, dtype=f"datetime64[{unit}]") for unit in ("us", "ns"))
    except ValueError as error:
        raise DTypeError(f"{name}: {error}; write times as 2024-01-31T09:30:00 or parse them first") from None
    as_times(coarse, name, missing="allow")  # refuses what nanoseconds do not reach: they wrap around
    return as_times(exact, name, missing="allow")
