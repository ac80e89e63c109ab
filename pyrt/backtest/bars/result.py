"""The result of a strategy class on bars: immutable, and it says what was assumed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..._validate import choice
from ...analysis import visualization
from ...data import Bars
from ...types import RECORDS, Instrument, Kind
from ..results.event_trades import EVENT_TRADE
from ..results.ledger import frame_of
from ..results.measures import measure_bars
from ..results.reported import EquityPath, ReportedOnBars, frozen
from ..results.storage import column_of, read_result, records_of, write_result
from ..results.summary import span
from ..results.valuation import PLAIN, Valuation
from .account import PAID_ROW, public_paid
from .tables import FILL_ROW, ORDER_ROW, bar_trades, public_fills, public_orders

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["BarResult"]

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]


@dataclass(frozen=True, eq=False, repr=False)
class BarResult(ReportedOnBars):
    """What a strategy class did on bars and what came of it; its arrays are read-only.

    Parameters
    ----------
    names : tuple of str
        Instruments; rows of the tables' ``instrument``.
    bars : tuple of Bars
        Theirs.
    times : ndarray of int64, shape (n_times,)
        When bars of any of them end, ns UTC.
    cash : float
        Money at the start.
    order_rows, fill_rows : structured ndarray
        Orders and fills as the kernel wrote them, in codes.
    signals : ndarray of RECORDS[Kind.SIGNAL]
        In the order of making.
    totals : mapping
        Money and counts at the end.
    state : bytes
        The strategy's state and arena at the end.
    assumptions : mapping of str to str
        What was simulated, with which model.
    warnings : tuple of str
        What looks wrong; empty if nothing does.
    paid_rows : structured ndarray
        What was paid beside fills, as the kernel wrote it.
    valuations : tuple of Valuation
        What units of each instrument are worth, where an account or its splits say so.
    equity_rows : ndarray of float64, optional
        The equity at each time, where an account was given; else it is made of the fills.
    trade_rows : structured ndarray, optional
        The trades, where these bars do not tell them: they are longer than those of the run.
    """

    names: tuple[str, ...]
    bars: tuple[Bars, ...]
    times: npt.NDArray[np.int64]
    cash: float
    order_rows: Records
    fill_rows: Records
    signals: Records
    totals: Mapping[str, Any]
    state: bytes
    assumptions: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    paid_rows: Records = field(default_factory=lambda: np.zeros(0, PAID_ROW))
    valuations: tuple[Valuation, ...] = ()
    equity_rows: Floats | None = None
    trade_rows: Records | None = None

    def __post_init__(self) -> None:
        if not self.valuations:
            object.__setattr__(self, "valuations", (PLAIN,) * len(self.bars))
        for array in (self.order_rows, self.fill_rows, self.signals, self.paid_rows):
            array.flags.writeable = False
        object.__setattr__(self, "totals", MappingProxyType(dict(self.totals)))
        object.__setattr__(self, "assumptions", MappingProxyType(dict(self.assumptions)))

    @property
    def span(self) -> str:
        """How many bars there are, and when."""
        n = sum(map(len, self.bars))
        return span(n, "bars" if len(self.bars) == 1 else f"bars of {len(self.bars)} instruments", self.timestamps)

    @property
    def equity_path(self) -> EquityPath:
        """The equity at each time."""
        return EquityPath(self.timestamps, self.equity, self.cash)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The instruments, if they have names; they have no grid."""
        return tuple(Instrument(name) for name in self.names)

    @property
    def timestamps(self) -> npt.NDArray[np.datetime64]:
        """The times of the clock, datetime64[ns] UTC, shape (n_times,)."""
        return self.times.view("datetime64[ns]")

    @cached_property
    def orders(self) -> Records:
        """Orders in the order of asking, as they were asked for and how they ended.

        id, time, instrument, type, side, tif, qty, price, trigger, filled, status, reason, ended, tag, changes.
        """
        return frozen(public_orders(self.order_rows))

    @cached_property
    def fills(self) -> Records:
        """Fills in their order.

        time (end of the bar), instrument, row (of the bar), order_id, side, qty, price and fee after costs, position
        after it, type of its order, place on the bar ("open", "inside", "close"), maker.
        """
        return frozen(public_fills(self.fill_rows))

    @cached_property
    def trades(self) -> Records:
        """Trades from flat to flat, instrument by instrument, in the order of their entries.

        instrument, side ("long" or "short"), entry_time, exit_time, qty, entry_price, exit_price (means), fees, pnl,
        status ("closed" or "open": what is left is valued at the last close), return, duration, fills, mae and mfe (the
        furthest that the price went against and for it while it was held, as fractions of the mean entry price; of
        whole bars between its fills).
        """
        if self.trade_rows is not None:
            return frozen(self.trade_rows)
        return frozen(bar_trades(self.fills, self.bars, self.valuations, self.paid))

    @cached_property
    def paid(self) -> Records:
        """What was paid and got beside fills: time, instrument, kind ("interest", "borrow" ...), amount.

        Before the bars that end at that time; amounts below zero were paid. Interest is of the whole account.
        """
        return frozen(public_paid(self.paid_rows))

    @cached_property
    def equity(self) -> Floats:
        """Cash and positions at the last closes, shape (n_times,): what strategies see as ``ctx.equity``, bit for bit.

        Made of the fills when it is first asked for: a run writes nothing for a bar on which nothing happens. With an
        account it is written at every time.
        """
        if self.equity_rows is not None:
            return self.equity_rows
        cash = np.append(self.cash, self.fill_rows["cash"])
        equity: Floats = np.repeat(cash, np.diff(np.concatenate([[0], self._filled_at, [len(self.times)]])))
        held = self.positions.reshape(len(self.times), -1)
        for column in range(len(self.bars)):
            np.add(equity, held[:, column] * self.closes[:, column], out=equity, where=held[:, column] != 0.0)
        return frozen(equity)

    @cached_property
    def _filled_at(self) -> npt.NDArray[np.intp]:
        return self.times.searchsorted(self.fill_rows["time"])

    @cached_property
    def closes(self) -> Floats:
        """Last close of each instrument at each time, shape (n_times, n_instruments); NaN before its first bar."""
        return self._last([bars.close for bars in self.bars])

    @cached_property
    def worths(self) -> Floats:
        """What a unit of each instrument is worth in the account's money at each time, like :attr:`closes`."""
        return self._last([one.worth(bars) for one, bars in zip(self.valuations, self.bars, strict=True)])

    def _last(self, columns: list[Floats]) -> Floats:
        """Return the last number of each instrument's bars at each time."""
        last = np.full((len(self.times), len(self.bars)), np.nan)
        for column, (bars, values) in enumerate(zip(self.bars, columns, strict=True)):
            known = bars.time.searchsorted(self.times, side="right") - 1
            last[:, column] = np.where(known >= 0, values[known], np.nan)
        return frozen(last)

    @cached_property
    def positions(self) -> Floats:
        """Units held at each time: shape (n_times,) of one instrument, (n_times, n_instruments) of several."""
        held = np.zeros((len(self.times), len(self.bars)))
        for column in range(len(self.bars)):
            own = self.fill_rows["instrument"] == column
            lengths = np.diff(np.concatenate([[0], self._filled_at[own], [len(self.times)]]))
            held[:, column] = np.repeat(np.append(0.0, self.fill_rows["position"][own]), lengths)
            if self.valuations[column].units is not None:
                since = np.repeat(np.append(0, self.fill_rows["row"][own]), lengths)
                known = np.maximum(self.bars[column].time.searchsorted(self.times, side="right") - 1, 0)
                held[:, column] *= self.valuations[column].grown(np.maximum(known, since), since)
        return frozen(held[:, 0] if len(self.bars) == 1 else held)

    @cached_property
    def exposure(self) -> Floats:
        """Value of all positions (short ones negative) at each time over the equity then, shape (n_times,)."""
        held = self.positions.reshape(len(self.times), -1)
        values = np.where(held == 0.0, 0.0, held * self.worths)
        with np.errstate(divide="ignore", invalid="ignore"):
            exposure: Floats = values.sum(axis=1) / self.equity
        return frozen(exposure)

    @cached_property
    def turnover(self) -> Floats:
        """Value traded at each time over the equity at the time before (the first: the cash), shape (n_times,)."""
        traded = np.zeros(len(self.times))
        np.add.at(traded, self._filled_at, self.fill_rows["value"])
        with np.errstate(divide="ignore", invalid="ignore"):
            turnover: Floats = traded / np.append(self.cash, self.equity[:-1])
        return frozen(turnover)

    @cached_property
    def metrics(self) -> Mapping[str, float]:
        """Every measure by name, as fractions; NaN where the data does not define one."""
        return MappingProxyType(measure_bars(self))

    @property
    def state_sha256(self) -> str:
        """Digest of the strategy's state at the end."""
        return hashlib.sha256(self.state).hexdigest()

    def to_frame(self, what: Literal["trades", "fills", "orders", "equity", "drawdowns"] = "trades") -> pd.DataFrame:
        """Return a table as a pandas DataFrame with times in UTC and instruments by name.

        Parameters
        ----------
        what : {"trades", "fills", "orders", "equity", "drawdowns"}
            Which table; with the equity come returns, drawdown, exposure and turnover, and the position of each
            instrument.
        """
        import pandas as pd

        choice(what, "what", ("trades", "fills", "orders", "equity", "drawdowns"))
        if what == "equity":
            names = ("equity", "drawdown", "returns", "exposure", "turnover")
            columns = {name: getattr(self, name) for name in names}
            held = self.positions.reshape(len(self.times), -1)
            words = ["position"] if len(self.names) == 1 else [f"position of {name}" for name in self.names]
            columns |= {word: held[:, column] for column, word in enumerate(words)}
            return pd.DataFrame(columns, index=pd.DatetimeIndex(self.timestamps, name="time", tz="UTC"))
        frame = frame_of(getattr(self, what))
        if what != "drawdowns":
            frame["instrument"] = [self.names[row] for row in frame["instrument"]]
        return frame

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Keep the result, without loss: a folder of Parquet tables and ``result.json``; see :meth:`Result.save`."""
        tables: dict[str, Any] = {
            "equity": {"time": self.timestamps, "equity": self.equity},
            "orders": self.orders,
            "fills": self.fills,
            "order_rows": self.order_rows,
            "fill_rows": self.fill_rows,
            "signals": self.signals,
            "paid_rows": self.paid_rows,
            "trades": self.trades,
        }
        for row, bars in enumerate(self.bars):
            tables[f"bars_{row}"] = {"time": bars.timestamps, **bars.columns(), **self.valuations[row].columns()}
        words = {
            "names": list(self.names),
            "cash": self.cash,
            "account": self.equity_rows is not None,
            "trades": self.trade_rows is not None,
            "stamping": [bars.stamping for bars in self.bars],
            "totals": dict(self.totals),
            "state": base64.b64encode(self.state).decode(),
            "assumptions": dict(self.assumptions),
            "warnings": list(self.warnings),
        }
        return write_result(Path(path), "BarResult", tables, words)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BarResult:
        """Read a result that :meth:`save` has written.

        Raises
        ------
        DataError
            If the folder holds no result, or one that this version of pyrt does not read; names file and versions.
        """
        tables, words = read_result(
            Path(path), "BarResult", ("equity", "order_rows", "fill_rows", "signals", "paid_rows", "trades")
        )
        files = tuple(f"bars_{row}" for row in range(len(words["names"])))
        of_bars, _ = read_result(Path(path), "BarResult", files)
        return cls(
            names=tuple(words["names"]),
            bars=tuple(_bars_of(of_bars[file], words["stamping"][row]) for row, file in enumerate(files)),
            times=column_of(tables["equity"], "time", "<M8[ns]").view(np.int64),
            cash=words["cash"],
            order_rows=records_of(tables["order_rows"], ORDER_ROW),
            fill_rows=records_of(tables["fill_rows"], FILL_ROW),
            signals=records_of(tables["signals"], RECORDS[Kind.SIGNAL]),
            totals=words["totals"],
            state=base64.b64decode(words["state"]),
            assumptions=words["assumptions"],
            warnings=tuple(words["warnings"]),
            paid_rows=records_of(tables["paid_rows"], PAID_ROW),
            valuations=tuple(_valuation_of(of_bars[file]) for file in files),
            equity_rows=column_of(tables["equity"], "equity", np.float64) if words.get("account") else None,
            trade_rows=records_of(tables["trades"], EVENT_TRADE) if words.get("trades") else None,
        )

    @cached_property
    def benchmark(self) -> Floats | None:
        """What a unit of the only instrument is worth at each time, dividends reinvested; None if there are several."""
        if len(self.bars) > 1:
            return None
        whole = self.bars[0].close if self.valuations[0].benchmark is None else self.valuations[0].benchmark
        return self._last([whole])[:, 0]

    @property
    def held(self) -> Floats | None:
        """What buying and holding the only instrument would be worth; None if there are several."""
        if self.benchmark is None:
            return None
        held: Floats = self.cash * (self.benchmark / self.benchmark[0])
        return held

    def plot_trades(self, instrument: str | None = None, *, dark: bool = False) -> Figure:
        """Draw entries and exits on the price of an instrument; unless given, the first."""
        row = 0 if instrument is None else self.names.index(choice(instrument, "instrument", self.names))
        own = self.trades[self.trades["instrument"] == row]
        return visualization.trades_figure(self.bars[row].timestamps, self.bars[row].close, own, dark=dark)


def _valuation_of(table: Any) -> Valuation:
    rest = [name for name in table.column_names if name not in ("time", "open", "high", "low", "close", "volume")]
    return Valuation.of({name: column_of(table, name, np.float64) for name in rest})


def _bars_of(table: Any, stamping: str) -> Bars:
    names = ("open", "high", "low", "close", *(["volume"] if "volume" in table.column_names else []))
    columns = {name: column_of(table, name, np.float64) for name in names}
    return Bars(column_of(table, "time", "<M8[ns]").view(np.int64), **columns, stamping=stamping)
