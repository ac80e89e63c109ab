"""Several strategies in one account: each as if alone but for the venue, and the account is their sum to the unit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyrt
from pyrt.backtest import Part, Portfolio, PortfolioResult, Simulation
from pyrt.backtest.results.event_trades import grid_of
from pyrt.errors import DataError, DTypeError, InputError
from pyrt.types import Kind
from tests.backtest.sessions.test_session import ALL, EVENTS, INSTRUMENTS, LATE, Keeper, Still, outcome
from tests.parity import strategies
from tests.parity.market import BTC, START, Tape

BTC_NAME, ETH_NAME = (instrument.name for instrument in INSTRUMENTS)
STEADY = Simulation(feed_latency_ns=700_000, order_latency_ns=30_000_000, response_latency_ns=9_000_000)


def backtest(cash=50_000, simulation=STEADY):
    return pyrt.Backtest(EVENTS, instruments=INSTRUMENTS, cash=cash, simulation=simulation)


def plain(records, what):
    """Records without what tells strategies apart: the id's upper half, and the venue's counter."""
    kept = records.copy()
    if what == "commands":
        kept["client_order_id"] &= 0xFFFF_FFFF
    else:
        kept["words"][:, 3] &= 0xFFFF_FFFF
        kept["stamp"] = 0
    return kept.tobytes()


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("name", ALL)
def test_one_strategy_with_all_of_the_cash_is_a_run(name, jit):
    cls, parameters = ALL[name]
    alone = backtest(simulation=LATE).run(cls, jit=jit, **parameters)
    both = backtest(simulation=LATE).run(Portfolio([(cls, parameters)]), jit=jit)
    assert isinstance(both, PortfolioResult)
    assert outcome(both.strategies[cls.__name__]) == outcome(alone)
    account = both.account
    assert account.answers.tobytes() == alone.answers.tobytes()
    assert account.equity_at_fills.tobytes() == alone.equity_at_fills.tobytes()
    assert account.equity_curve.tobytes() == alone.equity_curve.tobytes()
    assert both.equity == alone.equity


def test_on_instruments_of_their_own_each_trades_as_if_alone():
    parts = [
        Part(strategies.Cross, {"fast": 3, "slow": 9}, instruments=BTC_NAME),
        Part(Keeper, {"qty": 0.03}, instruments=[ETH_NAME]),
    ]
    together = backtest().run(Portfolio(parts, weights=[0.5, 0.25]))
    for part, cash, name in zip(parts, (25_000, 12_500), together.strategies, strict=True):
        alone = backtest(cash).run(Portfolio([part])).strategies[name]
        one = together.strategies[name]
        assert len(alone.fills) > 5
        assert plain(one.commands, "commands") == plain(alone.commands, "commands")
        assert plain(one.answers, "answers") == plain(alone.answers, "answers")
        assert dict(one.totals) == dict(alone.totals)
        assert one.state == alone.state
        assert one.equity_at_fills.tobytes() == alone.equity_at_fills.tobytes()
        assert one.trades.tobytes() == alone.trades.tobytes()


choices = st.lists(st.sampled_from(list(ALL)), min_size=1, max_size=4)


@settings(max_examples=25)
@given(names=choices, parts=st.lists(st.integers(1, 40), min_size=4, max_size=4), idle=st.integers(0, 30))
def test_the_account_is_the_sum_of_its_strategies(names, parts, idle):
    weights = [part / (sum(parts[: len(names)]) + idle) for part in parts[: len(names)]]
    result = backtest(cash=12_345.678).run(Portfolio([ALL[name] for name in names], weights=weights))
    account, each = result.account, list(result.strategies.values())
    start = account.start
    assert start == 12_345_678 * 10**15
    free = start - sum(part.start for part in each)
    assert free >= 0
    for part, weight in zip(each, weights, strict=True):
        assert 0 <= weight * start - part.start < 2 * 10**10
    for name in ("realized", "fees", "live_orders", "not_sent"):
        assert account.totals[name] == sum(part.totals[name] for part in each)
    for name in ("cash", "equity"):
        assert account.totals[name] == free + sum(part.totals[name] for part in each)
    assert len(account.orders) == sum(len(part.orders) for part in each)
    assert len(account.fills) == sum(len(part.fills) for part in each)
    for part in each:  # cash and positions at cost, less what was realized, is the start
        assert part.totals["equity"] == part.start + part.totals["realized"] - part.totals["fees"] + _open(part)
    rows = result.attribution
    np.testing.assert_allclose(rows["pnl"].sum(), account.equity - start / 10**18, atol=1e-9)
    np.testing.assert_allclose(rows["realized"] + rows["unrealized"] - rows["fees"], rows["pnl"], atol=1e-9)
    np.testing.assert_allclose(rows["share"].sum(), (account.totals["equity"] - start) / start, atol=1e-12)
    for instrument in INSTRUMENTS:
        held = sum(positions.get(instrument.name, 0.0) for positions in result.positions.values())
        lots = account.totals["positions"][INSTRUMENTS.index(instrument)]
        assert held == pytest.approx(lots * instrument.lot.to_double(1), abs=1e-9)


def _open(part):
    """Unrealized profit, from the fills by averaging: slow, and without the ledger."""
    total = 0
    for row, instrument in enumerate(part.instruments):
        unit, lots, cost = grid_of(instrument)[2].unit, 0, 0
        for fill in part.fills[part.fills["instrument"] == row]:
            sign = 1 if fill["side"] == 1 else -1
            size, price = instrument.lot.to_steps(float(fill["qty"])), instrument.tick.to_steps(float(fill["price"]))
            closed = min(size, abs(lots)) if lots * sign < 0 else 0
            if closed:
                gone = abs(cost) * closed // abs(lots)
                cost -= gone if cost > 0 else -gone
                lots += sign * closed
            lots += sign * (size - closed)
            cost += sign * (size - closed) * price * unit
        if lots:
            mark = instrument.tick.to_steps(float(part.marks[row]))
            total += lots * mark * unit - cost
    return total


def test_stepped_kept_and_put_back_it_is_the_run():
    portfolio = Portfolio(
        [ALL["Cross"], ALL["Clock"], ALL["Quoter"]], weights={"Cross": 0.5, "Clock": 0.2, "Quoter": 0.1}
    )
    whole = backtest(simulation=LATE).run(portfolio)
    session = backtest(simulation=LATE).session(portfolio)
    session.step(2000)
    then = session.snapshot()
    assert session.cash == pytest.approx(sum(session.at(0, k).cash for k in range(3)) + 10_000)
    assert session.equity == pytest.approx(sum(session.at(0, k).equity for k in range(3)) + 10_000)
    assert session.positions[BTC_NAME] == pytest.approx(sum(session.at(0, k).position for k in range(3)))
    session.run_until(int(EVENTS["words"][4000, 0]))
    session.restore(then)
    for result in (session.finish(), backtest(simulation=LATE).run(portfolio, jit=False)):
        assert outcome(result.account) == outcome(whole.account)
        for name, part in whole.strategies.items():
            assert outcome(result.strategies[name]) == outcome(part)
    with pytest.raises(InputError, match="of other data, terms or strategy"):
        backtest(simulation=LATE).session(Portfolio([ALL["Cross"]])).restore(then)


class Taker(pyrt.Strategy):
    """Buys a unit at the first trade."""

    def start(self, ctx):
        self.done: int = 0

    def on_trade(self, ctx, trade):
        if self.done == 0:
            self.done = 1
            ctx.market(1.0)


def test_orders_of_all_take_from_the_same_levels():
    tape = Tape()
    tape.book(START, [(99.0, 5.0)], [(100.0, 1.5), (101.0, 5.0)])
    tape.trade(START + 10**9, 99.5, 0.1, 1)
    tape.trade(START + 2 * 10**9, 99.5, 0.1, 1)
    free = Simulation(maker_fee=0, taker_fee=0)
    test = pyrt.Backtest(tape.events(), instruments=[BTC], cash=1000, simulation=free)
    result = test.run(Portfolio([Taker, Taker]))
    first, second = result.strategies.values()
    assert list(result.strategies) == ["Taker", "Taker#2"]
    assert first.fills[["price", "qty"]].tolist() == [(100.0, 1.0)]
    assert second.fills[["price", "qty"]].tolist() == [(100.0, 0.5), (101.0, 0.5)]
    assert [part.start for part in (first, second)] == [500 * 10**18] * 2
    assert result.cash == 1000 - 100 - 50 - 50.5


def test_a_strategy_that_fails_is_named():
    class Fails(pyrt.Strategy):
        def on_trade(self, ctx, trade):
            if ctx.position / (ctx.cash - ctx.cash) > 0.0:
                ctx.market(1.0)

    with pytest.raises(pyrt.strategy.StrategyFault, match=r"Fails.on_trade, line \d+: .*division"):
        backtest().run(Portfolio([ALL["Cross"], Fails]))


def test_result_is_kept_shown_and_framed(tmp_path):
    result = backtest().run(Portfolio([ALL["Cross"], ALL["Clock"]], weights=[0.4, 0.4]))
    frame = result.to_frame()
    assert frame.index.tolist() == ["Cross", "Clock"]
    assert frame["weight"].tolist() == [0.4, 0.4]
    text = str(result)
    assert "Cross" in text.splitlines()[1]
    assert "each strategy sees its own cash" in text
    again = PortfolioResult.load(result.save(tmp_path / "kept"))
    assert again.attribution.tobytes() == result.attribution.tobytes()
    assert again.positions == result.positions
    assert again.account.equity_curve.tobytes() == result.account.equity_curve.tobytes()
    assert set(result.account.warnings) <= set(result.warnings)
    with pytest.raises(DataError, match="holds no result of a portfolio"):
        PortfolioResult.load(tmp_path)


def test_a_strategy_that_does_nothing_is_named():
    result = backtest().run(Portfolio([ALL["Cross"], Still]))
    assert "Still: no order: the strategy asked for nothing" in result.warnings
    assert result.account.orders.tobytes() == result.strategies["Cross"].orders.tobytes()


def test_commands_of_all_in_the_order_of_sending():
    result = backtest().run(Portfolio([ALL["Cross"], ALL["Clock"]]))
    times = result.account.commands["time"]
    assert (np.diff(times) >= 0).all()
    assert set((result.account.commands["client_order_id"] >> 48).tolist()) == {1, 2}
    fills = result.account.answers[result.account.answers["kind"] == Kind.FILL]
    assert len(fills) == len(result.account.equity_at_fills)


BAD = {
    "no strategies": (lambda: Portfolio([]), InputError, "strategies: must be 1 to 1000, got 0"),
    "a class alone": (lambda: Portfolio(Taker), DTypeError, "strategies: must be a list"),
    "a number": (lambda: Portfolio([7]), DTypeError, r"strategies\[0\]: must be a class"),
    "a triple": (lambda: Portfolio([(Taker, {}, 1)]), InputError, r"strategies\[0\]: a tuple is"),
    "parameters": (lambda: Portfolio([(Taker, 5)]), DTypeError, "parameters: must be a dict"),
    "names": (lambda: Portfolio([Part(Taker, name="a"), Part(Taker, name="a")]), InputError, "two are named 'a'"),
    "too few weights": (lambda: Portfolio([Taker, Taker], weights=[1.0]), InputError, "weights: 1 for 2 strategies"),
    "too much": (lambda: Portfolio([Taker, Taker], weights=[0.8, 0.3]), InputError, "1.1 together, above 1"),
    "nothing": (lambda: Portfolio([Taker, Taker], weights=[0.5, 0.0]), InputError, r"weights\[1\]: must be above 0"),
    "NaN": (lambda: Portfolio([Taker], weights=[float("nan")]), InputError, r"weights\[0\]: must be finite"),
    "another name": (lambda: Portfolio([Taker], weights={"Maker": 1.0}), InputError, "weights: must be of Taker"),
    "loose parameters": (lambda: backtest().run(Portfolio([Taker]), qty=1), InputError, "qty of which strategy"),
    "unknown parameter": (lambda: backtest().run(Portfolio([(Taker, {"qty": 1})])), InputError, "qty"),
    "unknown instrument": (
        lambda: backtest().run(Portfolio([Part(Taker, instruments="x:LTC-USDT")])),
        InputError,
        "is not in the data",
    ),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_what_cannot_be_a_portfolio_is_refused_by_name(case):
    make, error, words = case
    with pytest.raises(error, match=words):
        make()
