"""Accounts on events: cases worked by hand (proto/ACCOUNT.md), a slow reference over random runs, money kept."""

from collections import Counter
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyrt
from pyrt.backtest import Account, CostModel, Portfolio, Rates, Simulation
from pyrt.backtest.account.events import RAW_PAID, wide
from pyrt.data import Actions
from pyrt.errors import InputError
from pyrt.grid import Grid
from pyrt.types import Instrument, InstrumentKind, Kind, of_kind
from tests.backtest.accounts.random_runs import INSTRUMENTS, INVERSE, WAYS, Gambler, run_of, splits_of
from tests.backtest.accounts.slow_margin import follow
from tests.parity.market import Tape

SEEDS = range(40)
DAY = 86_400 * 10**9
MS = 1_000_000
BEGIN = 20_000 * DAY + DAY // 2
FREE = Simulation(
    feed_latency_ns=0, order_latency_ns=MS, response_latency_ns=MS, maker_fee=0, taker_fee=0, book="quotes"
)
USD = Instrument("test:A-USD", Grid.parse("0.01"), Grid.parse("1"))
EUR = Instrument("test:B-EUR", Grid.parse("0.01"), Grid.parse("1"))
FX = Instrument("test:EUR-USD", Grid.parse("0.0001"), Grid.parse("1"))
COIN = Instrument(
    "test:BTC-USD-INVERSE",
    Grid.parse("0.01"),
    Grid.parse("1"),
    kind=InstrumentKind.INVERSE,
    details={"multiplier": 10.0},
)
YEN = Instrument("test:USD-EUR", Grid.parse("0.0001"), Grid.parse("1"))


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYRT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def paid(result):
    """Payments as (kind, exact amount)."""
    return list(zip(result.paid["kind"].tolist(), wide(np.frombuffer(result.paid_exactly, RAW_PAID)), strict=True))


# ---- worked by hand -------------------------------------------------------------------------------------------------


class Script(pyrt.Strategy):
    """At each trade it asks for the trade's quantity less 1000: above zero it buys, by market orders; 0 is nothing."""

    def on_trade(self, ctx, trade):
        if trade.qty != 1000.0:
            ctx.market(trade.qty - 1000.0)


def run(steps, *, cash=1000, instruments=(USD,), strategy=Script, simulation=FREE, actions=None, **terms):
    """Steps are (seconds, price, what to buy), with a quote a tick around each price and 1000 units on it.

    Or (seconds, price, what to buy, row).
    """
    tape = Tape()
    for second, price, lots, *which in steps:
        row = which[0] if which else 0
        tick = instruments[row].tick.step
        time = BEGIN + int(second * 10**9)
        tape.quote(time, round(price - tick, 4), round(price + tick, 4), (1000.0, 1000.0), instrument=row)
        tape.trade(time + 1, price, 1000.0 + lots, 0, instrument=row)
    terms = {"account": Account(**terms)} if terms else {}
    test = pyrt.Backtest(
        tape.events(), instruments=instruments, cash=cash, simulation=simulation, actions=actions, **terms
    )
    return test.run(strategy, jit=False)


def reasons(result):
    return [int(word) & 0xFF for word in result.answers["flags"][result.answers["kind"] == 7] if int(word) & 0xFF]


def test_leverage_is_asked_when_an_order_is_sent():
    steps = [(0, 10.00, 299), (1, 10.00, 301), (2, 10.00, 0)]
    result = run(steps, leverage=3.0)  # 300 at the ask, 10.01, are 3003; 299 are 2992.99, and leave room for none
    assert [int(fill["qty"]) for fill in result.fills] == [299]
    assert reasons(result) == [20]
    assert result.totals["refusals"] == 1
    assert "1 orders or changes were refused by the account (no_margin, liquidated, split)" in result.warnings
    assert result.orders["flags"].tolist() == [0, 2]


def test_without_an_account_nobody_asks():
    result = run([(0, 10.00, 301), (1, 10.00, 301)])
    assert len(result.fills) == 2
    assert "lent free" in result.assumptions["account"]


def test_a_fee_is_part_of_what_an_order_needs():
    fee = Simulation(**{**vars_of(FREE), "taker_fee": 100_000})
    steps = [(0, 10.00, 99), (1, 10.00, 0)]  # 990.99 and a fee of 0.99099
    assert len(run(steps, cash=991.99, simulation=fee, leverage=1.0).fills) == 1
    assert len(run(steps, cash=991.98, simulation=fee, leverage=1.0).fills) == 0


def vars_of(simulation):
    return {name: getattr(simulation, name) for name in simulation.__slots__}


def test_what_makes_a_position_smaller_is_never_refused():
    steps = [(0, 10.00, -90), (1, 11.00, 0), (2, 16.00, 90), (3, 16.00, 0)]  # the equity is 460 then, 1440 are short
    result = run(steps, leverage=1.0)
    assert result.totals["positions"] == [0]
    assert not result.totals["refusals"]
    assert result.cash == pytest.approx(1000 + 90 * 9.99 - 90 * 16.01, abs=1e-9)


def test_orders_under_way_count():
    class Two(pyrt.Strategy):
        def on_trade(self, ctx, trade):
            if ctx.order_count == 0 and ctx.position == 0.0:
                ctx.limit(60.0, 9.00)
                ctx.limit(60.0, 8.00)  # 540 are bought and 60 more at 8 would make 1020 at 9.00 and 8.00, 1080 at 10
                ctx.limit(-60.0, 11.00)  # the other way: the largest position is still 60

    result = run([(0, 10.00, 0), (1, 10.00, 0)], strategy=Two, leverage=1.0)
    assert result.orders["flags"].tolist()[:3] == [0, 2, 0]


def test_a_change_is_asked_as_a_new_order():
    class Raise(pyrt.Strategy):
        def start(self, ctx):
            self.at: int = 0
            self.id: int = 0

        def on_trade(self, ctx, trade):
            self.at += 1
            if self.at == 1:
                self.id = ctx.limit(99.0, 1.00)
            elif self.at == 2:
                ctx.modify(self.id, price=10.50)  # 1039.50
            elif self.at == 3:
                ctx.modify(self.id, qty=50.0, price=9.50)

    result = run([(k, 10.00, 0) for k in range(5)], strategy=Raise, leverage=1.0)
    assert [(int(c["action"]), int(c["flags"])) for c in result.commands] == [(1, 0), (3, 2), (3, 0)]
    assert reasons(result) == [20, 14]
    assert len(result.fills) == 0


def test_liquidation_cancels_waits_and_closes():
    class Long(pyrt.Strategy):
        def start(self, ctx):
            self.at: int = 0

        def on_trade(self, ctx, trade):
            self.at += 1
            if self.at == 1:
                ctx.market(200.0)
                ctx.limit(-10.0, 12.00)
            elif self.at == 3:
                ctx.market(-1.0)

    # Bought at 10.01: equity 1000 - 200 · (10.01 - p). At 6.00 it is 198, and 20% of 1200 are 240.
    steps = [(0, 10.00, 0), (1, 6.30, 0), (2, 6.00, 0), (3, 5.90, 0), (4, 5.90, 0)]
    result = run(steps, strategy=Long, leverage=3.0, maintenance=0.2, liquidation_bps=100.0)
    closing = result.commands[-2:]
    assert [(int(c["action"]), int(c["client_order_id"]) & 0xFFFFFFFF) for c in result.commands] == [
        (1, 1), (1, 2), (2, 2), (1, 3), (1, 2**32 - 1)
    ]  # fmt: skip
    assert int(closing[0]["flags"]) == 4
    assert reasons(result)[-1] != 20
    assert 21 in reasons(result)
    assert result.totals["liquidations"] == 1
    assert result.totals["positions"] == [0]
    # The stop for what is live: canceled 2 ms after the trade at 6.00, closed at the bid of then, 5.99.
    assert float(result.fills["price"][-1]) == 5.99
    assert paid(result) == [("liquidation", -11_980_000_000 * 10**9)]
    assert result.cash == pytest.approx(1000 - 200 * (10.01 - 5.99) - 11.98, abs=1e-9)
    assert "1 times the account was liquidated" in result.warnings


def test_interest_and_borrow_at_the_end_of_a_day():
    steps = [(0, 10.00, 190), (DAY / 1e9, 10.00, 0), (2 * DAY / 1e9, 10.00, -290), (3 * DAY / 1e9, 10.00, 0)]
    result = run(steps, leverage=3.0, interest=0.0365, borrow=0.365)
    # 190 at 10.01 leave -901.90 for two midnights; then 100 are short, at a mark of 10.00, for one.
    first = -(901_900_000_000_000_000_000 * 36_500_000_000 // 365_000_000_000_000)
    cash = -901_900_000_000_000_000_000 + first
    second = -(-cash * 36_500_000_000 // 365_000_000_000_000)
    assert paid(result) == [("interest", first), ("interest", second), ("borrow", -(10**18))]


def test_funding_and_dividends_at_their_times():
    times = [BEGIN - 5, BEGIN + 10**9, BEGIN + 2 * 10**9 + MS + 1, BEGIN + 10**12]  # records are 1 ms on their way
    funding = Rates(times, [0.5, 0.01, -0.02, 0.5])
    dividends = Actions([BEGIN + 15 * 10**8, BEGIN + 10**11], [1.0, 1.0], [0.25, 1.0])
    steps = [(0, 10.00, 100), (1, 20.00, 0), (2, 30.00, -150), (5, 30.00, 0)]
    result = run(steps, cash=10_000, leverage=3.0, funding=funding, actions=dividends)
    # At 1 s the mark is still 10; the trade at 30 comes at the very time of the third, and before it.
    expected = [("funding", -10 * 10**18), ("dividend", 25 * 10**18), ("funding", 60 * 10**18)]
    assert paid(result) == expected
    assert result.totals["paid"] == 75 * 10**18
    frame = result.to_frame("paid")
    assert frame["amount"].tolist() == [-10.0, 25.0, 60.0]
    assert set(frame["instrument"]) == {"test:A-USD"}


def test_a_currency_by_rates_and_by_prices():
    rates = Rates([BEGIN - 1, BEGIN + 15 * 10**8], [1.10, 1.20])
    steps = [(0, 10.00, 10), (1, 11.00, 0), (2, 11.00, -10), (3, 11.00, 0)]
    result = run(steps, instruments=(EUR,), leverage=3.0, conversion=rates)
    assert result.cash == 1000 - 10 * 10.01 * 1.10 + 10 * 10.99 * 1.20
    priced = [
        (0, 1.1000, 0, 1),
        (0.5, 10.00, 10, 0),
        (1, 11.00, 0, 0),
        (1.5, 1.2000, 0, 1),
        (2, 11.00, -10, 0),
        (3, 11.0, 0, 0),
    ]
    for fx, name in ((FX, "test:EUR-USD"), (YEN, "test:USD-EUR")):
        inverse = fx is YEN
        told = [(s, (0.8 if p < 1.15 else 0.5) if inverse and row else p, lots, row) for s, p, lots, row in priced]
        result = run(told, instruments=(EUR, fx), leverage=3.0, conversion={"test:B-EUR": name})
        before, after = (1 / 0.8, 1 / 0.5) if inverse else (1.10, 1.20)
        assert result.cash == pytest.approx(1000 - 10 * 10.01 * before + 10 * 10.99 * after, abs=1e-9)


def test_without_a_rate_an_order_is_refused():
    result = run([(0, 10.00, 10), (1, 10.0, 0)], instruments=(EUR, FX), conversion={"test:B-EUR": "test:EUR-USD"})
    assert reasons(result) == [20]
    assert not len(result.fills)


def test_contracts_have_a_multiplier():
    mini = Instrument("test:A-USD", Grid.parse("0.25"), Grid.parse("1"), details={"multiplier": 50.0})
    result = run([(0, 10.00, 1), (1, 12.00, 0)], instruments=(mini,))
    assert result.cash == 1000 - 50 * 10.25
    assert result.equity == 1000 + 50 * (12 - 10.25)
    assert result.trades["pnl"].tolist() == [50 * (12 - 10.25)]
    assert result.equity_curve["equity"][-1] == result.equity
    small = run([(0, 10.00, 1), (1, 12.00, 0)], multiplier=0.001)
    assert small.cash == 1000 - 0.001 * 10.01
    with pytest.raises(InputError, match="multiplier 3 of test:A-USD, whose own is 50"):
        run([(0, 10.00, 1)], instruments=(mini,), multiplier=3.0)

    class Half(pyrt.Strategy):
        def on_trade(self, ctx, trade):
            if ctx.position == 0.0 and ctx.order_count == 0:
                ctx.market(0.75, "fraction")

    assert run([(0, 2.00, 0), (1, 2.00, 0)], instruments=(mini,), strategy=Half).totals["positions"] == [6]


def test_an_inverse_contract_gains_coins():
    """6 contracts of 10 dollars: bought at 8.01, sold at 9.99 and sold short, bought back at 12.01, in coins."""
    steps = [(0, 8.00, 6), (1, 10.00, -12), (2, 12.00, 6), (3, 12.00, 0)]
    for terms in ({}, {"leverage": 5.0}):
        result = run(steps, instruments=(COIN,), cash=100, **terms)
        first, second = (Fraction(60 * 100, a) - Fraction(60 * 100, b) for a, b in ((801, 999), (1201, 999)))
        assert result.trades["pnl"].tolist() == pytest.approx([float(first), float(second)], rel=1e-15)
        assert abs(result.totals["cash"] - (100 + first + second) * 10**18) < 4  # each amount is cut
        assert result.totals["cash"] == result.totals["equity"]
        np.testing.assert_allclose(result.trades["entry_price"], [8.01, 9.99], rtol=1e-15)
        np.testing.assert_allclose(result.trades["exit_price"], [9.99, 12.01], rtol=1e-15)
        np.testing.assert_allclose(result.trades["return"], [1 - 801 / 999, 999 / 1201 - 1], rtol=1e-14)
        assert result.equity_curve["equity"][-1] == result.equity
        traded = 60 / 8.01 + 120 / 9.99 + 60 / 12.01
        mean, years = result.equity_curve["equity"].mean(), (3 * 10**9 + 1) / (365.25 * DAY)
        assert result.metrics["turnover"] == pytest.approx(traded / mean / years, rel=1e-6)
        assert not any("below zero" in warning for warning in result.warnings)


def test_inverse_fees_and_funding_are_of_the_coins():
    fees = Simulation(feed_latency_ns=0, order_latency_ns=MS, response_latency_ns=MS, taker_fee=100_000, book="quotes")
    times = np.array([BEGIN + 1_500 * MS])
    result = run(
        [(0, 8.00, 6), (1, 8.00, 0), (2, 8.00, 0)],
        instruments=(COIN,),
        cash=100,
        simulation=fees,
        funding=Rates(times, [0.01]),
    )
    assert result.totals["fees"] == 749_064 * 10**10  # 0.001 of 60 / 8.01 = 7.4906367, up to 8 places
    assert paid(result) == [("funding", -75 * 10**15)]  # the long pays 0.01 of 60 / 8 = 7.5
    short = run(
        [(0, 8.00, -6), (1, 8.00, 0), (2, 8.00, 0)], instruments=(COIN,), cash=100, funding=Rates(times, [0.01])
    )
    assert paid(short) == [("funding", 75 * 10**15)]


def test_the_margin_of_an_inverse_contract_is_that_of_its_coins():
    """75 contracts at the ask of 10.01 are valued at the last price, 10: 75 coins of 75. 76 are more."""
    fits, not_quite = (
        run([(0, 10.00, n), (1, 10.00, 0)], instruments=(COIN,), cash=75, leverage=1.0) for n in (75, 76)
    )
    assert (reasons(fits), reasons(not_quite)) == ([], [20])
    assert fits.totals["positions"] == [75]

    class Half(pyrt.Strategy):
        def on_trade(self, ctx, trade):
            if ctx.position == 0.0 and ctx.order_count == 0:
                ctx.market(0.5, "fraction")

    # Half of 100 coins at the ask of 8.01: 400.5 dollars, 40 contracts; the average is of 1 / price.
    result = run([(0, 8.00, 0), (1, 8.00, 0)], instruments=(COIN,), cash=100, strategy=Half)
    assert result.totals["positions"] == [40]


def test_what_cannot_be_meant_is_refused():
    cases = [
        ({"account": Account(), "instruments": (USD, EUR)}, "test:A-USD in USD, test:B-EUR in EUR cannot be added up"),
        ({"account": Account(conversion="x:Y-Z")}, "conversion: 'x:Y-Z' is not in the data"),
        ({"account": Account(conversion="test:A-USD")}, None),
        ({"account": Account(funding={"a:B-C": Rates([0], [0.1])})}, "funding: 'a:B-C' is not in the data"),
        ({"account": Account(interest=Rates([BEGIN + DAY], [0.1]))}, "interest: begins at"),
        ({"actions": Actions([0], [1.0], [1.0])}, "actions: on events an account pays dividends"),
    ]
    tape = Tape()
    tape.trade(BEGIN, 10.0, 1.0, 0)
    tape.trade(BEGIN + 5, 10.0, 1.0, 0)
    for terms, words in cases[:2] + cases[3:]:
        with pytest.raises(InputError, match=words):
            pyrt.Backtest(tape.events(), **{"instruments": (USD,), **terms}).run(Script, jit=False)
    with pytest.raises(pyrt.errors.DTypeError, match="account: must be an Account, got 3"):
        pyrt.Backtest(tape.events(), instruments=(USD,), account=3)
    with pytest.raises(InputError, match=r"costs: .* test:BTC-USD-INVERSE is an inverse contract"):
        pyrt.Backtest(tape.events(), instruments=(COIN,), costs=CostModel())
    with pytest.raises(InputError, match="test:BTC-USD-INVERSE is an inverse contract, which pays no dividends"):
        pyrt.Backtest(tape.events(), instruments=(COIN,), account=Account(), actions=Actions([BEGIN + 3], [1.0], [0.5]))
    with pytest.raises(InputError, match="test:BTC-USD-INVERSE is an inverse contract, which has no splits"):
        run(
            [(0, 8.00, 6), (1, 4.00, 0)],
            instruments=(COIN,),
            leverage=2.0,
            actions=Actions([BEGIN + 500 * MS], [2.0], [0.0]),
        )
    with pytest.raises(InputError, match="in BTC, test:A-USD in USD cannot be added up"):
        pyrt.Backtest(tape.events(), instruments=(COIN, USD), account=Account()).run(Script, jit=False)
    bars = {name: [1.0, 2.0] for name in ("open", "high", "low", "close")}
    with pytest.raises(InputError, match="conversion by the price of a:B-C is of events"):
        pyrt.Backtest(bars | {"time": [0, DAY]}, account=Account(conversion="a:B-C"))


def test_money_of_several_currencies_without_an_account_is_warned_of():
    result = run([(0, 10.00, 1), (1, 10.00, 1, 1), (2, 10.00, 0)], instruments=(USD, EUR))
    assert any("EUR, USD was added up as if it were one currency" in warning for warning in result.warnings)


# ---- the slow reference ---------------------------------------------------------------------------------------------


@cache
def outcome(seed, inverse=False):
    events, terms, parameters = run_of(seed, inverse=inverse)
    return pyrt.Backtest(events, instruments=INVERSE if inverse else INSTRUMENTS, **terms), parameters, events


@pytest.mark.parametrize("inverse", [False, True], ids=["linear", "inverse"])
@pytest.mark.parametrize("seed", SEEDS)
def test_equal_to_the_slow_reference(seed, inverse):
    test, parameters, events = outcome(seed, inverse)
    data, result = test._events, test.run(Gambler, **parameters)
    account, at_fills = follow(result, events, data.instruments, range(4), data.terms, data.cash, WAYS.taker_fee)
    totals, rows = result.totals, np.frombuffer(result.paid_exactly, RAW_PAID)
    assert (account.cash, account.equity()) == (totals["cash"], totals["equity"])
    assert (account.fees, account.realized) == (totals["fees"], totals["realized"])
    assert (account.liquidations, account.refusals) == (totals["liquidations"], totals["refusals"])
    assert account.paid == list(
        zip(*(rows[n].tolist() for n in ("time", "instrument", "kind")), wide(rows), strict=True)
    )
    rounded = [int((abs(e) + 5 * 10**9) // 10**10) * (1 if e >= 0 else -1) / 1e8 for e in at_fills]
    assert result.equity_at_fills.tolist() == rounded


def test_the_random_runs_meet_every_rule():
    seen = Counter()
    for seed in SEEDS:
        test, parameters, _ = outcome(seed)
        result = test.run(Gambler, **parameters)
        seen.update(result.paid["kind"].tolist())
        seen["liquidations"] += result.totals["liquidations"]
        seen.update(f"reason {word & 0xFF}" for word in result.answers["flags"][result.answers["kind"] == 7].tolist())
        seen.update(f"mark {c['flags'] & 6} of {c['action']}" for c in result.commands)
    least = {
        **dict.fromkeys(("interest", "borrow", "liquidation"), 10),
        **dict.fromkeys(("funding", "dividend"), 200),
        "liquidations": 8,
        "reason 20": 500,
        "reason 21": 5,
        "mark 2 of 1": 500,
        "mark 2 of 3": 20,
        "mark 4 of 1": 5,
        "mark 0 of 3": 20,
    }
    assert not {name: seen[name] for name, count in least.items() if seen[name] < count}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9), stride=st.integers(1, 60), inverse=st.booleans())
def test_money_is_kept_at_every_event(seed, stride, inverse):
    events, terms, parameters = run_of(seed, count=400, inverse=inverse)
    test = pyrt.Backtest(events, instruments=INVERSE if inverse else INSTRUMENTS, **terms)
    session = test.session(Gambler, **parameters)
    desk, start = session._run.loop.first.desk, test._events.cash
    while session.step(stride):
        totals = desk.totals()
        assert totals["cash"] + desk.costs() + totals["fees"] - totals["realized"] - totals["paid"] == start
    result = session.finish()
    straight = test.run(Gambler, **parameters)
    assert result.answers.tobytes() == straight.answers.tobytes()
    assert dict(result.totals) == dict(straight.totals)
    assert result.paid_exactly == straight.paid_exactly
    assert result.equity_curve.tobytes() == straight.equity_curve.tobytes()


# ---- other ways through the same loop -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [3, 11, 24])
def test_a_snapshot_has_the_account(seed):
    test, parameters, events = outcome(seed)
    straight = test.run(Gambler, **parameters)
    session = test.session(Gambler, **parameters)
    session.step(len(events) // 2)
    kept = session.snapshot()
    first = session.finish()
    other = test.session(Gambler, **parameters)
    other.restore(kept)
    for result in (first, other.finish()):
        assert dict(result.totals) == dict(straight.totals)
        assert result.paid_exactly == straight.paid_exactly
        assert result.equity_curve.tobytes() == straight.equity_curve.tobytes()


def test_an_account_without_limits_changes_nothing():
    events, terms, parameters = run_of(5)
    parameters["size"] = 0.02
    terms |= {"account": None, "actions": None}
    usd = [k for k, one in enumerate(INSTRUMENTS) if one.quote == "USD"]
    events = events[np.isin(events["instrument"], usd)].copy()
    bare = pyrt.Backtest(events, instruments=INSTRUMENTS, **terms).run(Gambler, **parameters)
    table = {"conversion": {"test:DAX-EUR": 1.0}}
    wide_open = Account(leverage=1000.0, maintenance=0.0, **table)
    kept = pyrt.Backtest(events, instruments=INSTRUMENTS, **(terms | {"account": wide_open})).run(Gambler, **parameters)
    assert kept.answers.tobytes() == bare.answers.tobytes()
    assert kept.totals["equity"] == bare.totals["equity"]
    assert kept.totals["realized"] == bare.totals["realized"]
    shared = np.isin(bare.equity_curve["time"], kept.equity_curve["time"])
    assert shared.all()
    assert len(bare.equity_curve) > 100


@pytest.mark.parametrize("splits", [False, True])
def test_several_strategies_have_an_account_each(splits, tmp_path):
    events, terms, parameters = run_of(7)
    if splits:
        terms["actions"] = splits_of(7, events, INSTRUMENTS)
    one, other = (Gambler, parameters), (Gambler, {**parameters, "seed": 99})
    portfolio = Portfolio([one, other], weights=[0.5, 0.3])
    result = pyrt.Backtest(events, instruments=INSTRUMENTS, **terms).run(portfolio)
    parts = result.strategies.values()
    for name in ("paid", "cash", "refusals", "liquidations"):
        idle = int(terms["cash"] * 0.2) * 10**18 if name == "cash" else 0
        assert result.account.totals[name] == sum(part.totals[name] for part in parts) + idle
    assert len(result.account.paid) == sum(len(part.paid) for part in parts) > 0
    assert ("split" in result.account.paid["kind"]) == splits
    assert result.account.equity_curve["equity"][-1] == result.account.totals["equity"] / 10**18
    loaded = type(result).load(result.save(tmp_path / "kept"))
    assert loaded.account.paid.tobytes() == result.account.paid.tobytes()


@pytest.mark.parametrize("splits", [False, True])
def test_stretches_of_files_have_the_account_too(splits, tmp_path):
    events, terms, parameters = run_of(16)
    if splits:
        terms["actions"] = splits_of(16, events, INSTRUMENTS)
    tables = {}
    for row, instrument in enumerate(INSTRUMENTS):
        for kind, names in ((Kind.TRADE, ("price", "qty", "side")), (Kind.QUOTE, ("bid", "ask", "bid_qty", "ask_qty"))):
            some = of_kind(events[events["instrument"] == row], kind)
            frame = pd.DataFrame({"time": some["receive_time"].view("M8[ns]"), **{n: some[n] for n in names}})
            path = tmp_path / f"{row}-{int(kind)}.parquet"
            frame.rename(columns={"qty": "size", "bid_qty": "bid_size", "ask_qty": "ask_size"}).to_parquet(path)
            word = {Kind.TRADE: "trades", Kind.QUOTE: "quotes"}[kind]
            tables.setdefault(instrument.name, {})[word] = path
    test = pyrt.Backtest.from_parquet(tables, INSTRUMENTS, max_memory="1GB", **terms)
    records = np.concatenate([part.copy() for part in test._events.source.chunks(400)])
    whole = pyrt.Backtest(records, instruments=INSTRUMENTS, **terms)
    found, expected = test.run(Gambler, **parameters), whole.run(Gambler, **parameters)
    assert dict(found.totals) == dict(expected.totals)
    assert found.paid_exactly == expected.paid_exactly
    assert len(found.paid)
    assert ("split" in found.paid["kind"]) == splits


def test_sweeps_and_checks_of_lookahead_have_the_account():
    events, terms, parameters = run_of(24)
    test = pyrt.Backtest(events, instruments=INSTRUMENTS, **terms)
    sweep = test.sweep(Gambler, {"seed": [parameters["seed"], 5], "size": [parameters["size"]]}, progress=False)
    straight = test.run(Gambler, **parameters)
    assert sweep.measures["final_equity"][0] == straight.metrics["final_equity"]
    assert test.check_lookahead(Gambler, cuts=3, **parameters)


def test_a_model_of_commissions_goes_with_an_account():
    tape = Tape()
    tape.quote(BEGIN, 9.99, 10.01, (1000.0, 1000.0))
    tape.trade(BEGIN + 1, 10.00, 1010.0, 0)
    tape.trade(BEGIN + 10**9, 10.00, 1000.0, 0)
    terms = {"costs": CostModel(fees_bps=100), "account": Account(leverage=2.0)}
    result = pyrt.Backtest(tape.events(), instruments=(USD,), simulation=FREE, **terms).run(Script, jit=False)
    assert result.totals["fees"] == 1_001_000_000_000_000_000
