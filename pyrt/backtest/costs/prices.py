"""How much worse than the market's price a fill is, whatever it moves itself: spread and slippage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..._validate import choice, number

__all__ = ["Slippage", "Spread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The distance of bid and ask, where data has neither: what takes pays half of it.

    Parameters
    ----------
    bps : float
        Basis points of the price, 0 to 5,000.
    money : float
        Money a unit, such as ``0.01`` for a stock that trades a cent wide; from 0.

    Examples
    --------
    >>> Spread(bps=2).describe()
    'half a spread of 2 bps'
    """

    bps: float = 0.0
    money: float = 0.0

    def __post_init__(self) -> None:
        number(self.bps, "bps", low=0.0, high=5000.0)
        number(self.money, "money", low=0.0)

    def values(self) -> dict[str, Any]:
        """Return the fields of the kernel's record that this sets."""
        return {"spread_rate": self.bps / 2e4, "spread_money": self.money / 2.0}

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        parts = [f"{self.bps:g} bps"] * bool(self.bps) + [f"{self.money:g} a unit"] * bool(self.money)
        return f"half a spread of {' and '.join(parts) or '0'}"


_SLIPPAGE = {
    "fixed": "{size:g} a unit",
    "proportional": "{bps:g} bps of the price",
    "volatility": "{size:g} of a bar's volatility",
    "volume_share": "{size:g} of the price times the squared share of the bar's volume",
}


@dataclass(frozen=True, slots=True)
class Slippage:
    """How much worse than the price a fill is, against its side. Made by one of the class methods.

    Parameters
    ----------
    kind : {"fixed", "proportional", "volatility", "volume_share"}
        What it goes by.
    size : float
        How much of it, from 0.

    Examples
    --------
    >>> Slippage.fixed(0.01).describe(), Slippage.proportional(bps=5).describe()
    ('slippage 0.01 a unit', 'slippage 5 bps of the price')
    """

    kind: Literal["fixed", "proportional", "volatility", "volume_share"]
    size: float

    def __post_init__(self) -> None:
        choice(self.kind, "kind", _SLIPPAGE)
        number(self.size, "size", low=0.0, high=0.5 if self.kind == "proportional" else float("inf"))

    @classmethod
    def fixed(cls, money: float) -> Slippage:
        """Return the same money a unit, whatever the price."""
        return cls("fixed", money)

    @classmethod
    def proportional(cls, *, bps: float) -> Slippage:
        """Return basis points of the price, 0 to 5,000."""
        return cls("proportional", number(bps, "bps", low=0.0, high=5000.0) / 1e4)

    @classmethod
    def volatility(cls, part: float) -> Slippage:
        """Return a part of the price: `part` times the standard deviation of a bar's return."""
        return cls("volatility", part)

    @classmethod
    def volume_share(cls, price_impact: float = 0.1) -> Slippage:
        """Return a part of the price: `price_impact` times the square of the order's share of the bar's volume.

        A share is at most 1. Source: the model of that name in Zipline, where 0.1 is the usual figure.
        """
        return cls("volume_share", price_impact)

    def values(self) -> dict[str, Any]:
        """Return the fields of the kernel's record that this sets."""
        return {"slippage_kind": 1 + list(_SLIPPAGE).index(self.kind), "slippage_size": self.size}

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        return "slippage " + _SLIPPAGE[self.kind].format(size=self.size, bps=self.size * 1e4)
