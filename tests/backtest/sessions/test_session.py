"""A session equals a run, whatever its steps, and goes back to where it was kept to the last bit."""

import math
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyrt
import pyrt.indicators as ta
from pyrt.backtest import Simulation
from pyrt.backtest.matching import COMMAND
from pyrt.errors import DataError, DTypeError, InputError
from pyrt.strategy import StrategyFault
from tests.parity import strategies
from tests.parity.market import START, random_market

EVENTS, INSTRUMENTS = random_market(seed=5, count=900)
LATE = Simulation(feed_latency_ns=700_000, order_latency_ns=30_000_000, response_latency_ns=9_000_000, jitter_ns=5_000)
EXT = Path(__file__).parents[3] / "pyrt_ext"


class Keeper(pyrt.Strategy):
    """Keeps what can be kept: numbers, arrays, streams with windows, bars; its orders depend on all of it."""

    bars = ("1s",)
    history = 3
    qty: float = 0.01
    period: int = 7

    def start(self, ctx):
        self.mean, self.swing = ta.sma.stream(self.period), ta.atr.stream(3)
        self.ring = np.zeros(16)
        self.counts = np.zeros(4, np.int64)
        self.at: int = 0
        self.up = False

    def on_trade(self, ctx, trade):
        self.ring[self.at % 16] = trade.price
        self.at += 1
        self.counts[trade.side] += 1
        up = self.mean.update(trade.price) < trade.price
        if up != self.up and ctx.order_count < 3 and self.at > 16:
            away = 0.5 * self.swing.value if self.swing.ready else 0.0
            ctx.limit(self.qty if up else -self.qty, self.ring[(self.at + 5) % 16] + away)
        self.up = up

    def on_bar(self, ctx, bar):
        self.swing.update(bar.high, bar.low, bar.close)
        if ctx.bar_count() > 2 and ctx.bar(2).close < bar.close:
            ctx.market(self.qty, sizing="target")
        ctx.timer(ctx.now + 300_000_000, tag=self.at)

    def on_timer(self, ctx, timer):
        if timer.tag % 2 == 0:
            ctx.cancel_all()

    def on_fill(self, ctx, fill):
        self.counts[0] += 1
        ctx.signal(float(self.counts[0]), 0.5)


ALL = {
    "Keeper": (Keeper, {}),
    "Cross": (strategies.Cross, {"fast": 3, "slow": 9}),
    "Quoter": (strategies.Quoter, {}),
    "Clock": (strategies.Clock, {}),
}


def backtest(events=EVENTS, simulation=LATE, **terms):
    return pyrt.Backtest(events, instruments=INSTRUMENTS, cash=50_000, simulation=simulation, **terms)


def outcome(result):
    """All that a result holds, as bytes and numbers that compare."""
    arrays = (result.commands, result.answers, result.signals, result.equity_at_fills)
    return [a.tobytes() for a in arrays], dict(result.totals), result.state, result.period, result.warnings


_STRAIGHT = {}


def straight(name, jit):
    """The outcome of a straight run; made once."""
    if (name, jit) not in _STRAIGHT:
        cls, parameters = ALL[name]
        _STRAIGHT[name, jit] = outcome(backtest().run(cls, jit=jit, **parameters))
    return _STRAIGHT[name, jit]


def begin(name, jit):
    cls, parameters = ALL[name]
    return backtest().session(cls, jit=jit, **parameters)


def test_the_straight_runs_do_something():
    for name in ALL:
        (commands, answers, *_), totals, *_ = straight(name, True)
        assert len(commands) > 64 * 20, name
        assert len(answers) > 64 * 40, name
        assert totals["fees"] > 0, name


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("name", ALL)
def test_record_by_record_it_is_the_run(name, jit):
    session, steps = begin(name, jit), 0
    while session.step():
        steps += 1
        assert session.records == steps
    assert session.done
    assert steps == len(EVENTS)
    assert outcome(session.finish()) == straight(name, jit) == straight(name, True)


moves = st.one_of(
    st.tuples(st.just("step"), st.integers(1, 400)),
    st.tuples(st.just("until"), st.integers(-1_000_000, 60_000_000_000)),
    st.tuples(st.just("keep"), st.just(0)),
    st.tuples(st.just("back"), st.integers(0, 5)),
)


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("name", ALL)
@settings(max_examples=12)
@given(st.lists(moves, max_size=14))
def test_steps_and_snapshots_change_nothing(name, jit, moves):
    session, kept, end = begin(name, jit), [], int(EVENTS[-1]["words"][0])
    for move, number in moves:
        if move == "step":
            before = session.records
            assert session.step(number) == session.records - before <= number
        elif move == "until":
            time = START + number
            session.run_until(time)
            received = EVENTS["words"][:, 0]
            assert session.records >= np.count_nonzero(received <= min(time, end))
        elif move == "keep":
            kept.append((session.snapshot(), session.records, session.cash, session.equity, len(session.fills)))
        elif kept:
            snapshot, *stood = kept[number % len(kept)]
            session.restore(pickle.loads(pickle.dumps(snapshot)))
            assert [session.records, session.cash, session.equity, len(session.fills)] == stood
    assert outcome(session.finish()) == straight(name, True)
    for snapshot, *_ in kept[-2:]:  # into a session that has seen nothing, of the other mode too
        for mode in (True, False):
            other = begin(name, mode)
            other.restore(snapshot)
            assert outcome(other.finish()) == straight(name, True)


def test_equal_states_are_equal_bytes():
    one, other = begin("Keeper", True), begin("Keeper", False)
    one.step(700)
    other.run_until(one.time)
    other.step(max(1, one.records - other.records)) if other.records < one.records else None
    assert other.records == one.records
    assert one.snapshot().kept.strategies == other.snapshot().kept.strategies
    assert one.snapshot().kept == one.snapshot().kept
    assert one.snapshot().records == one.records


def test_what_is_due_has_happened_and_no_more():
    session = begin("Clock", True)
    received = EVENTS["words"][:, 0]
    middle = int(received[len(received) // 2])
    assert session.run_until(middle) == np.count_nonzero(received <= middle)
    assert session.time == np.datetime64(middle, "ns")
    assert session.run_until(middle) == 0
    assert session.run_until(middle - 10**9) == 0
    assert session.time == np.datetime64(middle, "ns")
    assert session.run_until(np.datetime64(int(received[-1]) + 3600 * 10**9, "ns")) > 0
    assert session.done


def test_views_are_those_of_the_strategy():
    session = begin("Cross", True)
    session.step(len(EVENTS) // 2)
    assert session.position == session.ctx.position == session.positions["binance:BTC-USDT"]
    assert session.positions["binance:ETH-USDT"] == session.at(1).position
    assert session.cash == session.ctx.cash
    assert session.equity == session.ctx.equity
    assert session.ctx.order_count >= 0
    half = len(session.fills), len(session.orders)
    result = session.finish()
    assert half[0] > 0
    assert result.fills[: half[0]].tobytes() == _at(begin("Cross", True), len(EVENTS) // 2).fills.tobytes()
    assert len(result.orders) > half[1]


def _at(session, records):
    session.step(records)
    return session


class Still(pyrt.Strategy):
    """Asks for nothing: whoever steps it does."""

    def on_trade(self, ctx, trade):
        pass


class Same(pyrt.Strategy):
    """Buys at the trade of a given count."""

    count: int = 40
    qty: float = 0.25

    def start(self, ctx):
        self.seen: int = 0

    def on_trade(self, ctx, trade):
        self.seen += 1
        if self.seen == self.count and ctx.slot == 0:
            ctx.market(self.qty)


@pytest.mark.parametrize("jit", [True, False])
def test_an_agent_outside_trades_as_a_strategy_inside(jit):
    trades = EVENTS["kind"] == 1
    place = int(np.flatnonzero(trades & (EVENTS["instrument"] == 0))[10])
    count = int(trades[: place + 1].sum())
    inside = backtest().run(Same, count=count, jit=jit)
    session = backtest().session(Still, jit=jit)
    session.step(place + 1)
    assert session.ctx.market(0.25) == 1
    outside = session.finish()
    assert len(inside.fills) > 0
    assert outside.commands.tobytes() == inside.commands.tobytes()
    assert outside.answers.tobytes() == inside.answers.tobytes()
    assert dict(outside.totals) == dict(inside.totals)


def test_an_agent_waits_for_a_time_without_records():
    session = backtest().session(Still)
    received = np.unique(EVENTS["words"][:, 0])
    gap = int(np.argmax(np.diff(received)))
    between = int(received[gap] + received[gap + 1]) // 2
    session.run_until(between)
    session.ctx.market(0.1)
    session.step(1)
    assert session.orders["time"].tolist() == [between]


def test_a_request_that_cannot_be_is_refused_by_name_and_the_session_lives():
    session = backtest().session(Still)
    with pytest.raises(InputError, match="nothing has happened yet"):
        session.at()
    session.step(100)
    session.ctx.limit(1e300, 100.0)
    with pytest.raises(InputError, match="none of the requests since the last step was sent"):
        session.step()
    session.ctx.market(0.1)
    assert session.step() == 1
    assert len(session.orders) == 1


def test_a_parameter_that_is_changed_and_put_back():
    session = begin("Cross", False)
    session.step(200)
    then = session.snapshot()
    session.set_parameter("qty", 0.5)
    session.step(300)
    assert 0.5 in INSTRUMENTS[0].lot.to_double(1) * session.orders["qty"]
    session.restore(then)
    assert outcome(session.finish()) == straight("Cross", True)
    with pytest.raises(InputError, match="fast"):
        session.set_parameter("fast", 4)
    for wrong in (math.nan, "0.5", None, 10**400):
        with pytest.raises(InputError, match="parameter 'qty' takes float, got"):
            session.set_parameter("qty", wrong)
    with pytest.raises(DTypeError, match=r"snapshot: must be what snapshot\(\) has returned, got bytes"):
        session.restore(b"then")


class Fails(pyrt.Strategy):
    """Divides by zero at its hundredth trade."""

    def start(self, ctx):
        self.left: int = 100

    def on_trade(self, ctx, trade):
        self.left -= 1
        if ctx.equity / self.left < 0.0:
            ctx.market(1.0)


@pytest.mark.parametrize("jit", [True, False])
def test_a_strategy_that_fails_stops_the_session_until_it_is_put_back(jit):
    session = backtest().session(Fails, jit=jit)
    session.step(50)
    then = session.snapshot()
    with pytest.raises(StrategyFault, match="division by zero"):
        session.finish()
    with pytest.raises(InputError, match="its strategy was stopped"):
        session.step()
    with pytest.raises(InputError, match="no state to keep"):
        session.snapshot()
    session.restore(then)
    assert session.step(3) == 3


class Trips(pyrt.Strategy):
    """Two bids of a group, one above the market: its first fill cancels the other, and may be the end of it."""

    trips: float = 1.0

    def start(self, ctx):
        self.group: int = 0

    def on_trade(self, ctx, trade):
        if self.group == 0 and ctx.slot == 0:
            self.group = ctx.group()
            ctx.limit(0.5, trade.price + 5.0, group=self.group)
            ctx.limit(0.5, trade.price - 500.0, group=self.group)

    def on_fill(self, ctx, fill):
        if 1.0 / (1.0 - self.trips) < 0.0:
            ctx.market(1.0)


@pytest.mark.parametrize("jit", [True, False])
def test_what_a_call_that_failed_had_led_to_is_forgotten(jit):
    session = backtest().session(Trips, jit=jit)
    session.step(30)
    then = session.snapshot()
    with pytest.raises(StrategyFault, match="division by zero"):
        session.finish()
    session.restore(then)
    session.set_parameter("trips", 0.0)
    calm, again = backtest().run(Trips, jit=jit, trips=0.0), session.finish()
    assert calm.commands["action"].tolist() == [1, 1, 2]
    assert again.commands.tobytes() == calm.commands.tobytes()
    assert again.answers.tobytes() == calm.answers.tobytes()


class Leaver(pyrt.Strategy):
    """Cancels its bid at the trade of a given count, and buys at the last."""

    count: int = 0

    def start(self, ctx):
        self.seen: int = 0
        self.bid: int = 0

    def on_trade(self, ctx, trade):
        self.seen += 1
        if self.seen == 1:
            self.bid = ctx.limit(0.01, 0.5 * trade.price)
        if self.seen == self.count // 2:
            ctx.cancel(self.bid)
        if self.seen == self.count:
            ctx.market(0.01)


def test_an_answer_beyond_the_end_does_not_end_what_is_put_back():
    count = int(np.count_nonzero(EVENTS["kind"] == 1))
    session = backtest().session(Leaver, count=count, jit=False)
    session.step(200)
    then = session.snapshot()
    first = outcome(session.finish())
    assert np.frombuffer(first[0][0], COMMAND)["action"].tolist() == [1, 2, 1]
    session.restore(then)
    assert outcome(session.finish()) == first


def test_data_that_goes_back_is_refused_where_it_does():
    events = EVENTS.copy()
    events["words"][500, 0] -= 10**12
    session = backtest(events).session(Still)
    assert session.step(100) == 100
    with pytest.raises(DataError, match="sort first"):
        session.finish()


@pytest.mark.parametrize(
    ("other", "parameters"),
    [
        (lambda: backtest(EVENTS[:-1]), {}),
        (lambda: backtest(simulation=Simulation()), {}),
        (lambda: backtest(trade_from=START + 10**9), {}),
    ],
)
def test_a_snapshot_of_other_terms_is_refused(other, parameters):
    session = backtest().session(Keeper)
    session.step(10)
    with pytest.raises(InputError, match="of other data, terms or strategy"):
        other().session(Keeper, **parameters).restore(session.snapshot())
    with pytest.raises(InputError, match="of other data, terms or strategy"):
        backtest().session(Still).restore(session.snapshot())


def test_steps_and_times_that_cannot_be():
    session = begin("Cross", True)
    for n in (0, -1, 1.5, "many", True):
        with pytest.raises((InputError, TypeError), match="n"):
            session.step(n)
    with pytest.raises((InputError, TypeError), match="time"):
        session.run_until("yesterday evening")


# ---- nothing is forgotten

TERMS = {
    "Register": {"markets", "market_count", "orders", "rules", "queue_rule", "venue", "room", "fault"},
    "Timeline": {
        *("matcher", "owner", "buffer", "buffer_room", "records", "record_count", "more", "arrival_room", "record"),
        *("answer", "order_owner", "venue_order", "trusted", "quiet", "loud", "ring", "passed_from", "passed_to"),
        *("source", "left", "later"),
    },
    "OrderVenue": set(),
    "Ledger": {"contracts", "contract_count", "room"},
    "Caller": {"desk", "handlers", "end", "interrupt", "status", "site"},
    "Player": {"next", "timeline", "log", "trade_from"},
    "Replay": {"timeline", "players", "first", "log", "end", "idle", "kept"},
    "Sight": {
        "context",
        "slot_count",
        "slots",
        "row_count",
        "ledger",
        "deltas",
        "depth",
        "id_base",
        "blind",
        "refused",
        "owned",
    },
    "Desk": {"commands", "timers", "closed"},
    "MarginAccount": {
        *(
            "stand_count",
            "conversion_count",
            "priced",
            "dues",
            "due_count",
            "moments",
            "moment_count",
            "interest",
            "daily",
            "leverage",
            "maintenance",
        ),
        *("liquidation_fee", "taker_fee", "point_step", "point_end", "owner"),
    },
    "bars/Account": {
        *("context", "slot_count", "costs", "window", "margin", "dues", "multipliers", "interest", "bar", "owned"),
        "steps",
    },
    "bars/Orders": {"tells"},
    "bars/Desk": {"at_close"},
    "bars/Loop": {"handlers", "interrupt", "trade_from", "own_rows", "clock", "more", "stretch"},
}
"""Fields that are terms of the run, memory of others, or empty between two stretches."""


def _fields(source, name):
    body = re.search(rf"^cdef class {name}\b.*?:\n((?:    .*\n|\n)+)", source, re.MULTILINE)[1]
    field = r"^    cdef (?:readonly |public )?[\w. *]+?[ *](\w+)(?:\[\w+\])?\s*(?:#.*)?$"
    return re.findall(field, body, re.MULTILINE)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("matching_register.pxd", "Register"),
        ("matching_run.pxd", "Timeline"),
        ("orders/venue.pxd", "OrderVenue"),
        ("matching_ledger.pxd", "Ledger"),
        ("replay/calls.pxd", "Caller"),
        ("replay/sight.pxd", "Sight"),
        ("replay/desk.pxd", "Desk"),
        ("replay/player.pxd", "Player"),
        ("replay/loop.pxd", "Replay"),
        ("accounts/margin.pxd", "MarginAccount"),
        ("bars/account.pxd", "Account"),
        ("bars/orders.pxd", "Orders"),
        ("bars/desk.pxd", "Desk"),
        ("bars/loop.pxd", "Loop"),
    ],
)
def test_every_field_of_a_run_is_kept_or_is_no_state(file, name):
    room = "bars" if file.startswith("bars/") else "replay"
    kept = (EXT / room / "snapshots.pyx").read_text()
    fields = _fields((EXT / file).read_text(), name)
    assert len(fields) >= 4
    variable = (
        "loop"
        if room == "bars"
        else {"Sight": "desk", "Register": "matcher", "OrderVenue": "venue", "MarginAccount": "account"}.get(
            name, name.lower()
        )
    )
    terms = TERMS[f"bars/{name}" if room == "bars" else name]
    missing = [f for f in fields if f not in terms and not re.search(rf"\b{variable}\.{f}\b", kept)]
    assert not missing, f"{file}: carry {missing} in {room}/snapshots.pyx, or list them here as no state"


POINTERS = {
    "matching_book.pxd": {"List.orders", "Orders.orders", "Orders.slots", "Queue.entries"},
    "matching_register.pxd": {"Fault.field"},
    "matching_waiting.pxd": set(),
    "rows.pxd": {"Rows.data"},
    "matching_run.pxd": set(),
    "orders/book.pxd": {"Lines.lines", "OrderBook.orders", "OrderBook.slots"},
    "orders/venue.pxd": set(),
    "matching_ledger.pxd": set(),
    "replay/desk.pxd": set(),
    "replay/sight.pxd": set(),
    "replay/orders.pxd": {"Orders.views", "Orders.live"},
    "replay/bars.pxd": {"Makers.rows"},
    "accounts/margin.pxd": set(),
    "accounts/series.pxd": {"Series.time", "Series.value"},
}
"""Addresses in structs: ``snapshots.pyx`` copies what they point to, and never them."""


@pytest.mark.parametrize("file", POINTERS)
def test_addresses_in_structs_are_known(file):
    source = (EXT / file).read_text()
    found = set()
    for name, body in re.findall(r"^cdef struct (\w+):.*\n((?:    .*\n|\n)+)", source, re.MULTILINE):
        found |= {f"{name}.{field}" for field in re.findall(r"^    [\w .]+\*\s*(\w+)", body, re.MULTILINE)}
    assert found == POINTERS[file], "carry what they point to in replay/snapshots.pyx"
