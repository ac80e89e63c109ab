"""What a tear sheet shows of each kind of result: curves, pictures, the table of trades."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .reported import Reported, ReportedOnBars

__all__ = ["Picture", "Sheet", "sheet_of"]

Floats = npt.NDArray[np.float64]
Unit = Literal["D", "m", "s"]
DIGITS: dict[str, int] = {"D": 10, "m": 16, "s": 19}

DAY_NS = 86_400_000_000_000


@dataclass(frozen=True)
class Picture:
    """A picture of the sheet, under its heading."""

    name: str
    heading: str
    draw: Callable[..., Any]
    words: str


@dataclass(frozen=True)
class Sheet:
    """A result in the terms of its tear sheet.

    Parameters
    ----------
    times, equity, drawdown : ndarray
        The curve.
    held : ndarray, optional
        What buying and holding would be worth.
    unit : {"D", "m", "s"}
        To what times are written.
    pictures : tuple of Picture
        The first one is the equity.
    note : str
        What must be known of the table of trades.
    """

    times: npt.NDArray[np.int64]
    equity: Floats
    drawdown: Floats
    held: Floats | None
    unit: Unit
    pictures: tuple[Picture, ...]
    note: str

    @property
    def digits(self) -> int:
        """Length of a time, as text."""
        return DIGITS[self.unit]

    def date(self, time: np.datetime64) -> str:
        """Write a time."""
        return str(np.datetime_as_string(time, self.unit)).replace("T", " ")


def sheet_of(result: Reported) -> Sheet:
    """Lay a result out."""
    path = result.equity_path
    times = path.times.astype("datetime64[ns]").view(np.int64)
    on_bars = isinstance(result, ReportedOnBars)
    return Sheet(
        times=times,
        equity=np.ascontiguousarray(path.equity),
        drawdown=result.drawdown,
        held=result.held,
        unit="s" if not on_bars else "D" if (times % DAY_NS == 0).all() else "m",
        pictures=tuple(_pictures(result)),
        note="Times are UTC; an open trade is valued at the last close."
        if on_bars
        else "Times are UTC, as the strategy learned of its fills; an open trade is valued at the tape's last trade.",
    )


def _pictures(result: Reported) -> Iterator[Picture]:
    months = result.equity_path.times.astype("datetime64[M]")
    held = "Equity, drawdown below" if result.held is None else "Equity against buying and holding, drawdown below"
    yield Picture("equity", "", result.plot_equity, held)
    if isinstance(result, ReportedOnBars):
        yield Picture("trades", "Trades", result.plot_trades, "Entries and exits on the price")
    words = "Return of each trade against its worst and its best excursion"
    yield Picture("excursions", "Excursions of trades", result.plot_excursions, words)
    yield Picture("drawdowns", "Drawdowns", result.plot_drawdowns, "Equity with its deepest drawdowns shaded")
    if isinstance(result, ReportedOnBars):
        yield Picture("exposure", "Exposure and turnover", result.plot_exposure, "Exposure, and turnover summed up")
    if isinstance(result, ReportedOnBars) or months[-1] > months[0]:
        words = "Table of the return of each month and year"
        yield Picture("monthly_returns", "Months", result.plot_monthly_returns, words)
