"""A live session's journal, decided again in Python from what came in: what its strategies ask for must be the same.

Only the engine reads a venue's frames, so it writes down what each strategy was told (:func:`tell`); here a strategy
sits at the backtester's own desk, is told the same, and answers anew. Recorded decisions are compared, never read: a
flipped input shows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.replay.desk import Desk
from pyrt_ext.replay.told import Told

from ...data.resampling import period_ns
from ...errors import InputError
from ...strategy import Hosted, Instance, Strategy, prepare, prepare_file
from ...strategy.instance import ObjectInstance
from ...types import RECORDS, Instrument, Kind
from ..events import fault_of
from ..matching import COMMAND, grids
from ..sessions.seat import Seat
from .telling import SAID, Code, Heard, Telling, ToldStrategy, tell

__all__ = ["Decided", "Verdict", "decide_again"]

Rows = npt.NDArray[np.void]
NEW, CANCEL, MODIFY = 1, 2, 3
REJECTED = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """One strategy of a session, decided again.

    Attributes
    ----------
    counts : mapping of str to int
        What the journal has of it: ``signals``, ``orders``, ``cancels`` and ``modifies`` asked for, ``refused`` (orders
        and changes that risk or the venue's state stopped), and ``engine`` (what the engine did by itself: withdrawals,
        orders that close a position, refusals of what could not leave after all).
    row : int
        The record at which the two part, -1 if they do not.
    difference : str
        What both did there, and the desk before it; empty if they are the same to the last byte.
    """

    counts: Mapping[str, int]
    row: int
    difference: str

    @property
    def equal(self) -> bool:
        """Whether it asks for the same, at the same records, to the last byte."""
        return not self.difference


@dataclass(frozen=True, slots=True)
class Decided:
    """A session's journal, decided again in Python.

    Attributes
    ----------
    records : int
        What the session's strategies were told.
    strategies : mapping of str to Verdict
        By their names in the session.
    """

    records: int
    strategies: Mapping[str, Verdict]

    @property
    def equal(self) -> bool:
        """Whether all of them ask for the same as then."""
        return all(verdict.equal for verdict in self.strategies.values())

    @property
    def difference(self) -> str:
        """The first place of all where a strategy parts from the journal, empty if none does."""
        parted = [verdict for verdict in self.strategies.values() if not verdict.equal]
        return min(parted, key=lambda verdict: verdict.row).difference if parted else ""


def decide_again(
    session: Telling | str | os.PathLike[str],
    strategies: Mapping[str, type[Strategy] | str | os.PathLike[str]] | None = None,
    *,
    config: str | os.PathLike[str] | None = None,
    settings: Sequence[str] = (),
    jit: bool = True,
    cache: bool = True,
) -> Decided:
    """Decide a session's journal again in Python, and compare with what was decided live.

    Each strategy runs with the parameters that it had, at a desk of the backtester's: the same slots, bars, orders and
    ledger. It is told the records, order updates and fills that the live one was told, at the same place; its timers
    are its own. What it asks for must be what the journal has: every new order, cancel and change and every signal, at
    the same record, byte for byte. An order counts as asked for whether it left or was refused; of a refused one the
    journal has the order update, so that id, side, price, quantity and time are compared, of a change id and time. Of a
    cancel or change that led to nothing then (the order had ended, the venue could not be told, something else about
    the order was under way) the journal has nothing: it is compared with what the strategy asks for when the engine
    decides again. The engine's own commands are none of a strategy's: orders that close a
    position (their counters begin at 2^31), and withdrawals after a stop, a kill or a fault.

    Parameters
    ----------
    session : Telling or path
        A journal (``NAME.pyrt``, the session's first file), or what :func:`tell` has made of it.
    strategies : mapping of str to class or path, optional
        By their names in the session's configuration: a class, an object (``.so``) or a strategy file (``.toml``). For
        those that are not given the object or file that traded is run.
    config, settings
        As for :func:`tell`, of a journal.
    jit : bool
        False runs classes as plain Python.
    cache : bool
        Whether compiled code is taken from, and kept on, the disk.

    Raises
    ------
    InputError
        For a name that the session does not have, or what cannot be run with the parameters that it had.
    DataError
        If the engine cannot use the journal, or does not itself decide it again to the same.
    """
    telling = session if isinstance(session, Telling) else tell(session, config, settings)
    given, known = dict(strategies or {}), [strategy.name for strategy in telling.strategies]
    for name in given:
        if name not in known:
            raise InputError(f"strategies: the session has no {name!r}; it has {', '.join(known)}")
    verdicts = {
        of.name: _Again(telling, of, given.get(of.name, of.code), jit=jit, cache=cache).verdict()
        for of in telling.strategies
    }
    return Decided(len(telling.records), verdicts)


class _Again:
    """One strategy of a session in Python."""

    def __init__(
        self,
        telling: Telling,
        of: ToldStrategy,
        source: type[Strategy] | str | os.PathLike[str],
        *,
        jit: bool,
        cache: bool,
    ) -> None:
        self.telling, self.of, self.source, self.jit, self.cache = telling, of, source, jit, cache

    def hosted(self) -> Hosted:
        """Make the strategy ready to run, with the parameters that it had at the start."""
        parameters: dict[str, Any] = dict(self.of.parameters)
        if isinstance(self.source, type):
            return prepare(self.source, jit=self.jit, cache=self.cache, **parameters)
        path = Path(self.source)
        made = prepare_file(path) if path.suffix == ".toml" else ObjectInstance(path, self.of.name)
        live = set(parameters)
        if isinstance(made, ObjectInstance):  # the others are in the object as it was built
            live = {p["name"] for p in made.about["parameters"] if p["kind"] == "live" and p["value"] is not None}
        for name in live & set(parameters):
            made.set_parameter(name, parameters[name])
        return made

    def verdict(self) -> Verdict:
        own = self.telling.said[self.telling.said["strategy"] == self.of.number]
        theirs = own[own["asked"] == 1]
        places = np.flatnonzero((self.telling.said["strategy"] == self.of.number) & (self.telling.said["asked"] == 1))
        told, instance, _ = self._run(len(self.telling.records))
        ours = np.frombuffer(told.outputs(), SAID)
        at = _parting(ours, theirs, self.telling.instruments)
        counts = _counts(own)
        if at is None:
            return Verdict(counts, -1, "")
        row = int(min(said["row"][at] for said in (ours, theirs) if at < len(said)))
        why = self.telling.stops.get(int(places[at]), "") if at < len(theirs) else ""
        then = _readable(theirs[at], why) if at < len(theirs) else "nothing more"
        now = _readable(ours[at], self._fault(told, instance)) if at < len(ours) else "nothing more"
        return Verdict(counts, row, self._difference(row, then, now, instance))

    def _run(self, end: int) -> tuple[Any, Hosted, Seat]:
        """Tell it the records before `end`."""
        telling, of = self.telling, self.of
        instance = self.hosted()
        seat = Seat(instance, telling.instruments, of.rows)
        periods = [period_ns(text) for text in instance.subscriptions.bars]
        wants = instance.subscriptions
        terms = {"book": "deltas", "depth": wants.depth, "id_base": of.number << 48 | telling.run << 32, "blind": 0}
        steps = grids(telling.instruments)
        desk = Desk(seat.context.ctypes.data, seat, of.rows, steps, periods, telling.cash, terms)
        told = Told(telling.records.view(np.uint8), of.number, of.enabled, instance.table, desk)
        while told.run(end) and told.at < end:
            if telling.records["kind"][told.at] == Heard.LEDGER:
                desk.begin(of.cash, of.holdings)
            else:  # a parameter of its own
                instance.set_parameter(*telling.updates[int(telling.records["words"][told.at][1])])
            told.at += 1
        return told, instance, seat

    def _fault(self, told: Any, instance: Hosted) -> str:
        return str(fault_of(told, instance)) if told.status or told.why() else ""

    def _difference(self, row: int, then: str, now: str, instance: Hosted) -> str:
        _, _, seat = self._run(row)
        record = self.telling.records[row]
        kind = int(record["kind"])
        what = Heard(kind).name if kind in set(Heard) else Kind(kind).name if kind in set(Kind) else f"kind {kind}"
        other = _source_hash(instance) not in ("", self.of.source_hash)
        return (
            f"{self.of.name} parts from its journal at record {row}, {what.lower()} {record}. The journal has {then}; "
            f"Python has {now}. Its desk before that: {_desk(seat)}."
            + (f" {instance.origin} is not what was traded: its source is another than {self.of.code}'s" * other)
        )


def _source_hash(instance: Hosted) -> str:
    if isinstance(instance, Instance):
        return instance.key
    return str(instance.about["source_hash"]) if isinstance(instance, ObjectInstance) else ""


def _parting(ours: Rows, theirs: Rows, instruments: Sequence[Instrument]) -> int | None:
    """Return the first place where two lists differ."""
    both = min(len(ours), len(theirs))
    a, b = ours[:both], theirs[:both]
    order = (b["code"] == Code.NOTHING) | (b["code"] == Code.REFUSED)
    same = (a["row"] == b["row"]) & (a["time"] == b["time"])
    same &= a["code"] == np.where(order, Code.SENT, b["code"])
    same &= (a["record"] == b["record"]) | (b["code"] == Code.REFUSED) | (b["code"] == Code.STOPPED)
    for place in np.flatnonzero(same & (b["code"] == Code.REFUSED)):
        same[place] = _refused(a["record"][place], b["record"][place], instruments)
    if not same.all():
        return int(np.argmin(same))
    return both if len(ours) != len(theirs) else None


def _refused(asked: Any, update: Any, instruments: Sequence[Instrument]) -> bool:
    """Whether an order update refuses this order, or this change: then it has the numbers that the order keeps."""
    command = np.array([asked]).view(COMMAND)[0]
    told = _first(update, RECORDS[Kind.ORDER_UPDATE])
    if command["action"] == MODIFY:
        same = all(command[field] == told[field] for field in ("client_order_id", "instrument"))
        return bool(same and command["time"] == told["receive_time"])
    tick, lot = instruments[command["instrument"]].tick, instruments[command["instrument"]].lot
    fields = ("client_order_id", "instrument", "side")
    return bool(
        command["action"] == NEW
        and all(command[field] == told[field] for field in fields)
        and command["time"] == told["receive_time"]
        and tick is not None
        and lot is not None
        and tick.to_double(int(command["price"])) == told["price"]
        and lot.to_double(int(command["qty"])) == told["qty"]
    )


def _first(record: Any, dtype: np.dtype[np.void]) -> Any:
    """Return what a said record begins with."""
    return np.frombuffer(record.tobytes(), dtype, count=1)[0]


def _counts(own: Rows) -> dict[str, int]:
    asked = own[own["asked"] == 1]
    commands = asked[(asked["code"] == Code.NOTHING) | (asked["code"] == Code.SENT)]
    actions = np.ascontiguousarray(commands["record"]).view(COMMAND)["action"]
    refusals = asked[asked["code"] == Code.REFUSED]
    updates = np.ascontiguousarray(refusals["record"]).view("V64").reshape(-1, 2)[:, 0].view(RECORDS[Kind.ORDER_UPDATE])
    changes = int(np.count_nonzero(updates["flags"] >> 12 != REJECTED))  # the order goes on
    refused = len(refusals)
    return {
        "signals": int(np.count_nonzero(asked["code"] == Code.SIGNAL)),
        "orders": int(np.count_nonzero(actions == NEW)) + refused - changes,
        "cancels": int(np.count_nonzero(actions == CANCEL)),
        "modifies": int(np.count_nonzero(actions == MODIFY)) + changes,
        "refused": refused,
        "engine": int(np.count_nonzero(own["asked"] == 0)),
    }


def _readable(said: Any, why: str) -> str:
    code = Code(int(said["code"]))
    if code is Code.STOPPED:
        return f"a stop at {said['time']} ns ({why})"
    dtype = {Code.SIGNAL: RECORDS[Kind.SIGNAL], Code.REFUSED: RECORDS[Kind.ORDER_UPDATE]}.get(code, COMMAND)
    record = _first(said["record"], dtype)
    names = [name for name in dtype.names or () if not name.startswith("_")]
    words = ", ".join(f"{name} {record[name]}" for name in names)
    return f"{code.name.lower()} at record {said['row']} ({words})"


def _desk(seat: Seat) -> str:
    context: Any = seat.context[0]
    shown = ("position", "working_buy", "working_sell", "bid", "ask", "last_price")
    slots = (", ".join(f"{name} {slot[name]:.15g}" for name in shown) for slot in seat.slots)
    money = f"cash {context['cash']:.15g}, equity {context['equity']:.15g}, {context['order_count']} live orders"
    return f"{money}; {'; '.join(slots)}"
