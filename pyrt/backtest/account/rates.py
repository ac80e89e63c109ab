"""Numbers over time: rates of interest, of funding, of conversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_floats, as_times, number, same_length, sorted_times
from ...errors import InputError

__all__ = ["Rates"]

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rates:
    """A number from a time on, until the next.

    Parameters
    ----------
    time : array_like, shape (n,)
        ns UTC, datetime64 or ISO text; rising.
    value : array_like, shape (n,)
        Finite.

    Examples
    --------
    >>> rates = Rates(["2024-01-01", "2024-02-01"], [0.05, 0.04])
    >>> rates.at(np.array(["2024-01-31", "2024-03-01"], "M8[ns]").view("i8"), "interest")
    array([0.05, 0.04])
    """

    time: Times
    value: Floats

    def __post_init__(self) -> None:
        times = as_times(self.time, "time", texts=True)
        value = as_floats(self.value, "value", nan="refuse", inf="refuse", ndim=1)
        same_length(time=times, value=value)
        if not len(times):
            raise InputError("time: must hold at least one time")
        for name, array in (("time", sorted_times(times, "time")), ("value", value)):
            own = array.copy()
            own.flags.writeable = False
            object.__setattr__(self, name, own)

    @classmethod
    def of(cls, given: Any, name: str) -> Any:
        """Take what a user means: a number, Rates, a Series with a DatetimeIndex, or (time, value)."""
        if given is None or isinstance(given, (Rates, Mapping)):
            return given
        if isinstance(given, (int, float, np.integer, np.floating)) and not isinstance(given, bool):
            return number(given, name)
        if hasattr(given, "index") and hasattr(given, "to_numpy"):
            return cls(as_times(given.index, f"{name}.index"), given.to_numpy())
        if isinstance(given, tuple) and len(given) == 2:
            return cls(*given)
        raise InputError(f"{name}: must be a number, Rates(time, value), or a Series with times, got {given!r}")

    def at(self, times: Times, name: str) -> Floats:
        """Return the number that is in force at each time.

        Raises
        ------
        InputError
            If there is none yet at the first.
        """
        place = np.searchsorted(self.time, times, side="right") - 1
        if len(place) and place.min() < 0:
            begin, first = (np.datetime64(int(t), "ns") for t in (self.time[0], times.min()))
            raise InputError(f"{name}: begins at {begin}, and is needed at {first}; give an earlier value")
        found: Floats = self.value[place]
        return found

    def __repr__(self) -> str:
        days = self.time[[0, -1]].view("datetime64[ns]").astype("datetime64[D]")
        return f"Rates({len(self.time)} from {days[0]} to {days[1]}, {self.value.min():g} to {self.value.max():g})"
