"""Bars of what passes in a feed, by the rules of :mod:`pyrt.data.resampling`."""

from __future__ import annotations

import numpy as np

from ...data.resampling import Bar, BarBuilder, period_ns
from ...types import RECORDS, Events, Kind

__all__ = ["FeedBars"]


class FeedBars:
    """Bars of every instrument whose trades it is shown.

    Parameters
    ----------
    period : str
        ``"1s"``, ``"5m"`` …

    Examples
    --------
    >>> import numpy as np
    >>> from pyrt.types import EVENT
    >>> trades = np.zeros(2, RECORDS[Kind.TRADE])
    >>> trades["kind"], trades["price"], trades["qty"] = Kind.TRADE, [10.0, 11.0], 1.0
    >>> trades["event_time"] = [200_000_000, 1_300_000_000]
    >>> FeedBars("1s").update(trades.view(EVENT))[["event_time", "close", "volume"]].tolist()
    [(1000000000, 10.0, 1.0)]
    """

    def __init__(self, period: str) -> None:
        self.period = period_ns(period)
        self._builders: dict[int, BarBuilder] = {}
        self._lags: dict[int, int] = {}

    @property
    def late(self) -> dict[int, int]:
        """Trades by instrument that came after their bar had closed, and joined the next one."""
        return {row: builder.late for row, builder in self._builders.items() if builder.late}

    def update(self, events: Events) -> Events:
        """Take records of any kinds; return the bars that they end, by time and instrument."""
        events = events.view(np.ndarray)
        events = events[(events["kind"] != Kind.BAR) & (events["kind"] != Kind.SIGNAL)]  # neither is of the venue
        ended: list[tuple[int, Bar]] = []
        for row in np.unique(events["instrument"]):
            mine = events[events["instrument"] == row]
            builder = self._builders.setdefault(int(row), BarBuilder(self.period))
            clock = np.maximum.accumulate(self._times(int(row), mine))
            at = np.flatnonzero(mine["kind"] == Kind.TRADE)
            trades = mine[at].view(RECORDS[Kind.TRADE])
            columns = (clock[at - 1], trades["event_time"], trades["price"], trades["qty"])
            for i, (reached, time, price, qty) in enumerate(zip(*(x.tolist() for x in columns), strict=True)):
                if at[i]:
                    ended += ((int(row), bar) for bar in builder.advance(reached))
                ended += ((int(row), bar) for bar in builder.trade(time, price, qty))
            ended += ((int(row), bar) for bar in builder.advance(int(clock[-1])))
        return _records(ended)

    def advance(self, now: int) -> Events:
        """Let the clock reach `now`, ns UTC, while nothing comes; return the bars that this ends."""
        ended: list[tuple[int, Bar]] = []
        for row, builder in self._builders.items():
            ended += ((row, bar) for bar in builder.advance(now - self._lags.get(row, 0)))
        return _records(ended)

    def _times(self, row: int, mine: Events) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return the venue's time at each record: its own, or where it has none that of its receipt less the lag."""
        event_time, receive_time = mine["event_time"], mine["words"][:, 0]
        own = (mine["kind"] == Kind.TRADE) | (event_time != receive_time)
        last = np.maximum.accumulate(np.where(own, np.arange(len(mine)), -1))
        lag = np.where(last >= 0, (receive_time - event_time)[last], self._lags.get(row, 0))
        self._lags[row] = int(lag[-1])
        times: np.ndarray[tuple[int], np.dtype[np.int64]] = np.where(own, event_time, receive_time - lag)
        return times


def _records(ended: list[tuple[int, Bar]]) -> Events:
    made = np.zeros(len(ended), RECORDS[Kind.BAR])
    if ended:
        ended.sort(key=lambda one: (one[1].time, one[0]))
        made["kind"] = Kind.BAR
        made["instrument"] = [row for row, _ in ended]
        for name, values in zip(
            ("event_time", "open", "high", "low", "close", "volume"),
            zip(*(bar for _, bar in ended), strict=True),
            strict=True,
        ):
            made[name] = values
    return made
