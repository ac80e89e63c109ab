"""An account on bars: what the kernel is told of it, what was paid, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..account import Account, accrued
from .data import BarSet

__all__ = ["PAID", "PAID_ROW", "account_words", "kernel_account", "public_paid"]

Records = npt.NDArray[np.void]

PAID_ROW = np.dtype([("time", "<i8"), ("amount", "<f8"), ("instrument", "<u4"), ("kind", "<u4")])
"""``pyrt_ext/bars/account.pxd``, PaidRow; of a result `instrument` is a row and no slot."""

KINDS = np.array(["interest", "borrow", "funding", "dividend"])
PAID = np.dtype([("time", "<M8[ns]"), ("instrument", "<u4"), ("kind", "<U8"), ("amount", "<f8")])
"""What was paid (below zero) or got beside fills: when (UTC), for which instrument (interest is of the account, and
carries the first), as "interest", "borrow", "funding" or "dividend", and how much."""


def kernel_account(data: BarSet, rows: Sequence[int], times: npt.NDArray[np.int64]) -> tuple[Any, ...]:
    """Return margin, interest by time, and of each slot its multiplier and what falls due on its bars."""
    margin = (data.account or Account()).margin()
    if data.account is None:
        margin["leverage"] = 0.0  # nobody asks for margin
    interest = None if data.account is None else accrued(times, data.account.interest, "interest")
    slots = []
    for row in rows:
        ledger = data.ledger(row)
        columns = (ledger.borrow, ledger.funding, ledger.dividend, ledger.split, ledger.rate, ledger.units)
        slots.append((data.multiplier(row), columns))
    return margin, interest, slots


def public_paid(raw: Records) -> Records:
    """Give the kernel's payments words and times."""
    paid = np.empty(len(raw), PAID)
    paid["time"], paid["instrument"] = raw["time"].view("M8[ns]"), raw["instrument"]
    paid["kind"], paid["amount"] = KINDS[raw["kind"]], raw["amount"]
    return paid


def account_words(data: BarSet) -> Iterator[tuple[str, str]]:
    """Say in words what an account assumes."""
    if data.account is not None:
        yield "account", data.account.describe()
        yield (
            "margin",
            "a fill that makes a position larger must leave all positions within the leverage, at the last closes of "
            "the others; else its order expires (no_margin). A position is liquidated where the price on the way "
            "through the bar brings the equity to the maintenance margin, the others standing at their last closes: "
            "its orders are canceled, and it is closed there as by a stop",
        )
        yield "financing", "paid before a bar's open, on what was held at the close before; a year has 365 days"
    if data.actions:
        yield (
            "actions",
            "; ".join(f"{name} {actions!r}" for name, actions in data.actions.items())
            + ": a split changes position and live orders, a dividend is paid in cash on the day, without tax; bars "
            "are as they were",
        )
