"""What is kept of bars that do not fit into memory: longer bars, and the equity at their ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...data import Bars
from ..results.ledger import extreme, odd_fills

__all__ = ["Course", "Excursions", "step_for"]

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]

SECOND = 10**9
STEPS = tuple(n * SECOND for n in (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 4 * 3600, 86_400))
"""Lengths of the longer bars, ns; beyond a day whole days."""


def step_for(span: tuple[int, int], period: int, most: int) -> int:
    """Return the round length that cuts a span into at most so many pieces, none shorter than a bar."""
    wanted = max((span[1] - span[0]) / most, period, 1)
    day = STEPS[-1]
    return next((step for step in STEPS if step >= wanted), day * -(-int(wanted) // day))


class Course:
    """Longer bars of each instrument, and the equity, made a stretch at a time.

    Parameters
    ----------
    count : int
        Instruments.
    step : int
        Length of a longer bar, ns.
    last : int
        When the data ends: the last longer bars end there.
    """

    def __init__(self, count: int, step: int, last: int) -> None:
        self._step, self._last = step, last
        self._bars: list[dict[int, list[float]]] = [{} for _ in range(count)]
        self._equity: dict[int, float] = {}

    def add_bars(self, slot: int, bars: Bars) -> None:
        """Go on with bars of an instrument."""
        ends = self._ends(bars.time)
        starts = np.flatnonzero(np.append(True, ends[1:] != ends[:-1]))
        volume = np.zeros(len(bars)) if bars.volume is None else bars.volume
        closes = bars.close[np.append(starts[1:], len(bars)) - 1]
        columns = (
            bars.open[starts], np.maximum.reduceat(bars.high, starts), np.minimum.reduceat(bars.low, starts), closes,
            np.add.reduceat(volume, starts),
        )  # fmt: skip
        mine = self._bars[slot]
        for end, row in zip(ends[starts].tolist(), np.stack(columns, axis=1).tolist(), strict=True):
            known = mine.get(end)
            if known is None:
                mine[end] = row
            else:
                high, low = max(known[1], row[1]), min(known[2], row[2])
                mine[end] = [known[0], high, low, row[3], known[4] + row[4]]

    def add_equity(self, times: Times, equity: Floats) -> None:
        """Go on with the equity at times of the clock: the last one of an interval is kept."""
        ends = self._ends(times)
        lasts = np.flatnonzero(np.append(ends[1:] != ends[:-1], True))
        self._equity.update(zip(ends[lasts].tolist(), equity[lasts].tolist(), strict=True))

    def bars(self, stamping: str, *, volume: Sequence[bool]) -> tuple[Bars, ...]:
        """Return the longer bars of each."""
        found = []
        for mine, known in zip(self._bars, volume, strict=True):
            table = np.array(list(mine.values()))
            columns = [np.ascontiguousarray(table[:, place]) for place in range(5)]
            names = ("open", "high", "low", "close", "volume")[: 5 if known else 4]
            given = dict(zip(names, columns, strict=False))
            found.append(Bars(np.array(list(mine)), **given, stamping=stamping))
        return tuple(found)

    def equity(self) -> tuple[Times, Floats]:
        """Return the times of the longer clock, and the equity at each."""
        return np.array(list(self._equity)), np.array(list(self._equity.values()))

    def _ends(self, times: Times) -> Times:
        return np.minimum(-(-times // self._step) * self._step, self._last)


class Excursions:
    """The extremes of an instrument's prices while its trades were held, over its own bars, and what is odd of fills.

    Parameters
    ----------
    starts, stops : ndarray of int64, shape (n_trades,)
        The first whole bar of each trade, and the first beyond.
    fills : structured ndarray
        Its fills.
    """

    def __init__(self, starts: Times, stops: Times, fills: Records) -> None:
        self._starts, self._stops, self._fills = starts, stops, fills
        self.low, self.high = np.full(len(starts), np.inf), np.full(len(starts), -np.inf)
        self.outside = self.empty = 0
        self._at = 0

    def add(self, bars: Bars) -> None:
        """Go on with bars of the instrument."""
        first, beyond = self._at, self._at + len(bars)
        self._at = beyond
        some = np.flatnonzero((self._starts < beyond) & (self._stops > first))
        if len(some):
            # Trades of one instrument follow one another, so their stretches rise.
            starts, stops = (np.clip(rows[some] - first, 0, len(bars)) for rows in (self._starts, self._stops))
            low, high = self.low[some], self.high[some]
            self.low[some] = np.minimum(low, extreme(np.minimum, bars.low, starts, stops, low))
            self.high[some] = np.maximum(high, extreme(np.maximum, bars.high, starts, stops, high))
        own = self._fills[(self._fills["row"] >= first) & (self._fills["row"] < beyond)]
        outside, empty = odd_fills(own, bars, first)
        self.outside, self.empty = self.outside + outside, self.empty + empty
