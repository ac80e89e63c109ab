"""What an account may hold and what it pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import number
from ...data import Actions
from ...errors import InputError
from .rates import Rates

__all__ = ["MARGIN", "Account", "identity_of"]

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
        moment, and nothing is kept in the other currency. On events also the name of an instrument in the data, whose
        price it is (or one over it, by its currencies).

    Of several instruments `borrow`, `funding`, `multiplier` and `conversion` may be mappings by name; those that are
    not named have none of it.

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
    multiplier: Any = 1.0
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
        object.__setattr__(self, "interest", Rates.of(self.interest, "interest"))
        checks: dict[str, Any] = {"borrow": Rates.of, "funding": _funding, "multiplier": _multiplier}
        for name, check in (checks | {"conversion": _conversion}).items():
            given = getattr(self, name)
            made = check(given, name)
            if isinstance(given, Mapping):
                made = {key: check(value, f"{name}[{key!r}]") for key, value in given.items()}
            object.__setattr__(self, name, made)

    def of(self, instrument: str) -> Account:
        """Return the account as one instrument sees it."""
        single: dict[str, Any] = {}
        for name, none in _PER_INSTRUMENT.items():
            given = getattr(self, name)
            single[name] = given.get(instrument, none) if isinstance(given, Mapping) else given
        return replace(self, **single)

    @property
    def is_of_several(self) -> bool:
        """Whether something is said by instrument."""
        return any(isinstance(getattr(self, name), Mapping) for name in _PER_INSTRUMENT)

    def check_names(self, names: Sequence[str]) -> None:
        """Refuse what is of an instrument that is not there."""
        for name in _PER_INSTRUMENT:
            given = getattr(self, name)
            for key in given if isinstance(given, Mapping) else ():
                if key not in names:
                    raise InputError(f"{name}: {key!r} is not in the data, which has {', '.join(names)}")

    def check_bars(self) -> Account:
        """Refuse what is of events."""
        for given in self.conversion.values() if isinstance(self.conversion, Mapping) else [self.conversion]:
            if isinstance(given, str):
                raise InputError(f"account: conversion by the price of {given} is of events; on bars give Rates")
        return self

    @property
    def keeps(self) -> float | None:
        """The maintenance margin that holds; None if nobody is liquidated."""
        if self.maintenance is None and self.leverage > 1:
            return 0.5 / self.leverage
        return self.maintenance

    def margin(self) -> npt.NDArray[np.void]:
        """Return what kernels are told."""
        keeps = -1.0 if self.keeps is None else self.keeps
        multiplier = 1.0 if isinstance(self.multiplier, Mapping) else self.multiplier
        return np.array([(multiplier, self.leverage, keeps, self.liquidation_bps / 1e4)], MARGIN)

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
        writers = {"borrow": _borrow_words, "funding": _funding_words, "multiplier": _multiplier_words}
        for name, write in (writers | {"conversion": _conversion_words}).items():
            given = getattr(self, name)
            if isinstance(given, Mapping):
                parts += [f"{key}: {words}" for key, value in given.items() if (words := write(value))]
            elif words := write(given):
                parts.append(words)
        return "; ".join(parts)


_PER_INSTRUMENT: dict[str, Any] = {"borrow": 0.0, "funding": None, "multiplier": 1.0, "conversion": None}


def _funding(given: Any, name: str) -> Any:
    if isinstance(found := Rates.of(given, name), float):
        raise InputError(f"{name}: is paid at times; give Rates(time, value)")
    return found


def _multiplier(given: Any, name: str) -> Any:
    return given if isinstance(given, Mapping) else number(given, name, low=0.0, above=True)


def _conversion(given: Any, name: str) -> Any:
    if isinstance(given, str):
        return given
    found = Rates.of(given, name)
    lowest = found.value.min() if isinstance(found, Rates) else found
    if lowest is not None and not isinstance(lowest, Mapping) and not lowest > 0:
        raise InputError(f"{name}: must be above zero, got {lowest:g}")
    return found


def _borrow_words(rate: Any) -> str:
    return f"borrowing shares costs {_yearly(rate)}" if rate else ""


def _funding_words(rates: Any) -> str:
    return "" if rates is None else f"{len(rates.time)} payments of funding"


def _multiplier_words(multiplier: Any) -> str:
    return "" if multiplier == 1 else f"{multiplier:g} of money a unit and point"


def _conversion_words(rate: Any) -> str:
    if rate is None:
        return ""
    if isinstance(rate, str):
        return f"converted at the price of {rate}"
    return f"converted at {rate:g}" if isinstance(rate, float) else "converted at the rates given, each moment's"


def _yearly(rate: Any) -> str:
    return f"{rate * 100:g}% a year" if isinstance(rate, float) else "the rates given, of a year"


def identity_of(account: Account | None, actions: Mapping[str, Actions]) -> list[Any]:
    """Return what runs depend on, the same in every process."""

    def told(given: Any) -> Any:
        if isinstance(given, Rates):
            return [given.time.tolist(), given.value.tolist()]
        return {key: told(value) for key, value in given.items()} if isinstance(given, Mapping) else given

    of_account = None if account is None else [told(getattr(account, name)) for name in account.__slots__]
    of_actions = {key: [a.time.tolist(), a.split.tolist(), a.dividend.tolist()] for key, a in actions.items()}
    return [of_account, of_actions]
