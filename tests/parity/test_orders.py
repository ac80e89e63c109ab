"""Stops, changes, expiry and icebergs as a strategy asks for them, on small streams worked by hand."""

import pytest

import pyrt
from pyrt.types import Kind
from tests.parity.market import BTC, START
from tests.parity.stage import MS, ms, number_of, run

both = pytest.mark.parametrize("jit", [True, False])


def sent(result):
    """Commands as (ms after START, what, id, lots)."""
    words = {1: "new", 2: "cancel", 3: "modify"}
    return [(ms(c["time"]), words[c["action"]], number_of(c), int(c["qty"])) for c in result.commands]


def filled(result):
    """Fills as (ms after START at the venue, id, price, lots)."""
    return [
        (ms(row["event_time"]), number_of(row), float(row["price"]), BTC.lot.to_steps(row["qty"]))
        for row in result.fills
    ]


def updates(result):
    """Order updates as (ms after START at the venue, id, status, reason)."""
    rows = result.answers[result.answers["kind"] == Kind.ORDER_UPDATE]
    ids = rows["words"][:, 3].view("u8") & 0xFFFFFFFF
    return [
        (ms(row["event_time"]), int(number), int(row["flags"]) >> 12, int(row["flags"]) & 0xFF)
        for row, number in zip(rows, ids, strict=True)
    ]


class Breakout(pyrt.Strategy):
    """Buys once the price breaks out, at a trigger that lies between two ticks."""

    trail: float = 0.0

    def start(self, ctx):
        self.asked: int = 0

    def on_trade(self, ctx, trade):
        if self.asked == 0:
            self.asked = ctx.trailing_stop(0.5, self.trail) if self.trail > 0.0 else ctx.stop(0.5, 100.0449)

    def on_order(self, ctx, update):
        if ctx.order_count > 0:
            ctx.signal(ctx.order(0).trigger, ctx.working_buy)


@both
def test_a_stop_goes_to_the_venue_and_fills_at_what_its_book_shows_then(tape, jit):
    tape.trade(START + 30 * MS, 100.04, 0.1, 1)  # below the next tick
    tape.trade(START + 40 * MS, 100.05, 0.1, 1)
    tape.book(START + 50 * MS, [], [(100.02, 0.0), (100.07, 1.0)])
    result = run(tape, Breakout, jit=jit)
    assert sent(result) == [(11, "new", 1, 5000)]
    assert result.commands["trigger"].tolist() == [10005]
    assert result.totals["rounded_prices"] == 1
    assert updates(result) == [(13, 1, 1, 0), (40, 1, 1, 12), (50, 1, 3, 0)]
    assert filled(result) == [(50, 1, 100.07, 5000)]
    assert result.signals["value"].tolist() == [100.05, 100.05]
    assert result.signals["confidence"].tolist() == [0.5, 0.5]


@both
def test_a_trail_goes_up_to_a_tick_and_follows_at_the_venue(tape, jit):
    tape.trade(START + 30 * MS, 99.90, 0.1, 2)  # the trigger is 99.93 from here on
    tape.trade(START + 40 * MS, 99.92, 0.1, 1)
    tape.trade(START + 50 * MS, 99.93, 0.1, 1)
    tape.book(START + 60 * MS, [(100.00, 2.0)], [])
    result = run(tape, Breakout, jit=jit, trail=0.021)
    assert result.commands["trail"].tolist() == [3]
    assert filled(result) == [(60, 1, 100.02, 5000)]


class Changer(pyrt.Strategy):
    """Rests, then asks for less at another price, then for half a lot more than that, then for what is gone."""

    def start(self, ctx):
        self.trades: int = 0
        self.order: int = 0

    def on_trade(self, ctx, trade):
        self.trades += 1
        if self.trades == 1:
            self.order = ctx.limit(0.5, 99.0)
        elif self.trades == 2:
            ctx.modify(self.order, 0.3, 99.507)
        elif self.trades == 3:
            ctx.modify(self.order, 0.00001)
            ctx.modify(self.order + 1, 2.0)
        elif self.trades == 4:
            ctx.cancel(self.order)
            ctx.modify(self.order, 2.0)

    def on_order(self, ctx, update):
        if ctx.order_count > 0:
            ctx.signal(ctx.order(0).price, ctx.order(0).qty)
            ctx.signal(update.reason, ctx.working_buy)


@both
def test_a_modify_is_asked_for_and_known_when_the_venue_has_said_so(tape, jit):
    for k in range(1, 4):
        tape.trade(START + (10 + 20 * k) * MS, 100.01, 0.1, 1)
    result = run(tape, Changer, jit=jit)
    assert sent(result) == [
        (11, "new", 1, 5000), (31, "modify", 1, 3000), (51, "modify", 1, 1), (71, "cancel", 1, 0),
    ]  # fmt: skip
    assert result.commands["price"].tolist() == [9900, 9950, 0, 0]
    assert updates(result) == [(13, 1, 1, 0), (33, 1, 1, 14), (53, 1, 1, 14), (73, 1, 4, 0)]
    assert result.signals["value"].tolist() == [99.0, 0.0, 99.5, 14.0, 99.5, 14.0]
    assert result.signals["confidence"].tolist() == [0.5, 0.5, 0.3, 0.3, 0.0001, 0.0001]
    assert result.totals["live_orders"] == 0


class Expiring(pyrt.Strategy):
    """Two orders that end by themselves, one of them a stop."""

    def on_trade(self, ctx, trade):
        if ctx.order_count == 0:
            ctx.limit(0.5, 99.0, expiry=ctx.now + 20 * 1_000_000)
            ctx.stop(-0.5, 99.0, expiry=ctx.now + 30 * 1_000_000)
            ctx.limit(0.5, 98.0, "day")


@both
def test_orders_expire_by_the_venues_clock(tape, jit):
    tape.book(START + 100 * MS, [(100.00, 2.0)], [])
    result = run(tape, Expiring, jit=jit)
    assert updates(result)[-2:] == [(31, 1, 6, 16), (41, 2, 6, 16)]
    assert result.totals["live_orders"] == 1


class Bracketed(pyrt.Strategy):
    """Buys at the market, and leaves at a profit or at a stop."""

    def start(self, ctx):
        self.entry: int = 0

    def on_trade(self, ctx, trade):
        if self.entry == 0:
            self.entry = ctx.bracket(0.5, 0.0, 100.10, 99.90)


@both
def test_a_brackets_stop_fills_at_the_venue_and_its_other_leg_is_canceled(tape, jit):
    tape.trade(START + 50 * MS, 99.90, 0.1, 2)
    tape.book(START + 60 * MS, [(100.00, 0.0), (99.85, 1.0)], [])
    tape.trade(START + 90 * MS, 99.86, 0.1, 2)
    result = run(tape, Bracketed, jit=jit)
    assert sent(result) == [
        (11, "new", 1, 5000), (16, "new", 2, 5000), (16, "new", 3, 5000), (63, "cancel", 2, 0),
    ]  # fmt: skip
    assert filled(result) == [(13, 1, 100.02, 5000), (60, 3, 99.85, 5000)]
    assert result.totals["positions"] == [0]
    assert result.totals["live_orders"] == 0


class Widened(pyrt.Strategy):
    """Holds, and asks for more of a stop that only reduces; changes an order that waits for another."""

    def start(self, ctx):
        self.trades: int = 0

    def on_trade(self, ctx, trade):
        self.trades += 1
        if self.trades == 1:
            ctx.market(0.5)
            far = ctx.limit(0.4, 99.0)
            ctx.limit(-0.4, 101.0, parent=far)
        elif self.trades == 2:
            ctx.stop(-0.3, 99.5, reduce_only=True)
            ctx.modify(3, 0.2, 102.0)
        elif self.trades == 3:
            ctx.modify(4, 2.0, trigger=99.25)
            ctx.close()
        elif self.trades == 4:
            ctx.modify(4, 3.0)


@both
def test_reduce_only_stays_so_and_what_waits_in_the_host_changes_there(tape, jit):
    tape.trade(START + 30 * MS, 100.01, 0.1, 1)
    tape.trade(START + 50 * MS, 100.01, 0.1, 1)
    tape.trade(START + 54 * MS, 100.01, 0.1, 1)  # the close has filled and is not known of
    tape.trade(START + 80 * MS, 98.99, 0.1, 2)  # the second order fills: the third goes out, as it was changed
    tape.trade(START + 99 * MS, 98.99, 0.1, 2)
    result = run(tape, Widened, jit=jit)
    assert sent(result)[:5] == [
        (11, "new", 1, 5000), (11, "new", 2, 4000), (31, "new", 4, 3000), (51, "modify", 4, 5000), (51, "new", 5, 5000),
    ]  # fmt: skip
    assert sent(result)[5:] == [(56, "cancel", 4, 0), (83, "new", 3, 2000)]
    assert result.totals["not_sent"] == 1  # with the close on its way nothing is left to reduce
    assert result.commands["trigger"][3] == 9925
    assert result.commands["price"][-1] == 10200


class Iceberg(pyrt.Strategy):
    """Shows a little of what it has."""

    def on_trade(self, ctx, trade):
        if ctx.order_count == 0:
            ctx.limit(0.5, 99.99, display=0.10004)


@both
def test_an_iceberg_shows_its_part(tape, jit):
    tape.trade(START + 30 * MS, 99.99, 0.25, 2)
    result = run(tape, Iceberg, jit=jit)
    assert result.commands["display"].tolist() == [1000]
    assert result.totals["rounded_quantities"] == 1
    assert filled(result) == [(30, 1, 99.99, 1000), (30, 1, 99.99, 1000), (30, 1, 99.99, 500)]
