"""A run of a strategy class on bars: the kernel's loop, and what is said of it. ``proto/BARS.md`` has the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.bars.loop import Loop
from pyrt_ext.bars.snapshots import load, save

from ...data.resampling import period_ns
from ...errors import InputError
from ...strategy import Hosted, StrategyFault
from ...types import RECORDS, Instrument, Kind
from ..events import fault_of
from ..guards import ends_early, of_bars
from ..results.ledger import odd_fills
from ..sessions.run import FOREVER, Kept, instance_of
from ..sessions.seat import Seat
from .account import PAID_ROW, account_words, kernel_account
from .data import ALL, ALONE, BarSet
from .result import BarResult
from .tables import FILL_ROW, NO_MARGIN, ORDER_ROW, REASONS, REJECTED

__all__ = [
    "BarRun",
    "columns_of",
    "kernel_terms",
    "rows_of",
    "run_class",
    "said_of",
    "warnings_of_course",
    "warnings_of_end",
    "warnings_of_fills",
    "warnings_of_orders",
]

FILLS = (
    "proto/BARS.md: an order acts on the first bar that begins after it was asked for, at its open at the earliest; "
    "inside a bar the way that hurts is taken (stops before targets), a gap fills at the open, a limit that is touched "
    "fills whole"
)
AT_CLOSE = "; market orders fill at the close of the bar that asked for them: optimistic, that close also made them"


class BarRun:
    """A run that can be stopped anywhere and gone on with.

    Parameters
    ----------
    data : BarSet
        Bars and terms.
    instance : Hosted
        The strategy, with a state of its own.
    """

    def __init__(self, data: BarSet, instance: Hosted) -> None:
        self.data, self.instance = data, instance
        self.rows = rows_of(instance, data)
        self.terms = data.costs.terms()
        periods = data.periods
        self.seat = Seat(instance, data.instruments, self.rows)
        feeds = [(*columns_of(data.bars[row]), periods[row]) for row in self.rows]
        terms = kernel_terms(data, self.rows, instance, self.terms.data)
        self.times = times = data.times_of(self.rows)
        self.history = data.begin_of(times)
        if self.history == len(times):
            raise InputError(f"trade_from: is after the last bar of {', '.join(data.names[row] for row in self.rows)}")
        self.equity = None
        if data.account is not None or data.actions:
            self.equity = np.zeros(len(times))
            terms["account"] = (*kernel_account(data, self.rows, times), self.equity)
        address = self.seat.context.ctypes.data
        self.loop = Loop(address, (self.seat, instance, self.terms), feeds, terms, instance.table, times)

    def run_until(self, time: int = FOREVER, count: int = FOREVER) -> None:
        """Go on through all that happens up to a time, but through no more than so many times of bars.

        Raises
        ------
        StrategyFault
            If the strategy's code failed, or it asked for what cannot be; names time and line.
        InputError
            If a function of the costs failed.
        """
        if self.loop.run_until(time, count):
            return
        which, fault = self.loop.costs_fault
        if which:
            raise self.terms.refuse(which, fault, f"at {np.datetime64(self.loop.time, 'ns')}")
        raise self._fault()

    def save(self) -> Kept:
        """Return the present state: the loop's, the memory around the strategy, and its own."""
        return Kept((self.loop.at, self.loop.at), save(self.loop), (self.seat.save(),), (self.instance.save(),))

    def restore(self, kept: Kept) -> None:
        """Take back a state that :meth:`save` has returned, of a run of the same bars, terms and strategy."""
        self.seat.restore(kept.seats[0])
        load(self.loop, kept.loop)
        self.instance.restore(kept.strategies[0])

    def result(self) -> BarResult:
        """Return what has come of it so far."""
        orders, fills, signals, paid = self.loop.outputs()
        data, at, totals = self.data, self.loop.at, self.loop.summary()
        if at <= self.history:
            raise InputError("result: no bar has passed yet" + (" from trade_from on" if at else ""))
        made, asked = (self.numbered(np.frombuffer(*one)) for one in ((fills, FILL_ROW), (orders, ORDER_ROW)))
        return BarResult(
            names=data.names,
            bars=data.bars,
            times=self.times[self.history : at],
            cash=data.cash,
            order_rows=asked,
            fill_rows=made,
            signals=np.frombuffer(signals, RECORDS[Kind.SIGNAL]),
            paid_rows=_of_instruments(np.frombuffer(paid, PAID_ROW), self.rows),
            valuations=tuple(data.valuation(row) for row in range(len(data.bars))),
            equity_rows=None if self.equity is None else self.equity[self.history : at].copy(),
            totals=totals,
            state=self.instance.image(),
            assumptions=said_of(data, self.rows, self.instance),
            warnings=(
                *warnings_of_orders(asked, made, totals, data.account),
                *warnings_of_course(data, self.rows, made, totals),
            ),
        )

    def asked(self) -> Any:
        """Return orders so far, in codes."""
        return self.numbered(np.frombuffer(self.loop.outputs()[0], ORDER_ROW))

    def made(self) -> Any:
        """Return fills so far, in codes."""
        return self.numbered(np.frombuffer(self.loop.outputs()[1], FILL_ROW))

    def numbered(self, records: Any) -> Any:
        """Put rows of instruments where the kernel wrote slots."""
        return records if self.rows == list(range(len(self.rows))) else _of_instruments(records, self.rows)

    def _fault(self) -> StrategyFault:
        now = int(self.loop.time)
        where, row = f"at {np.datetime64(now, 'ns')}", self.rows[int(self.seat.context["slot"][0])]
        at = int(self.data.bars[row].time.searchsorted(now))
        if at < len(self.data.bars[row]) and self.data.bars[row].time[at] == now:
            name = "" if len(self.data.names) == 1 else f" of {self.data.names[row]}"
            where = f"bar {at}{name} ({np.datetime64(now, 'ns')})"
        return fault_of(self.loop, self.instance, where)


def run_class(data: BarSet, cls: Any, parameters: dict[str, Any], *, jit: bool, cache: bool) -> BarResult:
    """Run a strategy class on bars from their beginning to their end."""
    run = BarRun(data, instance_of(cls, parameters, jit=jit, cache=cache))
    run.run_until()
    return run.result()


def kernel_terms(data: BarSet, rows: list[int], instance: Hosted, costs: Any) -> dict[str, Any]:
    """Return what the loop is told of a run, but for an account."""
    periods = data.periods
    return {
        "cash": data.cash,
        "costs": costs,
        "window": data.costs.window if data.costs.needs_bars else 0,
        "at_close": data.fill == "close",
        "trade_from": data.trade_from,
        "grids": [_steps(data.grids.get(data.names[row])) for row in rows],
        "periods": [_periods(instance, data.names[row], periods[row]) for row in rows],
    }


def rows_of(instance: Hosted, data: BarSet) -> list[int]:
    """Return the instrument of each slot: those that the class names, else all."""
    wanted = instance.subscriptions.instruments or data.names
    if len(wanted) == 1 and data.names == (ALONE,):
        return [0]
    for name in wanted:
        if name not in data.names:
            raise InputError(
                f"{instance.origin}: {name!r} is not in the data, which has {', '.join(data.names)}; "
                "a strategy that names none takes what there is"
            )
    return [data.names.index(name) for name in wanted]


def _periods(instance: Hosted, name: str, period: int) -> tuple[int, list[tuple[int, int]]]:
    """Return the row of an instrument's own bars among the class's periods, and the longer ones, made of them."""
    wants = [period_ns(text) for text in instance.subscriptions.bars]
    if not wants or (len(wants) == 1 and period in (0, wants[0])):
        return 0, []
    for text, wanted in zip(instance.subscriptions.bars, wants, strict=True):
        if period == 0 or wanted % period:
            have = f"bars of {period / 1e9:g} s" if period else "one bar"
            raise InputError(
                f"{instance.origin}.bars: is {text!r}, and {name} has {have}; bars of a longer period are made of them "
                "if it is a multiple of theirs; leave it out to take bars of any period"
            )
    own = wants.index(period) if period in wants else -1
    return own, [(row, wanted) for row, wanted in enumerate(wants) if row != own]


def _steps(instrument: Instrument | None) -> tuple[int, int, int, int] | None:
    """Return tick and lot as the kernel takes them."""
    if instrument is None or instrument.tick is None or instrument.lot is None:
        return None
    tick, lot = instrument.tick, instrument.lot
    return tick.mantissa, tick.exponent, lot.mantissa, lot.exponent


def _of_instruments(records: Any, rows: list[int]) -> Any:
    """Put rows of instruments where the kernel wrote slots."""
    records = records.copy()
    records["instrument"] = np.array(rows, np.uint32)[records["instrument"]]
    return records


def columns_of(bars: Any) -> tuple[npt.NDArray[Any] | None, ...]:
    """Return the arrays of bars as the kernel takes them."""
    arrays = (bars.time, bars.open, bars.high, bars.low, bars.close)
    volume = None if bars.volume is None else np.ascontiguousarray(bars.volume)
    return (*map(np.ascontiguousarray, arrays), volume)


def said_of(data: BarSet, rows: list[int], instance: Hosted) -> dict[str, str]:
    """Say what a run takes for granted."""
    late = "" if data.fill == "next_open" else AT_CLOSE
    whole = data.costs.volume_limit is None
    return {
        "fills": FILLS + late,
        "size": "as the strategy asks; a value or a part of the equity is turned into units at the last close",
        "costs": data.costs.describe(),
        "liquidity": "every order fills whole at its price, whatever the volume; no latency but to the next bar"
        if whole
        else "orders fill over several bars where their volume does not suffice; no latency but to the next bar",
        **dict(account_words(data)),
        "cash": f"{data.cash:,.2f} at the start; idle cash earns nothing, {_lent(data)}no taxes",
        "mark": "the last close; an open trade ends there, without an exit fee",
        "numbers": _numbers(data, rows),
        **dict(_more(data, rows, instance)),
        "instruments": ", ".join(data.names[row] for row in rows),
        "times": f"UTC, also those without a zone; {data.bars[0].stamping}; a fill carries the time of its bar",
        "measures": "annualized with the periods a year that the data itself has; risk-free rate 0; the interval "
        "of the Sharpe ratio takes returns as independent (Lo, 2002)",
    }


def _numbers(data: BarSet, rows: list[int]) -> str:
    steps = [
        f"{data.names[row]} in ticks of {one.tick.step:g} and lots of {one.lot.step:g}"
        for row in rows
        if (one := data.grids.get(data.names[row])) and one.tick and one.lot
    ]
    if not steps:
        return "float64; no tick and no lot"
    return (
        f"float64; orders of {', '.join(steps)}: quantities down to a lot, a buy's limit down, a sell's up, triggers "
        "the other way; prices of fills are the data's after costs, and a split leaves parts of lots"
    )


def _more(data: BarSet, rows: list[int], instance: Hosted) -> Iterator[tuple[str, str]]:
    """Say what holds of history and of longer periods, where there are any."""
    if data.trade_from != ALL:
        from_here = f"orders from {np.datetime64(data.trade_from, 'ns')} on; what came before warmed the strategy up"
        yield "history", from_here
    made = sorted({
        instance.subscriptions.bars[place]
        for row in rows
        for place, _ in _periods(instance, data.names[row], data.periods[row])[1]
    })  # fmt: skip
    if made:
        yield (
            "periods",
            f"bars of {', '.join(made)} are made of the data's, in intervals of UTC; orders go along its own",
        )


def _lent(data: BarSet) -> str:
    free = "no check of cash or margin: what is short is lent free; " if data.account is None else ""
    return free + ("" if data.actions else "no dividends, ")


def warnings_of_orders(orders: Any, fills: Any, totals: Mapping[str, Any], account: Any) -> Iterator[str]:
    """Say what a reader should know of what became of the orders."""
    if not len(orders):
        yield "no order: the strategy asked for nothing"
    elif not len(fills):
        yield f"no fill: none of {len(orders)} orders traded"
    rejected = orders["reason"][orders["status"] == REJECTED]
    if len(rejected):
        yield f"{len(rejected)} orders were rejected: {', '.join(REASONS[code] for code in np.unique(rejected))}"
    broke = int(np.count_nonzero(orders["reason"] == NO_MARGIN))
    if broke:
        yield f"{broke} orders expired: there was not enough margin for them"
    if totals["cash"] < 0 and account is None:
        yield "cash is below zero at the end: the strategy spent more than it had"
    words = {
        "liquidated": "positions were liquidated: equity fell to the maintenance margin",
        "not_sent": "orders were not sent: reduce-only, a position already reached, or no price yet left nothing of "
        "them, or their parent had ended",
        "too_late": "changes came for orders that had ended",
        "cut": "fills were cut to what the volume of their bar allowed",
        "live_orders": "orders were still live at the end",
        "rounded": "numbers of orders were put on the grid of ticks and lots",
    }
    for name, text in words.items():
        if totals.get(name):
            yield f"{totals[name]} {text}"


def warnings_of_course(data: BarSet, rows: list[int], fills: Any, totals: Mapping[str, Any]) -> Iterator[str]:
    """Say what a reader should know of the data and of where equity went."""
    lasts = {data.names[row]: int(data.bars[row].time[-1]) for row in rows}
    yield from warnings_of_end(totals, lasts, (int(data.times[0]), int(data.times[-1])))
    for row in rows:
        bars, name = data.bars[row], data.names[row]
        yield from (text if len(rows) == 1 else f"{name}: {text}" for text in of_bars(bars))
        own = fills if len(rows) == 1 else fills[fills["instrument"] == row]
        yield from warnings_of_fills(data, name, odd_fills(own, bars, inside=data.costs.keeps_prices))


def warnings_of_end(totals: Mapping[str, Any], lasts: Mapping[str, int], span: tuple[int, int]) -> Iterator[str]:
    """Say that equity fell to zero, and whose bars end before the others; `lasts` are the last bars' ends by name."""
    if totals["lowest_equity"] <= 0:
        yield "equity fell to zero or below: measures of returns are not defined"
    yield from ends_early(lasts, span)


def warnings_of_fills(data: BarSet, name: str, odd: tuple[int, int]) -> Iterator[str]:
    """Say that fills of an instrument could not have happened; `odd` are the counts of :func:`odd_fills`."""
    outside, empty = odd
    if outside and not data.costs.keeps_prices:
        yield f"{name}: {outside} fills lie outside their bar's range: costs took them where nobody traded"
    if empty:
        yield f"{name}: {empty} fills lie on bars without volume; they could not have happened"
