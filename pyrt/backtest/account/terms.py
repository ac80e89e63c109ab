"""What an account may hold and what it pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import number
from ...errors import InputError
from .rates import Rates

__all__ = ["MARGIN", "Account"]

MARGIN = np.dtype([(name, "<f8") for name in ("multiplier", "leverage", "maintenance", "liquidation_fee")])
"""``pyrt_ext/accounts/account.pxd``, Margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Margin, financing and currency of an account; plain cash unless said otherwise.

    Rates are numbers, :class:`Rates`, or pandas Series with a DatetimeIndex. Those of a year are of 365 days; between
    two bars what is in force at the earlier one counts, on what was held then at its close.

    Parameters
    ----------
    leverage : float
        The most that positions are worth when they are opened, in equities: 1 over the initial margin. From 1.
    maintenance : float, optional
        The least equity, as a fraction of the positions' value. Where a price brings it below, the position is
        liquidated: a stop at that price, at the bar's open if that is beyond it, worse by the costs. Unless given it is
        half the initial margin if there is leverage, and without leverage nobody is liquidated.
    liquidation_bps : float
        What liquidation costs beside the commission, in basis points of the value.
    interest : rate a year
        Paid on cash below zero.
    borrow : rate a year
        Paid on the value of short positions.
    funding : Rates, optional
        Payments of perpetual contracts: at each time a long position pays the rate times its value, a short one gets
        it (below zero the other way round).
    multiplier : float
        Money of one unit at a price of 1, as 50 for an S&P e-mini.
    conversion : rate, optional
        What one unit of the data's currency is worth in the account's. Every payment is converted at the rate of its
        moment, and nothing is kept in the other currency.

    Examples
    --------
    >>> Account(leverage=4, borrow=0.03).describe()
    'leverage up to 4, liquidated below 12.5% of the value; borrowing shares costs 3% a year'
    """

    leverage: float = 1.0
    maintenance: float | None = None
    liquidation_bps: float = 0.0
    interest: Any = 0.0
    borrow: Any = 0.0
    funding: Any = None
    multiplier: float = 1.0
    conversion: Any = None

    def __post_init__(self) -> None:
        number(self.leverage, "leverage", low=1.0, high=1000.0)
        if self.maintenance is not None:
            number(self.maintenance, "maintenance", low=0.0, high=1.0)
            if self.leverage > 1 and self.maintenance >= 1.0 / self.leverage:
                raise InputError(
                    f"maintenance: must be below the initial margin, 1 / leverage = {1 / self.leverage:g}, "
                    f"got {self.maintenance:g}"
                )
        number(self.liquidation_bps, "liquidation_bps", low=0.0, high=5000.0)
        number(self.multiplier, "multiplier", low=0.0, above=True)
        for name in ("interest", "borrow", "funding", "conversion"):
            object.__setattr__(self, name, Rates.of(getattr(self, name), name))
        if isinstance(self.funding, float):
            raise InputError("funding: is paid at times; give Rates(time, value)")
        lowest = self.conversion.value.min() if isinstance(self.conversion, Rates) else self.conversion
        if lowest is not None and not lowest > 0:
            raise InputError(f"conversion: must be above zero, got {lowest:g}")

    @property
    def keeps(self) -> float | None:
        """The maintenance margin that holds; None if nobody is liquidated."""
        if self.maintenance is None and self.leverage > 1:
            return 0.5 / self.leverage
        return self.maintenance

    def margin(self) -> npt.NDArray[np.void]:
        """Return what kernels are told."""
        keeps = -1.0 if self.keeps is None else self.keeps
        return np.array([(self.multiplier, self.leverage, keeps, self.liquidation_bps / 1e4)], MARGIN)

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        parts = ["no leverage" if self.leverage == 1 else f"leverage up to {self.leverage:g}"]
        if self.keeps is None:
            parts[0] += ", nobody is liquidated"
        else:
            fee = f", which costs {self.liquidation_bps:g} bps more" if self.liquidation_bps else ""
            parts[0] += f", liquidated below {self.keeps * 100:g}% of the value{fee}"
        if self.interest:
            parts.append(f"cash below zero pays {_yearly(self.interest)}")
        if self.borrow:
            parts.append(f"borrowing shares costs {_yearly(self.borrow)}")
        if self.funding is not None:
            parts.append(f"{len(self.funding.time)} payments of funding")
        if self.multiplier != 1:
            parts.append(f"{self.multiplier:g} of money a unit and point")
        if self.conversion is not None:
            rate = self.conversion if isinstance(self.conversion, float) else "the rates given"
            parts.append(f"converted at {rate:g}" if isinstance(rate, float) else f"converted at {rate}, each moment's")
        return "; ".join(parts)


def _yearly(rate: Any) -> str:
    return f"{rate * 100:g}% a year" if isinstance(rate, float) else "the rates given, of a year"
