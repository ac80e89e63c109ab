"""Bars of one or several instruments, and the terms of runs of strategy classes on them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..._validate import as_time
from ...data import Actions, Bars, adjust_bars, check_bars, load_bars
from ...errors import DataError, DTypeError, InputError
from ...types import Instrument
from ..account import Account, BarLedger, identity_of, ledger_of
from ..costs import CostModel
from ..results.valuation import PLAIN, Valuation

__all__ = ["BarSet", "are_several"]

Times = npt.NDArray[np.int64]

ALONE = "bars"
"""Name of an instrument that was given none."""
ALL = -(2**63)
"""A time before all bars."""


@dataclass(frozen=True)
class BarSet:
    """Checked terms of runs of strategy classes on bars.

    Parameters
    ----------
    names : tuple of str
        Instruments.
    bars : tuple of Bars
        Theirs.
    times : ndarray of int64
        When bars of any of them end, each time once.
    cash : float
        Money at the start.
    costs : CostModel
        What fills cost.
    fill : {"next_open", "close"}
        Where market orders fill: at the open of the bar after, or at the close of the bar that asked for them.
    account : Account, optional
        Margin and financing; without it what is short is lent free.
    actions : mapping of str to Actions
        Splits and dividends by instrument.
    trade_from : int
        What happens before this time, ns UTC, is history: strategies are fed with it, and their orders are off.
    grids : mapping of str to Instrument
        Those whose orders are in ticks and lots, by name in the data.
    known_periods : tuple of int
        How long a bar of each is, ns, where that is not told by these bars: a beginning of them has the whole's.
    """

    names: tuple[str, ...]
    bars: tuple[Bars, ...]
    times: Times
    cash: float
    costs: CostModel
    fill: Literal["next_open", "close"]
    account: Account | None = None
    actions: Mapping[str, Actions] = field(default_factory=dict)
    trade_from: int = ALL
    grids: Mapping[str, Instrument] = field(default_factory=dict)
    known_periods: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        bars: Mapping[str, Bars],
        *,
        cash: float,
        costs: CostModel,
        fill: Any,
        account: Account | None = None,
        actions: Any = None,
        trade_from: Any = None,
        instruments: Any = None,
    ) -> BarSet:
        """Put bars on one clock; an instrument alone keeps its own times."""
        several = tuple(bars.values())
        times = several[0].time if len(several) == 1 else np.unique(np.concatenate([one.time for one in several]))
        if account is not None:
            account.check_names(tuple(bars))
        names, begin = tuple(bars), ALL
        if trade_from is not None:
            begin = as_time(trade_from, "trade_from")
            if begin > int(times[-1]):
                end = np.datetime64(int(times[-1]), "ns")
                raise InputError(
                    f"trade_from: is {np.datetime64(begin, 'ns')}, after the last bar, which ends at {end}"
                )
        grids = _grids(instruments, names)
        return cls(names, several, times, cash, costs, fill, account, _by_name(actions, names), begin, grids)

    def ledger(self, row: int) -> BarLedger:
        """Return what falls due on the bars of an instrument."""
        name = self.names[row]
        return ledger_of(self.bars[row], (self.account or Account()).of(name), self.actions.get(name))

    def valuation(self, row: int) -> Valuation:
        """Return what units of an instrument are worth, bar by bar."""
        ledger, multiplier, bars = self.ledger(row), self.multiplier(row), self.bars[row]
        actions = self.actions.get(self.names[row])
        money = None
        if ledger.rate is not None or multiplier != 1:
            money = multiplier * (np.ones(len(bars)) if ledger.rate is None else ledger.rate)
        if money is None and actions is None:
            return PLAIN
        whole = bars if actions is None else adjust_bars(bars, actions)
        return Valuation(money, ledger.units, whole.close * (1.0 if money is None else money))

    def multiplier(self, row: int) -> float:
        """Return the money of a unit of an instrument at a price of 1, before conversion."""
        return 1.0 if self.account is None else float(self.account.of(self.names[row]).multiplier)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The instruments as strategies see them; those without a grid have a name alone."""
        return tuple(
            replace(
                self.grids.get(name, Instrument(name)),
                details={**self.grids.get(name, Instrument(name)).details, "multiplier": self.multiplier(row)},
            )
            for row, name in enumerate(self.names)
        )

    def begin_of(self, times: Times) -> int:
        """Return how many of some times are history."""
        return int(times.searchsorted(self.trade_from))

    def times_of(self, rows: Sequence[int]) -> Times:
        """Return when bars of some instruments end, each time once."""
        if len(rows) == len(self.bars):
            return self.times
        several = [self.bars[row].time for row in rows]
        return several[0] if len(several) == 1 else np.unique(np.concatenate(several))

    def first(self, n: int) -> BarSet:
        """Return the same terms on what has ended by the n-th time."""
        last = self.times[n - 1]
        parts = {
            name: bars.take(np.arange(int(bars.time.searchsorted(last, side="right"))))
            for name, bars in zip(self.names, self.bars, strict=True)
        }
        missing = [name for name, bars in parts.items() if not len(bars)]
        if missing:
            raise InputError(f"least: {missing[0]} has no bar among the first {n} times; begin later")
        return replace(self, bars=tuple(parts.values()), times=self.times[:n], known_periods=tuple(self.periods))

    def identity(self) -> list[Any]:
        """Return what a run depends on beside its bars, the same in every process."""
        steps = {name: (one.tick, one.lot) for name, one in self.grids.items()}
        terms = [self.names, self.cash, self.costs.fingerprint(), self.fill, self.trade_from, steps]
        return [*terms, *identity_of(self.account, self.actions)]

    @cached_property
    def periods(self) -> list[int]:
        """How long a bar of each instrument is: the shortest time between two ends, ns; 0 for one bar."""
        if self.known_periods:
            return list(self.known_periods)
        return [int(np.diff(bars.time).min()) if len(bars) > 1 else 0 for bars in self.bars]


def _grids(given: Any, names: tuple[str, ...]) -> dict[str, Instrument]:
    """Return instruments with a grid by their names in the data; one alone may be called otherwise there."""
    if given is None:
        return {}
    table = given if isinstance(given, Mapping) else {getattr(one, "name", one): one for one in given}
    for one in table.values():
        if not isinstance(one, Instrument):
            raise DTypeError(f"instruments: must be Instrument, or a mapping of names to them, got {one!r}")
        if one.tick is None:
            raise InputError(f"instruments: {one.name!r} has no tick and lot; leave out those without a grid")
    if names == (ALONE,) and len(table) == 1:
        return {ALONE: next(iter(table.values()))}
    for name in table:
        if name not in names:
            raise InputError(f"instruments: {name!r} is not in the data, which has {', '.join(names)}")
    return dict(table)


def _by_name(actions: Any, names: tuple[str, ...]) -> dict[str, Actions]:
    """Return splits and dividends by instrument; those of an instrument alone need no name."""
    if actions is None:
        return {}
    if isinstance(actions, Actions):
        if len(names) > 1:
            raise InputError("actions: of several instruments they are a mapping by name")
        return {names[0]: actions}
    if not isinstance(actions, Mapping) or not all(isinstance(one, Actions) for one in actions.values()):
        raise DTypeError(f"actions: must be Actions, or a mapping of names to them, got {actions!r}; see load_actions")
    for name in actions:
        if name not in names:
            raise InputError(f"actions: {name!r} is not in the data, which has {', '.join(names)}")
    return dict(actions)


def are_several(data: Any) -> bool:
    """Say whether data are the bars of several instruments: a mapping of tables, not of columns."""
    return isinstance(data, Mapping) and bool(data) and all(_is_table(value) for value in data.values())


def load_several(data: Mapping[Any, Any], *, stamp: Any, period: Any) -> tuple[dict[str, Bars], tuple[Times, ...]]:
    """Load and check the bars of each, and their times as they came; errors carry the instrument's name."""
    loaded: dict[str, Bars] = {}
    times = []
    for name, table in data.items():
        if not isinstance(name, str) or not name:
            raise InputError(f"data: names of instruments must be text, got {name!r}")
        try:
            given = load_bars(table)
            times.append(given.time)
            loaded[name] = check_bars(load_bars(given, stamp=stamp, period=period))
        except (DataError, InputError) as error:
            raise type(error)(f"{name}: {error}") from None
    return loaded, tuple(times)


def _is_table(value: Any) -> bool:
    if isinstance(value, (Mapping, Bars, str, os.PathLike)):
        return True
    named = getattr(getattr(value, "dtype", None), "names", None)
    return named is not None or hasattr(value, "columns") or hasattr(value, "column_names")
