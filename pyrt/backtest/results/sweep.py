"""The result of many runs: a table, and how much of its best row is luck."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..._validate import choice, integer
from ...analysis.risk_metrics import deflated_sharpe
from ...errors import InputError
from .event_result import EventResult
from .measures import MEASURES
from .result import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SWEPT", "Sweep"]

SWEPT = (
    "final_equity",
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "n_trades",
    "win_rate",
    "profit_factor",
    "exposure",
    "turnover",
    "total_fees",
    "periods_per_year",
)
"""The measures that a sweep keeps of each run; all others are those of :meth:`Sweep.result`."""
LESS_IS_BETTER = {"volatility", "turnover", "total_fees"}
"""Measures of which less is better."""


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Parameter sets and what each came to; its arrays are read-only.

    Parameters
    ----------
    parameters : tuple of mapping
        A set each, in the order of the grid.
    measures : mapping of str to ndarray of float64, shape (n_sets,)
        By the names of ``Result.metrics``; NaN where a set does not define one.
    warnings : tuple of str
        What looks wrong; empty if nothing does.
    """

    parameters: tuple[Mapping[str, Any], ...]
    measures: Mapping[str, npt.NDArray[np.float64]]
    warnings: tuple[str, ...] = ()
    _again: Callable[[Mapping[str, Any]], Any] | None = field(default=None)

    def __post_init__(self) -> None:
        for array in self.measures.values():
            array.flags.writeable = False
        object.__setattr__(self, "measures", MappingProxyType(dict(self.measures)))

    def __len__(self) -> int:
        return len(self.parameters)

    def rank(self, by: str = "sharpe") -> npt.NDArray[np.intp]:
        """Return the rows from the best to the worst; those that do not define the measure come last.

        Parameters
        ----------
        by : str
            A measure's name. More is better, but of volatility, turnover and fees less.
        """
        values = self.measures[choice(by, "by", self.measures)]
        return np.argsort(values if by in LESS_IS_BETTER else -values, kind="stable")

    def best(self, by: str = "sharpe") -> dict[str, Any]:
        """Return the parameters of the best row.

        Raises
        ------
        InputError
            If no set defines the measure.
        """
        return dict(self.parameters[self._best(by)])

    def result(self, row: int | None = None, *, by: str = "sharpe") -> Result | EventResult:
        """Run one set again and return all of its result.

        Parameters
        ----------
        row : int, optional
            Which one; unless given, the best.
        by : str
            The measure that says which is best.
        """
        at = self._best(by) if row is None else integer(row, "row", low=0, high=len(self) - 1)
        if self._again is None:
            raise InputError("result: this sweep was read from a file; run it again on its data")
        made: Result | EventResult = self._again(self.parameters[at])
        return made

    def deflated_sharpe(self) -> float:
        """Return the probability that the best Sharpe ratio is above what the best of so many worthless sets has.

        Every set counts as a trial of its own; neighbors that trade alike count as fewer, so the truth is better than
        this. Runs the best set again. NaN with fewer than two sets that have a Sharpe ratio.

        Source: Bailey and López de Prado, The Deflated Sharpe Ratio, 2014.
        """
        trials = (self.measures["sharpe"] / np.sqrt(self.measures["periods_per_year"]))[self._known("sharpe")]
        if len(trials) < 2:
            return math.nan
        return deflated_sharpe(self.result().returns, trials)

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame: a row a set, its parameters and its measures."""
        import pandas as pd

        return pd.concat([pd.DataFrame(list(self.parameters)), pd.DataFrame(dict(self.measures))], axis=1)

    def _known(self, by: str) -> npt.NDArray[np.bool_]:
        return np.isfinite(self.measures[choice(by, "by", self.measures)])

    def _best(self, by: str) -> int:
        if not self._known(by).any():
            raise InputError(f"by: none of {len(self)} sets has a {by}; choose another measure")
        return int(self.rank(by)[0])

    def __str__(self) -> str:
        shown = ("total_return", "sharpe", "max_drawdown", "n_trades")
        rows = self.rank()[:10]
        table: list[Sequence[str]] = [("parameters", *(MEASURES[name].label for name in shown))]
        for row in rows:
            words = ", ".join(f"{name}={_short(value)}" for name, value in self.parameters[row].items())
            table.append((words, *(MEASURES[name].write(float(self.measures[name][row])) for name in shown)))
        widths = [max(len(line[at]) for line in table) for at in range(len(shown) + 1)]
        lines = [
            line[0].ljust(widths[0])
            + "".join(cell.rjust(width + 2) for cell, width in zip(line[1:], widths[1:], strict=True))
            for line in table
        ]
        return "\n".join([f"{len(self)} sets, the best {len(rows)} by Sharpe ratio:", *lines, *self.warnings])

    def __repr__(self) -> str:
        return f"<Sweep: {len(self)} sets>"


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
