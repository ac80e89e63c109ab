"""The passage between what users have (lists, arrays, pandas, polars) and what kernels take (contiguous float64)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pyrt_ext.batch import Batch, Policy, Room

from .._validate import as_floats, choice, integer, same_labels
from ..errors import DTypeError, InputError

__all__ = ["POLICIES", "Floats", "NanPolicy", "Out", "policy", "run"]

NEIGHBORS = 8
"""Columns that one thread computes together."""
PAGE = 512
"""A page of memory, in doubles."""
SMALL = 8192
"""Below this many values it does not matter where they lie."""
LARGE = 1 << 21
"""From this many values on, blocks of memory come out of a store of such: the system would clear their pages anew."""

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]
Out = Array | tuple[Array, ...] | None
"""Where to write: an array, or as many as the function has outputs."""
NanPolicy = Literal["restart", "propagate", "skip", "raise"]
POLICIES: dict[str, int] = {str(p.name).lower(): int(p) for p in Policy}


def policy(nan: str) -> int:
    """Translate ``nan=`` for the kernels."""
    return POLICIES[choice(nan, "nan", POLICIES)]


def run(
    kernel: Batch,
    named: Sequence[tuple[str, Any]],
    parameters: tuple[float, ...],
    nan: str,
    out: Out,
    threads: Any,
    join: Callable[..., Any] | None,
) -> Any:
    """Convert the inputs, run the kernel, give the results the form and labels of the first input.

    Parameters
    ----------
    kernel : Batch
        The loop.
    named : sequence of (name, array_like)
        The inputs, with their names for errors.
    parameters : tuple of float
        Checked already.
    nan : str
        The policy, not checked yet.
    out : ndarray or tuple of ndarray, optional
        Where to write.
    threads : int
        How many share the columns, not checked yet.
    join : callable, optional
        Makes one object of several outputs; None if there is one.
    """
    code = policy(nan)
    count = 1 if type(threads) is int and threads == 1 else integer(threads, "threads")
    arrays = tuple(_series(value, name) for name, value in named)
    _same_shape([name for name, _ in named], arrays)
    if len(named) > 1:
        same_labels(named)
    dtypes = [np.dtype(np.int64 if kernel.integers >> i & 1 else np.float64) for i in range(kernel.outputs)]
    wanted: list[Array | None] = [None] * len(dtypes)
    if out is not None:
        wanted = _wanted(out, dtypes, arrays[0].shape, single=join is None)
    targets = _targets(wanted, dtypes, arrays)
    given = (arrays, tuple(t.view(np.float64) for t in targets), parameters, code)
    bad = kernel(*given) if count == 1 or arrays[0].ndim == 1 else _shared_out(kernel, given, count)
    if bad is not None:
        raise _refused(named, arrays, bad, nan)
    if out is None:
        results = [_labelled(target, named[0][1]) for target in targets]
        return results[0] if join is None else join(*results)
    for place, target in zip(wanted, targets, strict=True):
        if place is not None and target is not place:
            place[...] = target
    return out if join is None else join(*out)


def _series(value: Any, name: str) -> Floats:
    if not hasattr(value, "ndim") and not hasattr(value, "to_numpy"):
        try:
            value = np.asarray(value)
        except ValueError as error:
            raise DTypeError(f"{name}: must be an array of numbers, got rows of different lengths ({error})") from None
    ndim = getattr(value, "ndim", 2 if hasattr(value, "columns") else 1)
    if ndim > 2:
        raise InputError(f"{name}: must have 1 dimension (time) or 2 (time x assets), got {ndim}")
    array = as_floats(value, name, inf="allow", ndim=ndim or 1, strided=ndim == 2)
    if array.size == 0:
        raise InputError(f"{name}: is empty (shape {array.shape}); give it at least one row")
    return array


def _shared_out(kernel: Batch, given: tuple[Any, ...], threads: int) -> tuple[int, int] | None:
    """Run a kernel over columns in threads, each its own; return what the kernel does.

    Columns next to each other stay together: threads that write into one cache line wait for each other.
    """
    from concurrent.futures import ThreadPoolExecutor

    width = given[0][0].shape[1]
    blocks = -(-width // NEIGHBORS)
    threads = min(threads, blocks)
    bounds = [NEIGHBORS * (blocks * i // threads) for i in range(threads)] + [width]
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda start, stop: kernel(*given, start, stop), bounds[:-1], bounds[1:]))
    return next((bad for bad in found if bad is not None), None)


def _same_shape(names: list[str], arrays: tuple[Floats, ...]) -> None:
    if len({array.shape for array in arrays}) > 1:
        shapes = ", ".join(
            f"{name} has {len(array) if array.ndim == 1 else array.shape}"
            for name, array in zip(names, arrays, strict=True)
        )
        raise InputError(f"lengths differ: {shapes}")


def _wanted(out: Any, dtypes: list[np.dtype[Any]], shape: tuple[int, ...], *, single: bool) -> list[Array | None]:
    """Check the arrays that a caller gives to write into."""
    given = [out] if single else out
    if not single and (not isinstance(out, tuple) or len(out) != len(dtypes)):
        what = f"{len(out)} of them" if isinstance(out, tuple) else type(out).__name__
        raise InputError(f"out: must be a tuple of {len(dtypes)} arrays, one an output, got {what}")
    for at, (array, dtype) in enumerate(zip(given, dtypes, strict=True)):
        name = "out" if single else f"out[{at}]"
        if not isinstance(array, np.ndarray) or array.dtype != dtype:
            kind = f"dtype {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
            article = "an" if dtype.kind == "i" else "a"
            raise DTypeError(f"{name}: must be {article} {dtype} ndarray, got {kind}")
        if array.shape != shape:
            raise InputError(f"{name}: must have the shape of the inputs, {shape}, got {array.shape}")
        if not array.flags.writeable:
            raise InputError(f"{name}: is read-only; give an array that can be written")
        for before, other in enumerate(given[:at]):
            if np.may_share_memory(array, other):
                raise InputError(f"{name}: shares memory with out[{before}]; give each output an array of its own")
    return list(given)


def _targets(wanted: list[Array | None], dtypes: list[np.dtype[Any]], arrays: tuple[Floats, ...]) -> list[Array]:
    """Return where the kernel can write: a contiguous series or any table, of whole words, apart from inputs."""
    if all(place is None for place in wanted):
        return _fresh(arrays[0], dtypes)
    return [
        place
        if place is not None
        and place.flags.aligned
        and (place.flags.c_contiguous or place.ndim == 2)
        and not any(np.may_share_memory(place, array) for array in arrays)
        else np.empty(arrays[0].shape, dtype)
        for place, dtype in zip(wanted, dtypes, strict=True)
    ]


def _fresh(like: Floats, dtypes: list[np.dtype[Any]]) -> list[Array]:
    """Return empty arrays of that shape and order, half a page off from where `like` lies in its pages.

    A processor takes a load for one from the page offset that was just stored to, and waits: arrays that lie alike cost
    a third of an average's time, and where memory is handed out in a row, a million values do. They share one block:
    blocks freed one by one go back to the system, and coming anew they cost more than what is computed.
    """
    tall = like.ndim == 2 and abs(like.strides[0]) < abs(like.strides[1])
    if like.size < SMALL:
        return [np.empty(like.shape, dtype, "F" if tall else "C") for dtype in dtypes]
    each = like.size + PAGE
    total = each * len(dtypes)
    room = np.empty(total) if total < LARGE else np.frombuffer(Room(total))
    made = []
    for at, dtype in enumerate(dtypes):
        block = room[at * each : (at + 1) * each]
        shift = (_address(like) - _address(block) + PAGE // 2 + 64 * at) % PAGE
        made.append(block[shift : shift + like.size].view(dtype).reshape(like.shape, order="F" if tall else "C"))
    return made


def _address(array: Array) -> int:
    """Return where the array begins, in doubles."""
    return int(array.__array_interface__["data"][0]) // array.itemsize


def _labelled(result: Array, like: Any) -> Any:
    """Return the result as the library that `like` is from would hold it; that library is loaded already."""
    home = type(like).__module__.partition(".")[0]
    if home not in ("pandas", "polars") or home not in sys.modules:
        return result
    library = sys.modules[home]
    if home == "pandas" and isinstance(like, library.DataFrame):
        return library.DataFrame(result, index=like.index, columns=like.columns, copy=False)
    if home == "pandas" and isinstance(like, library.Series):
        return library.Series(result, index=like.index, name=like.name, copy=False)
    if home == "polars" and isinstance(like, library.DataFrame):
        return library.DataFrame(result, schema=like.columns)
    if home == "polars" and isinstance(like, library.Series):
        return library.Series(like.name, result)
    return result


def _refused(
    named: Sequence[tuple[str, Any]], arrays: tuple[Floats, ...], bad: int | tuple[int, int], nan: str
) -> InputError:
    place = bad if isinstance(bad, tuple) else (bad,)
    where = ", ".join(map(str, place))
    for (name, _), array in zip(named, arrays, strict=True):
        value = array[place]
        if np.isinf(value):
            return InputError(f"{name}[{where}]: {value} is infinite; replace it by NaN or a number")
        if np.isnan(value) and nan == "raise":
            return InputError(f'{name}[{where}]: is NaN, and nan="raise"; fill it, or choose another policy')
    raise AssertionError("a kernel refused a finite value")
