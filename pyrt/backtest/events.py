"""A strategy on recorded events: checks what a run is given, runs the loop, and says what was assumed.

``proto/MATCHING.md`` (The loop) is the specification; ``pyrt-engine replay`` does the same, to the same bytes.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pyrt_ext.accounts.venue import Venue

from .._validate import as_time
from ..data.events import ArraySource, EventSource, ParquetSource, events_from
from ..data.importers.hftbacktest import HftSource, hft_source, is_hft
from ..data.recordings import Recording
from ..errors import DataError, DTypeError, InputError
from ..strategy import Hosted, Strategy, StrategyFault
from ..strategy.abi import Status
from ..types import EVENT, RECORDS, Events, Instrument, InstrumentKind, Kind
from .account import Account
from .account.events import POINT, EventTerms, account_words, contracts_of, event_terms, public_paid, wide
from .costs import CostModel, Terms
from .guards import of_events
from .latency import Latency
from .matching import COMMAND, Simulation, rules_of
from .results.course import CURVE, Course, course_of, step_of
from .results.event_result import EventResult

__all__ = ["EventData", "Told", "fault_of", "result_of", "rows_of"]

Records = npt.NDArray[np.void]

_BOOKS = {
    "deltas": "the venue's, of book deltas",
    "quotes": "of quotes: one level a side",
    "orders": "the venue's, order by order; hidden orders are known by trades alone, behind all that was seen",
}
_TAKEN = {
    "deltas": "a level stays taken until the venue speaks of it again",
    "quotes": "a level stays taken until the venue speaks of it again",
    "orders": "an order stays taken while it stands there",
}


class Told(NamedTuple):
    """What came out of a run, as bytes, with its totals and its state at the end."""

    commands: bytes
    answers: bytes
    signals: bytes
    equity: bytes
    totals: Mapping[str, Any]
    state: bytes
    rows: int
    """How many records may be looked at at a time."""
    paid: bytes = b""
    points: bytes = b""
    """Of the equity's course, if there is an account."""


@dataclass(frozen=True, slots=True)
class EventData:
    """Checked terms of runs on events.

    Parameters
    ----------
    source : EventSource
        Where the records come from.
    instruments : tuple of Instrument
        What the records' ``instrument`` is a row of.
    cash : int
        In 10^-18.
    simulation : Simulation
        The venue's latencies, fees and queue.
    trade_from : int
        When trading begins, ns UTC.
    costs : CostModel, optional
        A commission.
    latency : Latency, optional
        Delays other than the simulation's.
    account : Account, optional
        As it was given.
    terms : EventTerms, optional
        The same in integers; None: nobody looks after cash and margin.
    memory : int
        Bytes that a run may hold, the interpreter with its libraries included; 0: what it takes.
    """

    source: EventSource
    instruments: tuple[Instrument, ...]
    cash: int
    simulation: Simulation
    trade_from: int
    costs: CostModel | None = None
    latency: Latency | None = None
    memory: int = 0
    account: Account | None = None
    terms: EventTerms | None = None

    @classmethod
    def of(  # noqa: PLR0913 (all but the data are keywords)
        cls,
        data: Any,
        instruments: Sequence[Instrument] | None,
        *,
        cash: Any,
        simulation: Any,
        trade_from: Any,
        costs: Any = None,
        latency: Any = None,
        memory: int = 0,
        account: Any = None,
        actions: Any = None,
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
        if is_hft(data) or isinstance(data, (str, os.PathLike)):
            if len(instruments) > 1:
                raise InputError("instruments: hftbacktest's rows are of one; load_hftbacktest reads each with its row")
            data = hft_source(data, instruments[0])
            simulation = replace(simulation or Simulation(), feed="recorded")
        source: EventSource
        if isinstance(data, (ParquetSource, HftSource)):
            source = data
        else:
            if isinstance(data, np.ndarray) and data.ndim != 1:
                raise DataError(f"data: must hold events in one dimension, got shape {data.shape}")
            events = events_from(data, instruments)
            if not len(events):
                raise DataError("data: holds no events; check the filter that made it")
            source = ArraySource(events)
        begin = -(2**63) if trade_from is None else as_time(trade_from, "trade_from")
        how = _of_what_there_is(simulation or Simulation(), source)
        if latency is not None:
            if not isinstance(latency, Latency):
                raise DTypeError(f"latency: must be a Latency, got {latency!r} ({type(latency).__name__})")
            how = replace(how, **latency.constants())
        table, terms = _account(account, actions, instruments, source)
        _bounded(latency, terms)
        given = (_money(cash), how, begin, _commission(costs, table), latency, memory, account, terms)
        return cls(source, table, *given)

    @property
    def events(self) -> Events:
        """The records, of data that is in memory."""
        if not isinstance(self.source, (ArraySource, HftSource)):
            raise InputError("this needs all records in memory; of files larger than that take a part")
        return self.source.events

    @property
    def span(self) -> tuple[int, int]:
        """When trading can begin and when the records end, ns UTC."""
        first, last = self.source.span
        return min(max(first, self.trade_from), last), last

    def course(self) -> tuple[int, int, int]:
        """Return first point, step and end of the equity's course, ns."""
        begin, end = self.span
        step = step_of(begin, end)
        return -(-begin // step) * step, step, end

    def rules(self) -> tuple[dict[str, Any], Terms | None]:
        """Return what a venue is told at the start of a run, and the compiled model of its commissions."""
        rules: dict[str, Any] = dict(rules_of(self.simulation))
        terms = None if self.costs is None else self.costs.terms()
        order, answer = (None, None) if self.latency is None else self.latency.terms()
        if terms is not None or order is not None or answer is not None:
            rules["venue"] = Venue(None if terms is None else terms.data, order, answer)
        return rules, terms

    def identity(self) -> list[Any]:
        """Return what a run depends on beside its records, the same in every process."""
        costs = None if self.costs is None else self.costs.fingerprint()
        latency = None if self.latency is None else self.latency.identity()
        terms = None if self.terms is None else self.terms.to_toml(self.instruments)
        return [self.instruments, self.cash, self.simulation, self.trade_from, costs, latency, terms]

    def first(self, n: int) -> EventData:
        """Return the same terms on the first n records."""
        return replace(self, source=ArraySource(self.events[:n]))


def _account(
    account: Any, actions: Any, instruments: Sequence[Instrument], source: EventSource
) -> tuple[tuple[Instrument, ...], EventTerms | None]:
    """Check an account, and return the instruments as it has them, and its terms."""
    if account is not None and not isinstance(account, Account):
        raise DTypeError(f"account: must be an Account, got {account!r} ({type(account).__name__})")
    if actions is not None and account is None:
        raise InputError("actions: on events an account pays dividends; give account=Account(...) too")
    table = contracts_of(instruments, account)
    return table, None if account is None else event_terms(account, actions, table, source.span)


def _bounded(latency: Latency | None, terms: EventTerms | None) -> None:
    """Refuse splits where nobody knows how long what was sent before is under way."""
    if terms is not None and terms.splits and latency is not None and any(latency.terms()):
        raise InputError(
            "latency: a split halts trading for as long as orders and answers take at most, and drawn or recorded "
            "delays of them have no bound; give constants"
        )


def _of_what_there_is(how: Simulation, source: EventSource) -> Simulation:
    """Make books of orders where there are orders and no deltas; of files whose columns say so."""
    if how.book != "deltas" or not isinstance(source, (ArraySource, ParquetSource)):
        return how
    if isinstance(source, ParquetSource):
        by_order = "orders" in source.kinds and not source.kinds & {"deltas", ""}
    else:
        kinds = source.events["kind"]
        by_order = bool(np.any(kinds == Kind.ORDER)) and not np.any(kinds == Kind.DELTA)
    return replace(how, book="orders") if by_order else how


def _commission(costs: Any, instruments: Sequence[Instrument]) -> CostModel | None:
    """Check the costs of a run on events: a commission; prices come from the book."""
    if costs is None:
        return None
    if not isinstance(costs, CostModel):
        raise DTypeError(f"costs: must be a CostModel, got {costs!r} ({type(costs).__name__})")
    for name in ("spread", "slippage", "impact", "volume_limit", "slippage_bps"):
        if getattr(costs, name):
            raise InputError(f"costs: {name} is of bars; prices of events come from the book and the trades")
    inverse = next((one.name for one in instruments if one.kind == InstrumentKind.INVERSE), None)
    if inverse:
        raise InputError(
            f"costs: a commission goes by price times quantity, and {inverse} is an inverse contract, whose value goes "
            "by 1 / price; give the rates of Simulation(maker_fee=, taker_fee=)"
        )
    return costs


def result_of(data: EventData, rows: list[int], run: Told) -> EventResult:
    """Make the result of a run that has ended; `rows` are those of the instruments table that it traded."""
    heard, commands = np.frombuffer(run.answers, EVENT), np.frombuffer(run.commands, COMMAND)
    source = partial(
        course_of,
        data.source,
        data.instruments,
        data.span,
        (data.cash, run.totals["equity"]),
        heard,
        run.rows,
        () if data.terms is None else data.terms.splits,
    )
    return EventResult(
        instruments=data.instruments,
        commands=commands,
        answers=heard,
        signals=np.frombuffer(run.signals, RECORDS[Kind.SIGNAL]),
        equity_at_fills=np.frombuffer(run.equity, np.float64),
        totals=run.totals,
        state=run.state,
        period=(*data.span, data.source.count),
        start=data.cash,
        course_source=source if data.terms is None else partial(_with_points, source, run),
        assumptions=_assumptions(data, rows),
        warnings=(
            *_warnings(run.totals, commands, heard),
            *_debt(data, rows, run.totals),
            *of_events(data.source, data.instruments, rows),
            *_brevity(data),
            *_currencies(data, rows),
        ),
        paid=public_paid(run.paid),
        paid_exactly=run.paid,
    )


def _with_points(source: Callable[[], Course], run: Told) -> Course:
    """Put the account's own points in the place of those that fills alone would give."""
    course, points = source(), np.frombuffer(run.points, POINT)
    curve = np.empty(len(points) + 1, CURVE)
    curve["time"][:-1], curve["time"][-1] = points["time"].view("M8[ns]"), course.curve["time"][-1]
    curve["equity"] = [equity / 10**18 for equity in (*wide(points), run.totals["equity"])]
    return Course(curve, course.marks, course.trades)


def _debt(data: EventData, rows: list[int], totals: Mapping[str, Any]) -> Iterator[str]:
    linear = all(data.instruments[row].kind != InstrumentKind.INVERSE for row in rows)  # a short inverse one is a debt
    if totals["cash"] < 0 and data.terms is None and linear:
        yield "cash is below zero at the end: the strategy spent more than it had"


def _currencies(data: EventData, rows: list[int]) -> Iterator[str]:
    quoted = sorted({data.instruments[row].settlement for row in rows})
    if data.terms is None and len(quoted) > 1:
        yield (f"money of {', '.join(quoted)} was added up as if it were one currency; give Account(conversion=...)")


def rows_of(instance: Hosted, instruments: tuple[Instrument, ...]) -> list[int]:
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


def fault_of(replay: Any, instance: Hosted, where: str = "") -> StrategyFault:
    """Return the error for a strategy that was stopped; `replay` is its caller in the loop."""
    where = f"{where or f'at {replay.now} ns, record with stamp {replay.stamp}'}: "
    why = replay.why()
    if not why:
        fault = instance.fault(replay.status, replay.site)
        line = fault.line or _line_of(fault.__cause__, instance.cls)
        said = str(fault) if fault.line or not line else str(fault).replace("line 0", f"line {line}", 1)
        made = StrategyFault(where + said, fault.status, line)
        made.__cause__ = fault.__cause__
        return made
    return StrategyFault(f"{where}{instance.origin}: {why}", Status(replay.status), 0)


def _line_of(error: BaseException | None, cls: type[Strategy] | None) -> int:
    """Return the line of the user's file at which plain Python raised, 0 if it was elsewhere."""
    functions = (f for _, f in inspect.getmembers(cls, inspect.isfunction))
    files = {f.__code__.co_filename for f in functions if cls and f.__module__ == cls.__module__}
    found, trace = 0, error.__traceback__ if error else None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in files:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _assumptions(data: EventData, rows: list[int]) -> dict[str, str]:
    how = data.simulation
    return {
        "fills": "proto/MATCHING.md: price and queue position against the recorded book and trades; own orders change "
        f"neither, but what they took from {_TAKEN[how.book]}",
        "latency": Latency().describe(how),
        "fees": f"maker {how.maker_fee / 1e4:g} bps, taker {how.taker_fee / 1e4:g} bps, in quote currency, rounded up",
        **_models(data),
        "book": _BOOKS[how.book],
        "stops": "the venue triggers them by "
        + ("the quotes' touch" if how.book == "quotes" else "trades at or beyond the trigger")
        + "; they fill at what its next whole book message shows, at any distance (a gap)",
        "queue": f"an order joins behind all that {_queue(how)}",
        "account": f"{data.cash / 10**18:,.2f} at the start; "
        + ("proto/ACCOUNT.md" if data.terms else "no check of cash or margin: what is short is lent free"),
        **dict(account_words(data.account, data.terms, data.instruments, rows)),
        "minimums": "smallest quantity and value of an order are shown to the strategy and not enforced",
        "mark": "the last trade; before the first, the best price that the position could be closed at",
        "instruments": ", ".join(data.instruments[row].name for row in rows),
        "measures": _measured(data),
        **_history(data),
    }


def _models(data: EventData) -> dict[str, str]:
    """Say what is no constant: known to the backtester alone."""
    alone = "; a model of this host alone: pyrt-engine replay knows constants"
    words = {}
    if data.costs is not None:
        words["fees"] = f"{data.costs.describe_fees()}, in quote currency, rounded up to 10^-8{alone}"
    if data.latency is not None:
        words["latency"] = data.latency.describe(data.simulation) + (alone if any(data.latency.terms()) else "")
    return words


def _queue(how: Simulation) -> str:
    if how.book == "orders":
        return (
            "are there at its price, by their ids: exact, not modeled; it gets what is executed of orders behind it. "
            "What those would have done that the record has as executed, nobody knows: they go as recorded"
        )
    if how.queue == "risk_averse":
        return "is displayed; cancels ahead help only when they must have been ahead"
    power = f" (power {how.queue_power:g})" if how.queue.startswith("power") else ""
    return f"is displayed; what is canceled was ahead of it in part, as {how.queue}{power} has it"


def _brevity(data: EventData) -> Iterator[str]:
    begin, end = data.span
    if end - begin < 86_400_000_000_000:
        yield "the records are of less than a day: figures of a year (CAGR, volatility, Sharpe ratio …) say little"


def _measured(data: EventData) -> str:
    begin, end = data.span
    hours = (end - begin) / 3600e9
    left_out = "; points at which a position is held before the first trade of its instrument have no mark: left out"
    return (
        f"of the equity every {step_of(begin, end) / 1e9:g} s around the clock, annualized by the periods a year of "
        f"that, from records of {hours:,.4g} hours; risk-free rate 0"
    ) + ("" if data.terms else left_out)


def _history(data: EventData) -> dict[str, str]:
    if data.trade_from == -(2**63):
        return {}
    return {
        "history": f"orders from {np.datetime64(data.trade_from, 'ns')} on; what came before warmed the strategy up"
    }


def _warnings(totals: Mapping[str, Any], commands: Records, answers: Events) -> Iterator[str]:
    """Say what a reader of the result would want to know before believing it."""
    orders = int(np.count_nonzero(commands["action"] == 1))
    fills = int(np.count_nonzero(answers["kind"] == Kind.FILL))
    statuses = answers["flags"][answers["kind"] == Kind.ORDER_UPDATE] >> 12
    rejected = int(np.count_nonzero(statuses == 5))
    if not orders:
        yield "no order: the strategy asked for nothing"
    elif not fills:
        yield f"no fill: none of {orders} orders traded"
    if rejected:
        yield f"{rejected} orders were rejected"
    if totals["equity"] < 0:
        yield "equity is below zero at the end: more was lost than there was"
    words = {
        "rounded_prices": "prices were off the grid and went to the passive side",
        "rounded_quantities": "quantities were off the grid and were cut to a lot",
        "not_sent": "orders were not sent: reduce-only or a position already reached left nothing of them",
        "after_the_end": "requests came after the last record and were dropped",
        "late_trades": "trades came after their bar had ended and joined the next",
        "live_orders": "orders were still live at the end",
        "refusals": "orders or changes were refused by the account (no_margin, liquidated, split)",
        "liquidations": "times the account was liquidated",
    }
    for name, text in words.items():
        if totals.get(name):
            yield f"{totals[name]} {text}"
