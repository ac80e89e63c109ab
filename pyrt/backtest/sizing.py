"""How much an entry buys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .._validate import number
from ..errors import InputError

__all__ = ["Fraction", "Notional", "Size", "Sizing", "parse_size"]


@dataclass(frozen=True, slots=True)
class Fraction:
    """A size: this part of the equity at the entry, fees included.

    Parameters
    ----------
    of_equity : float
        Above 0 and at most 1; with an :class:`~pyrt.backtest.Account`, at most its leverage.

    Examples
    --------
    >>> Fraction(0.5)
    Fraction(of_equity=0.5)
    """

    of_equity: float

    def __post_init__(self) -> None:
        number(self.of_equity, "of_equity", low=0.0, high=1000.0, above=True)


@dataclass(frozen=True, slots=True)
class Notional:
    """A size: this much money's worth at each entry, fees apart.

    Parameters
    ----------
    money : float
        Above 0.

    Examples
    --------
    >>> Notional(10_000)
    Notional(money=10000)
    """

    money: float

    def __post_init__(self) -> None:
        number(self.money, "money", low=0.0, above=True)


Size: TypeAlias = Literal["all"] | float | Fraction | Notional
"""``"all"``, a number of units, a :class:`Fraction` or a :class:`Notional`."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """A size as the kernel takes it: units above zero, or else money above zero, or else a fraction of the cash."""

    units: float
    money: float
    fraction: float
    words: str
    whole: bool = False


def parse_size(size: Any, most: float = 1.0) -> Sizing:
    """Check a size and put it in the kernel's terms; `most` is the leverage.

    An entry finds no position, so cash is the equity then.
    """
    if isinstance(size, Fraction):
        part = float(size.of_equity)
        if part > most:
            raise InputError(f"size: Fraction({part:g}) is more than the equity times its leverage of {most:g}")
        return Sizing(0.0, 0.0, part, f"each entry takes {part:g} of the equity, fees included")
    if isinstance(size, Notional):
        money = float(size.money)
        return Sizing(0.0, money, 1.0, f"each entry is worth {money:,.2f}, or what the cash covers")
    if isinstance(size, str):
        if size != "all":
            raise InputError(f"size: must be 'all', a number of units, Fraction(0.5) or Notional(10_000), got {size!r}")
        leverage = "" if most == 1 else f" and the leverage of {most:g}"
        words = f"each entry takes all cash{leverage}, fees included; parts of a unit can be traded"
        return Sizing(0.0, 0.0, 1.0, words, whole=True)
    units = number(size, "size", low=0.0, above=True)
    return Sizing(units, 0.0, 1.0, f"each entry is {units:g} units, or what the cash covers")
