"""What a tear sheet shows of each kind of result: curves, pictures, the table of trades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ...analysis.risk_metrics import drawdown
from .event_result import EventResult

if TYPE_CHECKING:
    from ..bars.result import BarResult
    from .result import Result

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


def sheet_of(result: Result | EventResult | BarResult) -> Sheet:
    """Lay a result out."""
    return _of_events(result) if isinstance(result, EventResult) else _of_bars(result)


def _of_bars(result: Result | BarResult) -> Sheet:
    times = result.timestamps.view(np.int64)
    pictures = (
        Picture("equity", "", result.plot_equity, "Equity against buying and holding, drawdown below"),
        Picture("trades", "Trades", result.plot_trades, "Entries and exits on the price"),
        Picture(
            "excursions",
            "Excursions of trades",
            result.plot_excursions,
            "Return of each trade against its worst and its best excursion",
        ),
        Picture("drawdowns", "Drawdowns", result.plot_drawdowns, "Equity with its deepest drawdowns shaded"),
        Picture("exposure", "Exposure and turnover", result.plot_exposure, "Exposure, and turnover summed up"),
        Picture("monthly_returns", "Months", result.plot_monthly_returns, "Table of the return of each month and year"),
    )
    return Sheet(
        times=times,
        equity=result.equity,
        drawdown=result.drawdown,
        held=result.held,
        unit="D" if (times % DAY_NS == 0).all() else "m",
        pictures=pictures,
        note="Times are UTC; an open trade is valued at the last close.",
    )


def _of_events(result: EventResult) -> Sheet:
    curve = result.equity_curve
    equity = np.ascontiguousarray(curve["equity"])
    months = curve["time"].astype("datetime64[M]")
    excursions = "Return of each trade against its worst and its best excursion"
    pictures = [
        Picture("equity", "", result.plot_equity, "Equity, drawdown below"),
        Picture("excursions", "Excursions of trades", result.plot_excursions, excursions),
        Picture("drawdowns", "Drawdowns", result.plot_drawdowns, "Equity with its deepest drawdowns shaded"),
    ]
    if months[-1] > months[0]:
        words = "Table of the return of each month and year"
        pictures.append(Picture("monthly_returns", "Months", result.plot_monthly_returns, words))
    return Sheet(
        times=curve["time"].astype(np.int64),
        equity=equity,
        drawdown=drawdown(equity, start=result.start / 10**18),
        held=None,
        unit="s",
        pictures=tuple(pictures),
        note="Times are UTC, as the strategy learned of its fills; an open trade is valued at the tape's last trade.",
    )
