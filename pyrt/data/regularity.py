"""What is regular in a series: the usual steps of its times, and the grid of its prices; and what is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..grid import Grid

__all__ = ["Gaps", "Leaps", "find_gaps", "find_leaps", "infer_tick", "off_tick", "usual_step"]

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DAY_NS = 86_400_000_000_000
SECOND = 1_000_000_000
USUAL = 0.01
"""A step that is at least this part of all steps of its kind is usual."""
ON_GRID = 0.99
"""A grid is one if at least this part of the prices lies on it."""
MOST_PLACES = 8
STEPS = (125, 50, 25, 5, 2, 1)
STEPS_SEEN = 1 << 15
"""Steps that are looked at to learn what is usual."""


class Leaps(NamedTuple):
    """Steps in the time of records that are longer than the usual ones."""

    number: int
    longest: int
    """ns."""
    row: int
    """The one behind the longest."""


@dataclass(frozen=True, eq=False)
class Gaps:
    """Where time leaps.

    Parameters
    ----------
    rows : ndarray of int64
        The first row after each gap.
    lengths : ndarray of int64
        Each gap, ns.
    step : int
        The commonest step, ns; 0 for fewer than two rows.
    usual : int
        The longest step that is usual inside a day, ns.
    across : int
        The longest step that is usual from one day (UTC) to another: nights, weekends; 0 if there is none.
    """

    rows: Times
    lengths: Times
    step: int
    usual: int
    across: int


def find_gaps(times: Times, *, regular: bool, limit: int | None = None) -> Gaps:
    """Find steps longer than the usual ones.

    Steps inside a day (UTC) and steps from one day to another are judged apart: so nights, weekends and the commoner
    holidays of a market are learned from the data itself.

    Parameters
    ----------
    times : ndarray of int64, shape (n_observations,)
        Rising, ns UTC.
    regular : bool
        Bars: a step is usual if at least one in a hundred of its kind is of that length, or a longer one is usual. Else
        ticks: a gap is a step inside a day of over a second, twenty times as long as all but one in a thousand are.
    limit : int, optional
        Every step longer than this is a gap instead, ns.

    Examples
    --------
    >>> gaps = find_gaps(60 * SECOND * np.array([0, 1, 2, 3, 7, 8]), regular=True, limit=90 * SECOND)
    >>> gaps.rows.tolist(), (gaps.lengths / SECOND).tolist()
    ([4], [240.0])
    """
    steps = np.diff(times)
    if not len(steps):
        return Gaps(np.zeros(0, np.int64), np.zeros(0, np.int64), 0, 0, 0)
    crossing = times[1:] // DAY_NS != times[:-1] // DAY_NS
    inside, across = steps[~crossing], steps[crossing]
    values, counts = np.unique(inside if len(inside) >= len(across) else across, return_counts=True)
    common = int(values[counts.argmax()])
    if regular:
        usual = _longest_usual(inside)
        usual_across = _longest_usual(across) if len(across) > 2 or not len(inside) else usual
    else:
        spread = int(np.quantile(inside, 0.999, method="higher")) if len(inside) else 0
        usual, usual_across = max(20 * spread, SECOND), int(across.max(initial=0))
    longest = np.where(crossing, max(usual_across, usual), usual) if limit is None else limit
    bad = steps > longest
    rows = np.flatnonzero(bad)
    return Gaps(rows + 1, steps[rows], common, usual, usual_across)


def _longest_usual(steps: Times) -> int:
    if len(steps) < 3:  # too few to tell: the shorter one
        return int(steps.min()) if len(steps) else 0
    values, counts = np.unique(steps, return_counts=True)
    usual = values[counts >= max(USUAL * len(steps), 2)]
    return int(usual[-1]) if len(usual) else int(values[-1])


def usual_step(times: Times) -> int:
    """Return the longest step that is no leap, ns: twenty times as long as all but one in a thousand, over a second.

    Parameters
    ----------
    times : ndarray of int64
        Rising, ns; they need not lie close in memory.
    """
    apart = max(1, (len(times) - 1) // STEPS_SEEN)
    steps = times[1::apart] - times[:-1:apart]
    if not len(steps):
        return SECOND
    return max(20 * int(np.quantile(steps, 0.999, method="higher")), SECOND)


def find_leaps(times: Times) -> Leaps:
    """Find the steps of records that are longer than the usual ones, whatever the day."""
    steps = np.diff(times)
    rows = np.flatnonzero(steps > usual_step(times))
    if not len(rows):
        return Leaps(0, 0, 0)
    longest = int(rows[np.argmax(steps[rows])])
    return Leaps(len(rows), int(steps[longest]), longest + 1)


def infer_tick(prices: Floats) -> Grid | None:
    """Return the coarsest grid on which 99 of 100 prices lie; None if there is none of up to eight decimal places.

    Examples
    --------
    >>> infer_tick(np.array([4712.25, 4713.0, 4712.75])).step
    0.25
    >>> infer_tick(np.array([1 / 3, 2 / 7, 0.1])) is None
    True
    """
    finite = prices[np.isfinite(prices) & (prices > 0)]
    if not len(finite):
        return None
    for places in range(MOST_PLACES + 1):
        if float(finite.max()) * 10**places >= 2**51:
            return None
        if np.mean(~off_tick(finite, Grid(1, places))) >= ON_GRID:
            fine = [step for step in STEPS if np.mean(~off_tick(finite, Grid(step, places))) >= ON_GRID]
            return Grid(fine[0], places)
    return None


def off_tick(prices: Floats, tick: Grid) -> npt.NDArray[np.bool_]:
    """Return which prices lie on no step of a tick: by more than 1e-9 of it, or four units in the last place.

    Prices that are missing, infinite, zero or negative are on none and off none.

    Examples
    --------
    >>> off_tick(np.array([100.01, 100.013, np.nan]), Grid.parse("0.01")).tolist()
    [False, True, False]
    """
    there = np.isfinite(prices) & (prices > 0)
    some = np.where(there, prices, 1.0)
    nearest = np.rint(some * 10.0**tick.exponent / tick.mantissa) * tick.mantissa / 10.0**tick.exponent
    off: npt.NDArray[np.bool_] = np.abs(some - nearest) > np.maximum(1e-9 * tick.step, 4.0 * np.spacing(some))
    return off & there
