"""Orders that hang together, on small streams worked by hand: proto/MATCHING.md, The loop."""

import numpy as np
import pytest

import pyrt
from pyrt.strategy import StrategyFault
from pyrt.types import Kind, of_kind
from tests.parity.market import BTC, ETH, START
from tests.parity.stage import MS, ms, number_of, run


def sent(result):
    """Commands as (ms after START, new or cancel, id, side, lots)."""
    words = {1: "new", 2: "cancel"}
    return [(ms(c["time"]), words[c["action"]], number_of(c), *sized(c)) for c in result.commands]


def sized(command):
    return (int(command["side"]), int(command["qty"])) if command["action"] == 1 else ()


def filled(result):
    """Fills as (ms after START when heard of, id, lots)."""
    return [(ms(f["receive_time"]), number_of(f), BTC.lot.to_steps(f["qty"])) for f in result.fills]


class Tied(pyrt.Strategy):
    """Buys at the first trade; two exits wait for that, and cancel each other."""

    qty: float = 0.5
    price: float = 100.02
    first: float = 100.10
    second: float = 100.20

    def start(self, ctx):
        self.entry: int = 0
        self.shown: int = 0
        self.working = 0.0

    def on_trade(self, ctx, trade):
        if self.entry == 0:
            self.entry = ctx.limit(self.qty, self.price)
            exits = ctx.group()
            ctx.limit(-self.qty, self.first, reduce_only=True, parent=self.entry, group=exits)
            ctx.limit(-self.qty, self.second, reduce_only=True, parent=self.entry, group=exits)

    def on_order(self, ctx, update):
        self.shown = max(self.shown, ctx.order_count)
        if update.order_id == self.entry and update.status == 1:
            self.working = ctx.working_sell


ENTRY, FIRST, SECOND = 1, 3, 4
BOUGHT = [(11, "new", ENTRY, 1, 5000), (16, "new", FIRST, 2, 5000), (16, "new", SECOND, 2, 5000)]


@pytest.mark.parametrize("jit", [True, False])
def test_exits_go_when_the_entry_has_filled_and_the_first_fill_cancels_the_other(tape, jit):
    tape.trade(START + 30 * MS, 100.11, 0.1, 1)  # beyond the first exit: it fills; known at 33
    tape.trade(START + 90 * MS, 100.30, 0.1, 1)  # the second has gone
    result = run(tape, Tied, jit=jit)
    assert sent(result) == [*BOUGHT, (33, "cancel", SECOND)]
    assert filled(result) == [(16, ENTRY, 5000), (33, FIRST, 5000)]
    assert result.totals["positions"] == [0]
    assert result.totals["live_orders"] == result.totals["not_sent"] == 0


def test_waiting_orders_are_live_but_not_working(tape):
    tape.trade(START + 90 * MS, 100.01, 0.1, 1)
    rests = run(tape, Tied, price=99.0)
    assert sent(rests) == [(11, "new", ENTRY, 1, 5000)]
    entry, shown, working = rests.state[:8], rests.state[8:16], rests.state[16:24]
    assert [int.from_bytes(word, "little") for word in (entry, shown)] == [ENTRY, 3]
    assert working == bytes(8), "an order that waits is no part of working_sell"
    assert rests.totals["live_orders"] == 3


def test_both_may_fill_before_the_cancel_arrives(tape):
    tape.trade(START + 30 * MS, 100.11, 0.1, 1)  # known at 33, the cancel is there at 35
    tape.trade(START + 34 * MS, 100.30, 0.1, 1)
    tape.trade(START + 90 * MS, 100.01, 0.1, 1)
    result = run(tape, Tied)
    assert sent(result) == [*BOUGHT, (33, "cancel", SECOND)]
    assert filled(result) == [(16, ENTRY, 5000), (33, FIRST, 5000), (37, SECOND, 5000)]
    assert result.totals["positions"] == [-5000], "nothing takes the second fill back"


class Either(pyrt.Strategy):
    """Two bids, of which one may fill; the second may be in another instrument."""

    other: int = 0

    def start(self, ctx):
        self.done: int = 0

    def on_trade(self, ctx, trade):
        if self.done == 0:
            self.done = ctx.group()
            ctx.limit(0.5, 100.00, group=self.done)
            ctx.limit(0.5, 99.99, group=self.done, slot=self.other)


@pytest.mark.parametrize("other", [0, 1])
def test_a_part_that_fills_cancels_the_others_and_the_rest_goes_on(tape, other):
    tape.book(START + 12 * MS, [(99.90, 1.0)], [(100.10, 1.0)], instrument=1)
    tape.trade(START + 20 * MS, 100.00, 1.2, 2)  # one unit was before it: 0.2 for the first bid, known at 23
    tape.trade(START + 60 * MS, 99.00, 0.1, 2)  # the rest; the second would have filled too
    tape.trade(START + 60 * MS, 99.00, 0.1, 2, instrument=1)
    result = run(tape, Either, instruments=(BTC, ETH), other=other)
    assert [command[:3] for command in sent(result)] == [(11, "new", 2), (11, "new", 3), (23, "cancel", 3)]
    assert filled(result) == [(23, 2, 2000), (63, 2, 3000)]
    assert result.totals["live_orders"] == 0


class Follow(pyrt.Strategy):
    """A bid, and orders that follow what it fills: as much, half as much, and all of it; it is taken back in time."""

    def start(self, ctx):
        self.bid: int = 0

    def on_trade(self, ctx, trade):
        if self.bid == 0:
            self.bid = ctx.limit(0.5, 100.00)
            ctx.limit(-0.5, 100.50, parent=self.bid)
            ctx.limit(-0.25, 100.60, parent=self.bid)
            last = ctx.limit(0.0, 99.00, parent=self.bid)
            ctx.market(0.1, parent=last)
            ctx.limit(-0.0001, 100.70, parent=self.bid)
        elif ctx.now > 1_700_000_000_040_000_000:
            ctx.cancel(self.bid)


@pytest.mark.parametrize("jit", [True, False])
def test_orders_follow_the_part_that_their_parent_has_filled(tape, jit):
    tape.trade(START + 20 * MS, 100.00, 1.2, 2)  # 0.2 of 0.5
    tape.trade(START + 50 * MS, 100.02, 0.1, 1)  # now the cancel goes: it is there at 53, and heard of at 56
    tape.trade(START + 90 * MS, 100.02, 0.1, 1)
    result = run(tape, Follow, jit=jit)
    assert sent(result) == [
        (11, "new", 1, 1, 5000),
        (51, "cancel", 1),
        (56, "new", 2, 2, 2000),
        (56, "new", 3, 2, 1000),
        (56, "new", 4, 1, 2000),
    ]
    assert result.totals["not_sent"] == 1, "two fifths of a lot are none"
    assert result.totals["live_orders"] == 4, "three rest, and one waits for the last of them"


def test_what_waits_for_an_order_that_filled_nothing_is_gone(tape):
    tape.trade(START + 50 * MS, 100.02, 0.1, 1)
    tape.trade(START + 90 * MS, 100.02, 0.1, 1)
    result = run(tape, Follow)
    assert sent(result) == [(11, "new", 1, 1, 5000), (51, "cancel", 1)]
    assert (result.totals["not_sent"], result.totals["live_orders"]) == (5, 0)


class Dropped(pyrt.Strategy):
    """Takes back what waits, and asks for what would wait for an order that is gone."""

    def start(self, ctx):
        self.trades: int = 0
        self.counts = np.zeros(4)

    def on_trade(self, ctx, trade):
        self.trades += 1
        if self.trades == 1:
            bid = ctx.limit(0.5, 90.0)
            waits = ctx.limit(-0.5, 110.0, parent=bid)
            ctx.limit(-0.5, 111.0, parent=waits)
            ctx.cancel(waits)
            ctx.limit(-0.5, 112.0, parent=waits)
            ctx.limit(-0.5, 113.0, parent=bid)
        elif self.trades == 2:
            self.counts[0] = ctx.order_count
            ctx.cancel_all()
        else:
            self.counts[1] = ctx.order_count

    def on_order(self, ctx, update):
        self.counts[3] += 1.0


def test_a_cancel_ends_what_waits_at_once(tape):
    tape.trade(START + 20 * MS, 100.02, 0.1, 1)
    tape.trade(START + 30 * MS, 100.02, 0.1, 1)
    result = run(tape, Dropped)
    assert sent(result) == [(11, "new", 1, 1, 5000), (21, "cancel", 1)]
    counts = np.frombuffer(result.state, np.float64)[-4:]
    assert counts.tolist() == [2, 0, 0, 2], "the bid and its last order; nobody is told of orders that never left"
    assert result.totals["not_sent"] == 2


class Sized(pyrt.Strategy):
    """Orders by value and by fraction of equity."""

    def start(self, ctx):
        self.done: int = 0

    def on_trade(self, ctx, trade):
        if self.done == 0:
            self.done = 1
            ctx.market(50.0, "notional")
            ctx.market(-0.1, "fraction")
            ctx.limit(33.0, 99.996, sizing="notional")
            ctx.limit(-0.25, 99.991, sizing="fraction")
            ctx.market(0.001, "notional")
            ctx.market(50.0, "notional", slot=1)
            ctx.limit(1e300, 0.01, sizing="notional")


@pytest.mark.parametrize("jit", [True, False])
def test_sizes_by_value_and_fraction_of_equity(tape, jit):
    tape.trade(START + 90 * MS, 100.02, 0.1, 1)
    result = run(tape, Sized, jit=jit, instruments=(BTC, ETH))
    lots = [
        4999,  # 50 / 100.02, the ask
        10000,  # a tenth of 1000 / 100.00, the bid
        3300,  # 33 / 99.99, the limit on its grid
        25000,  # 250 / 100.00
        0,  # less than a lot
        0,  # of an instrument without a price
        0,  # too many to be exact
    ]
    assert result.orders["qty"].tolist() == lots
    assert (result.totals["rounded_quantities"], result.totals["rounded_prices"]) == (0, 2)
    updates = of_kind(result.answers, Kind.ORDER_UPDATE)
    rejected = [int(u["client_order_id"]) & 0xFF for u in updates if u["flags"] >> 12 == 5]
    assert rejected == [5, 6, 7]


class Values(pyrt.Strategy):
    """Asks for the value of so many lots at a price of its own."""

    def on_trade(self, ctx, trade):
        for k in range(1, 200):
            price = 7.01 + 0.37 * k
            ctx.limit(price * (k * 0.0001), price, "ioc", sizing="notional")


def test_the_value_of_whole_lots_is_whole_lots(tape):
    assert run(tape, Values).orders["qty"].tolist() == list(range(1, 200))


class Closer(pyrt.Strategy):
    """Buys, puts exits up, and does what `which` says while they rest."""

    which: int = 0

    def start(self, ctx):
        self.trades: int = 0

    def on_trade(self, ctx, trade):
        self.trades += 1
        if self.trades == 1:
            ctx.market(0.5)
        elif self.trades == 2:
            exits = ctx.group()
            ctx.limit(-0.5, 101.0, reduce_only=True, group=exits)
            ctx.limit(-0.4, 102.0, reduce_only=True, group=exits)
        elif self.trades == 3:
            if self.which == 0:
                ctx.close()
                ctx.close()
            elif self.which == 1:
                ctx.target(0.5)
                ctx.target(0.2)
            else:
                ctx.limit(-0.5, 103.0, reduce_only=True)
                ctx.limit(-0.5, 99.0, "ioc", reduce_only=True)


EXITS = [(11, "new", 1, 1, 5000), (31, "new", 3, 2, 5000), (31, "new", 4, 2, 4000)]


def closed(tape, which):
    for after in (30, 50, 90):
        tape.trade(START + after * MS, 100.01, 0.1, 1)
    return run(tape, Closer, which=which)


def test_closing_needs_no_word_of_the_exits_which_end_with_the_position(tape):
    result = closed(tape, 0)
    assert sent(result) == [*EXITS, (51, "new", 5, 2, 5000), (56, "cancel", 3), (56, "cancel", 4)]
    assert result.totals["not_sent"] == 1, "the second close has nothing left"
    assert (result.totals["positions"], result.totals["live_orders"]) == ([0], 0)


def test_a_target_leaves_exits_out(tape):
    result = closed(tape, 1)
    assert sent(result) == [*EXITS, (51, "new", 6, 2, 3000)]
    assert result.totals["positions"] == [2000]
    assert result.totals["live_orders"] == 2, "exits stay while there is something to reduce"


def test_exits_of_one_group_count_once(tape):
    result = closed(tape, 2)
    # Of 0.5 the group has 0.5: nothing for another that would rest. What cannot rest leaves exits out.
    assert sent(result) == [*EXITS, (51, "new", 6, 2, 5000), (56, "cancel", 3), (56, "cancel", 4)]
    assert result.totals["not_sent"] == 1


def test_after_the_end_nothing_follows(tape):
    result = run(tape, Tied)  # the entry's fill is heard of at 16, after the last record
    assert sent(result) == BOUGHT[:1]
    assert (result.totals["after_the_end"], result.totals["live_orders"]) == (2, 0)


class Refused(pyrt.Strategy):
    """A position to reach cannot wait."""

    def on_trade(self, ctx, trade):
        ctx.limit(1.0, 99.0, sizing="target", parent=ctx.market(0.1))


def test_a_target_does_not_wait(tape):
    with pytest.raises(StrategyFault, match="a target that waits for a parent"):
        run(tape, Refused)


class Bracket(pyrt.Strategy):
    """Enters at the first trade, with a take profit and a stop loss."""

    qty: float = 0.5
    price: float = 0.0
    take: float = 100.10
    lose: float = 99.50
    fraction: bool = False

    def start(self, ctx):
        self.done: int = 0

    def on_trade(self, ctx, trade):
        if self.done == 0 and self.fraction:
            self.done = ctx.bracket(self.qty, self.price, self.take, self.lose, sizing="fraction")
        elif self.done == 0:
            self.done = ctx.bracket(self.qty, self.price, self.take, self.lose)


def exits_of(result):
    """Commands of the exits as (ms after START, type, side, lots, limit, trigger)."""
    return [
        (ms(c["time"]), *(int(c[n]) for n in ("type", "side", "qty", "price", "trigger"))) for c in result.commands[1:3]
    ]


@pytest.mark.parametrize("price", [0.0, 100.02])
def test_a_bracket_takes_its_profit_and_takes_its_stop_back(tape, price):
    tape.trade(START + 30 * MS, 100.11, 0.1, 1)
    tape.trade(START + 90 * MS, 99.00, 0.1, 2)  # the stop has gone
    result = run(tape, Bracket, price=price)
    assert result.commands["type"][0] == (2 if price else 1)
    assert exits_of(result) == [(16, 2, 2, 5000, 10010, 0), (16, 3, 2, 5000, 0, 9950)]
    assert sent(result)[3:] == [(33, "cancel", 3)]
    assert filled(result) == [(16, 1, 5000), (33, 2, 5000)]
    assert (result.totals["positions"], result.totals["live_orders"]) == ([0], 0)


@pytest.mark.parametrize("jit", [True, False])
def test_a_bracket_that_loses_takes_its_profit_back(tape, jit):
    tape.trade(START + 30 * MS, 99.45, 0.1, 2)  # triggers; what it left of the book comes with the next message
    tape.book(START + 31 * MS, [(100.00, 0.0), (99.40, 1.0)], [])
    tape.trade(START + 90 * MS, 100.50, 0.1, 1)  # the take profit has gone
    result = run(tape, Bracket, jit=jit)
    assert sent(result)[3:] == [(34, "cancel", 2)]
    assert filled(result) == [(16, 1, 5000), (34, 3, 5000)]
    assert result.fills["price"][-1] == 99.40
    assert (result.totals["positions"], result.totals["live_orders"]) == ([0], 0)


def test_a_short_bracket_is_the_mirror_image(tape):
    tape.trade(START + 30 * MS, 100.55, 0.1, 1)
    tape.book(START + 31 * MS, [], [(100.02, 0.0), (100.60, 1.0)])
    tape.trade(START + 90 * MS, 99.00, 0.1, 2)
    result = run(tape, Bracket, qty=-0.5, take=99.90, lose=100.50)
    assert exits_of(result) == [(16, 2, 1, 5000, 9990, 0), (16, 3, 1, 5000, 0, 10050)]
    assert sent(result)[3:] == [(34, "cancel", 2)]
    assert result.fills["price"].tolist() == [100.00, 100.60]


def test_exits_have_what_an_entry_of_a_fraction_has_filled(tape):
    tape.trade(START + 90 * MS, 100.01, 0.1, 1)
    result = run(tape, Bracket, qty=0.05, price=100.02, fraction=True)
    assert result.orders["qty"].tolist() == [4999, 4999, 4999]  # 50 / 100.02


def test_a_bracket_that_is_canceled_in_part_protects_that_part(tape):
    tape.trade(START + 90 * MS, 100.01, 0.1, 1)
    result = run(tape, Bracket, qty=1.5, price=100.02)  # one unit is there, and the rest of the bid rests
    assert sent(result) == [(11, "new", 1, 1, 15000)], "nothing leaves while the entry lives"


class Closing(Bracket):
    """Closes while its exits rest."""

    def on_timer(self, ctx, timer):
        ctx.close()

    def on_fill(self, ctx, fill):
        if fill.order_id == self.done:
            ctx.timer(ctx.now + 20_000_000)


def test_a_stop_ends_with_the_position_too(tape):
    tape.trade(START + 90 * MS, 100.01, 0.1, 1)
    result = run(tape, Closing)
    assert sent(result)[3:] == [(36, "new", 4, 2, 5000), (41, "cancel", 2), (41, "cancel", 3)]
    assert (result.totals["positions"], result.totals["live_orders"]) == ([0], 0)
