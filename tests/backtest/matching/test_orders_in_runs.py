"""Runs on order by order data: the book is chosen, said and shown; LOBSTER's days fill as a slow venue's do."""

import dataclasses

import numpy as np
import pytest

import pyrt
from pyrt.backtest import Simulation
from pyrt.backtest.matching import COMMAND
from pyrt.data import load_lobster
from pyrt.grid import Grid
from pyrt.types import EVENT, RECORDS, Instrument, Kind
from tests.backtest.matching.fill_streams import INSTRUMENTS
from tests.backtest.matching.order_reference import Venue
from tests.backtest.matching.order_streams import orders_alone
from tests.backtest.matching.test_order_by_order import readable_of, send, tell

NASDAQ = Instrument("nasdaq:X-USD", tick=Grid.parse("0.0001"), lot=Grid.parse("1"))
AT_ONCE = Simulation(feed_latency_ns=0, order_latency_ns=0, response_latency_ns=0, maker_fee=0, taker_fee=0)


class Still(pyrt.Strategy):
    """Does nothing."""

    def on_signal(self, ctx, signal):
        pass


class Joiner(pyrt.Strategy):
    """Joins both queues, follows the touch, and takes now and then."""

    lots: float = 10.0

    def start(self, ctx):
        self.seen: int = 0

    def on_book(self, ctx, delta):
        self.seen += 1
        if not ctx.best_bid > 0.0 or not ctx.best_ask > 0.0:
            return
        if self.seen % 40 == 0:
            ctx.cancel_all()
        elif ctx.order_count < 4 and self.seen % 7 == 0:
            ctx.limit(self.lots, ctx.best_bid)
            ctx.limit(-self.lots, ctx.best_ask)
        elif self.seen % 251 == 0:
            ctx.market(self.lots if self.seen % 2 == 0 else -self.lots)


def told_of(events, instrument):
    """Records as a slow venue is told of them."""
    actions = {1: "add", 2: "modify", 3: "delete", 4: "execute"}
    for event in events:
        flags, side = int(event["flags"]), int(event["side"])
        last = bool(flags & 0x100)
        if event["kind"] == Kind.STATE:
            yield "state", {"code": flags & 0xFF}, last
            continue
        order = event[None].view(RECORDS[Kind.ORDER])[0]
        numbers = {
            "price": int(instrument.tick.to_steps(order["price"])),
            "lots": int(instrument.lot.to_steps(order["qty"])),
        }
        if event["kind"] == Kind.TRADE:
            yield "trade", {"taker": side, **numbers}, last
        else:
            number = int(order["order_id_low"]) | int(order["order_id_high"]) << 64
            of = {"action": actions[flags & 0xFF], "number": number, "side": side, "snapshot": bool(flags & 0x200)}
            yield "order", {**of, **numbers}, last


@pytest.mark.parametrize(
    ("name", "first", "rows"), [("amzn_20120621_5", 0, 6_000), ("msft_20120621_50_1000rows", 0, 1_000)]
)
def test_lobsters_days_fill_as_a_slow_venues_do(name, first, rows, shared_data):
    parquet = pytest.importorskip("pyarrow.parquet")
    tables = [
        parquet.read_table(shared_data / "l3" / f"lobster_{name}_{kind}.parquet") for kind in ("message", "orderbook")
    ]
    messages, books = (table.slice(first, rows) for table in tables)
    events = load_lobster(messages.to_pandas(), NASDAQ, date="2012-06-21", orderbook=books.to_pandas())
    result = pyrt.Backtest(events, instruments=[NASDAQ], simulation=AT_ONCE).run(Joiner)
    assert "order by order" in result.assumptions["book"]
    venue, todo = Venue(), list(result.commands)
    for (what, of, last), event in zip(told_of(events, NASDAQ), events, strict=True):
        time = int(event["words"][0])
        while todo and todo[0]["time"] < time:
            send(venue, todo.pop(0))
        tell(venue, what, of, last, time)
    for command in todo:
        send(venue, command)
    assert readable_of(result.answers, NASDAQ) == venue.said
    makers = sum(said[2] == "fill" and said[5] for said in venue.said)
    assert makers > (40 if rows > 1_000 else 5)


def test_queue_positions_are_those_of_a_slow_venue_after_every_record():
    seen = 0
    for seed in range(3):
        told, events = orders_alone(seed, 250)
        rng = np.random.default_rng(seed)
        session = pyrt.Backtest(events, instruments=INSTRUMENTS[:1], simulation=AT_ONCE).session(Still)
        venue, ids = Venue(), {}
        for (what, of, last), event in zip(told, events, strict=True):
            tell(venue, what, of, last, int(event["words"][0]))
            session.step()
            ours = session.queue_ahead
            slow = venue.positions()
            lot = INSTRUMENTS[0].lot.step
            assert {ids[number]: round(ahead / lot) for number, ahead in ours.items()} == slow
            seen += len(slow)
            if rng.random() < 0.2:
                order = order_for(session.ctx, rng)
                if order is not None:
                    number, command = order
                    ids[1 << 48 | 1 << 32 | number] = number
                    command["time"] = int(event["words"][0])
                    arrive(session, venue, command)
    assert seen > 500


def order_for(ctx, rng):
    """Ask for an order from outside; its id, and the command that it is."""
    side, away = int(rng.integers(1, 3)), int(rng.integers(1, 4))
    ticks, lots = (1000 - away if side == 1 else 1000 + away), int(rng.integers(1, 9))
    tick, lot = INSTRUMENTS[0].tick, INSTRUMENTS[0].lot
    size = float(lot.to_double(lots))
    number = ctx.limit(size if side == 1 else -size, float(tick.to_double(ticks)))
    command = np.zeros(1, COMMAND)[0]
    command["client_order_id"], command["action"], command["side"] = number, 1, side
    command["type"], command["tif"], command["price"], command["qty"] = 2, 1, ticks, lots
    return number, command


def arrive(session, venue, command):
    """The venue has an order before the next record."""
    session.run_until(np.datetime64(int(command["time"]), "ns"))
    send(venue, command)


def test_the_book_is_chosen_from_the_data_and_said():
    _, events = orders_alone(1, 2_000, step=1_000_000)
    result = pyrt.Backtest(events, instruments=INSTRUMENTS[:1]).run(Joiner, lots=0.003)
    assert result.assumptions["book"].startswith("the venue's, order by order")
    assert "by their ids: exact, not modeled" in result.assumptions["queue"]
    assert result.fills.size
    deltas = np.zeros(1, RECORDS[Kind.DELTA])
    deltas["kind"], deltas["side"], deltas["price"], deltas["qty"] = Kind.DELTA, 1, 9.0, 1.0
    deltas["receive_time"] = events["words"][0, 0]
    mixed = np.concatenate([deltas.view(EVENT), events])
    mixed["stamp"] = np.arange(len(mixed))
    of_deltas = pyrt.Backtest(mixed, instruments=INSTRUMENTS[:1]).run(Still)
    assert of_deltas.assumptions["book"] == "the venue's, of book deltas"


def test_a_run_on_orders_is_kept_and_gone_on_with():
    _, events = orders_alone(2, 1_500)
    backtest = pyrt.Backtest(
        events, instruments=INSTRUMENTS[:1], simulation=dataclasses.replace(AT_ONCE, order_latency_ns=3)
    )
    straight = backtest.run(Joiner, lots=0.003)
    session = backtest.session(Joiner, lots=0.003)
    session.step(700)
    kept = session.snapshot()
    session.step(300)
    session.restore(kept)
    again = backtest.session(Joiner, lots=0.003)
    again.restore(kept)
    for one in (session, again):
        result = one.finish()
        assert result.answers.tobytes() == straight.answers.tobytes()
        assert result.commands.tobytes() == straight.commands.tobytes()
    assert straight.fills.size > 10


def test_a_contradiction_in_the_data_is_named():
    orders = np.zeros(1, RECORDS[Kind.ORDER])
    orders["kind"], orders["side"], orders["flags"], orders["order_id_low"] = Kind.ORDER, 1, 4, 7
    orders["price"], orders["qty"], orders["stamp"] = 10.0, 0.001, 5
    with pytest.raises(pyrt.errors.DataError, match="record with stamp 5: order 7 is not in the book"):
        pyrt.Backtest(orders.view(EVENT), instruments=INSTRUMENTS[:1]).run(Still)
