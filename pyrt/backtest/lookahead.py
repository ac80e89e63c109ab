"""Whether decisions depend on what comes after them: the same rule on the beginning of the data decides the same.

A rule is run again on the first k bars, or records, for some k. What it decided there must be what it decided on all of
the data: a decision that changes has seen what came later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._validate import as_mask, integer
from ..data import Bars
from ..errors import DTypeError, InputError
from .signals import Signals

if TYPE_CHECKING:
    from .bars import BarResult, BarSet
    from .events import EventData
    from .results.event_result import EventResult

__all__ = ["Lookahead", "check_class", "check_events", "check_signals"]

Masks = dict[str, npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Lookahead:
    """What a check for look-ahead found; true if it found nothing.

    Parameters
    ----------
    cuts : int
        How many beginnings of the data were tried.
    what : str
        What changed first: "entries", "exits", "commands", "orders", "fills" or "signals"; empty if nothing did.
    row : int
        Of the first decision that changed: its bar, or its place among the commands, orders, fills or signals; -1 if
        none did.
    time : datetime64[ns] or None
        When that was, UTC.
    known : int
        How many bars or records there were when it was decided otherwise; all of them: two runs on all data differ.
    total : int
        Bars or records of the data.
    unit : str
        "bars" or "records".
    """

    cuts: int
    what: str
    row: int
    time: np.datetime64 | None
    known: int
    total: int
    unit: str

    def __bool__(self) -> bool:
        return not self.what

    def __str__(self) -> str:
        if self:
            return f"no look-ahead: {self.cuts} beginnings of {self.total:,} {self.unit} decide as the whole does"
        place = f"{self.what}[{self.row}] ({self.time})"
        if self.known == self.total:
            return f"{place} differs between two runs on the same data: the rule is not deterministic"
        return f"{place} is decided otherwise on the first {self.known:,} of {self.total:,} {self.unit}: it sees ahead"


def check_signals(
    bars: Bars, rule: Callable[..., Any], parameters: dict[str, Any], *, cuts: int, least: int
) -> Lookahead:
    """Check a rule that makes entries and exits of bars; see :meth:`Backtest.check_lookahead`."""
    if not callable(rule):
        raise DTypeError(f"strategy: must be a function of bars that returns entries and exits, got {rule!r}")
    n = len(bars)
    _check_counts(cuts, least, n)
    whole, again = (_decide(rule, bars, n, parameters) for _ in range(2))
    change = _first_change(whole, again, n)
    if change is not None:
        return Lookahead(0, change[1], change[0], bars.timestamps[change[0]], n, n, "bars")
    # A decision that needs the next bar is lost when that is cut off: right behind decisions is the place to look.
    decided = np.flatnonzero(np.any(list(whole.values()), axis=0)) + 1
    tried = _chosen(decided, np.arange(least, n), cuts, least, n)
    found: tuple[int, str, int] | None = None
    for known in tried:
        change = _first_change(whole, _decide(rule, bars, known, parameters), known)
        if change is not None and (found is None or change[0] < found[0]):
            found = (*change, known)
    if found is not None:  # decisions before it may change as well: look behind each, up to the first that does
        earlier = [known for known in decided.tolist() if least <= known <= found[0] and known not in tried][:cuts]
        for known in earlier:
            tried.append(known)
            change = _first_change(whole, _decide(rule, bars, known, parameters), known)
            if change is not None and change[0] < found[0]:
                found = (*change, known)
                break
    if found is None:
        return Lookahead(len(tried), "", -1, None, n, n, "bars")
    row, what, known = found
    return Lookahead(len(tried), what, row, bars.timestamps[row], known, n, "bars")


def check_events(data: EventData, run: Callable[[EventData], EventResult], *, cuts: int, least: int) -> Lookahead:
    """Check a strategy on events: on their beginning it must send the same commands and make the same signals."""
    n = len(data.events)
    _check_counts(cuts, least, n)
    received = np.ascontiguousarray(data.events["words"][:, 0])
    whole = run(data)
    change = _first_difference(whole, run(data), int(received[-1]))
    if change is not None:
        return Lookahead(0, *change, n, n, "records")
    # Records of one time are delivered together: a beginning ends where time goes on.
    ends = np.flatnonzero(received[1:] > received[:-1]) + 1
    behind = received.searchsorted(whole.commands["time"], side="right")
    tried = _chosen(np.intersect1d(behind, ends), ends, cuts, least, n)
    for known in tried:
        part = run(data.first(known))
        change = _first_difference(whole, part, int(received[known - 1]))
        if change is not None:
            return Lookahead(len(tried), *change, known, n, "records")
    return Lookahead(len(tried), "", -1, None, n, n, "records")


def check_class(data: BarSet, run: Callable[[BarSet], BarResult], *, cuts: int, least: int) -> Lookahead:
    """Check a strategy class on bars: on their beginning it must ask for the same orders and get the same fills."""
    n = len(data.times)
    _check_counts(cuts, least, n)
    # Every instrument has a bar in every beginning, and one that is no history.
    begins = [(bars, data.begin_of(bars.time)) for bars in data.bars]
    firsts = [int(bars.time[begin]) for bars, begin in begins if begin < len(bars)]
    firsts += [int(bars.time[0]) for bars in data.bars]
    least = max(least, int(data.times.searchsorted(max(firsts))) + 1)
    whole = run(data)
    change = _first_otherwise(whole, run(data), int(data.times[-1]))
    if change is not None:
        return Lookahead(0, *change, n, n, "bars")
    behind = data.times.searchsorted(whole.orders["time"].view(np.int64), side="right")
    tried = _chosen(np.unique(behind), np.arange(least, n), cuts, least, n)
    for known in tried:
        change = _first_otherwise(whole, run(data.first(known)), int(data.times[known - 1]))
        if change is not None:
            return Lookahead(len(tried), *change, known, n, "bars")
    return Lookahead(len(tried), "", -1, None, n, n, "bars")


def _check_counts(cuts: int, least: int, n: int) -> None:
    integer(cuts, "cuts")
    integer(least, "least", high=n)


def _chosen(decided: npt.NDArray[Any], places: npt.NDArray[Any], cuts: int, least: int, n: int) -> list[int]:
    """Choose where to cut: half right behind decisions, the rest anywhere, evenly."""
    decided, places = (some[(some >= least) & (some < n)] for some in (decided, places))
    if cuts >= len(places):
        return [int(place) for place in places]
    chosen = set(_spread(decided, -(-cuts // 2)))
    return sorted(chosen | set(_spread(np.setdiff1d(places, list(chosen)), cuts - len(chosen))))


def _spread(places: npt.NDArray[Any], count: int) -> list[int]:
    """Choose so many places, evenly, the first and the last among them."""
    if not len(places) or count < 1:
        return []
    rows = np.unique(np.linspace(0, len(places) - 1, min(count, len(places))).round().astype(np.int64))
    return [int(place) for place in places[rows]]


def _decide(rule: Callable[..., Any], bars: Bars, known: int, parameters: dict[str, Any]) -> Masks:
    columns = {name: column[:known] for name, column in bars.columns().items()}
    try:
        made = rule(Bars(bars.time[:known], **columns, stamping=bars.stamping), **parameters)
    except Exception as error:
        error.add_note(f"check_lookahead: on the first {known} of {len(bars)} bars; least= sets how many it needs")
        raise
    given = Signals.of(made)._asdict().items()
    signals = {name: as_mask(signal, name) for name, signal in given if signal is not None}
    for name, signal in signals.items():
        if len(signal) != known:
            raise InputError(f"strategy: {name} has {len(signal)} values for the first {known} bars")
    return signals


def _first_change(whole: Masks, part: Masks, known: int) -> tuple[int, str] | None:
    changes = []
    for name, signal in whole.items():
        rows = np.flatnonzero(signal[:known] != part[name])
        if len(rows):
            changes.append((int(rows[0]), name))
    return min(changes) if changes else None


def _first_difference(whole: EventResult, part: EventResult, until: int) -> tuple[str, int, np.datetime64] | None:
    """Return what differs first up to a time: commands or signals, its place and its time."""
    found = []
    for what, time in (("commands", "time"), ("signals", "receive_time")):
        a, b = (getattr(result, what)[getattr(result, what)[time] <= until] for result in (whole, part))
        both = min(len(a), len(b))
        same = a[:both].view("V64") == b[:both].view("V64")
        row = int(np.argmin(same)) if both and not same.all() else both
        if row < max(len(a), len(b)):
            at = min(int(side[time][row]) for side in (a, b) if row < len(side))
            found.append((at, what, row))
    if not found:
        return None
    at, what, row = min(found)
    return what, row, np.datetime64(at, "ns")


def _first_otherwise(whole: BarResult, part: BarResult, until: int) -> tuple[str, int, np.datetime64] | None:
    """Return what differs first up to a time: orders as they were asked for, fills or signals."""
    found = []
    asked = ["id", "time", "instrument", "type", "side", "tif", "qty", "price", "trigger", "tag"]
    for what, time in (("orders", "time"), ("fills", "time"), ("signals", "receive_time")):
        sides = [getattr(result, what) for result in (whole, part)]
        a, b = (side[side[time].view(np.int64) <= until] for side in sides)
        if what == "orders":  # how one ended may lie beyond the beginning
            a, b = a[asked], b[asked]
        both = min(len(a), len(b))
        same = np.array([x == y for x, y in zip(a[:both].tolist(), b[:both].tolist(), strict=True)], bool)
        row = int(np.argmin(same)) if both and not same.all() else both
        if row < max(len(a), len(b)):
            at = min(int(side[time].view(np.int64)[row]) for side in (a, b) if row < len(side))
            found.append((at, what, row))
    if not found:
        return None
    at, what, row = min(found)
    return what, row, np.datetime64(at, "ns")
