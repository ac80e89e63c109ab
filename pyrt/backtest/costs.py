"""What a fill costs."""

from __future__ import annotations

from dataclasses import dataclass

from .._validate import number

__all__ = ["CostModel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostModel:
    """Costs of every fill, entry and exit alike.

    Parameters
    ----------
    fees_bps : float
        Commission in basis points (1/10,000) of the traded value; 0 to 5,000.
    fixed : float
        Commission a fill, in money; from 0.
    slippage_bps : float
        How much worse than the bar's price a fill is, in basis points of that price: half the spread and what the order
        moves. Buys pay more, sells get less; 0 to 5,000.

    Examples
    --------
    >>> CostModel(fees_bps=5, slippage_bps=2).describe()
    'fees 5 bps of the traded value; slippage 2 bps against each fill'
    """

    fees_bps: float = 10.0
    fixed: float = 0.0
    slippage_bps: float = 0.0

    def __post_init__(self) -> None:
        number(self.fees_bps, "fees_bps", low=0.0, high=5000.0)
        number(self.fixed, "fixed", low=0.0)
        number(self.slippage_bps, "slippage_bps", low=0.0, high=5000.0)

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        fees = f"fees {self.fees_bps:g} bps of the traded value" + (f" and {self.fixed:g} a fill" if self.fixed else "")
        slips = f"slippage {self.slippage_bps:g} bps against each fill" if self.slippage_bps else "no slippage"
        return f"{fees}; {slips}"
