"""Signals of several instruments as they are given: checked, and laid on the bars of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._validate import as_mask
from ...errors import DTypeError, InputError
from ..bars.data import BarSet
from ..signals import BarData, Signals, refuse_other_times
from ..sizing import Sizing
from ..stops import Stops

__all__ = ["PanelData", "beside", "columns_of", "stops_of"]

Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PanelData:
    """Bars of several instruments and the terms of signals on them.

    Parameters
    ----------
    set : BarSet
        Bars, cash, costs, account.
    given : tuple of ndarray of int64
        Times of each as they came, before they were stamped.
    sizing : Sizing
        What an entry trades.
    """

    set: BarSet
    given: tuple[Times, ...]
    sizing: Sizing

    def alone(self, row: int) -> BarData:
        """Return the terms of one instrument in an account of its own."""
        data, name = self.set, self.set.names[row]
        return BarData(
            bars=data.bars[row],
            given_times=self.given[row],
            cash=data.cash,
            costs=data.costs,
            fill=data.fill,
            sizing=self.sizing,
            account=None if data.account is None else data.account.of(name),
            actions=data.actions.get(name),
        )

    def clock(self) -> Times:
        """Return the times of the clock as they came, where that is a clock as well."""
        several = self.given
        times = several[0] if len(several) == 1 else np.unique(np.concatenate(several))
        return times if len(times) == len(self.set.times) else self.set.times


def columns_of(data: PanelData, signals: Signals) -> tuple[list[Signals], list[int]]:
    """Return the checked signals of each instrument, and how many there were where it has no bar.

    Raises
    ------
    InputError
        If a shape, a name or a time is not the data's.
    DTypeError
        If the signals are not booleans.
    """
    if (signals.short_entries is None) != (signals.short_exits is None):
        missing = "short_exits" if signals.short_exits is None else "short_entries"
        raise InputError(f"{missing}: is missing; short positions need entries and exits (all False: no exits)")
    n = len(data.set.names)
    masks: list[list[Mask | None]] = []
    lost = [0] * n
    for name, given in zip(signals._fields, signals, strict=True):
        if given is None and name.startswith("short"):
            masks.append([None] * n)
            continue
        found, beside = _of_mapping(data, given, name) if isinstance(given, Mapping) else _of_table(data, given, name)
        masks.append(list(found))
        lost = [one + more for one, more in zip(lost, beside, strict=True)]
    return [Signals(*(column[row] for column in masks)) for row in range(n)], lost


def beside(count: int) -> Iterator[str]:
    """Say that signals lay where their instrument has no bar."""
    if count:
        yield f"{count} signals lie at times at which it has no bar; they were ignored"


def stops_of(data: PanelData, stops: Any) -> list[Stops]:
    """Return the stops of each instrument: one for all, or a mapping by name (those not named have none)."""
    if stops is None or isinstance(stops, Stops):
        return [stops or Stops()] * len(data.set.names)
    if not isinstance(stops, Mapping):
        raise DTypeError(f"stops: must be Stops(stop_loss=0.02, ...), or a mapping of names to them, got {stops!r}")
    _refuse_unknown(data, stops, "stops")
    for name, one in stops.items():
        if not isinstance(one, Stops):
            raise DTypeError(f"stops[{name!r}]: must be Stops(stop_loss=0.02, ...), got {one!r}")
    return [stops.get(name, Stops()) for name in data.set.names]


def _of_mapping(data: PanelData, given: Mapping[Any, Any], name: str) -> tuple[list[Mask], list[int]]:
    """Take signals by name, each of the length of its instrument's own bars."""
    _refuse_unknown(data, given, name)
    _refuse_missing(data, given, name)
    masks = []
    for row, instrument in enumerate(data.set.names):
        said = f"{name}[{instrument!r}]"
        mask, bars = as_mask(given[instrument], said), data.set.bars[row]
        if len(mask) != len(bars):
            raise InputError(f"{said}: has {len(mask)} values, and {instrument} has {len(bars)} bars; give one a bar")
        refuse_other_times(given[instrument], (data.given[row], bars.time), said)
        masks.append(mask)
    return masks, [0] * len(masks)


def _of_table(data: PanelData, given: Any, name: str) -> tuple[list[Mask], list[int]]:
    """Take a table, times of the clock by instruments: a frame by its names, an array in the order of the data."""
    names, times = data.set.names, data.set.times
    columns = getattr(given, "columns", None)
    array = np.asarray(given.to_numpy() if hasattr(given, "to_numpy") else given)
    if array.ndim != 2:
        raise InputError(
            f"{name}: must have 2 dimensions, times x instruments, got shape {array.shape}; or give a mapping of "
            f"{', '.join(names)} to one signal a bar each"
        )
    order = list(range(len(names)))
    labels = [] if columns is None else _names_among(list(columns), names)
    if labels != list(range(len(labels))):  # numbers from 0 on are no names
        _refuse_unknown(data, labels, name)
        _refuse_missing(data, labels, name)
        if len(set(labels)) < len(labels):
            raise InputError(f"{name}: has a column twice; there must be one of each instrument")
        order = [labels.index(one) for one in names]
    if array.shape != (len(times), len(names)):
        raise InputError(
            f"{name}: must have shape {(len(times), len(names))}, the times of all bars x {', '.join(names)}, got "
            f"{array.shape}; bars of several calendars lie on one clock, the union of their times"
        )
    refuse_other_times(given, (data.clock(), times), name)
    masks, lost = [], []
    whole = as_mask(array.reshape(-1), name).reshape(array.shape)
    for bars, column in zip(data.set.bars, order, strict=True):
        mask = whole[:, column]
        own = mask if len(bars) == len(times) else mask[times.searchsorted(bars.time)]
        masks.append(np.ascontiguousarray(own))
        lost.append(int(np.count_nonzero(mask)) - int(np.count_nonzero(own)))
    return masks, lost


def _names_among(labels: list[Any], names: tuple[str, ...]) -> list[Any]:
    """Return labels; of several levels (``frame.pivot`` makes such) the one that names instruments."""
    if all(isinstance(label, tuple) for label in labels):
        return next((list(level) for level in zip(*labels, strict=True) if set(level) <= set(names)), labels)
    return labels


def _refuse_unknown(data: PanelData, given: Any, name: str) -> None:
    for label in given:
        if label not in data.set.names:
            raise InputError(f"{name}: {label!r} is not in the data, which has {', '.join(data.set.names)}")


def _refuse_missing(data: PanelData, given: Any, name: str) -> None:
    for label in data.set.names:
        if label not in given:
            raise InputError(f"{name}: {label} is missing; give it signals that are all False to leave it out")
