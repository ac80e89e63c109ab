"""A run of strategies on events, a stretch at a time: the loop, the seats of its strategies, and what came out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyrt_ext.replay.desk import Desk
from pyrt_ext.replay.loop import Replay
from pyrt_ext.replay.snapshots import load, save

from ...data.resampling import period_ns
from ...errors import DataError, DTypeError
from ...strategy import Hosted, Strategy, prepare, prepare_file
from ...types import EVENT
from ..events import EventData, Told, fault_of, result_of, rows_of
from ..matching import grids
from ..results.event_result import EventResult
from .memory import Memory
from .seat import Seat

__all__ = ["EventRun", "Kept", "run_class", "run_file"]

STRATEGY, RUN = 1, 1
"""First parts of the client order ids of a run: its first strategy's number, and the run's."""
FOREVER = 2**63 - 1
ENDED, PAUSED, HUNGRY, STOPPED = 0, 1, 2, -1
"""How a stretch of the loop ends (``pyrt_ext/replay/loop.pxd``)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The state of a run: the loop's, and of each strategy its seat's and its own.

    `rows` are those that the venue has seen and the strategies have not: the first, and the first beyond.
    """

    rows: tuple[int, int]
    loop: bytes
    seats: tuple[bytes, ...]
    strategies: tuple[Any, ...]


class EventRun:
    """Strategies of one account on events.

    Parameters
    ----------
    data : EventData
        Terms of the run.
    instances : sequence of Hosted
        Told in this order what happens.
    capitals : sequence of int, optional
        Cash of each at the start, in 10^-18; unless given, there is one strategy, and all of it is its own.
    """

    def __init__(self, data: EventData, instances: Sequence[Hosted], capitals: Sequence[int] = ()) -> None:
        self.data, self.instances = data, tuple(instances)
        self.rows = [rows_of(instance, data.instruments) for instance in instances]
        self.seats = [Seat(one, data.instruments, rows) for one, rows in zip(instances, self.rows, strict=True)]
        self._capitals = tuple(capitals) or (data.cash,)
        steps = grids(data.instruments)
        rules, self._costs = data.rules()
        self._venue = rules.get("venue")
        try:
            desks = [self._desk(number, steps) for number in range(len(instances))]
            tables = [instance.table for instance in instances]
            self.loop = Replay(
                np.zeros(0, np.uint8),
                steps,
                rules,
                list(zip(tables, desks, strict=True)),
                data.trade_from,
                data.source.span[1],
            )
        except ValueError as error:
            raise DataError(str(error)) from None
        self._memory = Memory(data.memory)
        self._open(0)

    def _open(self, row: int) -> None:
        """Go on with the records from a row on."""
        self._chunks = self.data.source.chunks(self._memory.rows(0), row)
        chunk = next(self._chunks, np.zeros(0, EVENT))
        self.loop.timeline.supply(chunk.view(np.uint8), row + len(chunk) < self.data.source.count, row)

    def _feed(self) -> None:
        """Give the loop the records that follow."""
        self._memory.rows(self.loop.held())
        chunk = next(self._chunks)
        supplied = self.loop.timeline.supplied + len(chunk)
        self.loop.supply(chunk.view(np.uint8), supplied < self.data.source.count)

    def _desk(self, number: int, steps: Any) -> Any:
        wants, seat = self.instances[number].subscriptions, self.seats[number]
        terms = {
            "deltas": self.data.simulation.book == "deltas",
            "depth": wants.depth,
            "id_base": (STRATEGY + number) << 48 | RUN << 32,
        }
        periods = [period_ns(text) for text in wants.bars]
        address = seat.context.ctypes.data
        return Desk(address, seat, self.rows[number], steps, periods, self._capitals[number], terms)

    def go(self, until: int = FOREVER, records: int = -1) -> None:
        """Go on to a time, or to a number of records since the begin; to the end unless given.

        Raises
        ------
        StrategyFault
            If a strategy was stopped.
        DataError
            For records that cannot be what they claim.
        """
        how = HUNGRY
        while how == HUNGRY:
            try:
                how = self.loop.run(until, records)
            except ValueError as error:
                which, fault = (0, 0) if self._venue is None else self._venue.fault
                if which and self._costs is not None:
                    raise self._costs.refuse(which, fault, f"at {self.loop.now} ns") from None
                raise DataError(str(error)) from None
            if how == HUNGRY:
                self._feed()
        if how == STOPPED:
            number = self.loop.players.index(self.loop.failed)
            raise fault_of(self.loop.failed, self.instances[number])

    def save(self) -> Kept:
        """Return the present state."""
        strategies = tuple(instance.save() for instance in self.instances)
        seats, timeline = tuple(seat.save() for seat in self.seats), self.loop.timeline
        return Kept((timeline.shown, timeline.seen), save(self.loop), seats, strategies)

    def restore(self, kept: Kept) -> None:
        """Take back a state that :meth:`save` has returned."""
        first, beyond = kept.rows
        if not self.loop.timeline.first <= first <= beyond <= self.loop.timeline.supplied:
            self._open(first)
            while self.loop.timeline.supplied < beyond:
                self._feed()
        for seat, image in zip(self.seats, kept.seats, strict=True):
            seat.restore(image)
        load(self.loop, kept.loop)
        for instance, image in zip(self.instances, kept.strategies, strict=True):
            instance.restore(image)

    def result(self) -> EventResult:
        """Return the result of one strategy, at the end."""
        commands, answers, equity = self.loop.outputs()
        player = self.loop.first
        signals, _ = player.outputs()
        image, rows = self.instances[0].image(), self._memory.rows(self.loop.held())
        told = Told(commands, answers, signals, equity, player.summary(), image, rows)
        return result_of(self.data, self.rows[0], told)


def run_class(
    data: EventData, cls: type[Strategy], parameters: dict[str, Any], *, jit: bool, cache: bool
) -> EventResult:
    """Run a strategy class on events."""
    return _whole(EventRun(data, [instance_of(cls, parameters, jit=jit, cache=cache)]))


def run_file(data: EventData, path: str | os.PathLike[str], parameters: dict[str, Any]) -> EventResult:
    """Run a strategy file on events."""
    return _whole(EventRun(data, [prepare_file(path, **parameters)]))


def instance_of(
    strategy: type[Strategy] | str | os.PathLike[str], parameters: dict[str, Any], *, jit: bool, cache: bool
) -> Hosted:
    """Make a strategy class, or a strategy file, ready to run."""
    if isinstance(strategy, (str, os.PathLike)):
        return prepare_file(strategy, **parameters)
    if not (isinstance(strategy, type) and issubclass(strategy, Strategy)):
        raise DTypeError(f"strategy: must be a class that derives from pyrt.Strategy, got {strategy!r}")
    return prepare(strategy, jit=jit, cache=cache, **parameters)


def _whole(run: EventRun) -> EventResult:
    run.go()
    return run.result()
