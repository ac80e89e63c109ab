"""Splits and dividends: what they are, where they come from, and prices without them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._validate import as_floats, as_times, choice, same_length, sorted_times
from ..errors import DataError, InputError
from .bars import AS_GIVEN, Bars

__all__ = ["Actions", "adjust_bars", "effective_rows", "load_actions"]

Floats = npt.NDArray[np.float64]
DAY_NS = 86_400_000_000_000


@dataclass(frozen=True, eq=False)
class Actions:
    """Splits and dividends of one instrument.

    Parameters
    ----------
    time : array_like, shape (n,)
        When each takes effect (the ex-date): the first moment at which prices are without it. Rising.
    split : array_like, shape (n,)
        Shares that one share becomes; 1 where there is no split. Above zero.
    dividend : array_like, shape (n,)
        Money a share, as shares were before that time; 0 where there is none. Not negative.

    Examples
    --------
    >>> Actions(["2014-05-08", "2014-06-09"], [1.0, 7.0], [3.29, 0.0])
    <Actions: 1 split, 1 dividend, 2014-05-08 to 2014-06-09>
    """

    time: npt.NDArray[np.int64]
    split: Floats
    dividend: Floats

    def __post_init__(self) -> None:
        times = as_times(self.time, "time", texts=True)
        split = as_floats(self.split, "split", positive=True, nan="refuse", inf="refuse", ndim=1)
        dividend = as_floats(self.dividend, "dividend", nan="refuse", inf="refuse", ndim=1)
        same_length(time=times, split=split, dividend=dividend)
        if (dividend < 0).any():
            row = int(np.argmax(dividend < 0))
            raise InputError(f"dividend[{row}]: {dividend[row]} is negative")
        for name, array in (("time", sorted_times(times, "time")), ("split", split), ("dividend", dividend)):
            own = array.copy()
            own.flags.writeable = False
            object.__setattr__(self, name, own)

    def __len__(self) -> int:
        return len(self.time)

    def __repr__(self) -> str:
        counts = [int(np.count_nonzero(self.split != 1)), int(np.count_nonzero(self.dividend))]
        words = [f"{n} {name}{'s' * (n != 1)}" for n, name in zip(counts, ("split", "dividend"), strict=True)]
        days = self.time.view("datetime64[ns]").astype("datetime64[D]")
        return f"<Actions: {', '.join(words)}{f', {days[0]} to {days[-1]}' if len(days) else ''}>"


def adjust_bars(bars: Bars, actions: Actions, how: Literal["total", "splits"] = "total") -> Bars:
    """Take splits, or splits and dividends, out of prices: returns are then those of a holder who reinvests.

    Prices before an action are multiplied by ``1 / split``, and for ``"total"`` by ``1 - dividend / close`` of the last
    bar before it; volumes by `split`. The last prices stay what they are.

    Each price then depends on actions after it: its level says something of the future, its returns do not. A rule that
    compares prices with fixed levels must not see adjusted ones.

    Parameters
    ----------
    bars : Bars
        Raw bars. Where nobody has said what their times are (``stamp=`` of :func:`load_bars`), they are taken for the
        days or hours that the bars are of.
    actions : Actions
        Those before the first bar's end, or after the last one's, change nothing.
    how : {"total", "splits"}
        What is taken out.

    Raises
    ------
    DataError
        If a dividend is as large as the price before it.

    Examples
    --------
    >>> days = np.arange("2024-01-01", "2024-01-04", dtype="datetime64[D]").astype("M8[ns]").view("i8")
    >>> price = np.array([100.0, 49.0, 50.0])
    >>> bars = Bars(days, price, price, price, price)
    >>> adjust_bars(bars, Actions(["2024-01-02"], [2.0], [2.0])).close
    array([49., 49., 50.])
    """
    total = choice(how, "how", ("total", "splits")) == "total"
    first, inside = effective_rows(bars, actions)
    steps, shares = np.ones(len(bars)), np.ones(len(bars))
    for row, split, dividend in zip(first[inside], actions.split[inside], actions.dividend[inside], strict=True):
        before = bars.close[row - 1] * steps[row - 1]  # without what came before this one since that close
        if total and dividend >= before:
            raise DataError(f"actions: a dividend of {dividend:g} is not below the close before it, {before:g}")
        steps[row - 1] *= (1.0 - dividend / before if total else 1.0) / split
        shares[row - 1] *= split
    factor, many = (np.cumprod(step[::-1])[::-1] for step in (steps, shares))
    prices = {name: column * factor for name, column in bars.columns().items() if name != "volume"}
    volume = None if bars.volume is None else bars.volume * many
    return Bars(bars.time, **prices, volume=volume, stamping=bars.stamping)


def effective_rows(bars: Bars, actions: Actions) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Return the first bar without each action, and which of them lie between the first bar and the last.

    A bar that is known to end at the time of an action was before it, one that is only named by it not.
    """
    first = np.searchsorted(bars.time, actions.time, side="left" if bars.stamping == AS_GIVEN else "right")
    return first, (first > 0) & (first < len(bars))


def load_actions(source: str | os.PathLike[str] | Any) -> Actions:
    r"""Read a factor file: date (YYYYMMDD), price factor, split factor, and reference price a row, as LEAN writes them.

    Factors hold up to and with their date, by exchange days; the step to the next row is an action that takes effect
    at the beginning of the day after. Its dividend is ``reference * (1 - factor / next factor)``.

    Parameters
    ----------
    source : path
        A CSV file without a head.

    Raises
    ------
    DataError
        For a row that is none, with its line.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "factors.csv"
    >>> _ = path.write_text("20140507,0.99445,0.142857,592.3\n20140606,1,0.142857,645.6\n20501231,1,1,0\n")
    >>> actions = load_actions(path)
    >>> actions.split.round(3).tolist(), actions.dividend.round(2).tolist()
    ([1.0, 7.0], [3.29, 0.0])
    """
    rows: list[tuple[Any, ...]] = []
    for number, line in enumerate(Path(source).read_text(encoding="utf-8").splitlines(), start=1):
        date, *factors = line.split(",")
        try:
            rows.append((np.datetime64(f"{date[:4]}-{date[4:6]}-{date[6:8]}", "D"), *map(float, factors[:3])))
            _, price, split, reference = rows[-1]
        except ValueError:
            raise DataError(f"{source}, line {number}: must be date,price factor,split factor,reference") from None
        if not (price > 0 and split > 0 and reference >= 0):
            raise DataError(f"{source}, line {number}: factors must be above zero, got {line!r}")
    dates = np.array([row[0] for row in rows], "M8[D]")
    prices, splits, references = (np.array([row[at] for row in rows], float) for at in (1, 2, 3))
    time = sorted_times(dates.astype("M8[ns]").view(np.int64) + DAY_NS, f"{source}")[: max(len(rows) - 1, 0)]
    dividend = references[:-1] * (1.0 - prices[:-1] / prices[1:])
    ratio = splits[1:] / splits[:-1]
    some = (np.abs(ratio - 1.0) > 1e-9) | (dividend > 1e-9)
    return Actions(time[some], ratio[some], np.maximum(dividend[some], 0.0))
