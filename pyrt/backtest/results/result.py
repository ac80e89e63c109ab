"""The result of a run: immutable, and it says what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from ..._validate import choice
from ...analysis import visualization
from ...analysis.risk_metrics import drawdown
from ...data import Bars
from .measures import measure
from .summary import headline, summary

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Result"]

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What a run did and what came of it; its arrays are read-only.

    Parameters
    ----------
    bars : Bars
        The data.
    cash : float
        Money at the start.
    fills : structured ndarray
        One row a fill: time, row (of the bar), side ("buy" or "sell"), qty, price (slippage included), fee.
    trades : structured ndarray
        One row a trade: entry_time, exit_time, qty, entry_price, exit_price, fees, pnl, status ("closed" or "open"; an
        open trade ends at the last close, without an exit fee).
    equity : ndarray of float64, shape (n_observations,)
        Money and position at the close of each bar.
    assumptions : mapping of str to str
        What was simulated, with which model.
    warnings : tuple of str
        What looks wrong; empty if nothing does.
    """

    bars: Bars
    cash: float
    fills: Records
    trades: Records
    equity: Floats
    assumptions: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.fills, self.trades, self.equity):
            array.flags.writeable = False
        object.__setattr__(self, "assumptions", MappingProxyType(dict(self.assumptions)))

    @property
    def timestamps(self) -> npt.NDArray[np.datetime64]:
        """When each bar ended, datetime64[ns] UTC, shape (n_observations,)."""
        return self.bars.timestamps

    @cached_property
    def returns(self) -> Floats:
        """Simple return of each bar, the first one from the cash at the start, shape (n_observations,)."""
        with np.errstate(divide="ignore", invalid="ignore"):  # a ruined account: see warnings
            returns: Floats = self.equity / np.append(self.cash, self.equity[:-1]) - 1.0
        returns.flags.writeable = False
        return returns

    @cached_property
    def drawdown(self) -> Floats:
        """How far equity lies below its highest value so far, zero or negative, shape (n_observations,)."""
        depths = drawdown(self.equity, start=self.cash)
        depths.flags.writeable = False
        return depths

    @cached_property
    def metrics(self) -> Mapping[str, float]:
        """Every measure by name, as fractions; NaN where the data does not define one."""
        return MappingProxyType(measure(self))

    def to_frame(self, what: Literal["trades", "fills", "equity"] = "trades") -> pd.DataFrame:
        """Return trades, fills, or equity with drawdown and returns, as a pandas DataFrame with times in UTC.

        Parameters
        ----------
        what : {"trades", "fills", "equity"}
            Which table.
        """
        import pandas as pd

        if choice(what, "what", ("trades", "fills", "equity")) == "equity":
            columns = {"equity": self.equity, "drawdown": self.drawdown, "returns": self.returns}
            return pd.DataFrame(columns, index=pd.DatetimeIndex(self.timestamps, name="time", tz="UTC"))
        records = self.trades if what == "trades" else self.fills
        frame = pd.DataFrame({name: records[name] for name in records.dtype.names or ()})
        for name in frame.columns[frame.dtypes == "datetime64[ns]"]:
            frame[name] = frame[name].dt.tz_localize("UTC")
        return frame

    def plot_equity(self, *, dark: bool = False) -> Figure:
        """Draw equity against buying and holding, with the drawdown below."""
        held = self.cash * self.bars.close / self.bars.close[0]
        return visualization.equity_figure(self.timestamps, self.equity, start=self.cash, benchmark=held, dark=dark)

    def plot_trades(self, *, dark: bool = False) -> Figure:
        """Draw entries and exits on the price."""
        return visualization.trades_figure(self.timestamps, self.bars.close, self.trades, dark=dark)

    def plot_monthly_returns(self, *, dark: bool = False) -> Figure:
        """Draw the return of each calendar month, and of each year."""
        return visualization.monthly_returns_figure(self.timestamps, self.equity, start=self.cash, dark=dark)

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
        return f"<Result: {headline(self)}>"
