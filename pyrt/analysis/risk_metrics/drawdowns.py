"""How far and how long a curve lies below its highest value so far."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_floats, as_times, number, same_length, sorted_times
from ._series import NAN, Floats

__all__ = ["DRAWDOWN", "drawdown", "drawdown_length", "drawdown_table", "max_drawdown", "pain_index", "ulcer_index"]

DAY_NS = 86400e9

DRAWDOWN = np.dtype(
    [
        ("peak", "<M8[ns]"),
        ("trough", "<M8[ns]"),
        ("end", "<M8[ns]"),
        ("depth", "<f8"),
        ("days", "<f8"),
        ("recovered", "?"),
    ]
)
"""A stretch under water: see :func:`drawdown_table`."""


def drawdown(equity: Any, *, start: float | None = None) -> Floats:
    """Return how far each value lies below the highest one so far: ``equity / peak - 1``, zero or negative.

    Parameters
    ----------
    equity : array_like, shape (n_observations,)
        Values; the peak must be above zero.
    start : float, optional
        The value before the first observation: the first peak.

    Returns
    -------
    ndarray of float64, shape (n_observations,)

    Examples
    --------
    >>> drawdown([100.0, 120.0, 90.0, 130.0]).tolist()
    [0.0, 0.0, -0.25, 0.0]
    """
    values = as_floats(equity, "equity", nan="refuse")
    peaks = np.maximum.accumulate(values)
    if start is not None:
        peaks = np.maximum(peaks, number(start, "start"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return values / peaks - 1.0


def max_drawdown(equity: Any, *, start: float | None = None) -> float:
    """Return the deepest :func:`drawdown`: zero or negative.

    Examples
    --------
    >>> max_drawdown([100.0, 120.0, 90.0, 130.0])
    -0.25
    """
    values = as_floats(equity, "equity", nan="refuse")
    return float(drawdown(values, start=start).min()) if len(values) else NAN


def drawdown_table(times: Any, equity: Any, *, start: float | None = None) -> npt.NDArray[np.void]:
    """Return every stretch under water, in the order of time.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    equity : array_like, shape (n_observations,)
        Values; the peak must be above zero.
    start : float, optional
        The value before the first observation: a first peak, at the time of the first observation.

    Returns
    -------
    ndarray of DRAWDOWN, shape (n_drawdowns,)
        ``peak``: last time at the peak; ``trough``: first time of the lowest value; ``end``: first time at the peak
        again, the last observation if that never came (``recovered`` is then false); ``depth``: zero or negative;
        ``days``: from peak to end.

    Examples
    --------
    >>> days = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")
    >>> table = drawdown_table(days, [100.0, 120.0, 90.0, 110.0, 120.0, 108.0])
    >>> table["depth"].round(2).tolist()
    [-0.25, -0.1]
    >>> table["days"].tolist(), table["recovered"].tolist()
    ([3.0, 1.0], [True, False])
    """
    stamps = sorted_times(as_times(times, "times"), "times")
    values = as_floats(equity, "equity", nan="refuse")
    if not same_length(times=stamps, equity=values):
        return np.zeros(0, DRAWDOWN)
    peaks, ends = _stretches(values, start)
    depths = drawdown(values, start=start)
    table = np.zeros(len(peaks), DRAWDOWN)
    if not len(peaks):
        return table
    # Between two stretches lie peaks alone, at depth zero: the lowest of peak to peak is that of the stretch.
    lowest = np.minimum.reduceat(depths, peaks)
    last = np.minimum(ends, len(values) - 1)
    deepest = peaks[0] + np.flatnonzero(depths[peaks[0] :] == np.repeat(lowest, np.diff(np.append(peaks, len(values)))))
    table["peak"], table["end"] = stamps[peaks].view("M8[ns]"), stamps[last].view("M8[ns]")
    table["trough"] = stamps[deepest[np.searchsorted(deepest, peaks)]].view("M8[ns]")
    table["depth"], table["recovered"] = lowest, ends < len(values)
    table["days"] = (stamps[last] - stamps[peaks]) / DAY_NS
    return table


def drawdown_length(times: Any, equity: Any, *, start: float | None = None) -> float:
    """Return the longest time under water in days: from a peak to the first value that reaches it again.

    A drawdown that has not ended counts to the last observation. Zero if equity never falls. Arguments as those of
    :func:`drawdown_table`, of which it is the largest ``days``.

    Examples
    --------
    >>> days = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")
    >>> drawdown_length(days, [100.0, 120.0, 90.0, 110.0, 120.0, 119.0])
    3.0
    """
    stamps = sorted_times(as_times(times, "times"), "times")
    values = as_floats(equity, "equity", nan="refuse")
    if not same_length(times=stamps, equity=values):
        return NAN
    peaks, ends = _stretches(values, start)
    return float((stamps[np.minimum(ends, len(values) - 1)] - stamps[peaks]).max(initial=0)) / DAY_NS


def pain_index(equity: Any, *, start: float | None = None) -> float:
    """Return the mean :func:`drawdown`: zero or negative.

    Source: Becker, The Zephyr Pain Index, 2006; there without the sign.

    Examples
    --------
    >>> round(pain_index([100.0, 90.0]), 6)
    -0.05
    """
    values = as_floats(equity, "equity", nan="refuse")
    return float(drawdown(values, start=start).mean()) if len(values) else NAN


def ulcer_index(equity: Any, *, start: float | None = None) -> float:
    """Return the root mean square of the :func:`drawdown`.

    Source: Martin and McCann, The Investor's Guide to Fidelity Funds, 1989.

    Examples
    --------
    >>> round(ulcer_index([100.0, 90.0]), 6)
    0.070711
    """
    values = as_floats(equity, "equity", nan="refuse")
    return math.sqrt(float(np.mean(drawdown(values, start=start) ** 2))) if len(values) else NAN


def _stretches(values: Floats, start: float | None) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the row of the peak before each stretch under water, and of the peak after it; n if there is none."""
    highest = np.maximum.accumulate(values)
    if start is not None:
        highest = np.maximum(highest, number(start, "start"))
    at_peak = np.flatnonzero(values >= highest)
    if not len(at_peak) or at_peak[0]:  # the first peak is the start itself, at the first time
        at_peak = np.append(0, at_peak)
    ends = np.append(at_peak[1:], len(values))
    under = (ends - at_peak > 1) | (values[at_peak] < highest[at_peak])
    return at_peak[under], ends[under]
