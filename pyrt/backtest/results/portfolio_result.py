"""The result of several strategies in one account: the account's, each strategy's, and what each brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .event_result import EventResult
from .event_trades import grid_of
from .storage import class_of, read_words, write_results

if TYPE_CHECKING:
    import os

    import pandas as pd

    from ..bars.result import BarResult

__all__ = ["ATTRIBUTION", "PortfolioResult"]

Records = npt.NDArray[np.void]
Outcome: TypeAlias = "EventResult | BarResult"

ATTRIBUTION = np.dtype(
    [
        ("strategy", "<U64"),
        *((name, "<f8") for name in ("weight", "capital", "equity", "pnl", "realized", "unrealized", "fees", "share")),
        *((name, "<i8") for name in ("orders", "fills", "trades")),
    ]
)
"""What a strategy brought: its part of the cash and its equity at the end, in money; pnl after fees is realized
(before fees) and unrealized less fees; share is its pnl over the account's cash at the start; and counts."""


@dataclass(frozen=True, eq=False, repr=False)
class PortfolioResult:
    """What several strategies did in one account.

    Parameters
    ----------
    account : EventResult or BarResult
        Of all of them: orders, fills, equity, trades of net positions, measures, report.
    strategies : mapping of str to EventResult or BarResult
        Of each, on its own part of the cash.
    weights : mapping of str to float
        Part of the cash of each.
    """

    account: Outcome
    strategies: Mapping[str, Outcome]
    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        for name in ("strategies", "weights"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def equity(self) -> float:
        """Cash and positions of the account at their marks, at the end."""
        return float(self.account.totals["equity"] / _scale(self.account))

    @property
    def cash(self) -> float:
        """Money of the account at the end."""
        return float(self.account.totals["cash"] / _scale(self.account))

    @property
    def metrics(self) -> Mapping[str, float]:
        """Measures of the account by name."""
        return self.account.metrics

    @property
    def warnings(self) -> tuple[str, ...]:
        """What looks wrong, in the account and with each strategy."""
        of_parts = (f"{name}: {words}" for name, part in self.strategies.items() for words in part.warnings)
        own = set(self.account.warnings)
        return (*self.account.warnings, *(words for words in of_parts if words.partition(": ")[2] not in own))

    @property
    def assumptions(self) -> Mapping[str, str]:
        """What was simulated, with which model."""
        return self.account.assumptions

    @cached_property
    def attribution(self) -> Records:
        """What each strategy brought, an ATTRIBUTION row each; exactly, in 10^-18: ``strategies[name].totals``."""
        rows = np.zeros(len(self.strategies), ATTRIBUTION)
        for row, (name, part) in zip(rows, self.strategies.items(), strict=True):
            totals, start, scale = part.totals, _start(part), _scale(part)
            pnl = totals["equity"] - start
            money = {
                "capital": start,
                "equity": totals["equity"],
                "pnl": pnl,
                "realized": totals["realized"],
                "unrealized": pnl - totals["realized"] + totals["fees"],
                "fees": totals["fees"],
            }
            row["strategy"], row["weight"] = name, self.weights[name]
            for field, amount in money.items():
                row[field] = amount / scale
            row["share"] = pnl / _start(self.account)
            row["orders"], row["fills"], row["trades"] = len(part.orders), len(part.fills), len(part.trades)
        rows.flags.writeable = False
        return rows

    @cached_property
    def positions(self) -> dict[str, dict[str, float]]:
        """Signed quantities at the end: by strategy, then by instrument. The account's are their sums."""
        held = {}
        for name, part in self.strategies.items():
            names = part.assumptions["instruments"].split(", ")
            held[name] = dict(zip(names, _quantities(part, names), strict=True))
        return held

    def to_frame(self) -> pd.DataFrame:
        """Return the attribution as a pandas DataFrame, a row a strategy."""
        import pandas as pd

        columns = {name: self.attribution[name] for name in ATTRIBUTION.names or () if name != "strategy"}
        return pd.DataFrame(columns, index=pd.Index(list(self.strategies), name="strategy"))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Keep the result, without loss: a folder with the account, a folder a strategy, and ``portfolio.json``."""
        parts = {f"strategy-{at}": part for at, part in enumerate(self.strategies.values())}
        words = {"kind": type(self.account).__name__, "weights": dict(self.weights)}
        return write_results(Path(path), "portfolio.json", {"account": self.account, **parts}, words)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PortfolioResult:
        """Read a result that :meth:`save` has written; DataError if there is none."""
        folder = Path(path)
        words = read_words(folder, "portfolio.json", "result of a portfolio", "kind", "weights")
        loader, weights = class_of(words["kind"], folder), words["weights"]
        parts = {name: loader.load(folder / f"strategy-{at}") for at, name in enumerate(weights)}
        return cls(loader.load(folder / "account"), parts, weights)

    def report(self, path: str | os.PathLike[str], *, title: str = "Portfolio") -> Path:
        """Write the account's tear sheet; parameters and result are those of :meth:`Result.report`."""
        return self.account.report(path, title=title)

    def summary(self) -> str:
        """Return the attribution, and metrics, warnings and assumptions of the account, as text for a terminal."""
        shown = ("weight", "pnl", "fees", "fills", "trades")
        width = max(12, *map(len, self.strategies))
        lines = [f"{'strategy':<{width}}" + "".join(f"{name:>14}" for name in shown)]
        for row in self.attribution:
            numbers = (f"{row[name]:>14,}" if name in ("fills", "trades") else f"{row[name]:>14,.2f}" for name in shown)
            lines.append(f"{row['strategy']!s:<{width}}" + "".join(numbers))
        return "\n".join([*lines, "", self.account.summary()])

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<PortfolioResult: {len(self.strategies)} strategies, equity {self.equity:,.2f}>"


def _scale(result: Outcome) -> int:
    """Return what money is counted in: events in 10^-18, bars in units."""
    return 10**18 if isinstance(result, EventResult) else 1


def _start(result: Outcome) -> Any:
    return result.start if isinstance(result, EventResult) else result.cash


def _quantities(result: Outcome, names: list[str]) -> list[float]:
    """Return what is held of each, in units."""
    held = result.totals["positions"]
    if not isinstance(result, EventResult):
        return [float(qty) for qty in held]
    lots = {instrument.name: grid_of(instrument)[1] for instrument in result.instruments}
    return [float(lots[name].to_double(count)) for name, count in zip(names, held, strict=True)]
