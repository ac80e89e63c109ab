"""Results of several runs by name, with their measures in one table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from ..results.measures import MEASURES
from ..results.result import Result
from ..results.storage import class_of, read_words, write_results

if TYPE_CHECKING:
    import os

    import pandas as pd

    from ..bars.result import BarResult

__all__ = ["PanelResult"]

Floats = npt.NDArray[np.float64]
Outcome: TypeAlias = "Result | BarResult"

SHOWN = ("total_return", "sharpe", "max_drawdown", "n_trades", "total_fees")


@dataclass(frozen=True, eq=False, repr=False)
class PanelResult:
    """What came of signals of several instruments, an account each; or of groups, an account a group.

    Parameters
    ----------
    results : mapping of str to Result or BarResult
        By instrument, in the order of the data; or by group. ``panel["AAPL"]`` is one of them.

    Examples
    --------
    >>> import numpy as np
    >>> from pyrt import Backtest
    >>> days = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")
    >>> def bars(*price):
    ...     return {"time": days} | dict.fromkeys(("open", "high", "low", "close"), np.array(price))
    >>> backtest = Backtest({"A": bars(10.0, 11.0, 12.0, 11.0, 10.0, 9.0), "B": bars(5.0, 5.0, 4.0, 4.0, 5.0, 6.0)})
    >>> entries, exits = np.zeros((2, 6, 2), bool)
    >>> entries[0], exits[3] = True, True
    >>> panel = backtest.run_signals(entries, exits)
    >>> [int(n) for n in panel.measures["n_trades"]], panel["B"].trades["exit_price"].tolist()
    ([1, 1], [5.0])
    """

    results: Mapping[str, Outcome]

    def __post_init__(self) -> None:
        if not self.results:
            raise InputError("results: a panel has at least one")
        object.__setattr__(self, "results", MappingProxyType(dict(self.results)))

    def __getitem__(self, name: str) -> Outcome:
        if name not in self.results:
            raise InputError(f"{name!r} is not in the panel, which has {', '.join(self.results)}")
        return self.results[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    @property
    def names(self) -> tuple[str, ...]:
        """Instruments or groups."""
        return tuple(self.results)

    @cached_property
    def measures(self) -> Mapping[str, Floats]:
        """Measures by name, a value a result; NaN where one does not define it."""
        of_each = [result.metrics for result in self.results.values()]
        known = [name for name in MEASURES if any(name in one for one in of_each)]
        columns = {name: np.array([one.get(name, math.nan) for one in of_each]) for name in known}
        for column in columns.values():
            column.flags.writeable = False
        return MappingProxyType(columns)

    @cached_property
    def times(self) -> npt.NDArray[np.int64]:
        """When bars of any of them end, ns UTC, shape (n_times,)."""
        return np.unique(np.concatenate([_times(result) for result in self.results.values()]))

    @cached_property
    def equity(self) -> Floats:
        """Equity of each at each of :attr:`times`, shape (n_times, n_results); before its first bar its cash."""
        table = np.empty((len(self.times), len(self)))
        for column, result in enumerate(self.results.values()):
            known = _times(result).searchsorted(self.times, side="right")
            table[:, column] = np.append(result.cash, result.equity)[known]
        table.flags.writeable = False
        return table

    @property
    def warnings(self) -> tuple[str, ...]:
        """What looks wrong with each."""
        return tuple(f"{name}: {words}" for name, result in self.results.items() for words in result.warnings)

    @property
    def assumptions(self) -> Mapping[str, str]:
        """What was simulated: what holds for all; where they differ, each of them says it."""
        each = [result.assumptions for result in self.results.values()]
        same = {name: words for name, words in each[0].items() if all(one.get(name) == words for one in each)}
        kind = "an account of its own for each, with that cash"
        return MappingProxyType({"accounts": kind, **same})

    def to_frame(self) -> pd.DataFrame:
        """Return the measures as a pandas DataFrame, a row a result."""
        import pandas as pd

        return pd.DataFrame(dict(self.measures), index=pd.Index(list(self.results), name="name"))

    def equity_frame(self) -> pd.DataFrame:
        """Return the equities as a pandas DataFrame, a column a result, times in UTC."""
        import pandas as pd

        index = pd.DatetimeIndex(self.times.view("datetime64[ns]"), name="time", tz="UTC")
        return pd.DataFrame(np.array(self.equity), index=index, columns=list(self.results))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Keep the results, without loss: a folder each in one, and ``panel.json``."""
        folders = {f"result-{at}": result for at, result in enumerate(self.results.values())}
        kinds = {name: type(result).__name__ for name, result in self.results.items()}
        return write_results(Path(path), "panel.json", folders, kinds)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PanelResult:
        """Read what :meth:`save` has written; DataError if there is none."""
        folder = Path(path)
        kinds = read_words(folder, "panel.json", "panel")
        folders = {name: folder / f"result-{at}" for at, name in enumerate(kinds)}
        return cls({name: class_of(kind, folder).load(folders[name]) for name, kind in kinds.items()})

    def summary(self) -> str:
        """Return the table, warnings and assumptions as text for a terminal."""
        width = max(12, *map(len, self.results))
        labels = [MEASURES[name].label for name in SHOWN]
        lines = [" " * width + "".join(f"{label:>20}" for label in labels)]
        for at, name in enumerate(self.results):
            cells = (MEASURES[one].write(float(self.measures[one][at])) for one in SHOWN)
            lines.append(f"{name:<{width}}" + "".join(f"{cell:>20}" for cell in cells))
        lines += [f"warning: {words}" for words in self.warnings]
        lines += [f"{name}: {words}" for name, words in self.assumptions.items()]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<PanelResult: {', '.join(self.results)}>"


def _times(result: Outcome) -> npt.NDArray[np.int64]:
    return result.bars.time if isinstance(result, Result) else result.times
