"""What the engine owns and earns: positions and the account, each copied in one piece."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ..types import Instrument

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Account", "Position", "account_of", "position_of"]


@dataclass(frozen=True, slots=True)
class Position:
    """One strategy's position in one instrument; money in quote currency.

    Attributes
    ----------
    strategy : str
        Whose.
    instrument : Instrument
        In what.
    qty : float
        Signed: below zero is short.
    average_cost : float
        Of the open position, a unit; 0 when flat.
    realized_pnl, unrealized_pnl, fees : float
        Closed, less fees; open, at the last mark; paid so far.
    time : int
        ns UTC of the last change.
    """

    strategy: str
    instrument: Instrument
    qty: float
    average_cost: float
    realized_pnl: float
    unrealized_pnl: float
    fees: float
    time: int


@dataclass(frozen=True, slots=True)
class Account:
    """The account, in one currency: cash, equity at the last marks, realized P&L (less fees), unrealized P&L, fees."""

    currency: str
    cash: float
    equity: float
    realized_pnl: float
    unrealized_pnl: float
    fees: float
    time: int


def position_of(row: npt.NDArray[np.void], instrument: Instrument) -> Position:
    """Make a position of a whole copy of its row, shape (1,)."""
    return Position(strategy=row[0]["strategy"].decode(), instrument=instrument, **_numbers(row, Position))


def account_of(row: npt.NDArray[np.void]) -> Account:
    """Make the account of a whole copy of its row, shape (1,)."""
    return Account(currency=row[0]["currency"].decode(), **_numbers(row, Account))


def _numbers(row: npt.NDArray[np.void], form: type[Position | Account]) -> dict[str, Any]:
    names = {field.name for field in fields(form)}
    return {
        name: row[0][name].item() for name in row.dtype.names or () if name in names and row.dtype[name].kind in "if"
    }
