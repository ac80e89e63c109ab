"""What an account pays and gets, bar by bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...data import Bars
from ...data.actions import Actions, effective_rows
from .rates import Rates
from .terms import Account

__all__ = ["PAYMENTS", "BarLedger", "accrued", "ledger_of"]

Floats = npt.NDArray[np.float64]

PAYMENTS = np.dtype([(name, "<f8") for name in ("interest", "borrow", "funding", "dividend")])
"""``pyrt_ext/accounts/account.pxd``, Payments: money before a bar's open, above zero what the account gets."""

YEAR_NS = 365 * 86_400 * 10**9


@dataclass(frozen=True, eq=False, slots=True)
class BarLedger:
    """What falls due before each bar, and the rates of conversion; None where there is nothing of the kind.

    Attributes
    ----------
    interest, borrow, funding : ndarray of float64, shape (n_bars,) or None
        As a fraction, for the time since the bar before.
    dividend, split : ndarray of float64 or None
        Money a unit, and units that one becomes.
    rate : ndarray of float64 or None
        Of conversion, at each bar's end.
    """

    interest: Floats | None
    borrow: Floats | None
    funding: Floats | None
    dividend: Floats | None
    split: Floats | None
    rate: Floats | None

    @property
    def units(self) -> Floats | None:
        """What one unit held from the beginning has become at each bar."""
        return None if self.split is None else self.split.cumprod()

    def columns(self) -> dict[str, Floats | None]:
        """Return all of it by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def ledger_of(bars: Bars, account: Account, actions: Actions | None) -> BarLedger:
    """Lay an account's rates and an instrument's actions on bars.

    Raises
    ------
    InputError
        If a rate does not reach back to the first bar.
    """
    dividend = split = None
    if actions is not None:
        dividend, split = np.zeros(len(bars)), np.ones(len(bars))
        first, inside = effective_rows(bars, actions)
        for row, ratio, money in zip(first[inside], actions.split[inside], actions.dividend[inside], strict=True):
            dividend[row] += money * split[row]  # money a unit as units were before it
            split[row] *= ratio
    conversion = account.conversion
    return BarLedger(
        interest=accrued(bars.time, account.interest, "interest"),
        borrow=accrued(bars.time, account.borrow, "borrow"),
        funding=_paid(bars, account.funding),
        dividend=dividend,
        split=split,
        rate=None if conversion is None else _in_force(bars.time, conversion, "conversion"),
    )


def _in_force(times: npt.NDArray[np.int64], rate: Rates | float, name: str) -> Floats:
    return rate.at(times, name) if isinstance(rate, Rates) else np.full(len(times), rate)


def accrued(times: npt.NDArray[np.int64], rate: Rates | float, name: str) -> Floats | None:
    """Return what a rate a year comes to from each time to the next, 0 at the first; None of no rate."""
    if isinstance(rate, float) and rate == 0:
        return None
    found = np.zeros(len(times))
    found[1:] = _in_force(times[:-1], rate, name) * (np.diff(times) / YEAR_NS)
    return found


def _paid(bars: Bars, rates: Rates | None) -> Floats | None:
    if rates is None:
        return None
    found = np.zeros(len(bars) + 1)
    np.add.at(found, np.searchsorted(bars.time, rates.time, side="right"), rates.value)
    found[0] = 0.0  # before the first bar nothing is held
    return found[:-1].copy()
