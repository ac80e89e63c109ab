"""Signals with an account and any model of costs: lays them on bars, runs the kernel, says what a run came to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pyrt_ext.accounts.signals import run as simulate

from ...data import adjust_bars
from ...errors import InputError
from ..results.ledger import KERNEL_FILL
from ..results.valuation import Valuation
from .ledger import PAYMENTS, BarLedger, ledger_of
from .terms import Account

if TYPE_CHECKING:
    from ..signals import BarData

__all__ = ["AccountRun", "account_words", "run_account"]

Records = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]


class AccountRun(NamedTuple):
    """What the kernel gave."""

    fills: Records
    equity: Floats
    counts: dict[str, int]
    valuation: Valuation
    unknown: int


def run_account(data: BarData, codes: Any, openings: int, rules: Records) -> AccountRun:
    """Run signals that :func:`pyrt_ext.signals.codes` has joined.

    Raises
    ------
    InputError
        If a model of costs fails, with the bar; if it needs volume and the bars have none.
    """
    bars, account = data.bars, data.account or Account()
    if account.is_of_several:
        raise InputError("account: says something by instrument, and these bars are of one; give it that alone")
    terms, ledger = data.costs.terms(), ledger_of(bars, account, data.actions)
    if data.costs.needs_volume and bars.volume is None:
        raise InputError(f"costs: {data.costs.describe()}: goes by volume, and the bars have none")
    raw, equity, payments = np.empty(2 * openings, KERNEL_FILL), np.empty(len(bars)), np.zeros(len(bars), PAYMENTS)
    prices = (bars.open, bars.high, bars.low, bars.close)
    rows = {**ledger.columns(), "volume": bars.volume, "units": ledger.units, "time": bars.time}
    given = (terms.data, account.margin(), data.costs.window if data.costs.needs_bars else 0)
    counts, (row, which, fault) = simulate(prices, codes, int(data.late), rules, given, rows, (raw, payments, equity))
    if row >= 0:
        where = f"bar {row} ({bars.timestamps[row]})"
        if which:
            raise terms.refuse(which, fault, where)
        raise InputError(f"costs: {data.costs.describe()}: no price above zero comes of them, or no fee, on {where}")
    fills = raw[: counts["fills"]].copy()
    return AccountRun(fills, equity, counts, _valued(data, account, ledger, payments), counts["unknown"])


def _valued(data: BarData, account: Account, ledger: BarLedger, payments: Records) -> Valuation:
    bars, money = data.bars, None
    if ledger.rate is not None or account.multiplier != 1:
        money = account.multiplier * (np.ones(len(bars)) if ledger.rate is None else ledger.rate)
    benchmark = None
    if money is not None or data.actions is not None:
        whole = bars if data.actions is None else adjust_bars(bars, data.actions)
        benchmark = whole.close * (1.0 if money is None else money)
    columns = ("interest", "borrow", "funding", "dividend")
    paid = payments if any(getattr(ledger, name) is not None for name in columns) else None
    return Valuation(money, ledger.units, benchmark, paid)


def account_words(data: BarData) -> Iterator[tuple[str, str]]:
    """Say in words what an account assumes."""
    account = data.account or Account()
    yield "account", account.describe()
    if data.actions is not None:
        yield (
            "actions",
            f"{data.actions!r}: a split changes the units held and the position's stops, a dividend is paid in cash on "
            "the day, without tax; prices are those of the data, volumes and volatility those without splits",
        )
    if account.interest or account.borrow or account.funding is not None:
        yield "financing", "paid before a bar's open, on what was held at the close before; a year has 365 days"
    if account.keeps is not None:
        yield (
            "liquidation",
            f"at the price at which equity is {account.keeps * 100:g}% of the position's value, as a stop: at the open "
            "of a bar that opens beyond it",
        )
