"""Bars of one instrument as arrays, and the check that they can be bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from pyrt_ext.bars.check import are_fine

from .._validate import same_length
from ..errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MISSING_TIME", "Bars", "check_bars"]

Floats = npt.NDArray[np.float64]

MISSING_TIME = np.iinfo(np.int64).min
"""What a missing time is in int64: NumPy's NaT."""

AS_GIVEN = "times taken as given"

# Adjusted prices are products: an open may miss its own low by a rounding error.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class Bars:
    """Bars of one instrument: equally long, read-only arrays.

    They are views of what was given, not copies: leave that unchanged while the bars are in use.

    Parameters
    ----------
    time : ndarray of int64, shape (n_observations,)
        When each bar ended, nanoseconds UTC.
    open, high, low, close : ndarray of float64, shape (n_observations,)
        Prices.
    volume : ndarray of float64, shape (n_observations,), optional
        Traded quantity. None if the data has none.
    stamping : str
        How `time` came about, for the assumptions of whatever is computed from it.

    Raises
    ------
    InputError
        If the lengths differ.

    Examples
    --------
    >>> day = 86_400_000_000_000
    >>> one, two = np.array([10.0, 11.0]), np.array([11.0, 12.0])
    >>> Bars(day * np.arange(2), one, two, one, two)
    <Bars: 2 rows, 1970-01-01 to 1970-01-02, no volume>
    """

    time: npt.NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats | None = None
    stamping: str = AS_GIVEN

    def __post_init__(self) -> None:
        arrays = {"time": self.time, **self.columns()}
        same_length(**arrays)
        for name, array in arrays.items():
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def columns(self) -> dict[str, Floats]:
        """Prices and, if there is any, volume, by name."""
        columns = {"open": self.open, "high": self.high, "low": self.low, "close": self.close}
        return columns if self.volume is None else {**columns, "volume": self.volume}

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Bars:
        """Return the bars of some rows, in that order."""
        columns = {name: column[rows] for name, column in self.columns().items()}
        return Bars(self.time[rows], **columns, stamping=self.stamping)

    @property
    def timestamps(self) -> npt.NDArray[np.datetime64]:
        """The times as datetime64[ns]."""
        return self.time.view("datetime64[ns]")

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame with a UTC DatetimeIndex."""
        import pandas as pd

        index = pd.DatetimeIndex(self.timestamps, name="time", tz="UTC")
        return pd.DataFrame({name: column.copy() for name, column in self.columns().items()}, index=index)

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        if not len(self):
            return "<Bars: empty>"
        span = f"{np.datetime64(self.timestamps[0], 'D')} to {np.datetime64(self.timestamps[-1], 'D')}"
        return f"<Bars: {len(self)} rows, {span}, {'no volume' if self.volume is None else 'volume'}>"


def check_bars(bars: Bars) -> Bars:
    """Refuse what cannot be bars; return them unchanged otherwise.

    Wanted: at least one row; times that rise; finite prices above zero; low <= open, close <= high (to 1e-9 of the
    price: adjusted prices carry rounding errors); volumes that are finite and not negative.

    Parameters
    ----------
    bars : Bars
        From :func:`load_bars`.

    Returns
    -------
    Bars
        The same object.

    Raises
    ------
    DataError
        Names the first bad row, what is wrong with it, and the mend.

    Examples
    --------
    >>> nine = np.array([9.0, 9.0])
    >>> check_bars(Bars(np.arange(2), nine, nine - [0, 1], nine, nine))
    Traceback (most recent call last):
    pyrt.errors.DataError: bars: row 1 (1970-01-01T00:00:00.000000001): high 8.0 is below low 9.0; ...
    """
    if not len(bars):
        raise DataError("bars: no rows; check the file or the filter that made them")
    columns = bars.time, bars.open, bars.high, bars.low, bars.close
    if not all(column.flags.c_contiguous for column in columns) or not are_fine(*columns):
        _look_closely(bars)
    if bars.volume is not None:
        volume_fine = (bars.volume >= 0) & (bars.volume < np.inf)
        if not volume_fine.all():
            row = int(volume_fine.argmin())
            raise _refusal(bars, row, f"volume is {bars.volume[row]}")
    return bars


def _look_closely(bars: Bars) -> None:
    """Refuse the first row that cannot be one, once all of them are not as they should be to the last bit."""
    possible = _contained(bars, bars.low, bars.high)
    if not possible.all():
        slack = ROUNDING * np.abs(bars.high)
        possible = _contained(bars, bars.low - slack, bars.high + slack)
    if not possible.all():
        row = int(possible.argmin())
        raise _refusal(bars, row, _price_fault(bars, row))
    times_fine = bars.time[1:] > bars.time[:-1]
    if not times_fine.all() or bars.time[0] == MISSING_TIME:
        row = 0 if bars.time[0] == MISSING_TIME else int(times_fine.argmin()) + 1
        raise _refusal(bars, row, _time_fault(bars, row))


def _contained(bars: Bars, low: Floats, high: Floats) -> npt.NDArray[np.bool_]:
    """Which rows have prices above zero, with open and close from low to high; NaN has not."""
    opened: npt.NDArray[np.bool_] = (low > 0) & (low <= bars.open) & (bars.open <= high)
    return opened & (low <= bars.close) & (bars.close <= high) & (high < np.inf)


def _refusal(bars: Bars, row: int, fault: str) -> DataError:
    mend = "repair with bars, log = pyrt.data.clean_bars(bars)"
    return DataError(f"bars: row {row} ({bars.timestamps[row]}): {fault}; {mend}")


def _price_fault(bars: Bars, row: int) -> str:
    prices = {name: float(column[row]) for name, column in bars.columns().items() if name != "volume"}
    for name, price in prices.items():
        if not 0 < price < np.inf:
            return f"{name} is {price}, must be a finite price above zero"
    low, high = prices["low"], prices["high"]
    if high < low:
        return f"high {high} is below low {low}"
    name = "close" if low <= prices["open"] <= high else "open"
    return f"{name} {prices[name]} is outside [low {low}, high {high}]"


def _time_fault(bars: Bars, row: int) -> str:
    if bars.time[row] == MISSING_TIME:
        return "time is missing"
    same = bars.time[row] == bars.time[row - 1]
    return "repeats the time of the row before" if same else "is earlier than the row before"
