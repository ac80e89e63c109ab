"""What every result says of itself: returns and drawdowns of its equity, pictures, the tear sheet, a summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ...analysis import visualization
from ...analysis.risk_metrics import drawdown, drawdown_table
from .summary import headline, summary

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

__all__ = ["EquityPath", "Reported", "ReportedOnBars", "frozen"]

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]
_Kind = TypeVar("_Kind", bound=np.generic)


def frozen(array: npt.NDArray[_Kind]) -> npt.NDArray[_Kind]:
    """Return an array that nobody writes to any more."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class EquityPath:
    """Equity at its times, and what it was before the first of them."""

    times: npt.NDArray[Any]
    equity: Floats
    start: float


class Reported:
    """A result with an equity over time; each kind says which."""

    assumptions: Mapping[str, str]
    warnings: tuple[str, ...]

    @property
    def equity_path(self) -> EquityPath:
        """Equity over time, and the cash at the start."""
        raise NotImplementedError

    @property
    def span(self) -> str:
        """How much data there is, and when."""
        raise NotImplementedError

    @property
    def metrics(self) -> Mapping[str, float]:
        """Every measure by name, as fractions; NaN where the data does not define one."""
        raise NotImplementedError

    @property
    def trades(self) -> Records:
        """One row a trade."""
        raise NotImplementedError

    @cached_property
    def returns(self) -> Floats:
        """Simple return from one equity to the next, the first one from the cash at the start; as long as equity."""
        path = self.equity_path
        with np.errstate(divide="ignore", invalid="ignore"):  # a ruined account: see warnings
            return frozen(path.equity / np.append(path.start, path.equity[:-1]) - 1.0)

    @cached_property
    def drawdown(self) -> Floats:
        """How far equity lies below its highest value so far, zero or negative; as long as equity."""
        path = self.equity_path
        return frozen(drawdown(path.equity, start=path.start))

    @cached_property
    def drawdowns(self) -> Records:
        """Every stretch under water, in the order of time: peak, trough, end, depth, days, recovered.

        See :func:`pyrt.analysis.risk_metrics.drawdown_table`.
        """
        path = self.equity_path
        return frozen(drawdown_table(path.times, path.equity, start=path.start))

    @property
    def held(self) -> Floats | None:
        """What buying and holding would be worth, as long as equity; None if that is not one thing."""
        return None

    def plot_equity(self, *, dark: bool = False) -> Figure:
        """Draw equity, against buying and holding if there is one instrument on bars, with the drawdown below."""
        path = self.equity_path
        return visualization.equity_figure(path.times, path.equity, start=path.start, benchmark=self.held, dark=dark)

    def plot_drawdowns(self, *, worst: int = 5, dark: bool = False) -> Figure:
        """Draw equity with its deepest drawdowns shaded from peak to recovery."""
        path = self.equity_path
        return visualization.drawdowns_figure(path.times, path.equity, start=path.start, worst=worst, dark=dark)

    def plot_excursions(self, *, dark: bool = False) -> Figure:
        """Draw what each trade returned against how far the price went against it, and for it."""
        return visualization.excursions_figure(self.trades, dark=dark)

    def plot_monthly_returns(self, *, dark: bool = False) -> Figure:
        """Draw the return of each calendar month, and of each year."""
        path = self.equity_path
        return visualization.monthly_returns_figure(path.times, path.equity, start=path.start, dark=dark)

    def report(self, path: str | os.PathLike[str], *, title: str = "Backtest") -> Path:
        """Write a tear sheet: one HTML file that holds everything, and each picture as a PNG beside it.

        Parameters
        ----------
        path : path
            A folder (made if it is not there; the file is then ``report.html``) or a file that ends in ``.html``.
        title : str
            Its heading.

        Returns
        -------
        Path
            The HTML file. It fetches nothing from the network.
        """
        from .report import write_report

        return write_report(self, Path(path), title)

    def summary(self) -> str:
        """Return metrics, warnings and assumptions as text for a terminal."""
        return summary(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {headline(self)}>"


class ReportedOnBars(Reported):
    """A result whose equity is known at the end of every bar."""

    @property
    def exposure(self) -> Floats:
        """Value of what is held over the equity, as long as equity."""
        raise NotImplementedError

    @property
    def turnover(self) -> Floats:
        """Value traded over the equity before, as long as equity."""
        raise NotImplementedError

    def plot_exposure(self, *, dark: bool = False) -> Figure:
        """Draw the exposure, and the turnover summed up."""
        return visualization.exposure_figure(self.equity_path.times, self.exposure, self.turnover, dark=dark)

    def plot_trades(self, *, dark: bool = False) -> Figure:
        """Draw entries and exits on the price."""
        raise NotImplementedError
