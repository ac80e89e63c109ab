"""Bars that end when enough has happened: so many trades, so much volume, so much money, so much more of one side.

Trades that happened at one time belong together: a bar ends with the last of them, so that its time, that of its last
trade, is its own. What has happened since the last full bar is left out. No bar depends on trades after its end.

Source: López de Prado, Advances in Financial Machine Learning, 2018, chapter 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._validate import as_floats, as_times, choice, integer, number, same_length, sorted_times
from ..errors import InputError
from .bars import Bars

__all__ = ["dollar_bars", "imbalance_bars", "tick_bars", "volume_bars"]

CLOSE = 1.0 - 1e-9
"""A sum of doubles that falls short of a size by less than this has reached it: ten times 0.1 is 1."""
LOOK = 4
"""How many expected lengths are searched at once for the end of a bar of imbalance."""

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


def tick_bars(time: Any, price: Any, qty: Any, size: int) -> Bars:
    """Make bars of so many trades.

    Parameters
    ----------
    time : array_like, shape (n_trades,)
        When each happened: datetimes or ns UTC, not falling.
    price, qty : array_like, shape (n_trades,)
        Finite; prices above zero, quantities not negative.
    size : int
        Trades a bar.

    Returns
    -------
    Bars
        Each at the time of its last trade.

    Raises
    ------
    InputError, DTypeError
        For lengths that differ, times that fall, what is no time or number, and a size that is not positive.

    Examples
    --------
    >>> bars = tick_bars([1, 2, 3, 4, 5], [10.0, 12.0, 11.0, 9.0, 10.0], [1.0, 1.0, 2.0, 1.0, 1.0], 2)
    >>> bars.time, bars.close, bars.volume
    (array([2, 4]), array([12.,  9.]), array([2., 3.]))
    """
    trades = _Trades(time, price, qty)
    return trades.bars(trades.ends_of(np.ones(len(trades.qty)), float(integer(size, "size"))))


def volume_bars(time: Any, price: Any, qty: Any, size: float) -> Bars:
    """Make bars of so much volume: each ends with the trade that reaches `size`, and what is beyond it is lost.

    Parameters, result and errors are those of :func:`tick_bars`; `size` is in the unit of `qty`.

    Examples
    --------
    >>> bars = volume_bars([1, 2, 3, 4, 5], [10.0, 12.0, 11.0, 9.0, 10.0], [1.0, 1.0, 2.0, 1.0, 1.0], 2.5)
    >>> bars.time, bars.open, bars.volume
    (array([3]), array([10.]), array([4.]))
    """
    trades = _Trades(time, price, qty)
    return trades.bars(trades.ends_of(trades.qty, number(size, "size", low=0.0, above=True)))


def dollar_bars(time: Any, price: Any, qty: Any, size: float) -> Bars:
    """Make bars of so much money, ``price * qty``; else as :func:`volume_bars`.

    Examples
    --------
    >>> bars = dollar_bars([1, 2, 3, 4, 5], [10.0, 12.0, 11.0, 9.0, 10.0], [1.0, 1.0, 2.0, 1.0, 1.0], 20.0)
    >>> bars.time, bars.high
    (array([2, 3]), array([12., 11.]))
    """
    trades = _Trades(time, price, qty)
    return trades.bars(trades.ends_of(trades.price * trades.qty, number(size, "size", low=0.0, above=True)))


def imbalance_bars(
    time: Any,
    price: Any,
    qty: Any,
    *,
    of: Literal["tick", "volume", "dollar"] = "volume",
    side: Any = None,
    expected: int = 1000,
    span: int = 20,
) -> Bars:
    """Make bars that end when one side has traded more than the other by more than is usual.

    A trade counts ``+`` if its taker bought and ``-`` if he sold, times 1, its volume or its money. A bar ends when the
    absolute sum reaches ``E[T] * |E[b v]|``: the expected number of trades of a bar times the expected signed amount of
    a trade, exponentially weighted means over bars before (of their lengths, and of the amounts of their trades, a bar
    counting once), `expected` trades and those of the first `expected` trades at the start. Lengths are kept between a
    tenth of `expected` and ten times that, or they run away to nothing or to the end, as the book warns.

    Parameters
    ----------
    time, price, qty
        As for :func:`tick_bars`.
    of : {"tick", "volume", "dollar"}
        What is summed.
    side : array_like of int, shape (n_trades,), optional
        Side of the taker, 1 bought, 2 sold (:class:`pyrt.types.Side`); 0 where it is not known. Those follow the tick
        rule: a trade above the last price was bought, below it sold, else as the trade before (the first: bought).
    expected : int
        Trades of a bar, to begin with.
    span : int
        Of the weighted means: the weight of a bar is ``2 / (span + 1)``.

    Returns
    -------
    Bars
        From trade `expected` on: the first `expected` trades are what the means begin with.

    Raises
    ------
    InputError, DTypeError
        As :func:`tick_bars` does, and for a side that is none.

    Examples
    --------
    >>> side = [1, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1]
    >>> bars = imbalance_bars(range(12), [10.0] * 12, [1.0] * 12, of="tick", side=side, expected=5)
    >>> bars.time
    array([ 5,  7, 11])
    """
    trades = _Trades(time, price, qty)
    amounts = {"tick": np.ones(len(trades.qty)), "volume": trades.qty, "dollar": trades.price * trades.qty}
    signed = trades.signs(side) * amounts[choice(of, "of", amounts)]
    length, weight = integer(expected, "expected"), 2.0 / (integer(span, "span") + 1)
    return trades.bars(np.array([*_unbalanced(signed, length, weight, trades.whole)], np.intp), start=length)


class _Trades:
    """Checked trades."""

    def __init__(self, time: Any, price: Any, qty: Any) -> None:
        finite: dict[str, Any] = {"nan": "refuse", "inf": "refuse", "ndim": 1}
        self.time = sorted_times(as_times(time, "time"), "time", unique=False)
        self.price = as_floats(price, "price", positive=True, **finite)
        self.qty = as_floats(qty, "qty", **finite)
        same_length(time=self.time, price=self.price, qty=self.qty)
        if (self.qty < 0).any():
            row = int(np.argmax(self.qty < 0))
            raise InputError(f"qty[{row}]: {self.qty[row]} is negative")
        self.whole = np.append(np.flatnonzero(np.diff(self.time) > 0), len(self.time) - 1)[: len(self.time)]
        """Rows after which time goes on."""

    def ends_of(self, amount: Floats, size: float) -> Rows:
        """Return the rows with which bars of so much end."""
        total, before, n = np.cumsum(amount), 0.0, len(amount)
        ends: list[int] = []
        while True:
            row = int(np.searchsorted(total, before + size * CLOSE))
            if row >= n:
                return np.array(ends, np.intp)
            row = int(self.whole[np.searchsorted(self.whole, row)])
            ends.append(row)
            before = float(total[row])

    def signs(self, side: Any) -> Floats:
        """Return +1 and -1: what is given, or by the tick rule."""
        change = np.sign(np.diff(self.price, prepend=self.price[:1]))
        if side is not None:
            given = np.asarray(side)
            same_length(price=self.price, side=given)
            if given.dtype.kind not in "iu" or ((given < 0) | (given > 2)).any():
                raise InputError("side: must be 1 (the taker bought), 2 (sold) or 0 (not known), one a trade")
            change = np.where(given == 0, change, 3.0 - 2.0 * given)
        if len(change) and change[0] == 0:
            change[0] = 1.0
        last = np.maximum.accumulate(np.where(change != 0, np.arange(len(change)), 0))
        signs: Floats = change[last]
        return signs

    def bars(self, ends: Rows, start: int = 0) -> Bars:
        """Make the bars that end with these rows, the first one from row `start` on."""
        if not len(ends):
            empty = np.empty(0)
            return Bars(np.empty(0, np.int64), empty, empty, empty, empty, empty)
        starts, stop = np.append(start, ends[:-1] + 1), int(ends[-1]) + 1
        price, qty = self.price[:stop], self.qty[:stop]
        return Bars(
            self.time[ends],
            price[starts],
            np.maximum.reduceat(price, starts),
            np.minimum.reduceat(price, starts),
            price[ends],
            np.add.reduceat(qty, starts),
            stamping="time of the last trade",
        )


def _unbalanced(signed: Floats, expected: int, weight: float, whole: Rows) -> Iterator[int]:
    """Yield the rows with which bars of imbalance end."""
    start, n = expected, len(signed)
    length, amount = float(expected), float(signed[:expected].mean()) if n else 0.0
    while start < n:
        size, found, summed, at = length * abs(amount), -1, 0.0, start
        while found < 0 and at < n:
            part = summed + np.cumsum(signed[at : at + LOOK * expected])
            beyond = np.abs(part) >= max(size * CLOSE, 1e-300)
            if beyond.any():
                found = at + int(np.argmax(beyond))
            summed, at = float(part[-1]), at + len(part)
        if found < 0:
            return
        end = int(whole[np.searchsorted(whole, found)])
        yield end
        took = end + 1 - start
        length += weight * (min(max(took, 0.1 * expected), 10.0 * expected) - length)
        amount += weight * (float(signed[start : end + 1].mean()) - amount)
        start = end + 1
