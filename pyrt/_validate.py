"""The one door: what users pass is checked and converted here, once, and everything behind it may trust its arguments.

Every refusal names the argument, what came, the first bad place, and what to do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .errors import DataError, DTypeError, InputError

__all__ = [
    "as_floats",
    "as_mask",
    "as_time",
    "as_times",
    "choice",
    "integer",
    "number",
    "same_labels",
    "same_length",
    "sorted_times",
]

Floats = npt.NDArray[np.float64]

NO_NUMBERS = (bool, np.bool_, np.timedelta64)
"""Integers to Python and NumPy, and to nobody else: a length of time would lose its unit."""
BEYOND = "cannot be nanoseconds in 64 bits (years 1678 to 2262)"


def as_floats(
    value: Any,
    name: str,
    *,
    nan: Literal["allow", "refuse"] = "allow",
    inf: Literal["allow", "refuse"] = "refuse",
    positive: bool = False,
    ndim: int = 1,
    strided: bool = False,
) -> Floats:
    """Convert numbers to a contiguous float64 array; without a copy if it is one already.

    Parameters
    ----------
    value : array_like
        List, ndarray, pandas or polars Series of integers or floats. Missing values of pandas and polars become NaN.
    name : str
        The argument's name, for the error.
    nan, inf : {"allow", "refuse"}
        What to do about NaN and infinities.
    positive : bool
        Refuse zero and negative numbers (NaN passes if allowed).
    ndim : int
        The number of dimensions wanted.
    strided : bool
        Whether float64 may lie in memory as they do, contiguous or not.

    Raises
    ------
    DTypeError
        For booleans, complex numbers, text, dates and objects.
    InputError
        For a wrong shape, and for values refused; names the first bad position.
    """
    array = _numeric(value, name)
    if array.ndim != ndim:
        raise InputError(f"{name}: must have {ndim} dimension{'s' * (ndim != 1)}, got shape {array.shape}")
    if array.dtype != np.float64:
        with np.errstate(over="ignore"):  # a long double that no double holds becomes infinite
            array = array.astype(np.float64, order="K" if strided else "C")
    elif not strided:
        array = np.ascontiguousarray(array)
    elif not array.flags.aligned:
        array = array.astype(np.float64, order="K")
    if nan == inf == "refuse" and _is_finite(array):
        nan = inf = "allow"
    if nan == "refuse":
        _refuse(array, np.isnan(array), name, "is NaN; drop or fill missing values first")
    if inf == "refuse":
        _refuse(array, np.isinf(array), name, "is infinite; replace it by NaN or a number")
    if positive:
        _refuse(array, array <= 0, name, "must be above zero")
    return array


def as_mask(value: Any, name: str) -> npt.NDArray[np.bool_]:
    """Convert signals to a contiguous boolean array: booleans, or integers that are 0 and 1."""
    array = array_of(value, name)
    if array.ndim != 1:
        raise InputError(f"{name}: must have 1 dimension, got shape {array.shape}")
    if array.dtype == np.bool_:
        return np.ascontiguousarray(array)
    if array.size == 0:
        return np.zeros(0, np.bool_)
    if array.dtype.kind not in "iu":
        raise DTypeError(f"{name}: must be booleans (True enters or exits at that row), got dtype {array.dtype}")
    _refuse(array, (array != 0) & (array != 1), name, "must be 0 or 1")
    return array.astype(np.bool_)


def as_times(
    value: Any,
    name: str,
    *,
    missing: Literal["allow", "refuse"] = "refuse",
    texts: bool = False,
) -> npt.NDArray[np.int64]:
    """Convert timestamps to int64 nanoseconds UTC.

    Takes datetime64 of any unit, pandas DatetimeIndex or Series (naive times are UTC; zoned ones are converted),
    polars datetimes, lists of datetimes of one zone, and integers that are nanoseconds already. A missing time (NaT),
    where it is allowed, is the smallest int64. With `texts` also what :func:`as_time` reads.
    """
    if getattr(value, "tz", None) is not None:
        value = value.tz_convert("UTC").tz_localize(None)
    elif getattr(getattr(value, "dt", None), "tz", None) is not None:
        value = value.dt.tz_convert("UTC").dt.tz_localize(None)
    array = array_of(value, name)
    if array.ndim != 1:
        raise InputError(f"{name}: must have 1 dimension, got shape {array.shape}")
    if texts and array.size and isinstance(array.flat[0], str):
        return np.array([as_time(str(one), f"{name}[{row}]") for row, one in enumerate(array)], np.int64)
    if array.dtype.kind == "O" and array.size and all(isinstance(one, datetime) for one in array):
        array = _of_datetimes(array, name)
    if array.dtype.kind == "M":
        if missing == "refuse":
            _refuse(array, np.isnat(array), name, "is missing (NaT); drop that row")
        times = array.astype("datetime64[ns]")
        if times.dtype != array.dtype:  # a coarser unit reaches further: casting wraps around silently
            wrapped = (times.astype(array.dtype) != array) & ~np.isnat(array)
            _refuse(array, wrapped, name, BEYOND)
        return np.ascontiguousarray(times.view(np.int64))
    if array.dtype.kind in "iu" or array.size == 0:
        if array.dtype == np.uint64:  # casting wraps around silently
            _refuse(array, array > np.iinfo(np.int64).max, name, BEYOND)
        return np.ascontiguousarray(array, dtype=np.int64)
    raise DTypeError(f"{name}: must be datetimes or int64 nanoseconds UTC, got dtype {array.dtype}")


def _of_datetimes(array: npt.NDArray[Any], name: str) -> npt.NDArray[np.datetime64]:
    """Convert datetimes of one zone, or of none, to UTC."""
    zones = {row: str(one.tzinfo or "no zone") for row, one in enumerate(array) if str(one) != "NaT"}
    first = min(zones, default=0)
    for row, zone in zones.items():
        if zone != zones[first]:
            raise InputError(f"{name}: row {row} is in {zone}, row {first} in {zones[first]}; convert all to UTC first")
    naive = [one if one.tzinfo is None else one.astimezone(UTC).replace(tzinfo=None) for one in array]
    # pandas' own way: to NumPy its times are datetimes, which have no nanoseconds
    utc = [one.to_datetime64() if hasattr(one, "to_datetime64") else np.datetime64(one, "us") for one in naive]
    exact, coarse = np.array(utc), np.array([one.astype("datetime64[us]") for one in utc])
    _refuse(coarse, (exact.astype(coarse.dtype) != coarse) & ~np.isnat(coarse), name, BEYOND)
    return exact


def as_time(value: Any, name: str) -> int:
    """Convert one time to int64 nanoseconds UTC: what :func:`as_times` takes, a datetime (naive: UTC), or text."""
    if isinstance(value, str):
        try:
            as_times([np.datetime64(value, "us")], name)  # to the nanosecond what is too far wraps around
            value = np.datetime64(value)
        except InputError:
            raise
        except ValueError:
            raise InputError(f"{name}: {value!r} is no time; write one such as '2024-03-01T09:30', in UTC") from None
    return int(as_times([value], name)[0])


def sorted_times(times: npt.NDArray[np.int64], name: str, *, unique: bool = True) -> npt.NDArray[np.int64]:
    """Refuse times that go back (or, with `unique`, stand still); names the first such row."""
    steps = np.diff(times)
    bad = steps <= 0 if unique else steps < 0
    if bad.any():
        row = int(np.argmax(bad)) + 1
        what = "repeats the time of the row before" if steps[row - 1] == 0 else "is earlier than the row before"
        raise DataError(
            f"{name}: row {row} ({np.datetime64(int(times[row]), 'ns')}) {what}; sort and deduplicate first"
        )
    return times


def same_length(**arrays: npt.NDArray[Any]) -> int:
    """Refuse arrays of different lengths, saying which is how long; return the common length."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InputError("lengths differ: " + ", ".join(f"{name} has {n}" for name, n in lengths.items()))
    return next(iter(lengths.values()))


def same_labels(named: Sequence[tuple[str, Any]]) -> None:
    """Refuse frames and series whose columns or rows are labelled otherwise than those of the first of them.

    Labels of different kinds, such as times and numbers, are not compared: those are taken by place, as arrays are.
    """
    for axis, differ in (("columns", "columns differ"), ("index", "index differs")):
        given = [(name, getattr(value, axis, None)) for name, value in named]
        labelled = [(name, labels) for name, labels in given if labels is not None and not callable(labels)]
        for name, labels in labelled[1:]:
            of, first = labelled[0]
            if labels is not first and not _are_equal(labels, first):
                raise InputError(f"{name}: its {differ} from what {of} has; align them, or give arrays")


def _are_equal(labels: Any, others: Any) -> bool:
    if isinstance(labels, list) or isinstance(others, list):  # names of polars
        return list(labels) == list(others)
    kinds = [getattr(one.dtype, "kind", "") for one in (labels, others)]
    if kinds[0] != kinds[1] or labels.equals(others):
        return True
    if kinds[0] != "M":
        return False
    mine, theirs = (as_times(one, "index", missing="allow") for one in (labels, others))  # without a zone it is UTC
    return bool(np.array_equal(mine, theirs))


def integer(value: Any, name: str, *, low: int = 1, high: int | None = None) -> int:
    """Check an integer argument such as a window."""
    if isinstance(value, NO_NUMBERS) or not isinstance(value, Integral):
        raise DTypeError(f"{name}: must be an integer, got {value!r} ({type(value).__name__})")
    result = int(value)
    if result < low or (high is not None and result > high):
        allowed = f"at least {low}" if high is None else f"{low} to {high}"
        raise InputError(f"{name}: must be {allowed}, got {value}")
    return result


def number(value: Any, name: str, *, low: float = -math.inf, high: float = math.inf, above: bool = False) -> float:
    """Check a finite real argument in [low, high], or in (low, high] if `above`."""
    if isinstance(value, NO_NUMBERS) or not isinstance(value, Real):
        raise DTypeError(f"{name}: must be a number, got {value!r} ({type(value).__name__})")
    try:
        result = float(value)
    except OverflowError:  # an int that no double holds
        result = math.inf
    if not math.isfinite(result):
        raise InputError(f"{name}: must be finite, got {value!r}")
    if result < low or result > high or (above and result == low):
        left = f"above {low:g}" if above else f"at least {low:g}"
        allowed = left if high == math.inf else f"{left} and at most {high:g}"
        raise InputError(f"{name}: must be {allowed}, got {value!r}")
    return result


def choice(value: Any, name: str, allowed: Iterable[str]) -> str:
    """Check an argument that is one of a few words."""
    words = list(allowed)
    if value not in words:
        raise InputError(f"{name}: must be one of {', '.join(map(repr, words))}, got {value!r}")
    return str(value)


def _is_finite(array: Floats) -> bool:
    """Whether everything is finite, in one pass: what is not makes the sum so. False if the sum overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(array.sum()))


def array_of(value: Any, name: str) -> npt.NDArray[Any]:
    """Return what holds values as NumPy does: what is masked or null is NaN or NaT."""
    if hasattr(value, "filled") and hasattr(value, "mask"):  # numpy's masked arrays
        hidden, kind = np.broadcast_to(value.mask, value.shape), value.dtype.kind
        if hidden.any() and kind not in "fiuM":
            raise InputError(f"{name}[{int(np.argmax(hidden))}]: is masked; fill it first")
        if hidden.any():
            return np.asarray(value.filled(np.datetime64("NaT")) if kind == "M" else value.astype(float).filled(np.nan))
        return np.asarray(value.data)
    if type(value).__module__.partition(".")[0] == "pyarrow" and hasattr(value, "to_numpy"):
        return np.asarray(value.to_numpy(zero_copy_only=False))
    return np.asarray(value.to_numpy() if hasattr(value, "to_numpy") else value)


def _numeric(value: Any, name: str) -> npt.NDArray[Any]:
    array = array_of(value, name)
    if array.dtype.kind == "O" and hasattr(value, "isna"):  # pandas' nullable dtypes hold pd.NA
        dtypes = [value.dtype] if hasattr(value, "dtype") else list(value.dtypes)
        if all(dtype.kind in "fiu" for dtype in dtypes):
            array = value.to_numpy(dtype=np.float64, na_value=np.nan)
    if array.size == 0 and array.dtype.kind in "fO":  # a file without rows does not say what it has none of
        return array.astype(np.float64, copy=False)
    if array.dtype.kind not in "fiu":
        raise DTypeError(f"{name}: must be integers or floats, got dtype {array.dtype}; convert it first")
    return array


def _refuse(array: npt.NDArray[Any], bad: npt.NDArray[np.bool_], name: str, why: str) -> None:
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        where = place[0] if len(place) == 1 else place
        raise InputError(f"{name}[{where}]: {array[place]} {why}")
