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
from ...data import Bars
from .ledger import FILL, frame_of, kernel_fills, public_fills, round_trips
from .measures import measure
from .reported import EquityPath, ReportedOnBars, frozen
from .storage import column_of, read_result, records_of, write_result
from .summary import span
from .valuation import PLAIN, Valuation

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Result"]

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


@dataclass(frozen=True, eq=False, repr=False)
class Result(ReportedOnBars):
    """What a run did and what came of it; its arrays are read-only.

    Parameters
    ----------
    bars : Bars
        The data.
    cash : float
        Money at the start.
    fill_rows : structured ndarray
        Fills as the kernel wrote them.
    fills_at : {"open", "close"}
        Where on its bar a fill lies.
    equity : ndarray of float64, shape (n_observations,)
        Money and position at the close of each bar.
    assumptions : mapping of str to str
        What was simulated, with which model.
    warnings : tuple of str
        What looks wrong; empty if nothing does.
    valuation : Valuation
        What a unit is worth, and what was paid beside fills, where an account says so.
    """

    bars: Bars
    cash: float
    fill_rows: Records
    fills_at: Literal["open", "close"]
    equity: Floats
    assumptions: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    valuation: Valuation = PLAIN

    def __post_init__(self) -> None:
        for array in (self.fill_rows, self.equity):
            array.flags.writeable = False
        object.__setattr__(self, "assumptions", MappingProxyType(dict(self.assumptions)))

    @property
    def equity_path(self) -> EquityPath:
        """The equity at each close."""
        return EquityPath(self.timestamps, self.equity, self.cash)

    @property
    def benchmark(self) -> Floats:
        """What buying and holding one unit is worth at each close: dividends reinvested, in the account's money."""
        return self.bars.close if self.valuation.benchmark is None else self.valuation.benchmark

    @property
    def span(self) -> str:
        """How many bars there are, and when."""
        return span(len(self.bars), "bars", self.timestamps)

    @property
    def timestamps(self) -> npt.NDArray[np.datetime64]:
        """When each bar ended, datetime64[ns] UTC, shape (n_observations,)."""
        return self.bars.timestamps

    @cached_property
    def fills(self) -> Records:
        """One row a fill: time, row (of the bar), side ("buy" or "sell"), qty, price (with slippage), fee, reason."""
        return frozen(public_fills(self.fill_rows, self.bars))

    @cached_property
    def trades(self) -> Records:
        """One row a trade, from its entry to its exit.

        entry_time, exit_time, qty (of the entry), entry_price, exit_price, fees, pnl (what was paid and got while it
        was held included), status ("closed" or "open"; an open trade ends
        at the last close, without an exit fee), return (pnl over the value of the entry), duration, mae and mfe (the
        furthest that the price went against and for the trade, as fractions of the entry price).
        """
        return frozen(round_trips(self.fills, self.bars, self.valuation, at_open=self.fills_at == "open"))

    @cached_property
    def positions(self) -> Floats:
        """Units held at the close of each bar, shape (n_observations,)."""
        after = np.where(self.fills["side"] == "buy", 1.0, -1.0) * self.fills["qty"]
        after[1::2] = 0.0  # entries and exits alternate; a sum of them would leave a rounding error
        rows = np.append(0, self.fills["row"])
        lengths = np.diff(np.append(rows, len(self.bars)))
        held: Floats = np.repeat(np.append(0.0, after), lengths)
        held *= self.valuation.grown(slice(None), np.repeat(rows, lengths))
        return frozen(held)

    @cached_property
    def exposure(self) -> Floats:
        """Value of the position at the close of each bar over the equity then, shape (n_observations,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            exposure: Floats = self.positions * self.valuation.worth(self.bars) / self.equity
        return frozen(exposure)

    @cached_property
    def turnover(self) -> Floats:
        """Value traded on each bar over the equity at the close before (the first: the cash), shape (n_observations,).

        A full entry and a full exit count as two; ``metrics["turnover"]`` is of a year, over the mean equity.
        """
        traded = np.zeros(len(self.bars))
        np.add.at(traded, self.fills["row"], self.traded)
        with np.errstate(divide="ignore", invalid="ignore"):
            turnover: Floats = traded / np.append(self.cash, self.equity[:-1])
        return frozen(turnover)

    @property
    def traded(self) -> Floats:
        """Value of each fill, in the account's money, shape (n_fills,)."""
        return self.valuation.value(self.fills, at_open=self.fills_at == "open")

    @property
    def payments(self) -> Records | None:
        """Interest, borrow, funding and dividend before each bar's open, shape (n_observations,); None without any.

        Above zero what the account got. ``cash + fills + fees + payments`` is the cash of the start at every bar.
        """
        return self.valuation.payments

    @cached_property
    def metrics(self) -> Mapping[str, float]:
        """Every measure by name, as fractions; NaN where the data does not define one."""
        return MappingProxyType(measure(self))

    def to_frame(self, what: Literal["trades", "fills", "equity", "drawdowns"] = "trades") -> pd.DataFrame:
        """Return a table as a pandas DataFrame with times in UTC.

        Parameters
        ----------
        what : {"trades", "fills", "equity", "drawdowns"}
            Which table; with the equity come returns, drawdown, position, exposure and turnover of each bar.
        """
        import pandas as pd

        if choice(what, "what", ("trades", "fills", "equity", "drawdowns")) == "equity":
            names = {"equity": "equity", "drawdown": "drawdown", "returns": "returns", "position": "positions"}
            names |= {"exposure": "exposure", "turnover": "turnover"}
            columns = {name: getattr(self, source) for name, source in names.items()}
            if self.payments is not None:
                columns["paid"] = self.valuation.paid()
            return pd.DataFrame(columns, index=pd.DatetimeIndex(self.timestamps, name="time", tz="UTC"))
        return frame_of({"trades": self.trades, "fills": self.fills, "drawdowns": self.drawdowns}[what])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Keep the result, without loss: a folder of Parquet tables and ``result.json``.

        Parameters
        ----------
        path : path
            A new folder, or one with a saved result, which is replaced.

        Returns
        -------
        Path
            The folder. :meth:`load` reads it; so does anything that reads Parquet.

        Raises
        ------
        InputError
            If there is something else at that path.
        """
        tables = {
            "bars": {"time": self.timestamps, **self.bars.columns(), "equity": self.equity, **self.valuation.columns()},
            "fills": self.fills,
            "trades": self.trades,
        }
        words = {
            "cash": self.cash,
            "fills_at": self.fills_at,
            "stamping": self.bars.stamping,
            "assumptions": dict(self.assumptions),
            "warnings": list(self.warnings),
        }
        return write_result(Path(path), "Result", tables, words)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Result:
        """Read a result that :meth:`save` has written.

        Raises
        ------
        DataError
            If the folder holds no result, or one that this version of pyrt does not read; names file and versions.
        """
        tables, words = read_result(Path(path), "Result", ("bars", "fills"))
        table = tables["bars"]
        time = column_of(table, "time", "<M8[ns]").view(np.int64)
        names = ("open", "high", "low", "close", *(["volume"] if "volume" in table.column_names else []))
        columns = {name: column_of(table, name, np.float64) for name in names}
        rest = [name for name in table.column_names if name not in (*names, "time", "volume", "equity")]
        return cls(
            bars=Bars(time, **columns, stamping=words["stamping"]),
            cash=words["cash"],
            fill_rows=kernel_fills(records_of(tables["fills"], FILL)),
            fills_at=words["fills_at"],
            equity=column_of(table, "equity", np.float64),
            assumptions=words["assumptions"],
            warnings=tuple(words["warnings"]),
            valuation=Valuation.of({name: column_of(table, name, np.float64) for name in rest}),
        )

    @property
    def held(self) -> Floats:
        """What buying and holding would be worth, shape (n_observations,)."""
        held: Floats = self.cash * (self.benchmark / self.benchmark[0])
        return held

    def plot_trades(self, *, dark: bool = False) -> Figure:
        """Draw entries and exits on the price."""
        return visualization.trades_figure(self.timestamps, self.bars.close, self.trades, dark=dark)
