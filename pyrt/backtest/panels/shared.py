"""Signals of several instruments in one account: lays them on one clock, runs the kernel, says what a run came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.accounts.shared import SharedAccount

from ...errors import InputError
from ...types import RECORDS, Kind
from ..account import Account, accrued
from ..bars.account import PAID_ROW, account_words
from ..bars.data import BarSet
from ..bars.result import BarResult
from ..bars.run import warnings_of_course
from ..bars.tables import FILL_ROW, MARKET, orders_of
from ..signals import Signals, assumptions_of
from ..stops import Stops
from .columns import PanelData, beside

__all__ = ["run_shared"]

Records = npt.NDArray[np.void]


def run_shared(
    data: PanelData,
    rows: Sequence[int],
    columns: Sequence[Signals],
    stops: Sequence[Stops],
    lost: Sequence[int],
    *,
    exits_first: bool,
) -> BarResult:
    """Run the signals of some instruments in one account.

    Raises
    ------
    InputError
        If a model of costs fails, with the bar; if it needs volume and bars have none.
    """
    part = _part(data.set, rows)
    terms, window = part.costs.terms(), part.costs.window if part.costs.needs_bars else 0
    seats = [_seat(data, row, columns[row], stops[row]) for row in rows]
    lag = int(part.fill == "next_open")
    account = SharedAccount(seats, (part.cash, terms.data, window, lag, exits_first))
    rate = None if part.account is None else accrued(part.times, part.account.interest, "interest")
    equity = np.empty(len(part.times))
    slot, bar, which, fault = account.run(part.times, rate, equity)
    if slot >= 0:
        where = f"{part.names[slot]}, bar {bar} ({part.bars[slot].timestamps[bar]})"
        if which:
            raise terms.refuse(which, fault, where)
        raise InputError(f"costs: {part.costs.describe()}: no price above zero comes of them, or no fee, on {where}")
    fills, paid = account.outputs()
    told, everything = account.summary(), np.frombuffer(fills, FILL_ROW)
    made = everything[everything["qty"] > 0].copy()
    totals = {**told, "live_orders": 0, "not_sent": told["rejected"], "too_late": 0, "liquidated": _liquidated(made)}
    chosen = [columns[row] for row in rows]
    return BarResult(
        names=part.names,
        bars=part.bars,
        times=part.times,
        cash=part.cash,
        order_rows=orders_of(everything, _asked_at(everything, part, lag)),
        fill_rows=made,
        signals=np.zeros(0, RECORDS[Kind.SIGNAL]),
        totals={name: value for name, value in totals.items() if name not in ("rejected", "late", "unknown")},
        state=b"",
        assumptions=_assumptions(data, part, stops, rows, exits_first=exits_first, short=_is_short(chosen)),
        warnings=tuple(_warnings(part, chosen, made, told, [lost[row] for row in rows])),
        paid_rows=np.frombuffer(paid, PAID_ROW).copy(),
        valuations=tuple(part.valuation(row) for row in range(len(part.names))),
        equity_rows=equity,
    )


def _part(data: BarSet, rows: Sequence[int]) -> BarSet:
    """Return the terms of some instruments."""
    if list(rows) == list(range(len(data.names))):
        return data
    names = tuple(data.names[row] for row in rows)
    actions = {name: data.actions[name] for name in names if name in data.actions}
    bars = tuple(data.bars[row] for row in rows)
    return replace(data, names=names, bars=bars, times=data.times_of(rows), actions=actions)


def _seat(data: PanelData, row: int, signals: Signals, stops: Stops) -> tuple[Any, ...]:
    """Return an instrument as the kernel takes it."""
    alone, bars = data.alone(row), data.set.bars[row]
    if alone.costs.needs_volume and bars.volume is None:
        name = data.set.names[row]
        raise InputError(f"costs: {alone.costs.describe()}: goes by volume, and the bars of {name} have none")
    ledger = data.set.ledger(row)
    known: dict[str, Any] = {**ledger.columns(), "volume": bars.volume, "units": ledger.units, "time": bars.time}
    known = {name: None if column is None else np.ascontiguousarray(column) for name, column in known.items()}
    prices = tuple(np.ascontiguousarray(getattr(bars, name)) for name in ("open", "high", "low", "close"))
    return prices, signals.codes()[0], alone.rules(stops), (alone.account or Account()).margin(), known


def _asked_at(everything: Records, data: BarSet, lag: int) -> npt.NDArray[np.int64]:
    """Return when what became fills was asked for: signals at the end of the bar before."""
    times: npt.NDArray[np.int64] = everything["time"].copy()
    for row, bars in enumerate(data.bars):
        late = (everything["instrument"] == row) & (everything["action"] == MARKET)
        times[late] = bars.time[everything["row"][late] - lag]
    return times


def _liquidated(fills: Records) -> int:
    return int(np.count_nonzero(fills["action"] == 0))


def _is_short(columns: Sequence[Signals]) -> bool:
    return any(column.short_entries is not None for column in columns)


def _assumptions(
    data: PanelData, part: BarSet, stops: Sequence[Stops], rows: Sequence[int], *, exits_first: bool, short: bool
) -> dict[str, str]:
    words = assumptions_of(data.alone(rows[0]), stops[rows[0]], short=short)
    turn = "in the order of the instruments"
    if exits_first:
        turn = "first all that leave, then all that enter, in the order of the instruments"
    of_account = dict(account_words(part))
    if part.account is not None:
        of_account["margin"] = (
            "an entry trades no more than leaves all positions within the leverage, the others at their last closes; a "
            "position is liquidated where the price brings the equity to the maintenance margin, the others standing "
            "at their last closes"
        )
    if part.actions:
        of_account["actions"] = of_account["actions"].replace("position and live orders", "position and its stops")
    if len({stops[row] for row in rows}) > 1:
        words["stops"] = "; ".join(f"{part.names[at]}: {stops[row].describe()}" for at, row in enumerate(rows))
    return {
        **words,
        **of_account,
        "sharing": f"one account: what fills at one time is carried out {turn}; an entry takes from the money that is "
        "left, and a part of the equity is of the whole account's",
        "instruments": ", ".join(part.names),
    }


def _warnings(
    data: BarSet, columns: Sequence[Signals], fills: Records, told: dict[str, Any], lost: Sequence[int]
) -> Iterator[str]:
    """Say what a reader should know of what became of the signals, and of the data."""
    entries = sum(int(np.count_nonzero(mask)) for one in columns for mask in (one.entries, one.short_entries)
                  if mask is not None)  # fmt: skip
    if not entries:
        yield "no entry signal: nothing was traded"
    elif not len(fills):
        yield f"no fill: none of {entries} entry signals was carried out"
    for name, one, missed in zip(data.names, columns, lost, strict=True):
        yield from (f"{name}: {words}" for words in beside(missed))
        both = int(np.count_nonzero(one.entries & one.exits))
        if one.short_entries is not None:
            both += int(np.count_nonzero(one.short_entries & one.short_exits))
        if both:
            yield f"{name}: {both} bars have both an entry and an exit; they were ignored"
    words = {
        "late": "signals on last bars would fill after the data ends; they were not carried out",
        "cut": "entries were cut to what the account's money paid for",
        "rejected": "entries were not carried out: there was no money left in the account",
        "unknown": "fills came before there was a mean volume or a volatility: models took none for them",
    }
    for name, text in words.items():
        if told[name]:
            yield f"{told[name]} {text}"
    if _liquidated(fills):
        yield f"{_liquidated(fills)} positions were liquidated: equity fell to the maintenance margin"
    yield from warnings_of_course(data, list(range(len(data.names))), fills, told)
