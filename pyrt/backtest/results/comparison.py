"""Two results side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ...errors import DTypeError, InputError
from .measures import MEASURES
from .summary import Measured

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Compared", "Comparison", "compare"]

LABEL, COLUMN = 28, 16


class Compared(NamedTuple):
    """A measure of two results; the difference is the second less the first, NaN where one of them has none."""

    a: float
    b: float
    difference: float


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """What two results have in common and where they part.

    Parameters
    ----------
    names : tuple of str
        What the two are called.
    spans : tuple of str
        Their data.
    measures : mapping of str to Compared
        In the order of the measures of a result.
    assumptions : mapping of str to (str or None, str or None)
        Those that differ; None where a result says nothing.
    """

    names: tuple[str, str]
    spans: tuple[str, str]
    measures: Mapping[str, Compared]
    assumptions: Mapping[str, tuple[str | None, str | None]]

    def to_frame(self) -> pd.DataFrame:
        """Return the measures as a pandas DataFrame: a row each, both results and the difference."""
        import pandas as pd

        rows = list(self.measures.values())
        return pd.DataFrame(rows, index=pd.Index(self.measures, name="measure"), columns=[*self.names, "difference"])

    def __str__(self) -> str:
        heads = [f"{name[:COLUMN]:>{COLUMN}}" for name in (*self.names, "difference")]
        lines = [" " * LABEL + "".join(heads)]
        for name, values in self.measures.items():
            shown = MEASURES[name]
            lines.append(f"{shown.label:<{LABEL}}" + "".join(f"{shown.write(value):>{COLUMN}}" for value in values))
        data = [] if self.spans[0] == self.spans[1] else [("data", self.spans)]
        for what, said in [*data, *self.assumptions.items()]:
            lines += [
                "",
                what,
                *(f"  {name}: {words or 'not said'}" for name, words in zip(self.names, said, strict=True)),
            ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        same = sum(1 for one in self.measures.values() if one.difference == 0)
        return f"<Comparison of {self.names[0]} and {self.names[1]}: {same} of {len(self.measures)} measures equal>"


def compare(a: Measured, b: Measured, *, names: tuple[str, str] = ("a", "b")) -> Comparison:
    """Compare two results: their measures, aligned, and the assumptions in which they differ.

    Parameters
    ----------
    a, b : Result or EventResult
        Also one of each: a measure that one of them does not have is NaN there.
    names : tuple of str
        What to call them.

    Returns
    -------
    Comparison
        ``print`` it, or take ``.to_frame()``.

    Raises
    ------
    DTypeError, InputError
        For what is no result, or names that do not tell them apart.

    Examples
    --------
    >>> import numpy as np
    >>> from pyrt import Backtest
    >>> price = np.array([10.0, 11.0, 12.0, 11.0])
    >>> bars = dict.fromkeys(("open", "high", "low", "close"), price) | {"time": np.arange(4)}
    >>> cheap, dear = (Backtest(bars, fees_bps=f).run_signals(price > 10, price < 10) for f in (0, 100))
    >>> compare(cheap, dear, names=("cheap", "dear")).assumptions["costs"]
    ('fees 0 bps of the traded value; no slippage', 'fees 100 bps of the traded value; no slippage')
    """
    for name, result in (("a", a), ("b", b)):
        if not (hasattr(result, "metrics") and hasattr(result, "assumptions")):
            raise DTypeError(f"{name}: must be a result of a backtest, got {type(result).__name__}")
    if len(names) != 2 or names[0] == names[1] or not all(isinstance(name, str) and name for name in names):
        raise InputError(f"names: must be two different words, got {names!r}")
    known = [name for name in MEASURES if name in a.metrics or name in b.metrics]
    pairs = {name: (a.metrics.get(name, math.nan), b.metrics.get(name, math.nan)) for name in known}
    said = {name: (a.assumptions.get(name), b.assumptions.get(name)) for name in {**a.assumptions, **b.assumptions}}
    return Comparison(
        names=(names[0], names[1]),
        spans=(a.span, b.span),
        measures=MappingProxyType({name: Compared(x, y, 0.0 if x == y else y - x) for name, (x, y) in pairs.items()}),
        assumptions=MappingProxyType({name: both for name, both in said.items() if both[0] != both[1]}),
    )
