"""Signals of several instruments: each in an account of its own, or in accounts that some of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...errors import DTypeError, InputError
from ..bars.result import BarResult
from ..results.result import Result
from ..signals import Signals, run_signals
from .columns import PanelData, beside, columns_of, stops_of
from .result import PanelResult
from .shared import run_shared

__all__ = ["Sharing", "run_panel"]


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who shares an account; see :meth:`pyrt.Backtest.run_signals`."""

    cash: bool = False
    groups: Any = None
    exits_first: bool = False

    def __post_init__(self) -> None:
        for name, value in (("cash_sharing", self.cash), ("exits_first", self.exits_first)):
            if not isinstance(value, bool):
                raise DTypeError(f"{name}: must be True or False, got {value!r}")
        if not self.cash and (self.groups is not None or self.exits_first):
            name = "exits_first" if self.groups is None else "group_by"
            raise InputError(f"{name}: is of accounts that are shared; give cash_sharing=True as well")

    def members(self, names: tuple[str, ...]) -> dict[str, list[int]]:
        """Return the rows of each group, in the order of their first instruments."""
        labels = self.groups
        if isinstance(labels, Mapping):
            for name in (*labels, *names):
                if name not in labels or name not in names:
                    what = "is not in the data" if name not in names else "is missing"
                    raise InputError(f"group_by: {name!r} {what}; give a label to each of {', '.join(names)}")
            labels = [labels[name] for name in names]
        labels = list(labels)
        if len(labels) != len(names):
            raise InputError(f"group_by: {len(labels)} labels for {len(names)} instruments; give one each")
        rows: dict[str, list[int]] = {}
        for row, label in enumerate(labels):
            rows.setdefault(str(label), []).append(row)
        return rows


def run_panel(data: PanelData, signals: Signals, stops: Any, sharing: Sharing) -> PanelResult | BarResult:
    """Run signals of several instruments; see :meth:`pyrt.Backtest.run_signals`."""
    columns, lost = columns_of(data, signals)
    each, names = stops_of(data, stops), data.set.names
    every = list(range(len(names)))
    if sharing.cash and sharing.groups is None:
        return run_shared(data, every, columns, each, lost, exits_first=sharing.exits_first)
    found: dict[str, Result | BarResult] = {}
    if sharing.cash:
        for label, rows in sharing.members(names).items():
            found[label] = run_shared(data, rows, columns, each, lost, exits_first=sharing.exits_first)
        return PanelResult(found)
    for row, name in enumerate(names):
        result = run_signals(data.alone(row), columns[row], each[row])
        found[name] = replace(result, warnings=(*beside(lost[row]), *result.warnings)) if lost[row] else result
    return PanelResult(found)
