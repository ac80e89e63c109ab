"""Several strategies in one account: who they are, and which part of the money is whose."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._validate import number
from ..errors import DTypeError, InputError

if TYPE_CHECKING:
    from ..strategy import Strategy

__all__ = ["Part", "Portfolio", "refuse_parameters"]

MOST = 1000
"""Strategies in one account: each is told every record."""


@dataclass(frozen=True, slots=True)
class Part:
    """A strategy of a portfolio.

    Parameters
    ----------
    strategy : type or path
        A subclass of :class:`pyrt.Strategy`, or a strategy file.
    parameters : mapping of str to number
        Values of its parameters; the others have their defaults.
    name : str
        What the attribution calls it; the class or file unless given.
    instruments : sequence of str
        What it trades, of a class that does not say so itself; all of the data unless given.
    """

    strategy: type[Strategy] | str | os.PathLike[str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    instruments: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.parameters, Mapping):
            raise DTypeError(f"parameters: must be a dict of values by name, got {self.parameters!r}")
        one = isinstance(self.instruments, str)
        object.__setattr__(self, "instruments", (self.instruments,) if one else tuple(self.instruments))

    @property
    def title(self) -> str:
        """What it is called unless it has a name."""
        strategy = self.strategy
        return self.name or (strategy.__name__ if isinstance(strategy, type) else Path(strategy).name)


class Portfolio:
    """Several strategies on several assets in one account, for :meth:`pyrt.Backtest.run` and ``session``.

    Each strategy has a part of the cash at the start. Its ``ctx.cash``, ``ctx.equity``, positions and orders are its
    own: it trades as if the others were not there, but for the venue, where their orders take from the same levels. No
    money moves from part to part, and opposite positions are not netted; the account is the sum of all, to the last
    unit. With an account on bars the margin of each is that of its own part.

    Parameters
    ----------
    strategies : sequence of type, (type, dict) or Part
        Told in this order what happens; a pair has a strategy's parameters. At most 1000.
    weights : sequence of float or mapping of str to float, optional
        Part of the cash of each, above zero, at most 1 together; what is left is not invested. Equal parts unless
        given.

    Examples
    --------
    >>> from pyrt import Strategy
    >>> class Fast(Strategy):
    ...     period: int = 5
    ...     def on_trade(self, ctx, trade): pass
    >>> portfolio = Portfolio([Fast, (Fast, {"period": 50})], weights=[0.5, 0.3])
    >>> portfolio
    <Portfolio: Fast 0.5, Fast#2 0.3, not invested 0.2>
    >>> portfolio.capitals(1000 * 10**18)
    (500000000000000000000, 300000000000000000000)
    """

    __slots__ = ("parts", "weights")

    def __init__(
        self, strategies: Sequence[Any], *, weights: Sequence[float] | Mapping[str, float] | None = None
    ) -> None:
        if isinstance(strategies, (str, bytes)) or not isinstance(strategies, Sequence):
            raise DTypeError(f"strategies: must be a list of strategies, got {strategies!r}")
        if not 1 <= len(strategies) <= MOST:
            raise InputError(f"strategies: must be 1 to {MOST}, got {len(strategies)}")
        parts = [_part(one, f"strategies[{at}]") for at, one in enumerate(strategies)]
        self.parts: dict[str, Part] = {}
        for part in parts:
            name, count = part.title, 1
            if part.name and name in self.parts:
                raise InputError(f"strategies: two are named {name!r}")
            while name in self.parts:
                count += 1
                name = f"{part.title}#{count}"
            self.parts[name] = part
        self.weights: dict[str, float] = dict(zip(self.parts, _weights(weights, list(self.parts)), strict=True))

    def shares(self) -> dict[str, float]:
        """Return each part of the cash; all of it together is never more than the cash."""
        total = sum(self.weights.values())
        return {name: weight / max(total, 1.0) for name, weight in self.weights.items()}

    def capitals(self, cash: int) -> tuple[int, ...]:
        """Return each part of the cash, in 10^-18, rounded down to 10^-8."""
        units = cash // 10**10
        if len(set(self.weights.values())) == 1 and sum(self.weights.values()) > 1 - 1e-9:
            shares = [units // len(self.weights)] * len(self.weights)
        else:
            shares = [int(Decimal(repr(weight)) * units) for weight in self.weights.values()]
        if not min(shares):
            raise InputError("weights: a part of the cash is below 10^-8; give more cash, or fewer strategies")
        return tuple(share * 10**10 for share in shares)

    def __repr__(self) -> str:
        words = [f"{name} {weight:g}" for name, weight in self.weights.items()]
        idle = 1.0 - sum(self.weights.values())
        return f"<Portfolio: {', '.join(words + [f'not invested {idle:g}'] * (idle > 1e-9))}>"


def refuse_parameters(parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that are no strategy's of a portfolio."""
    if parameters:
        raise InputError(
            f"parameters: {', '.join(parameters)} of which strategy? give Portfolio([(Strategy, {{...}})])"
        )


def _part(given: Any, where: str) -> Part:
    if isinstance(given, Part):
        return given
    if isinstance(given, tuple):
        if len(given) != 2:
            raise InputError(f"{where}: a tuple is (strategy, parameters), got {len(given)} elements")
        return Part(given[0], given[1])
    if isinstance(given, (type, str, os.PathLike)):
        return Part(given)
    raise DTypeError(f"{where}: must be a class, a pair of it and its parameters, or a Part, got {given!r}")


def _weights(given: Any, names: list[str]) -> list[float]:
    if given is None:
        return [1.0 / len(names)] * len(names)
    if isinstance(given, Mapping):
        if set(given) != set(names):
            raise InputError(f"weights: must be of {', '.join(names)}, got {', '.join(map(str, given))}")
        given = [given[name] for name in names]
    given = list(given)
    if len(given) != len(names):
        raise InputError(f"weights: {len(given)} for {len(names)} strategies; give one each")
    weights = [number(weight, f"weights[{at}]", low=0.0, above=True) for at, weight in enumerate(given)]
    if sum(weights) > 1.0 + 1e-9:
        raise InputError(f"weights: are {sum(weights):g} together, above 1: the account has no more than its cash")
    return weights
