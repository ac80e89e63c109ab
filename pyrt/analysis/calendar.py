"""The data's own calendar: periods a year, and returns by month."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._validate import as_floats, as_times, number, same_length, sorted_times

__all__ = ["YEAR_NS", "monthly_returns", "periods_per_year", "years_spanned"]

YEAR_NS = 365.25 * 86400e9
"""Nanoseconds of a mean Julian year."""


def years_spanned(times: Any) -> float:
    """Return the time from the first to the last timestamp in years of 365.25 days; NaN for fewer than two.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    """
    stamps = sorted_times(as_times(times, "times"), "times")
    return (int(stamps[-1]) - int(stamps[0])) / YEAR_NS if len(stamps) > 1 else float("nan")


def periods_per_year(times: Any) -> float:
    """Count how many periods a year the data has: its steps over the time they span.

    Nothing is assumed about the market: trading days give about 252, calendar days 365.25, minutes around the clock
    525,960, minutes of a session what the session has. The span should hold at least a few whole weeks, or nights and
    weekends are not in it.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.

    Returns
    -------
    float
        NaN for fewer than two timestamps.

    Examples
    --------
    >>> months = np.arange("2020-01", "2024-02", dtype="datetime64[M]")
    >>> round(periods_per_year(months), 2)
    12.0
    """
    stamps = as_times(times, "times")
    return (len(stamps) - 1) / years_spanned(stamps) if len(stamps) > 1 else float("nan")


def monthly_returns(
    times: Any,
    equity: Any,
    *,
    start: float | None = None,
) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.float64]]:
    """Return the return of each calendar month (UTC) of an equity curve.

    Parameters
    ----------
    times : array_like of datetimes or int64 ns UTC, shape (n_observations,)
        Rising.
    equity : array_like, shape (n_observations,)
        Values, positive at the end of every month.
    start : float, optional
        The value before the first observation; the first observation itself if not given.

    Returns
    -------
    months : ndarray of datetime64[M], shape (n_months,)
        Months that have an observation.
    returns : ndarray of float64, shape (n_months,)
        Value at the month's last observation over the value at the last one before the month, minus one.

    Examples
    --------
    >>> days = np.array(["2024-01-30", "2024-01-31", "2024-02-29"], "datetime64[D]")
    >>> months, returns = monthly_returns(days, [100.0, 110.0, 99.0])
    >>> returns.round(4).tolist()
    [0.1, -0.1]
    """
    stamps = sorted_times(as_times(times, "times"), "times")
    values = as_floats(equity, "equity", nan="refuse")
    if same_length(times=stamps, equity=values) == 0:
        return np.zeros(0, "datetime64[M]"), values
    first = float(values[0]) if start is None else number(start, "start")
    months = stamps.view("datetime64[ns]").astype("datetime64[M]")
    last_rows = np.append(np.flatnonzero(months[1:] != months[:-1]), len(months) - 1)
    closing = values[last_rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        return months[last_rows], closing / np.append(first, closing[:-1]) - 1.0
