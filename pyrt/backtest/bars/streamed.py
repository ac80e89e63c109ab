"""Runs on bars in files that may be larger than memory: a stretch at a time, with what is kept bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.bars.loop import Loop

from ...data import Bars
from ...data.bar_files import BarFiles, BarTape, Scanned
from ...errors import InputError
from ...strategy import Hosted
from ...types import RECORDS, Kind
from ..costs import CostModel
from ..events import fault_of
from ..sessions.memory import LEAST, MOST, Memory
from ..sessions.run import FOREVER, instance_of
from ..sessions.seat import Seat
from ..sizing import Sizing
from .account import PAID_ROW, kernel_account
from .coarse import Course, Excursions, step_for
from .data import BarSet
from .result import BarResult
from .run import columns_of, kernel_terms, rows_of, said_of, warnings_of_end, warnings_of_fills, warnings_of_orders
from .tables import FILL_ROW, ORDER_ROW, bar_trades

__all__ = ["BarStream", "exact_trades", "kept_words", "odd_words", "points_step", "run_streamed"]

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_POINTS, LEAST_POINTS = 20_000, 500
PIECES = 4
"""A stretch is there as it was read, as it was checked, and behind the one before."""
A_POINT = 400
"""Bytes that a longer bar takes, while it is made and in the result."""


@dataclass(frozen=True)
class BarStream:
    """Bars in files, and the terms of runs on them.

    Parameters
    ----------
    files : BarFiles
        The bars.
    terms : dict
        What a :class:`BarSet` has beside its bars: cash, costs, fill, account; and what is told of `trade_from`.
    memory : int
        Bytes that a run may take.
    sizing : Sizing
        Of the entries of signals.
    """

    files: BarFiles
    terms: dict[str, Any]
    memory: int
    sizing: Sizing

    def at_once(self, count: int, least: int = 1) -> int:
        """Return how many bars of each of so many instruments a stretch may have."""
        rows = min(Memory(self.memory).rows(0) // (PIECES * count), MOST)
        if rows < max(least, LEAST // 64):
            raise InputError(f"max_memory: is too little for stretches of {count} instruments; give more")
        return rows

    def scanned(self) -> tuple[BarSet, tuple[Scanned, ...]]:
        """Check all bars, and return the terms with the first and the last bar's end as their clock."""
        found = self.files.scan()
        first, last = min(one.first for one in found), max(one.last for one in found)
        ends = {name: _nothing(np.unique([first, last])) for name in self.files.names}
        data = BarSet.of(ends, **self.terms)
        periods = tuple(one.period for one in found)
        return replace(data, times=np.unique([first, last]), known_periods=periods), found


class _Feeder:
    """The bars of an instrument as they are read: those that have not passed, and the last ones that have."""

    def __init__(self, tape: BarTape, scanned: Scanned, rows: int, kept: int) -> None:
        self._batches, self._left, self._kept = tape.batches(rows), scanned.count, kept
        self._ahead: Bars | None = None
        self._tail: Bars | None = None
        self.passed = 0

    @property
    def all_read(self) -> bool:
        """Whether nothing more is in the files."""
        return self._left == 0

    @property
    def more(self) -> bool:
        """Whether bars have not passed yet."""
        return self._left > 0 or self._ahead is not None

    def reach(self) -> int:
        """Read on if there is nothing ahead; return up to when all of it is known."""
        if self._ahead is None and self._left:
            self._ahead = next(self._batches)
            self._left -= len(self._ahead)
        return FOREVER if self.all_read or self._ahead is None else int(self._ahead.time[-1])

    def take(self, until: int) -> tuple[Bars | None, Bars | None, int]:
        """Return the bars up to a time, the same behind those that were kept, and the row of the first of these."""
        new, tail, first = None, self._tail, self.passed - (0 if self._tail is None else len(self._tail))
        if self._ahead is not None:
            count = int(self._ahead.time.searchsorted(until, side="right"))
            new = self._ahead.take(np.arange(count)) if count else None
            rest = self._ahead.take(np.arange(count, len(self._ahead))) if count < len(self._ahead) else None
            self._ahead = rest
        shown = _joined(tail, new)
        if shown is not None:
            self._tail = shown.take(np.arange(max(0, len(shown) - self._kept), len(shown)))
        self.passed += 0 if new is None else len(new)
        return new, shown, first


def run_streamed(stream: BarStream, cls: Any, parameters: dict[str, Any], *, jit: bool, cache: bool) -> BarResult:
    """Run a strategy class on bars in files from their beginning to their end."""
    whole, found = stream.scanned()
    instance = instance_of(cls, parameters, jit=jit, cache=cache)
    rows = rows_of(instance, whole)
    data = replace(
        whole,
        names=tuple(whole.names[row] for row in rows),
        bars=tuple(whole.bars[row] for row in rows),
        known_periods=tuple(whole.periods[row] for row in rows),
    )
    tapes = [stream.files.tapes[row] for row in rows]
    return _Streamed(data, instance, tapes, [found[row] for row in rows], stream).run()


class _Streamed:
    """One run."""

    def __init__(
        self, data: BarSet, instance: Hosted, tapes: list[BarTape], found: list[Scanned], stream: BarStream
    ) -> None:
        self._data, self._instance, self._tapes, self._found = data, instance, tapes, found
        self._memory, count = Memory(stream.memory), len(tapes)
        costs: CostModel = data.costs
        self._costs = costs.terms()
        kept = max(costs.window if costs.needs_bars else 0, 1)
        self._at_once = rows = stream.at_once(count, kept)
        self._feeders = [_Feeder(tape, one, rows, kept) for tape, one in zip(tapes, found, strict=True)]
        span = min(one.first for one in found), max(one.last for one in found)
        if data.trade_from > span[1]:
            raise InputError(f"trade_from: is after the last bar of {', '.join(data.names)}")
        self._step = points_step(found, max(data.periods), stream.memory)
        self._course = Course(count, self._step, span[1])
        self._volumes = [False] * count
        self._seat = Seat(instance, data.instruments, list(range(count)))
        self._loop: Any = None
        self._before: int | None = None
        self._stamping = data.bars[0].stamping

    def run(self) -> BarResult:
        """Go through all stretches, and return the result."""
        for feeds, times, part in self._stretches():
            more = any(feeder.more for feeder in self._feeders)
            place = self._supply(feeds, times, part, more=more)
            if not self._loop.run_until():
                raise self._fault()
            self._memory.rows(self._loop.held())
            self._course.add_equity(times[place:], self._equity[place:])
        return self._result()

    def _stretches(self) -> Iterator[tuple[list[tuple[Any, int]], Times, BarSet]]:
        """Yield feeds with the row of their first bar, the clock from the time before on, and all as a BarSet."""
        data = self._data
        while any(feeder.more for feeder in self._feeders):
            until = min(feeder.reach() for feeder in self._feeders)
            taken = [feeder.take(until) for feeder in self._feeders]
            for slot, (new, _, _) in enumerate(taken):
                if new is not None:
                    self._course.add_bars(slot, new)
                    self._volumes[slot], self._stamping = new.volume is not None, new.stamping
            new_times = [new.time for new, _, _ in taken if new is not None]
            if not new_times:
                continue
            times = np.unique(np.concatenate(new_times))
            if self._before is not None:
                times = np.append(self._before, times)
            shown = tuple(_nothing(np.zeros(0, np.int64)) if bars is None else bars for _, bars, _ in taken)
            part = replace(data, bars=shown, times=times)
            feeds = [
                ((*columns_of(bars), period), first)
                for bars, period, (_, _, first) in zip(shown, data.periods, taken, strict=True)
            ]
            yield feeds, times, part
            self._before = int(times[-1])

    def _supply(self, feeds: list[tuple[Any, int]], times: Times, part: BarSet, *, more: bool) -> int:
        """Hand a stretch to the kernel; return the place of its first new time."""
        rows = list(range(len(feeds)))
        self._equity = np.zeros(len(times))
        account = (*kernel_account(part, rows, times), self._equity)
        if self._loop is None:
            terms = {
                **kernel_terms(part, rows, self._instance, self._costs.data), "account": account, "more": more,
            }  # fmt: skip
            owned = (self._seat, self._instance, self._costs)
            address = self._seat.context.ctypes.data
            self._loop = Loop(address, owned, [feed for feed, _ in feeds], terms, self._instance.table, times)
            return 0
        firsts = [first for _, first in feeds]
        self._loop.supply([feed for feed, _ in feeds], times, account, firsts, self._loop.at - 1, more)
        return 1

    def _fault(self) -> BaseException:
        which, fault = self._loop.costs_fault
        where = f"at {np.datetime64(int(self._loop.time), 'ns')}"
        if which:
            return self._costs.refuse(which, fault, where)
        return fault_of(self._loop, self._instance, where)

    def _result(self) -> BarResult:
        loop, count = self._loop, len(self._tapes)
        orders, fills, signals, paid = loop.outputs()
        bars = self._course.bars(self._stamping, volume=self._volumes)
        times, equity = self._course.equity()
        data = replace(self._data, bars=bars, times=times)
        begin, rows, totals = data.begin_of(times), list(range(count)), loop.summary()
        made, asked = np.frombuffer(fills, FILL_ROW).copy(), np.frombuffer(orders, ORDER_ROW).copy()
        result = BarResult(
            names=data.names,
            bars=bars,
            times=times[begin:],
            cash=data.cash,
            order_rows=asked,
            fill_rows=made,
            signals=np.frombuffer(signals, RECORDS[Kind.SIGNAL]).copy(),
            totals=totals,
            state=self._instance.image(),
            assumptions={
                **said_of(data, rows, self._instance),
                "kept": kept_words(self._found, len(times), self._step),
            },
            paid_rows=np.frombuffer(paid, PAID_ROW).copy(),
            valuations=tuple(data.valuation(row) for row in rows),
            equity_rows=equity[begin:],
        )
        trades, odd = exact_trades(result, self._tapes, self._at_once)
        warnings = (*warnings_of_orders(asked, made, totals, data.account), *odd_words(data, self._found, odd, totals))
        return replace(result, trade_rows=trades, warnings=warnings)


def points_step(found: Sequence[Scanned], period: int, memory: int) -> int:
    """Return the length of the bars that are kept, ns: as many as the memory has room for."""
    span = min(one.first for one in found), max(one.last for one in found)
    points = MOST_POINTS if not memory else (memory // 8) // (A_POINT * len(found))
    return step_for(span, period, int(np.clip(points, LEAST_POINTS, MOST_POINTS)))


def exact_trades(
    result: BarResult, tapes: Sequence[BarTape], at_once: int
) -> tuple[npt.NDArray[np.void], dict[int, Excursions]]:
    """Make the trades of a result whose bars are longer than those of the run, from the files; and what is odd."""
    odd: dict[int, Excursions] = {}

    def extremes(slot: int, starts: Times, stops: Times) -> tuple[Floats, Floats]:
        odd[slot] = found = Excursions(starts, stops, result.fill_rows[result.fill_rows["instrument"] == slot])
        for batch in tapes[slot].batches(at_once):
            found.add(batch)
        return found.low, found.high

    return bar_trades(result.fills, result.bars, result.valuations, result.paid, extremes), odd


def kept_words(found: Sequence[Scanned], points: int, step: int) -> str:
    """Say what is kept of bars in files."""
    return (
        f"{sum(one.count for one in found):,} bars were read from files a stretch at a time; the result has the equity "
        f"at {points:,} times, the ends of intervals of {step / 1e9:g} s, and bars of that length: measures of returns "
        "and drawdowns are of these times; orders, fills, trades and their excursions are exact"
    )


def odd_words(
    data: BarSet, found: Sequence[Scanned], odd: dict[int, Excursions], totals: dict[str, Any]
) -> Iterator[str]:
    """Say what a reader should know of the data and of the fills."""
    lasts = {name: one.last for name, one in zip(data.names, found, strict=True)}
    yield from warnings_of_end(totals, lasts, (min(one.first for one in found), max(lasts.values())))
    for slot, seen in odd.items():
        yield from warnings_of_fills(data, data.names[slot], (seen.outside, seen.empty))


def _joined(tail: Bars | None, new: Bars | None) -> Bars | None:
    if tail is None or new is None:
        return new if tail is None else tail
    columns = {name: np.concatenate([getattr(tail, name), column]) for name, column in new.columns().items()}
    return Bars(np.concatenate([tail.time, new.time]), **columns, stamping=new.stamping)


def _nothing(times: Times) -> Bars:
    """Bars that stand for what is not there yet."""
    ones = np.ones(len(times))
    return Bars(times, ones, ones, ones, ones)
