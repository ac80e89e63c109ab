"""A strategy on recorded events: checks what a run is given, runs the loop, and says what was assumed.

``proto/MATCHING.md`` (The loop) is the specification; ``pyrt-engine replay`` does the same, to the same bytes.
"""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from pyrt_ext.replay.desk import Desk
from pyrt_ext.replay.loop import Replay

from .._validate import as_times
from ..data.recordings import Recording
from ..data.resampling import period_ns
from ..errors import DataError, DTypeError, InputError
from ..strategy import Hosted, Strategy, StrategyFault, prepare, prepare_file
from ..strategy.abi import MAJOR, MINOR, STRUCTS, Status
from ..types import EVENT, RECORDS, Events, Instrument, Kind, of_kind
from .matching import COMMAND, Simulation, grids, rules_of
from .results.course import course_of, span_of, step_of
from .results.event_result import EventResult

__all__ = ["EventData", "run_class", "run_file"]

REQUESTS = 256
"""Requests that one call of a handler may make, as in the engine."""
STRATEGY, RUN = 1, 1
"""First parts of the client order ids of a run."""

_CALLS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "stop orders": (("stop",), set()),
    "stop-limit orders": (("stop_limit",), set()),
    "trailing stops": (("trailing_stop",), set()),
    "changed orders (modify)": (("modify",), set()),
    "brackets and groups of orders": (("bracket",), set()),
    "iceberg orders (display)": (("limit",), {"display"}),
    "orders with an expiry (GTD, day)": (("limit",), {"gtd", "day", "expiry", "tif"}),
    "sizes by value or fraction of equity": (("market", "limit"), {"notional", "fraction", "sizing"}),
}
"""What a host refuses: the calls that ask for it, and words of which one must be among their arguments."""

Records = npt.NDArray[np.void]


@dataclass(frozen=True, slots=True)
class EventData:
    """Checked terms of runs on events."""

    events: Events
    instruments: tuple[Instrument, ...]
    cash: int
    simulation: Simulation
    trade_from: int

    @classmethod
    def of(
        cls, data: Any, instruments: Sequence[Instrument] | None, *, cash: Any, simulation: Any, trade_from: Any
    ) -> EventData:
        """Check what a :class:`~pyrt.Backtest` on events is given."""
        if isinstance(data, Recording):
            if instruments is not None:
                raise InputError("instruments: the recording has its own; give its .events to use others")
            data, instruments = data
        if not instruments:
            raise InputError("instruments: events need the instruments that they speak of, row i for instrument i")
        if simulation is not None and not isinstance(simulation, Simulation):
            raise DTypeError(f"simulation: must be a Simulation, got {simulation!r} ({type(simulation).__name__})")
        if data.ndim != 1 or not len(data):
            raise DataError(f"data: must hold events in one dimension, got shape {data.shape}")
        events = np.ascontiguousarray(data).view(EVENT)
        begin = -(2**63) if trade_from is None else int(as_times([trade_from], "trade_from")[0])
        return cls(events, tuple(instruments), _money(cash), simulation or Simulation(), begin)

    def first(self, n: int) -> EventData:
        """Return the same terms on the first n records."""
        return replace(self, events=self.events[:n])


class Seat:
    """The memory around one strategy: its context and all that this points to."""

    def __init__(self, instance: Hosted, instruments: Sequence[Instrument], rows: Sequence[int]) -> None:
        wants = instance.subscriptions
        self.slots = np.zeros(len(rows), STRUCTS["slot"])
        for name in ("avg_price", "bid", "ask", "last_price", "last_qty"):
            self.slots[name] = np.nan
        periods, capacity = max(len(wants.bars), 1), 1 << max(wants.history - 1, 0).bit_length()
        self.series = np.zeros((len(rows), periods), STRUCTS["series"])
        self.bars = np.zeros((len(rows), periods, capacity), EVENT)
        self.levels = np.zeros((len(rows), 2, max(wants.depth, 1)), STRUCTS["level"])
        self.series["capacity"], self.series["limit"] = capacity, wants.history
        self.series["period"] = [period_ns(text) for text in wants.bars] or 0
        for slot, row in enumerate(rows):
            self._introduce(slot, row, instruments[row])
        self.requests = np.zeros(REQUESTS, STRUCTS["request"])
        self.context = np.zeros(1, STRUCTS["context"])
        words = {
            "size": self.context.dtype.itemsize,
            "abi": MAJOR << 16 | MINOR,
            "state": instance.state.ctypes.data,
            "params": instance.params.ctypes.data,
            "slots": self.slots.ctypes.data,
            "slot_count": len(rows),
            "requests": self.requests.ctypes.data,
            "request_capacity": REQUESTS,
            "next_order_id": 1,
        }
        for name, word in words.items():
            self.context[name] = word

    def _introduce(self, slot: int, row: int, instrument: Instrument) -> None:
        shown: Any = self.slots[slot : slot + 1]
        shown["instrument"] = row
        for name, grid in (("tick", instrument.tick), ("lot", instrument.lot)):
            shown[name] = grid.step if grid else 0.0
        shown["multiplier"] = instrument.details.get("multiplier", 1.0)
        for name in ("min_qty", "min_notional"):
            shown[name] = instrument.details.get(name, 0.0)
        self.series["bars"][slot] = [bars.ctypes.data for bars in self.bars[slot]]
        shown["series"], shown["series_count"] = self.series[slot].ctypes.data, self.series.shape[1]
        shown["bids"], shown["asks"] = self.levels[slot, 0].ctypes.data, self.levels[slot, 1].ctypes.data


def run_class(
    data: EventData, cls: type[Strategy], parameters: dict[str, Any], *, jit: bool, cache: bool
) -> EventResult:
    """Run a strategy class on events."""
    if not (isinstance(cls, type) and issubclass(cls, Strategy)):
        raise DTypeError(f"strategy: must be a class that derives from pyrt.Strategy, got {cls!r}")
    return _run(data, prepare(cls, jit=jit, cache=cache, **parameters))


def run_file(data: EventData, path: str | os.PathLike[str], parameters: dict[str, Any]) -> EventResult:
    """Run a strategy file on events."""
    return _run(data, prepare_file(path, **parameters))


def _run(data: EventData, instance: Hosted) -> EventResult:
    rows = _rows(instance, data.instruments)
    seat = Seat(instance, data.instruments, rows)
    steps, periods = grids(data.instruments), [period_ns(text) for text in instance.subscriptions.bars]
    terms = {
        "deltas": data.simulation.book == "deltas",
        "depth": instance.subscriptions.depth,
        "id_base": STRATEGY << 48 | RUN << 32,
    }
    try:
        desk = Desk(seat.context.ctypes.data, seat, rows, steps, periods, data.cash, terms)
        replay = Replay(
            data.events.view(np.uint8), steps, rules_of(data.simulation), instance.table, desk, data.trade_from
        )
        whole = replay.run()
    except ValueError as error:
        raise DataError(str(error)) from None
    if not whole:
        raise fault_of(replay, instance)
    commands, answers, signals, equity = replay.outputs()
    totals, heard = replay.summary(), np.frombuffer(answers, EVENT)
    return EventResult(
        instruments=data.instruments,
        commands=np.frombuffer(commands, COMMAND),
        answers=heard,
        signals=np.frombuffer(signals, RECORDS[Kind.SIGNAL]),
        equity_at_fills=np.frombuffer(equity, np.float64),
        totals=totals,
        state=instance.image(),
        period=(*span_of(data.events, data.trade_from), len(data.events)),
        start=data.cash,
        course_source=partial(
            course_of,
            data.events,
            data.instruments,
            data.trade_from,
            (data.cash, totals["equity"]),
            of_kind(heard, Kind.FILL),
        ),
        assumptions=_assumptions(data, rows),
        warnings=(*_warnings(totals, np.frombuffer(commands, COMMAND), heard), *_brevity(data)),
    )


def _rows(instance: Hosted, instruments: tuple[Instrument, ...]) -> list[int]:
    """Return the table's row of each slot."""
    names = [instrument.name for instrument in instruments]
    wanted = instance.subscriptions.instruments or tuple(names)
    for name in wanted:
        if name not in names:
            raise InputError(
                f"{instance.origin}: {name!r} is not in the data, which has {', '.join(names)}; "
                "a strategy that names none takes what there is"
            )
    return [names.index(name) for name in wanted]


def _money(cash: Any) -> int:
    """Return an amount in 10^-18: a number of up to eight decimal places."""
    try:
        units = Decimal(str(cash)).scaleb(8)
    except (ArithmeticError, ValueError):
        raise DTypeError(f"cash: must be a number, got {cash!r} ({type(cash).__name__})") from None
    if not units.is_finite() or units != int(units) or not 0 < units < 2**51:
        raise InputError(f"cash: must be above zero, below 22 million, with up to 8 decimal places, got {cash!r}")
    return int(units) * 10**10


def fault_of(replay: Any, instance: Hosted) -> StrategyFault:
    where = f"at {replay.now} ns, record with stamp {replay.stamp}: "
    why = replay.why()
    if not why:
        fault = instance.fault(replay.status, replay.site)
        line = fault.line or _line_of(fault.__cause__, instance.cls)
        said = str(fault) if fault.line or not line else str(fault).replace("line 0", f"line {line}", 1)
        made = StrategyFault(where + said, fault.status, line)
        made.__cause__ = fault.__cause__
        return made
    lines = list(_lines(instance.cls, *_CALLS.get(why, ((), set()))))
    places = f"{instance.origin}, line {', '.join(map(str, lines))}: " if lines else f"{instance.origin}: "
    refused = f"{why} are not carried out in this version" if why in _CALLS else why
    return StrategyFault(where + places + refused, Status(replay.status), lines[0] if lines else 0)


def _lines(cls: type[Strategy] | None, calls: tuple[str, ...], words: set[str]) -> Iterator[int]:
    """Yield the lines of a class that call one of these methods, with one of these words if there are any."""
    if cls is None:
        return
    try:
        source, first = inspect.getsourcelines(cls)
    except (OSError, TypeError):
        return
    for node in ast.walk(ast.parse(textwrap.dedent("".join(source)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in calls:
            given = {k.arg for k in node.keywords} | {
                a.value for a in [*node.args, *(k.value for k in node.keywords)] if isinstance(a, ast.Constant)
            }
            if not words or words & given:
                yield first + node.lineno - 1


def _line_of(error: BaseException | None, cls: type[Strategy] | None) -> int:
    """Return the line of the user's file at which plain Python raised, 0 if it was elsewhere."""
    found, trace = 0, error.__traceback__ if error and cls else None
    while trace is not None:
        if cls and trace.tb_frame.f_code.co_filename == inspect.getsourcefile(cls):
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _assumptions(data: EventData, rows: list[int]) -> dict[str, str]:
    how = data.simulation
    return {
        "fills": "proto/MATCHING.md: price and queue position against the recorded book and trades; own orders change "
        "neither, but what they took from a level stays taken until the venue speaks of it again",
        "latency": f"feed {how.feed_latency_ns} ns, order {how.order_latency_ns} ns, answer {how.response_latency_ns} "
        f"ns, jitter up to {how.jitter_ns} ns (seed {how.seed})",
        "fees": f"maker {how.maker_fee / 1e4:g} bps, taker {how.taker_fee / 1e4:g} bps, in quote currency, rounded up",
        "book": "the venue's, of book deltas" if how.book == "deltas" else "of quotes: one level a side",
        "queue": "an order joins behind all that is displayed; cancels ahead help only when they must have been ahead",
        "account": f"{data.cash / 10**18:,.2f} at the start; no check of cash or margin: what is short is lent free",
        "minimums": "smallest quantity and value of an order are shown to the strategy and not enforced",
        "mark": "the last trade; before the first, the best price that the position could be closed at",
        "instruments": ", ".join(data.instruments[row].name for row in rows),
        "measures": _measured(data),
        **_history(data),
    }


def _brevity(data: EventData) -> Iterator[str]:
    begin, end = span_of(data.events, data.trade_from)
    if end - begin < 86_400_000_000_000:
        yield "the records are of less than a day: figures of a year (CAGR, volatility, Sharpe ratio …) say little"


def _measured(data: EventData) -> str:
    begin, end = span_of(data.events, data.trade_from)
    hours = (end - begin) / 3600e9
    return (
        f"of the equity every {step_of(begin, end) / 1e9:g} s around the clock, annualized by the periods a year of "
        f"that, from records of {hours:,.4g} hours; risk-free rate 0; points at which a position is held before the "
        "first trade of its instrument have no mark here and are left out"
    )


def _history(data: EventData) -> dict[str, str]:
    if data.trade_from == -(2**63):
        return {}
    return {
        "history": f"orders from {np.datetime64(data.trade_from, 'ns')} on; what came before warmed the strategy up"
    }


def _warnings(totals: Mapping[str, Any], commands: Records, answers: Events) -> Iterator[str]:
    """Say what a reader of the result would want to know before believing it."""
    orders, fills = int(np.count_nonzero(commands["action"] == 1)), answers[answers["kind"] == Kind.FILL]
    statuses = answers["flags"][answers["kind"] == Kind.ORDER_UPDATE] >> 12
    rejected = int(np.count_nonzero(statuses == 5))
    if not orders:
        yield "no order: the strategy asked for nothing"
    elif not len(fills):
        yield f"no fill: none of {orders} orders traded"
    if rejected:
        yield f"{rejected} orders were rejected"
    if totals["cash"] < 0:
        yield "cash is below zero at the end: the strategy spent more than it had"
    words = {
        "rounded_prices": "prices were off the grid and went to the passive side",
        "rounded_quantities": "quantities were off the grid and were cut to a lot",
        "not_sent": "orders were not sent: reduce-only or a position already reached left nothing of them",
        "after_the_end": "requests came after the last record and were dropped",
        "late_trades": "trades came after their bar had ended and joined the next",
        "live_orders": "orders were still live at the end",
    }
    for name, text in words.items():
        if totals[name]:
            yield f"{totals[name]} {text}"
