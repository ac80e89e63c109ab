"""Which parameter sets there are, and how a set is told from others."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...errors import DTypeError, InputError
from .origin import contents_of

__all__ = ["Parameters", "key_of", "parameter_sets", "storable", "words_of"]

Parameters = Mapping[str, Any]


def parameter_sets(grid: Any) -> list[dict[str, Any]]:
    """Return the sets of a grid: all combinations of a mapping's values, or the sets of a sequence as they are."""
    if isinstance(grid, Mapping):
        for name, values in grid.items():
            if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
                raise DTypeError(
                    f"grid: {name!r} must have a list of values, got {values!r}; one value is a list of one"
                )
        lists = {str(name): [_plain(value) for value in values] for name, values in grid.items()}
        empty = [name for name, values in lists.items() if not values]
        if empty:
            raise InputError(f"grid: {empty[0]!r} has no values")
        sets = [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]
    elif isinstance(grid, Iterable) and not isinstance(grid, (str, bytes)):
        sets = []
        for at, one in enumerate(grid):
            if not isinstance(one, Mapping):
                raise DTypeError(f"grid[{at}]: must be a mapping of parameters, got {type(one).__name__}")
            sets.append({str(name): _plain(value) for name, value in one.items()})
    else:
        raise DTypeError(f"grid: must be a mapping of lists, or a sequence of mappings, got {type(grid).__name__}")
    if not sets or sets == [{}]:
        raise InputError("grid: has no parameter sets")
    keys = [key_of(one) for one in sets]
    if len(set(keys)) < len(keys):
        at = next(i for i, key in enumerate(keys) if key in keys[:i])
        raise InputError(f"grid: set {at} is there twice: {sets[at]}")
    return sets


def key_of(parameters: Parameters) -> str:
    """Return what two sets have in common if they are the same."""
    return json.dumps(storable(parameters), sort_keys=True)


def storable(parameters: Parameters) -> dict[str, Any]:
    """Return a set as JSON keeps it: what is no number and no text in Python's words, an array by what it holds."""
    simple = (bool, int, float, str, type(None))
    return {name: value if isinstance(value, simple) else _words(value) for name, value in parameters.items()}


def words_of(parameters: Parameters) -> str:
    """Return a set in words, for errors."""
    return ", ".join(f"{name}={value!r}" for name, value in parameters.items())


def _words(value: Any) -> str:
    if not isinstance(value, np.ndarray) and not hasattr(value, "to_numpy"):
        return repr(value)
    return f"{type(value).__name__} {hashlib.sha256(contents_of(value)).hexdigest()}"  # repr leaves out the middle


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
