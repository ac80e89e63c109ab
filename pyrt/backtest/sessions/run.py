"""A run of strategies on events, a stretch at a time: the loop, the seats of its strategies, and what came out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from pyrt_ext.accounts.margin import MarginAccount
from pyrt_ext.replay.desk import Desk
from pyrt_ext.replay.keeper import Keeper
from pyrt_ext.replay.loop import Replay
from pyrt_ext.replay.snapshots import load, save

from ...data.importers.hftbacktest import HftSource
from ...data.resampling import period_ns
from ...errors import DataError, DTypeError, InputError
from ...strategy import Hosted, Strategy, prepare, prepare_file
from ...strategy.state import blind_handlers
from ...types import EVENT, RECORDS, Kind, of_kind
from ..account.events import POINT, RAW_PAID, wide
from ..events import EventData, Told, fault_of, result_of, rows_of
from ..matching import COMMAND, grids
from ..portfolio import Portfolio, refuse_parameters
from ..results.event_result import EventResult
from ..results.event_trades import grid_of
from ..results.portfolio_result import PortfolioResult
from .memory import Memory
from .seat import Seat

__all__ = ["EventRun", "Kept", "begin", "instances_of", "run_class", "run_file", "run_portfolio", "words_of"]

Records = npt.NDArray[np.void]

STRATEGY, RUN = 1, 1
"""First parts of the client order ids of a run: its first strategy's number, and the run's."""
FOREVER = 2**63 - 1
_UNKNOWN = 2.0**62
"""More lots than any queue has: what lies behind a quote."""
STRETCH = 1 << 12
"""Records that are made at a time of what is not a record yet: they stay in the cache until they are used."""
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
    portfolio : Portfolio, optional
        What part of the cash is whose; unless given, there is one strategy, and all of it is its own.
    """

    def __init__(self, data: EventData, instances: Sequence[Hosted], portfolio: Portfolio | None = None) -> None:
        self.data, self.instances, self.portfolio = data, tuple(instances), portfolio
        self.rows = [rows_of(instance, data.instruments) for instance in instances]
        self.seats = [Seat(one, data.instruments, rows) for one, rows in zip(instances, self.rows, strict=True)]
        if data.terms is not None:
            data.terms.check_currencies(sorted({row for some in self.rows for row in some}), data.instruments)
        self._capitals = (data.cash,) if portfolio is None else portfolio.capitals(data.cash)
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
                data.cash - sum(self._capitals),
            )
        except ValueError as error:
            raise DataError(str(error)) from None
        self._memory = Memory(data.memory)
        self._open(0)

    def _open(self, row: int) -> None:
        """Go on with the records from a row on."""
        if isinstance(self.data.source, HftSource):
            count = self._stretch(row)
            self.loop.timeline.fill(self.data.source.made, count, row + count < self.data.source.count, row)
            return
        self._chunks = self.data.source.chunks(self._memory.rows(0), row)
        chunk = next(self._chunks, np.zeros(0, EVENT))
        self.loop.timeline.supply(chunk.view(np.uint8), row + len(chunk) < self.data.source.count, row)

    def _feed(self) -> None:
        """Give the loop the records that follow."""
        self._memory.rows(self.loop.held())
        if isinstance(self.data.source, HftSource):
            supplied = self.loop.timeline.supplied
            count = self._stretch(supplied)
            self.loop.fill(self.data.source.made, count, supplied + count < self.data.source.count)
            return
        chunk = next(self._chunks)
        supplied = self.loop.timeline.supplied + len(chunk)
        self.loop.supply(chunk.view(np.uint8), supplied < self.data.source.count)

    def _stretch(self, row: int) -> int:
        return min(STRETCH, self.data.source.count - row)

    def _desk(self, number: int, steps: Any) -> Any:
        wants, seat = self.instances[number].subscriptions, self.seats[number]
        terms = {
            "book": self.data.simulation.book,
            "depth": wants.depth,
            "id_base": (STRATEGY + number) << 48 | RUN << 32,
            "blind": 0 if (cls := self.instances[number].cls) is None else blind_handlers(cls),
        }
        periods = [period_ns(text) for text in wants.bars]
        address = seat.context.ctypes.data
        given = (address, seat, self.rows[number], steps, periods, self._capitals[number])
        account = self.data.terms
        if account is None:
            return Desk(*given, terms)
        told = account.kernel(self.rows[number], self.data.simulation, self.data.course())
        terms["account"] = MarginAccount(self._capitals[number], steps, self.rows[number], told)
        return Keeper(*given, terms)

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

    @property
    def passed(self) -> int:
        """How many records have reached the strategies."""
        return int(self.loop.passed)

    @property
    def time(self) -> int:
        """Up to when everything has happened, ns UTC; the smallest int64 before the first record."""
        return max(int(self.loop.now), int(self.loop.reached))

    @property
    def done(self) -> bool:
        """Whether nothing will happen any more."""
        return bool(self.loop.done)

    def ask(self) -> str:
        """Send what stands in the contexts, as of now; return why it is refused, empty if it is not."""
        for seat, player in zip(self.seats, self.loop.players, strict=True):
            if seat.context["request_count"][0]:
                why = str(player.ask(self.time))
                if why:
                    return why
        return ""

    @property
    def cash(self) -> float:
        """Money of the account."""
        return float(self.loop.cash() / 10**18)

    @property
    def equity(self) -> float:
        """Cash and positions of the account at their marks."""
        return float(self.loop.worth() / 10**18)

    def positions(self) -> dict[str, float]:
        """Signed quantity that the account holds of each instrument that is traded."""
        held: dict[int, int] = {}
        for rows, player in zip(self.rows, self.loop.players, strict=True):
            for row, lots in zip(rows, player.summary()["positions"], strict=True):
                held[row] = held.get(row, 0) + lots
        table = self.data.instruments
        return {table[row].name: float(grid_of(table[row])[1].to_double(lots)) for row, lots in held.items()}

    def orders(self) -> Records:
        """Return new orders so far, as commands."""
        commands = np.frombuffer(self.loop.outputs()[0], COMMAND)
        orders: Records = commands[commands["action"] == 1]
        return orders

    def fills(self) -> Records:
        """Return fills so far, as records."""
        return of_kind(np.frombuffer(self.loop.outputs()[1], EVENT), Kind.FILL)

    def queue_ahead(self) -> dict[int, float]:
        """Return the quantity before each order that rests, by client order id."""
        venue, found = self.loop.timeline.matcher, {}
        lots = [grid_of(instrument)[1].step for instrument in self.data.instruments]
        orders = self.orders()
        for number, row in zip(orders["client_order_id"].tolist(), orders["instrument"].tolist(), strict=True):
            ahead = venue.queue_ahead(number)
            if ahead is not None:
                found[number] = float("inf") if ahead >= _UNKNOWN else ahead * lots[row]
        return found

    def identity(self) -> list[Any]:
        """Return what the run is of, but for the records between the first and the last, and the strategies."""
        weights = None if self.portfolio is None else self.portfolio.weights
        return [self.data.source.count, self.data.source.span, *self.data.identity(), weights]

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

    def result(self) -> EventResult | PortfolioResult:
        """Return the result, at the end."""
        if self.portfolio is not None:
            return self._portfolio_result(self.portfolio)
        commands, answers, equity = self.loop.outputs()
        player = self.loop.first
        signals, _ = player.outputs()
        image, rows = self.instances[0].image(), self._memory.rows(self.loop.held())
        told = Told(commands, answers, signals, equity, player.summary(), image, rows, *self._account(player))
        return result_of(self.data, self.rows[0], told)

    def _account(self, player: Any) -> tuple[bytes, bytes]:
        """Return payments, and the equity's course, of a strategy's account."""
        paid: tuple[bytes, bytes] = (b"", b"") if self.data.terms is None else player.desk.account_outputs()
        return paid

    def _portfolio_result(self, portfolio: Portfolio) -> PortfolioResult:
        commands, answers, equity = self.loop.outputs()
        sent, heard = np.frombuffer(commands, COMMAND), np.frombuffer(answers, EVENT)
        senders, hearers = sent["client_order_id"] >> 48, heard["words"][:, 3] >> 48
        rows, parts, everything = self._memory.rows(2 * self.loop.held()), {}, []
        for number, (name, player) in enumerate(zip(portfolio.parts, self.loop.players, strict=True)):
            signals, own_equity = player.outputs()
            own = [sent[senders == STRATEGY + number], heard[hearers == STRATEGY + number]]
            told = Told(own[0].tobytes(), own[1].tobytes(), signals, own_equity, player.summary(),
                        self.instances[number].image(), rows, *self._account(player))  # fmt: skip
            everything.append(told)
            parts[name] = result_of(replace(self.data, cash=self._capitals[number]), self.rows[number], told)
        traded = sorted({row for some in self.rows for row in some})
        whole = Told(commands, answers, _signals(everything), equity, self._totals(everything),
                     b"".join(told.state for told in everything), rows,
                     _payments(everything), _points(everything, self.data.cash - sum(self._capitals)))  # fmt: skip
        account = result_of(self.data, traded, whole)
        words = {
            **account.assumptions,
            "portfolio": f"{words_of(portfolio)}, and orders of all take from the same levels of the book"
            + ("" if self.data.terms is None else "; each part is an account of its own, and no margin is shared"),
        }
        return PortfolioResult(replace(account, assumptions=words), parts, portfolio.weights)

    def _totals(self, everything: Sequence[Told]) -> dict[str, Any]:
        """Add up what the strategies have; positions are net, by row of the instruments table."""
        idle = self.data.cash - sum(self._capitals)
        names = [name for name in everything[0].totals if name != "positions"]
        totals: dict[str, Any] = {name: sum(told.totals[name] for told in everything) for name in names}
        positions = [0] * len(self.data.instruments)
        for rows, told in zip(self.rows, everything, strict=True):
            for row, lots in zip(rows, told.totals["positions"], strict=True):
                positions[row] += lots
        return {**totals, "cash": totals["cash"] + idle, "equity": totals["equity"] + idle, "positions": positions}


def begin(
    data: EventData, strategy: Any, parameters: dict[str, Any], *, jit: bool = True, cache: bool = True
) -> EventRun:
    """Begin a run of a strategy class, a strategy file, or a portfolio of them."""
    if not isinstance(strategy, Portfolio):
        return EventRun(data, [instance_of(strategy, parameters, jit=jit, cache=cache)])
    refuse_parameters(parameters)
    return EventRun(data, list(instances_of(strategy, jit=jit, cache=cache).values()), strategy)


def instances_of(portfolio: Portfolio, *, jit: bool, cache: bool) -> dict[str, Hosted]:
    """Make the strategies of a portfolio ready to run."""
    instances: dict[str, Hosted] = {}
    for name, part in portfolio.parts.items():
        instance = instance_of(part.strategy, dict(part.parameters), jit=jit, cache=cache)
        if part.instruments:
            own = instance.subscriptions.instruments
            if own and own != tuple(part.instruments):
                raise InputError(f"{name}: trades {', '.join(own)} by itself, not {', '.join(part.instruments)}")
            instance.subscriptions = replace(instance.subscriptions, instruments=tuple(part.instruments))
        instances[name] = instance
    return instances


def _signals(everything: Sequence[Told]) -> bytes:
    """Merge the signals by time; of one time, strategy by strategy."""
    signals = np.concatenate([np.frombuffer(told.signals, RECORDS[Kind.SIGNAL]) for told in everything])
    return bytes(signals[np.argsort(signals["receive_time"], kind="stable")].tobytes())


def words_of(portfolio: Portfolio) -> str:
    """Say what is whose, for the assumptions."""
    parts = ", ".join(f"{name} {weight:g}" for name, weight in portfolio.weights.items())
    return (
        f"{parts} of the cash at the start; each strategy sees its own cash, positions and orders; no money moves from "
        "part to part, positions are not netted"
    )


def _payments(everything: Sequence[Told]) -> bytes:
    """Merge what the accounts of all strategies paid, by time; of one time, strategy by strategy."""
    paid = np.concatenate([np.frombuffer(told.paid, RAW_PAID) for told in everything])
    return bytes(paid[np.argsort(paid["time"], kind="stable")].tobytes())


def _points(everything: Sequence[Told], idle: int) -> bytes:
    """Add up the courses of all strategies, which have the same times."""
    courses = [np.frombuffer(told.points, POINT) for told in everything]
    whole = courses[0].copy()
    totals = [sum(equity, idle) for equity in zip(*(wide(course) for course in courses), strict=True)]
    whole["low"] = np.array([total & (2**64 - 1) for total in totals], np.uint64)
    whole["high"] = np.array([total >> 64 for total in totals], np.int64)
    return bytes(whole.tobytes())


def run_class(
    data: EventData, cls: type[Strategy], parameters: dict[str, Any], *, jit: bool, cache: bool
) -> EventResult:
    """Run a strategy class on events."""
    return _whole(EventRun(data, [instance_of(cls, parameters, jit=jit, cache=cache)]))


def run_portfolio(data: EventData, portfolio: Portfolio, *, jit: bool, cache: bool) -> PortfolioResult:
    """Run several strategies on events, in one account."""
    run = begin(data, portfolio, {}, jit=jit, cache=cache)
    run.go()
    return cast(PortfolioResult, run.result())


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
    return cast(EventResult, run.result())
