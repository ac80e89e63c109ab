"""Where a position ends without a signal."""

from __future__ import annotations

from dataclasses import dataclass

from .._validate import number

__all__ = ["Stops"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Stops of every position of :meth:`Backtest.run_signals`, as fractions of the price of its entry; 0 is none.

    Parameters
    ----------
    stop_loss : float
        How far the price may go against the position; 0 to below 1.
    take_profit : float
        How far it has to go for it; from 0.
    trailing : float
        How far it may come back from its best since the entry; 0 to below 1. The best price is that of whole bars: a
        bar's high moves the stop for the bars after it.

    Notes
    -----
    Stops are looked at from the bar of an entry at its open on, from the next one after an entry at a close. A bar that
    opens beyond a stop or a target fills there, at its open. Else a bar that reaches both is taken to have reached the
    stop first. A stop fills as a market order, with slippage, a target as a limit order, without.

    Examples
    --------
    >>> Stops(stop_loss=0.02, trailing=0.05).describe()
    'stop loss 2 %, trailing stop 5 %'
    """

    stop_loss: float = 0.0
    take_profit: float = 0.0
    trailing: float = 0.0

    def __post_init__(self) -> None:
        number(self.stop_loss, "stop_loss", low=0.0, high=0.999999)
        number(self.take_profit, "take_profit", low=0.0)
        number(self.trailing, "trailing", low=0.0, high=0.999999)

    def describe(self) -> str:
        """Say it in words, for the assumptions."""
        names = {"stop loss": self.stop_loss, "take profit": self.take_profit, "trailing stop": self.trailing}
        return ", ".join(f"{name} {100 * value:g} %" for name, value in names.items() if value) or "none"
