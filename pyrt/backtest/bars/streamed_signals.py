"""Signals on bars in files that may be larger than memory: a stretch at a time, to the fills of a run in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.signals import Reason
from pyrt_ext.signals import run as simulate

from ..._validate import as_mask
from ...data import Bars
from ...data.bar_files import Scanned
from ...errors import InputError
from ...types import RECORDS, Kind
from ..results.ledger import KERNEL_FILL
from ..sessions.memory import Memory
from ..signals import BarData, Signals, assumptions_of, checked_stops, tally, warnings_of_signals
from ..stops import Stops
from .coarse import Course
from .result import BarResult
from .streamed import BarStream, exact_trades, kept_words, odd_words, points_step
from .tables import FILL_ROW, orders_of

__all__ = ["run_signals_streamed"]

Records = npt.NDArray[np.void]

ACTIONS = {Reason.SIGNAL: 1, Reason.STOP_LOSS: 3, Reason.TAKE_PROFIT: 2, Reason.TRAILING_STOP: 5}
"""What the order of a fill was: a market order, a stop, a limit, a trailing stop."""
OPEN, INSIDE, CLOSE = range(3)


def run_signals_streamed(stream: BarStream, signals: Signals, stops: Any) -> BarResult:
    """Run signals on the bars of one instrument in files; see :meth:`pyrt.Backtest.run_signals`."""
    if len(stream.files.tapes) != 1:
        names = ", ".join(stream.files.names)
        raise InputError(f"run_signals: takes files of one instrument, there are {names}; give one backtest each")
    whole, (found,) = stream.scanned()
    data = BarData(whole.bars[0], whole.times, whole.cash, whole.costs, whole.fill, stream.sizing, whole.account)
    if not data.plain:
        raise InputError(
            "run_signals: on bars in files takes cash alone and costs that are rates; with an account, or models of "
            "costs, read the bars: Backtest(bars)"
        )
    return _Streamed(stream, data, found, _asked(signals, found.count), checked_stops(stops)).run(whole)


def _asked(signals: Signals, count: int) -> Signals:
    """Return signals as arrays that are not read yet: memory maps stay such."""
    given = Signals(*(s.to_numpy() if hasattr(s, "to_numpy") else s for s in signals))
    given.refuse_unpaired()
    for name, signal in zip(given._fields, given, strict=True):
        if signal is not None and np.shape(signal) != (count,):
            raise InputError(f"{name}: has shape {np.shape(signal)}, the files have {count} bars; give one value a bar")
    return given


class _Streamed:
    """One run."""

    def __init__(self, stream: BarStream, data: BarData, found: Scanned, signals: Signals, stops: Stops) -> None:
        self._stream, self._data, self._found, self._signals, self._stops = stream, data, found, signals, stops
        self._at_once = stream.at_once(1)
        self._step = points_step([found], found.period, stream.memory)
        self._course = Course(1, self._step, found.last)
        self._rules, self._lag = data.rules(stops), int(data.late)
        self._held = np.array([data.cash, 0.0, 0.0, 0.0])
        self._made: list[tuple[Records, npt.NDArray[np.int64]]] = []
        self._counts, self._tally = Counter[str](), Counter[str]()
        self._lowest, self._last = np.inf, data.bars

    def run(self, whole: Any) -> BarResult:
        """Go through the files, and return the result."""
        memory, at, before, held = Memory(self._stream.memory), 0, None, 0
        for bars in self._stream.files.tapes[0].batches(self._at_once):
            self._go_on(bars, before, at)
            at, before = at + len(bars), bars.take(np.arange(len(bars) - self._lag, len(bars)))
            held += sum(part.nbytes for part in self._made[-1])
            memory.rows(held)
            self._last = bars
        return self._result(whole)

    def _go_on(self, new: Bars, before: Bars | None, at: int) -> None:
        """Go on with bars, behind those whose signals are still to be carried out."""
        begin = 0 if before is None else len(before)
        parts = [new] if before is None or not begin else [before, new]
        names = ("open", "high", "low", "close")
        prices = tuple(np.concatenate([getattr(part, name) for part in parts]) for name in names)
        rows, places = slice(at - begin, at + len(new)), zip(self._signals, Signals._fields, strict=True)
        masks = Signals(*(None if signal is None else as_mask(signal[rows], name) for signal, name in places))
        codes, openings = masks.codes()
        raw, equity = np.empty(2 * openings + 2, KERNEL_FILL), np.empty(len(codes))
        price = prices[0] if self._lag else prices[3]
        counts = simulate(price, prices, codes, self._lag, self._rules, raw, equity, self._held, begin)
        times = np.concatenate([part.time for part in parts])
        self._made.append(self._fills(raw[: counts["fills"]], times, at - begin))
        self._counts.update({name: counts[name] for name in ("cut", "rejected")})
        self._counts["late"] = int(counts["late"])
        self._tally += tally(Signals(*(None if mask is None else mask[begin:] for mask in masks)))
        self._lowest = min(self._lowest, float(equity[begin:].min()))
        self._course.add_bars(0, new)
        self._course.add_equity(new.time, equity[begin:])

    def _fills(self, raw: Records, times: npt.NDArray[np.int64], first: int) -> tuple[Records, npt.NDArray[np.int64]]:
        """Return fills as results on bars have them, but for what goes on, and when each was asked for."""
        fills = np.zeros(len(raw), FILL_ROW)
        for name in ("qty", "price", "fee", "side"):
            fills[name] = raw[name]
        of_signal = raw["reason"] == Reason.SIGNAL
        fills["row"], fills["time"], fills["value"] = raw["row"] + first, times[raw["row"]], raw["qty"] * raw["price"]
        fills["place"] = np.where(of_signal, OPEN if self._lag else CLOSE, INSIDE)
        fills["maker"] = raw["reason"] == Reason.TAKE_PROFIT
        for reason, action in ACTIONS.items():
            fills["action"][raw["reason"] == reason] = action
        return fills, times[raw["row"] - np.where(of_signal, self._lag, 0)]

    def _result(self, whole: Any) -> BarResult:
        fills, asked = (np.concatenate(parts) for parts in zip(*self._made, strict=True))
        signed = np.where(fills["side"] == 1, 1.0, -1.0) * fills["qty"]
        fills["position"][::2] = signed[::2]  # entries and exits alternate
        fills["order_id"] = np.arange(1, len(fills) + 1)
        fills["cash"] = self._data.cash - np.cumsum(signed * fills["price"] + fills["fee"])
        bars = self._course.bars(self._last.stamping, volume=[self._last.volume is not None])
        times, equity = self._course.equity()
        data = replace(self._data, bars=self._last)
        short = self._signals.short_entries is not None
        result = BarResult(
            names=whole.names,
            bars=bars,
            times=times,
            cash=data.cash,
            order_rows=orders_of(fills, asked),
            fill_rows=fills,
            signals=np.zeros(0, RECORDS[Kind.SIGNAL]),
            totals=self._totals(fills, float(equity[-1])),
            state=b"",
            assumptions={
                **assumptions_of(data, self._stops, short=short),
                "kept": kept_words([self._found], len(times), self._step),
            },
            equity_rows=equity,
        )
        trades, odd = exact_trades(result, self._stream.files.tapes, self._at_once)
        warnings = (
            *warnings_of_signals(self._tally, len(fills), self._counts),
            *odd_words(whole, [self._found], odd, dict(result.totals)),
        )
        return replace(result, trade_rows=trades, warnings=warnings)

    def _totals(self, fills: Records, equity: float) -> dict[str, Any]:
        cash, qty, entry, _ = self._held.tolist()
        fees = float(fills["fee"].sum())
        return {
            "cash": cash,
            "equity": equity,
            "lowest_equity": self._lowest,
            "positions": [qty],
            "costs": [qty * entry],
            "realized": cash + qty * entry + fees - self._data.cash,
            "fees": fees,
            "cut": self._counts["cut"],
            "live_orders": 0,
            "not_sent": self._counts["rejected"],
            "too_late": 0,
            "liquidated": 0,
        }
