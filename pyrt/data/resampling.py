"""Bars from trades: over whole arrays, and one trade at a time; the same bars, to the bit.

The rules, which the engine's ``market_data::bars`` follows too (``tests/golden/resampling.toml`` holds all three):

- A bar spans ``[k * period, (k + 1) * period)`` since 1970 UTC; its time is its end. The first trade opens the first
  bar; before it there is none.
- A trade belongs to the bar of its event_time. A bar closes when time reaches its end: by a trade's event_time, by
  another record's, or by a timer; it is delivered before what closed it.
- An interval without trades is a bar of the last close and volume 0.
- A trade of a bar that has closed is late: it joins the bar that is open, as though it happened there, and is counted.
- Volume is summed in the order of arrival.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._validate import as_floats, as_time, as_times, integer, same_length
from ..errors import DataError, InputError
from .bars import Bars

__all__ = ["MOST_EMPTY", "Bar", "BarBuilder", "Resampled", "period_ns", "resample_trades"]

MOST_EMPTY = 1_000_000
"""So many bars may pass without a trade; a time beyond that is an error of the data."""

_UNITS = {"s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000, "d": 86_400_000_000_000}
_PERIOD = re.compile(r"([1-9][0-9]{0,4})([smhd])")


def period_ns(text: Any) -> int:
    """Read a bar's length: a number and ``s``, ``m``, ``h`` or ``d``.

    Examples
    --------
    >>> period_ns("1m")
    60000000000
    >>> period_ns("1 min")
    Traceback (most recent call last):
    pyrt.errors.InputError: period: '1 min' is not a number and s, m, h or d, such as '1s', '5m', '1h', '1d'
    """
    match = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InputError(f"period: {text!r} is not a number and s, m, h or d, such as '1s', '5m', '1h', '1d'")
    return int(match[1]) * _UNITS[match[2]]


class Bar(NamedTuple):
    """One ended bar: `time` is its end, ns UTC."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class BarBuilder:
    """Bars of one instrument, one trade at a time.

    Parameters
    ----------
    period : int
        Length of a bar, ns.

    Attributes
    ----------
    late : int
        Trades that came after their bar had closed.

    Examples
    --------
    >>> bars = BarBuilder(period_ns("1s"))
    >>> list(bars.trade(1_200_000_000, 10.0, 2.0))
    []
    >>> for bar in bars.trade(3_100_000_000, 11.0, 1.0):
    ...     print(bar)
    Bar(time=2000000000, open=10.0, high=10.0, low=10.0, close=10.0, volume=2.0)
    Bar(time=3000000000, open=10.0, high=10.0, low=10.0, close=10.0, volume=0.0)
    """

    def __init__(self, period: int) -> None:
        self.period = integer(period, "period")
        self.late = 0
        self.end: int | None = None
        """When the open bar ends, ns UTC; None before the first trade."""
        self._open = self._high = self._low = self._close = math.nan
        self._volume = 0.0
        self._empty = True

    def advance(self, time: int) -> Iterator[Bar]:
        """Let time reach `time`, and yield the bars that have ended by then; take all of them.

        Raises
        ------
        DataError
            If more than a million bars would be empty.
        """
        if self.end is None or time < self.end:
            return
        if (time - self.end) // self.period >= MOST_EMPTY:
            raise DataError(f"time: {time} is more than {MOST_EMPTY} bars after {self.end}; check the data's times")
        while self.end <= time:
            bar = Bar(self.end, self._open, self._high, self._low, self._close, self._volume)
            self._open = self._high = self._low = self._close
            self._volume = 0.0
            self._empty = True
            self.end += self.period
            yield bar

    def trade(self, time: int, price: float, qty: float) -> Iterator[Bar]:
        """Yield the bars that the trade's time ends, then take the trade; take all of them."""
        if self.end is None:
            self.end = (time // self.period + 1) * self.period
        yield from self.advance(time)
        self.late += time < self.end - self.period
        if self._empty:
            self._open = self._high = self._low = price
            self._empty = False
        self._high = max(self._high, price)
        self._low = min(self._low, price)
        self._close = price
        self._volume += qty


class Resampled(NamedTuple):
    """Bars, and how many trades came after their bar had closed."""

    bars: Bars
    late: int


def resample_trades(time: Any, price: Any, qty: Any, period: str | int, *, until: Any = None) -> Resampled:
    """Make bars of trades.

    Parameters
    ----------
    time : array_like, shape (n_trades,)
        When each happened at the venue (event_time): datetimes or ns UTC, in the order of arrival.
    price, qty : array_like, shape (n_trades,)
        Finite, prices above zero, quantities not negative.
    period : str or int
        ``"1s"``, ``"5m"``, ``"1h"``, ``"1d"`` …, or ns.
    until : datetime64, datetime, str or int, optional
        Bars are closed up to this time (ns UTC). Else the last trade's bar, which may not be complete, is left out.

    Returns
    -------
    Resampled
        ``bars``, one for each interval from the first trade on, empty ones included; ``late``.

    Raises
    ------
    InputError, DTypeError
        For lengths that differ, and what is no time or number.
    DataError
        If more than a million bars in a row would be empty.

    Examples
    --------
    >>> second = 1_000_000_000
    >>> made = resample_trades([0, second // 2, 3 * second], [10.0, 12.0, 11.0], [1.0, 2.0, 1.0], "1s")
    >>> made.bars.close, made.bars.volume, made.late
    (array([12., 12., 12.]), array([3., 0., 0.]), 0)
    """
    length = integer(period, "period") if not isinstance(period, str) else period_ns(period)
    times = as_times(time, "time")
    prices = as_floats(price, "price", positive=True, **_FINITE)
    sizes = as_floats(qty, "qty", **_FINITE)
    same_length(time=times, price=prices, qty=sizes)
    if (sizes < 0).any():
        row = int(np.argmax(sizes < 0))
        raise InputError(f"qty[{row}]: {sizes[row]} is negative")
    own = times // length
    interval = np.maximum.accumulate(own)
    last = int(interval[-1]) if len(own) and until is None else None
    end = None if until is None else as_time(until, "until")
    return Resampled(_bars(interval, prices, sizes, length, end, last), int((own < interval).sum()))


_FINITE: dict[str, Any] = {"nan": "refuse", "inf": "refuse", "ndim": 1}


def _bars(
    interval: npt.NDArray[np.int64],
    price: npt.NDArray[np.float64],
    qty: npt.NDArray[np.float64],
    period: int,
    until: int | None,
    last: int | None,
) -> Bars:
    """Make the bars of trades whose intervals rise; before interval `last`, or before `until`."""
    if not len(interval):
        empty = np.empty(0)
        return Bars(np.empty(0, np.int64), empty, empty, empty, empty, empty)
    if len(interval) > 1 and int(np.diff(interval).max()) > MOST_EMPTY:
        raise DataError(f"time: more than {MOST_EMPTY} bars without a trade; check the data's times")
    first = int(interval[0])
    stop = last if last is not None else max(first, int(until or 0) // period)
    if stop - int(interval[-1]) > MOST_EMPTY:
        raise DataError(f"until: more than {MOST_EMPTY} bars after the last trade; check the data's times")
    used = int(np.searchsorted(interval, stop))
    interval, price, qty = interval[:used] - first, price[:used], qty[:used]
    count = stop - first
    starts = np.flatnonzero(np.diff(interval, prepend=-1))
    rows = interval[starts]
    ends = np.append(starts[1:], used) - 1
    # A bar without trades repeats the close of the last bar that had one.
    at = np.searchsorted(rows, np.arange(count), side="right") - 1
    traded = np.zeros(count, np.bool_)
    traded[rows] = True
    close = price[ends][at] if count else np.empty(0)

    def column(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.where(traded, values[at], close) if count else np.empty(0)

    high = np.maximum.reduceat(price, starts) if used else price
    low = np.minimum.reduceat(price, starts) if used else price
    volume: npt.NDArray[np.float64] = np.zeros(count)
    np.add.at(volume, interval, qty)  # adds in the order of the rows
    time = (np.arange(first + 1, stop + 1)) * period
    return Bars(time, column(price[starts]), column(high), column(low), close, volume, stamping="end of each interval")
