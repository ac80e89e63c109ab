"""What units of an instrument are worth in the account's money, bar by bar, and what was paid beside fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...data import Bars

__all__ = ["PLAIN", "Valuation"]

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


@dataclass(frozen=True, eq=False, slots=True)
class Valuation:
    """Plain if nothing is given: a unit is worth its price, stays one unit, and nothing is paid.

    Parameters
    ----------
    money : ndarray of float64, shape (n_observations,), optional
        Of one unit at a price of 1, at each bar's end: multiplier times conversion.
    units : ndarray of float64, shape (n_observations,), optional
        What one unit of the beginning has become by splits.
    benchmark : ndarray of float64, shape (n_observations,), optional
        What a holder has from the first bar on, dividends reinvested.
    payments : structured ndarray, shape (n_observations,), optional
        Interest, borrow, funding and dividend before each bar's open.
    """

    money: Floats | None = None
    units: Floats | None = None
    benchmark: Floats | None = None
    payments: Records | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) is not None:
                getattr(self, name).flags.writeable = False

    def value(self, fills: Records, *, at_open: bool) -> Floats:
        """Return what each fill was worth: at an open or inside a bar by the conversion of the bar before."""
        worth: Floats = fills["qty"] * fills["price"]
        if self.money is None:
            return worth
        at_close = (fills["reason"] == "signal") & (not at_open)
        converted: Floats = worth * self.money[np.maximum(fills["row"] - ~at_close, 0)]
        return converted

    def last(self, qty: Any, price: Any) -> Any:
        """Return what units are worth at the end."""
        return qty * price if self.money is None else qty * price * self.money[-1]

    def grown(self, rows: Any, since: Any) -> Any:
        """Return what one unit has become at rows, that was one at rows before."""
        return 1.0 if self.units is None else self.units[rows] / self.units[since]

    def adjusted(self, prices: Floats) -> Floats:
        """Return prices in the units of the beginning."""
        return prices if self.units is None else prices * self.units

    def worth(self, bars: Bars) -> Floats:
        """Return what a unit of each bar is worth at its close."""
        return bars.close if self.money is None else bars.close * self.money

    def paid(self) -> Floats | None:
        """Return the sum of all payments before each bar."""
        if self.payments is None:
            return None
        total: Floats = np.sum([self.payments[name] for name in self.payments.dtype.names or ()], axis=0)
        return total

    def columns(self) -> dict[str, Floats]:
        """Return what there is by name, to be saved."""
        arrays = {name: getattr(self, name) for name in ("money", "units", "benchmark")}
        payments = self.payments
        if payments is not None:
            arrays |= {f"paid_{name}": np.ascontiguousarray(payments[name]) for name in payments.dtype.names or ()}
        return {name: array for name, array in arrays.items() if array is not None}

    @classmethod
    def of(cls, columns: dict[str, Floats]) -> Valuation:
        """Make it of what :meth:`columns` gave."""
        paid = [name for name in columns if name.startswith("paid_")]
        payments = None
        if paid:
            payments = np.zeros(len(columns[paid[0]]), [(name.removeprefix("paid_"), "<f8") for name in paid])
            for name in paid:
                payments[name.removeprefix("paid_")] = columns[name]
        return cls(columns.get("money"), columns.get("units"), columns.get("benchmark"), payments)


PLAIN = Valuation()
"""A unit is worth its price, and nothing is paid beside fills."""
