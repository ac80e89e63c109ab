"""Commissions and delays of runs on events, where they are more than constants."""

import math

import numpy as np
import pytest

from pyrt import Backtest, Strategy
from pyrt.backtest import Commission, CostModel, Delay, Latency, Simulation, Spread
from pyrt.backtest.matching import COMMAND, match
from pyrt.errors import DTypeError, InputError
from pyrt.types import EVENT, RECORDS, Flag, Kind, of_kind
from tests.backtest.matching.fill_streams import GRIDS, INSTRUMENTS, stream

MASK = 2**64 - 1


class Quoter(Strategy):
    """Trades often, at the market and beside it, in all instruments."""

    def start(self, ctx):
        self.seen: int = 0

    def on_book(self, ctx, delta):
        self.seen = self.seen + 1
        if self.seen % 7 == 0 and ctx.order_count < 20 and ctx.best_bid > 0 and ctx.best_ask > 0:
            if self.seen % 2 == 0:
                ctx.market(ctx.lot * 5 if self.seen % 3 == 0 else -5 * ctx.lot)
            elif self.seen % 3 == 0:
                ctx.limit(ctx.lot * 9, ctx.best_bid)
            else:
                ctx.limit(-9 * ctx.lot, ctx.best_ask)
        if self.seen % 31 == 0:
            ctx.cancel_all()


def clerk(qty, price, maker, traded):
    fee = 0.3 + qty * price * 0.0005
    if maker == 1:
        fee = -0.1
    return fee if traded < 100 else fee / 2


def broken(qty):
    return 1.0 / (qty - qty)


@pytest.fixture(scope="module")
def events():
    records = stream(11, 6_000)[0]
    return records[records["kind"] != Kind.BAR]


def run(events, **options):
    simulation = Simulation(order_latency_ns=3, response_latency_ns=2, feed_latency_ns=1)
    return Backtest(events, instruments=INSTRUMENTS, simulation=simulation, **options)


def test_rates_are_the_simulations(events):
    """A commission in basis points is what the rates of makers and takers are, to the last unit."""
    ways = {"order_latency_ns": 3, "response_latency_ns": 2, "feed_latency_ns": 1}
    rates = Simulation(maker_fee=-20_000, taker_fee=70_000, **ways)
    plain = Backtest(events, instruments=INSTRUMENTS, simulation=rates).run(Quoter)
    costs = CostModel(commission=Commission.maker_taker(maker_bps=-2, taker_bps=7))
    made = run(events, costs=costs).run(Quoter)
    assert len(plain.fills) > 200
    assert (plain.fills["flags"] & Flag.MAKER).any()
    for field in ("event_time", "price", "qty"):
        np.testing.assert_array_equal(plain.fills[field], made.fills[field])
    np.testing.assert_allclose(plain.fills["fee"], made.fills["fee"], atol=1.001e-8)
    assert "pyrt-engine replay knows constants" in made.assumptions["fees"]


def test_fees_are_the_models_rounded_up_and_the_money_is_exact(events):
    costs = CostModel(commission=Commission.per_share(0.25, minimum=1.5))
    result = run(events, costs=costs).run(Quoter)
    assert len(result.fills) > 200
    order, raw, charged = {}, {}, {}
    for fill in result.fills:
        key = int(fill["client_order_id"])
        raw[key] = raw.get(key, 0.0) + fill["qty"] * 0.25
        due = max(raw[key], 1.5) - charged.get(key, 0.0)
        assert due - 1e-12 <= fill["fee"] <= due + 1e-8 + 1e-12
        charged[key] = charged.get(key, 0.0) + fill["fee"]
        order.setdefault(key, []).append(fill["fee"])
    assert any(len(fees) > 1 and fees[1] == 0.0 for fees in order.values())
    cash = 100_000 * 10**18
    for fill in result.fills:
        tick, lot = INSTRUMENTS[fill["instrument"]].tick, INSTRUMENTS[fill["instrument"]].lot
        value = int(tick.to_steps(fill["price"])) * int(lot.to_steps(fill["qty"]))
        value *= tick.mantissa * lot.mantissa * 10 ** (18 - tick.exponent - lot.exponent)
        cash += (-value if fill["side"] == 1 else value) - round(fill["fee"] * 1e8) * 10**10
    assert cash == result.totals["cash"]
    assert sum(round(fee * 1e8) for fee in result.fills["fee"]) * 10**10 == result.totals["fees"]


@pytest.mark.parametrize("jit", [True, False])
def test_a_function_gives_the_fees(events, jit):
    result = run(events, costs=CostModel(commission=clerk, jit=jit)).run(Quoter)
    traded = 0.0  # all in one month
    for fill in result.fills:
        due = clerk(fill["qty"], fill["price"], float(bool(fill["flags"] & Flag.MAKER)), traded)
        assert fill["fee"] == math.ceil(due * 1e8 - 1e-4) / 1e8
        traded += fill["qty"]
    with pytest.raises(InputError, match=r"costs.commission: broken\(\) failed: .*by zero"):
        run(events, costs=CostModel(commission=broken, jit=jit)).run(Quoter)


# ---- delays


class Draws:
    """SplitMix64, and normal draws of it, by the table of ``pyrt_ext/accounts/venue.pxd``."""

    def __init__(self, seed):
        self.state = seed

    def word(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        x = ((self.state ^ (self.state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
        return x ^ (x >> 31)

    def normal(self, mean, deviation):
        u, v = ((self.word() >> 11) + 1) / 2**53, (self.word() >> 11) / 2**53
        z = math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)
        return max(0, math.floor(mean + deviation * z + 0.5))


def arrivals(result):
    """When each new order was seen by the venue: the time of its first update."""
    updates = of_kind(result.answers, Kind.ORDER_UPDATE)
    first = {}
    for update in updates:
        first.setdefault(int(update["client_order_id"]), int(update["event_time"]))
    return first


def test_constants_are_the_simulations(events):
    latency = Latency(order=Delay.constant(9), answer=Delay.constant(4))
    made = run(events, latency=latency).run(Quoter)
    plain = Backtest(
        events,
        instruments=INSTRUMENTS,
        simulation=Simulation(order_latency_ns=9, response_latency_ns=4, feed_latency_ns=1),
    ).run(Quoter)
    assert made.answers.tobytes() == plain.answers.tobytes()
    assert made.state == plain.state
    assert "order 9 ns" in made.assumptions["latency"]
    assert "answer 4 ns" in made.assumptions["latency"]


def test_normal_delays_are_the_draws(events):
    latency = Latency(order=Delay.normal(30, 12, seed=5), answer=Delay.normal(20, 9, seed=8))
    result = run(events, latency=latency).run(Quoter)
    draws, last, seen = Draws(5), -(2**62), arrivals(result)
    for command in result.commands:
        last = max(last, int(command["time"]) + draws.normal(30, 12))
        if command["action"] == 1:
            assert seen[int(command["client_order_id"])] == last
    draws, last = Draws(8), -(2**62)
    assert len(result.answers) > 500
    for answer in result.answers:
        last = max(last, int(answer["event_time"]) + draws.normal(20, 9))
        assert int(answer["words"][0]) == last
    assert "deviation of 12 ns" in result.assumptions["latency"]


def happened(events, seed, mean, deviation):
    """When each record happened at the venue, one after the other; and the draws."""
    drawn, times, before = [], [], -(2**63)
    key = Draws(seed).word()
    for received in events["words"][:, 0].tolist():
        drawn.append(Draws(key ^ received).normal(mean, deviation))
        before = max(before, received - drawn[-1])
        times.append(before)
    return np.array(times), np.array(drawn)


@pytest.mark.parametrize(("mean", "deviation"), [(40, 9), (5, 30), (300, 120)])
def test_a_normal_feed_is_a_recorded_one_whose_times_were_drawn(events, mean, deviation):
    commands = stream(11, 6_000)[1]
    ways = {"order_latency_ns": 3, "response_latency_ns": 2, "seed": 2**63 - 1}
    normal = Simulation(feed="normal", feed_latency_ns=mean, feed_deviation_ns=deviation, **ways)
    told = events.copy()
    told["event_time"], drawn = happened(events, normal.seed, mean, deviation)
    assert (np.diff(events["words"][:, 0] - drawn) < 0).any()  # some would overtake others
    assert (told["event_time"] <= events["words"][:, 0]).all()
    made = match(events, commands, INSTRUMENTS, normal)
    reference = match(told, commands, INSTRUMENTS, Simulation(feed="recorded", **ways))
    assert len(of_kind(made, Kind.FILL)) > 200
    assert made.tobytes() == reference.tobytes()
    constant = match(events, commands, INSTRUMENTS, Simulation(feed_latency_ns=mean, **ways))
    assert made.tobytes() != constant.tobytes()


def test_a_normal_feed_has_its_mean_and_deviation():
    """A trade a second fills an order that waits: what lies between receipt and fill is the draw."""
    count, mean, deviation = 4_000, 200_000, 30_000
    events = np.zeros(count + 1, RECORDS[Kind.TRADE])
    received = 10**18 + 10**9 * np.arange(count + 1)
    events["kind"], events["stamp"], events["side"] = Kind.TRADE, np.arange(count + 1), 2
    events["receive_time"] = events["event_time"] = received
    events["price"], events["qty"] = 1.0, 0.001
    events = events.view(EVENT)
    book = np.zeros(1, RECORDS[Kind.DELTA])
    book["kind"], book["side"], book["flags"], book["price"], book["qty"] = Kind.DELTA, 2, Flag.LAST, 2.0, 1.0
    book["receive_time"] = book["event_time"] = received[0]
    events[:1] = book.view(EVENT)
    orders = np.zeros(1, COMMAND)
    orders["time"], orders["client_order_id"], orders["action"] = received[0], 1, 1
    orders["side"], orders["type"], orders["tif"], orders["price"], orders["qty"] = 1, 2, 1, 100, count
    normal = Simulation(feed="normal", feed_latency_ns=mean, feed_deviation_ns=deviation, seed=4)
    fills = of_kind(match(events, orders, INSTRUMENTS, normal), Kind.FILL)
    assert len(fills) == count
    under_way = received[1:] - fills["event_time"]
    assert abs(under_way.mean() - mean) < 4 * deviation / count**0.5
    assert abs(under_way.std() - deviation) < 4 * deviation / (2 * count) ** 0.5
    share = [(np.abs(under_way - mean) < k * deviation).mean() for k in (1, 2, 3)]
    np.testing.assert_allclose(share, [0.6827, 0.9545, 0.9973], atol=0.03)
    assert abs(np.corrcoef(under_way[1:], under_way[:-1])[0, 1]) < 4 / count**0.5


def test_a_normal_feed_is_the_simulations_and_both_hosts_know_it(events):
    made = run(events, latency=Latency(feed=Delay.normal(30, 12, seed=5))).run(Quoter)
    ways = {"order_latency_ns": 3, "response_latency_ns": 2, "seed": 5}
    normal = Simulation(feed="normal", feed_latency_ns=30, feed_deviation_ns=12, **ways)
    plain = Backtest(events, instruments=INSTRUMENTS, simulation=normal).run(Quoter)
    assert len(made.fills) > 100
    assert made.answers.tobytes() == plain.answers.tobytes()
    assert made.assumptions["latency"] == plain.assumptions["latency"]
    assert "feed normal, 30 ns with a deviation of 12 ns (seed 5), order 3 ns" in made.assumptions["latency"]
    assert "replay" not in made.assumptions["latency"]


def test_recorded_delays_lie_between_their_rows(events):
    begin, end = (int(events["words"][row, 0]) for row in (0, -1))
    sent = np.linspace(begin + 100, end - 100, 50).astype(np.int64)
    lengths = np.random.default_rng(1).integers(5, 90, 50)
    latency = Latency.of_orders(sent, sent + lengths, sent + 2 * lengths)
    result = run(events, latency=latency).run(Quoter)

    def between(time):
        at = int(np.searchsorted(sent, time, side="right"))
        if at in (0, 50):
            return int(lengths[0 if at == 0 else 49])
        slope = float(lengths[at] - lengths[at - 1]) / float(sent[at] - sent[at - 1])
        return int(lengths[at - 1]) + int(slope * float(time - sent[at - 1]))

    last, seen, some = -(2**62), arrivals(result), set()
    for command in result.commands:
        delay = between(int(command["time"]))
        last = max(last, int(command["time"]) + delay)
        some.add(delay)
        if command["action"] == 1:
            assert seen[int(command["client_order_id"])] == last
    assert len(some) > 30


def test_a_session_that_is_kept_and_put_back_draws_on(events):
    options = {
        "costs": CostModel(commission=Commission.share_tiers([(0, 0.3), (50, 0.1)], minimum=1.0)),
        "latency": Latency(feed=Delay.normal(9, 4), order=Delay.normal(30, 12), answer=Delay.normal(20, 9)),
    }
    whole = run(events, **options).run(Quoter)
    session = run(events, **options).session(Quoter)
    session.step(2_000)
    kept = session.snapshot()
    session.step(1_500)
    session.restore(kept)
    other = run(events, **options).session(Quoter)
    other.restore(kept)
    for one in (session, other):
        result = one.finish()
        assert result.answers.tobytes() == whole.answers.tobytes()
        assert result.totals == whole.totals


@pytest.mark.parametrize(
    ("make", "needle"),
    [
        (lambda: Delay.constant(-1), "ns"),
        (lambda: Delay.normal(1, -1), "std_ns"),
        (lambda: Delay.recorded([1, 2], [5, -1]), "at least one length"),
        (lambda: Delay.recorded([2, 1], [5, 5]), "time"),
        (lambda: Latency(order=5), "order: must be a Delay"),
        (lambda: Latency(feed=Delay.normal(1.5, 2)), "feed: mean_ns must be whole nanoseconds, got 1.5"),
        (lambda: Latency(feed=Delay.recorded([1, 2], [5, 1])), "the records' own"),
    ],
)
def test_bad_delays(make, needle):
    with pytest.raises((InputError, DTypeError, ValueError), match=needle):
        make()


def test_what_is_of_bars_is_refused(events):
    assert len(GRIDS) == len(INSTRUMENTS)
    with pytest.raises(InputError, match="spread is of bars"):
        run(events, costs=CostModel(spread=Spread(bps=1)))
    with pytest.raises(DTypeError, match="latency: must be a Latency"):
        run(events, latency=5)
