"""What brokers and venues take for a fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..._validate import choice, number
from ...errors import InputError
from .record import TIERS

__all__ = ["Commission"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """A schedule of commissions: ``value * bps + units * per_unit + per_fill`` and the tiers, within bounds an order.

    Usually made by one of the class methods. Where a number for makers is not given it is that of takers; a negative
    one is a rebate.

    Parameters
    ----------
    taker_bps, maker_bps : float
        Basis points of the traded value, -1,000 to 5,000.
    per_unit, maker_per_unit : float
        Money a unit: a share or a contract.
    per_fill : float
        Money a fill, from 0.
    minimum : float, optional
        The least an order pays, in money.
    maximum : float, optional
        The most an order pays, as a fraction of its value; it wins over the minimum.
    tiers : sequence of (start, taker) or (start, taker, maker)
        Rates from a count on, rising from 0: money a unit where they count units, basis points where they count value.
    tiers_by : {"units", "value"}
        What is counted.
    whole : bool
        True: the whole fill has the rate of what was traded before it. False: each part of it has that of its own tier.
    monthly : bool
        Whether the count begins anew with each calendar month (UTC), or is that of the whole run.

    Examples
    --------
    >>> Commission.per_share(0.005, minimum=1.0, maximum=0.01)
    Commission(0.005 a unit, at least 1 an order, at most 1% of its value)
    >>> Commission.maker_taker(maker_bps=-0.5, taker_bps=4)
    Commission(4 bps of the value, makers -0.5 bps)
    """

    taker_bps: float = 0.0
    maker_bps: float | None = None
    per_unit: float = 0.0
    maker_per_unit: float | None = None
    per_fill: float = 0.0
    minimum: float | None = None
    maximum: float | None = None
    tiers: Sequence[tuple[float, ...]] = ()
    tiers_by: Literal["units", "value"] = "units"
    whole: bool = False
    monthly: bool = True

    def __post_init__(self) -> None:
        for name in ("taker_bps", "maker_bps"):
            if getattr(self, name) is not None:
                number(getattr(self, name), name, low=-1000.0, high=5000.0)
        for name in ("per_unit", "maker_per_unit"):
            if getattr(self, name) is not None:
                number(getattr(self, name), name)
        number(self.per_fill, "per_fill", low=0.0)
        if self.minimum is not None:
            number(self.minimum, "minimum", low=0.0)
        if self.maximum is not None:
            number(self.maximum, "maximum", low=0.0, high=1.0, above=True)
        choice(self.tiers_by, "tiers_by", ("units", "value"))
        object.__setattr__(self, "tiers", _checked(self.tiers))

    @classmethod
    def bps(cls, rate: float, *, minimum: float | None = None, maximum: float | None = None) -> Commission:
        """Return basis points of the traded value."""
        return cls(taker_bps=rate, minimum=minimum, maximum=maximum)

    @classmethod
    def per_share(cls, money: float, *, minimum: float | None = None, maximum: float | None = None) -> Commission:
        """Return money a share; `minimum` is money an order, `maximum` a fraction of its value."""
        return cls(per_unit=money, minimum=minimum, maximum=maximum)

    @classmethod
    def per_contract(cls, money: float, *, minimum: float | None = None) -> Commission:
        """Return money a contract; `minimum` is money an order."""
        return cls(per_unit=money, minimum=minimum)

    @classmethod
    def maker_taker(cls, *, maker_bps: float, taker_bps: float) -> Commission:
        """Return basis points for orders that rest and for those that take."""
        return cls(taker_bps=taker_bps, maker_bps=maker_bps)

    @classmethod
    def share_tiers(
        cls,
        tiers: Sequence[tuple[float, ...]],
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        monthly: bool = True,
    ) -> Commission:
        """Return money a share that falls with the shares of the month: ``[(0, 0.0035), (300_000, 0.002)]``."""
        return cls(tiers=tiers, minimum=minimum, maximum=maximum, monthly=monthly)

    @classmethod
    def value_tiers(cls, tiers: Sequence[tuple[float, ...]], *, monthly: bool = True) -> Commission:
        """Return basis points by the value traded before: ``[(0, taker, maker), (1_000_000, taker, maker)]``."""
        return cls(tiers=tiers, tiers_by="value", whole=True, monthly=monthly)

    def values(self) -> dict[str, Any]:
        """Return the fields of the kernel's record that this sets."""
        unit = 1e4 if self.tiers_by == "value" else 1.0
        columns = np.zeros((3, TIERS))
        for place, (start, taker, *maker) in enumerate(self.tiers):
            columns[:, place] = start, taker / unit, (maker or [taker])[0] / unit
        return {
            "taker_rate": self.taker_bps / 1e4,
            "maker_rate": (self.taker_bps if self.maker_bps is None else self.maker_bps) / 1e4,
            "taker_each": self.per_unit,
            "maker_each": self.per_unit if self.maker_per_unit is None else self.maker_per_unit,
            "fixed": self.per_fill,
            "minimum": -np.inf if self.minimum is None else self.minimum,
            "maximum": np.inf if self.maximum is None else self.maximum,
            "tiers": len(self.tiers),
            "tiers_by": int(self.tiers_by == "value"),
            "tiers_whole": int(self.whole),
            "tiers_monthly": int(self.monthly),
            **dict(zip(("tier_from", "tier_taker", "tier_maker"), columns, strict=True)),
        }

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        parts = []
        if self.taker_bps or self.maker_bps:
            parts.append(f"{self.taker_bps:g} bps of the value")
        if self.maker_bps is not None and self.maker_bps != self.taker_bps:
            parts.append(f"makers {self.maker_bps:g} bps")
        if self.per_unit or self.maker_per_unit:
            parts.append(f"{self.per_unit:g} a unit")
        if self.maker_per_unit is not None and self.maker_per_unit != self.per_unit:
            parts.append(f"makers {self.maker_per_unit:g} a unit")
        if self.per_fill:
            parts.append(f"{self.per_fill:g} a fill")
        if self.tiers:
            rates = ", ".join(f"from {start:,g} {'/'.join(f'{r:g}' for r in rates)}" for start, *rates in self.tiers)
            unit = "a unit by units" if self.tiers_by == "units" else "bps by value"
            how = "the whole fill at the rate of what came before" if self.whole else "each part at its own rate"
            parts.append(f"{unit} traded {'in the month' if self.monthly else 'so far'} ({rates}; {how})")
        if self.minimum is not None:
            parts.append(f"at least {self.minimum:g} an order")
        if self.maximum is not None:
            parts.append(f"at most {self.maximum:.4g} of its value" if self.maximum < 1e-4 else _percent(self.maximum))
        return ", ".join(parts) or "none"

    def __repr__(self) -> str:
        return f"Commission({self.describe()})"


def _percent(fraction: float) -> str:
    return f"at most {fraction * 100:g}% of its value"


def _checked(tiers: Sequence[tuple[float, ...]]) -> tuple[tuple[float, ...], ...]:
    if len(tiers) > TIERS:
        raise InputError(f"tiers: must be at most {TIERS}, got {len(tiers)}")
    rows = []
    for place, row in enumerate(tiers):
        if not isinstance(row, (tuple, list)) or len(row) not in (2, 3):
            raise InputError(f"tiers[{place}]: must be (start, taker) or (start, taker, maker), got {row!r}")
        rows.append(tuple(number(value, f"tiers[{place}]") for value in row))
        if rows[-1][0] <= rows[-2][0] if place else rows[-1][0] != 0:
            raise InputError(
                f"tiers[{place}]: must start at {'more than the one before' if place else 0}, got {row[0]}"
            )
    return tuple(rows)
