"""What of the data a reader of a result should know: gaps in time, and instruments that end before the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from ..data import Bars
from ..data.events import ArraySource, EventSource
from ..data.regularity import Leaps, find_gaps, find_leaps
from ..types import Instrument

__all__ = ["ends_early", "of_bars", "of_events"]

Times = npt.NDArray[np.int64]

SECOND = 10**9
EARLY = 0.02
"""An instrument ends early if so much of the time is left."""
FEW = 4
"""Of fewer records or bars nobody can say what is usual."""
SAMPLE = 1 << 17
"""Steps that are looked at at a time."""
TAIL = 1 << 16
"""Records from the end that are looked at first."""
UNITS = {"d": 86400e9, "h": 3600e9, "min": 60e9, "s": 1e9}

_KNOWN: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def of_bars(bars: Bars) -> tuple[str, ...]:
    """Say where time leaps by more than is usual; learned from the bars, nights and weekends included."""
    if bars not in _KNOWN:
        _KNOWN[bars] = tuple(_gaps(bars.time))
    found: tuple[str, ...] = _KNOWN[bars]
    return found


def of_events(source: EventSource, instruments: Sequence[Instrument], traded: Sequence[int]) -> Iterator[str]:
    """Say where records in memory leap, and which of the instruments that were traded end early.

    Of what is read a stretch at a time only that is known which is found before a run.
    """
    if isinstance(source, ArraySource):
        if source not in _KNOWN:
            received = np.ascontiguousarray(source.events["words"][:, 0])
            _KNOWN[source] = find_leaps(received), _lasts(source.events)
        leaps, lasts = _KNOWN[source]
    else:
        leaps, lasts = getattr(source, "leaps", Leaps(0, 0, 0)), getattr(source, "ends", {})
    if leaps.number and source.count >= FEW:
        behind = next(source.chunks(1, leaps.row))["words"][0, 0]
        yield _said(leaps.number, leaps.longest, behind, "records")
    yield from ends_early({instruments[row].name: lasts[row] for row in traded if row in lasts}, source.span)


def ends_early(lasts: Mapping[str, int], span: tuple[int, int]) -> Iterator[str]:
    """Say which instruments end long before the data does.

    Parameters
    ----------
    lasts : mapping of str to int
        When the last record or bar of each is, ns UTC.
    span : tuple of int
        When the data begins and ends.

    Examples
    --------
    >>> hour = 3600 * 10**9
    >>> list(ends_early({"A": 100 * hour, "B": 60 * hour}, (0, 100 * hour)))
    ['B ends 1.67 d before the data, at 1970-01-03T12:00: what is held of it stays at its last mark']
    """
    begin, end = span
    for name, last in lasts.items():
        if end - last > EARLY * (end - begin) and end - last > SECOND:
            yield (
                f"{name} ends {_about(end - last)} before the data, at {_when(last)}: what is held of it stays at its "
                "last mark"
            )


def _gaps(times: Times) -> Iterator[str]:
    if len(times) < FEW or _longest_step(times) <= int(np.median(np.diff(times[: SAMPLE + 1]))):
        return
    gaps = find_gaps(times, regular=True)
    if len(gaps.rows):
        longest = int(np.argmax(gaps.lengths))
        yield _said(len(gaps.rows), gaps.lengths[longest], times[gaps.rows[longest]], "bars")


def _said(count: int, longest: Any, behind: Any, what: str) -> str:
    return (
        f"{count:,} gap{'s' * (count != 1)} in the time of the {what}, the longest {_about(longest)} before "
        f"{_when(behind)}: what happened in between nobody knows"
    )


def _longest_step(times: Times) -> int:
    """Return the longest step from row to row, by parts that stay in the cache."""
    parts = (times[first : first + SAMPLE + 1] for first in range(0, len(times) - 1, SAMPLE))
    return max(int(np.diff(part).max()) for part in parts)


def _lasts(events: npt.NDArray[np.void]) -> dict[int, int]:
    """Return when the last record of each instrument is: nearly always near the end."""
    lasts: dict[int, int] = {}
    end = len(events)
    rows = events["instrument"]
    while end > 0:
        begin = max(0, end - TAIL)
        part = rows[begin:end]
        known, places = np.unique(part[::-1], return_index=True)
        for row, place in zip(known.tolist(), places.tolist(), strict=True):
            lasts.setdefault(row, int(events["words"][end - 1 - place, 0]))
        end = begin
    return lasts


def _about(length: Any) -> str:
    unit = next((unit for unit, size in UNITS.items() if length >= size), "s")
    return f"{length / UNITS[unit]:.3g} {unit}"


def _when(time: Any) -> str:
    return str(np.datetime_as_string(np.datetime64(int(time), "ns"), "m"))
