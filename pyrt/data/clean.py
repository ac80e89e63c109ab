"""Repair of bars: every change is logged, nothing is invented."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .bars import MISSING_TIME, ROUNDING, Bars

__all__ = ["CleaningLog", "Repair", "clean_bars"]


@dataclass(frozen=True, eq=False)
class Repair:
    """One kind of repair.

    Parameters
    ----------
    fault : str
        What was wrong.
    action : str
        What was done about it.
    rows : ndarray of int64
        Rows of the input that it concerned.
    """

    fault: str
    action: str
    rows: npt.NDArray[np.int64]

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.rows[:5].tolist())) + (", ..." if len(self.rows) > 5 else "")
        return f"{self.fault}: {len(self.rows)} row{'s' * (len(self.rows) != 1)} {self.action} ({shown})"


@dataclass(frozen=True, eq=False)
class CleaningLog:
    """What :func:`clean_bars` or :func:`clean_ticks` did: false if it had nothing to do.

    Parameters
    ----------
    repairs : tuple of Repair
        In the order in which they were made.
    rows_in, rows_out : int
        Length of the data before and after.
    unit : str
        What a row is.
    """

    repairs: tuple[Repair, ...]
    rows_in: int
    rows_out: int
    unit: str = "bars"

    def __bool__(self) -> bool:
        return bool(self.repairs)

    def __str__(self) -> str:
        head = f"{self.rows_in} {self.unit} in, {self.rows_out} out"
        return "\n  ".join([head, *map(str, self.repairs)]) if self.repairs else f"{head}, nothing to repair"


def clean_bars(bars: Bars) -> tuple[Bars, CleaningLog]:
    """Make bars that pass :func:`check_bars`, and say how.

    In this order: rows without a time, and rows with a price that is missing, infinite, zero or negative, are dropped;
    rows are sorted by time; of rows with the same time the last one delivered stays; high and low are widened to
    contain open and close; a volume that is missing, infinite or negative becomes zero. No price is ever made up, each
    row is judged by itself, and cleaning twice changes nothing more.

    Parameters
    ----------
    bars : Bars
        From :func:`load_bars`.

    Returns
    -------
    Bars, CleaningLog
        The bars, and what was done to which rows of the input.

    Raises
    ------
    DataError
        If no row is left.

    Examples
    --------
    >>> from pyrt.data import load_bars
    >>> price = [10.0, float("nan"), 12.0]
    >>> bars = load_bars({"time": [3, 2, 1], "open": price, "high": price, "low": price, "close": price})
    >>> bars, log = clean_bars(bars)
    >>> print(log)
    3 bars in, 2 out
      price missing or impossible: 1 row dropped (1)
      earlier than the row before: 1 row sorted (2)
    """
    repairs: list[Repair] = []
    rows = np.arange(len(bars))

    def drop(bad: npt.NDArray[np.bool_], fault: str) -> None:
        nonlocal rows
        if bad.any():
            repairs.append(Repair(fault, "dropped", rows[bad]))
            rows = rows[~bad]

    drop(bars.time == MISSING_TIME, "time missing")
    prices = np.stack([bars.open, bars.high, bars.low, bars.close])[:, rows]
    drop(~np.all((prices > 0) & (prices < np.inf), axis=0), "price missing or impossible")
    back = np.flatnonzero(np.diff(bars.time[rows]) < 0) + 1
    if len(back):
        repairs.append(Repair("earlier than the row before", "sorted", rows[back]))
        rows = rows[np.argsort(bars.time[rows], kind="stable")]
    drop(np.append(np.diff(bars.time[rows]) == 0, False)[: len(rows)], "time repeated by a later row")
    if not len(rows):
        raise DataError(f"bars: none of the {len(bars)} rows has a time and possible prices; check the columns")
    cleaned = _mend_values(bars.take(rows), rows, repairs) if repairs or not _is_whole(bars) else bars
    return cleaned, CleaningLog(tuple(repairs), len(bars), len(cleaned))


def _is_whole(bars: Bars) -> bool:
    """Whether no value needs a mend, to the letter."""
    low, high = np.minimum(bars.open, bars.close), np.maximum(bars.open, bars.close)
    volume = bars.volume if bars.volume is not None else np.zeros(1)
    return bool((bars.low <= low).all() and (high <= bars.high).all() and ((volume >= 0) & (volume < np.inf)).all())


def _mend_values(bars: Bars, rows: npt.NDArray[np.int64], repairs: list[Repair]) -> Bars:
    """Widen ranges and mend volumes of bars whose prices are possible."""
    prices = np.stack([bars.open, bars.high, bars.low, bars.close])
    high, low = prices.max(axis=0), prices.min(axis=0)
    # Differences of a rounding error are mended, but are nothing to report.
    wide = (high - bars.high > ROUNDING * high) | (bars.low - low > ROUNDING * high)
    if wide.any():
        repairs.append(Repair("open or close outside low to high", "widened", rows[wide]))
    volume = bars.volume
    if volume is not None:
        bad = ~((volume >= 0) & (volume < np.inf))
        if bad.any():
            repairs.append(Repair("volume missing or impossible", "set to zero", rows[bad]))
            volume = np.where(bad, 0.0, volume)
    return Bars(bars.time, bars.open, high, low, bars.close, volume, bars.stamping)
