"""Splits on events: cases worked by hand, money and equity over random splits, a run that is put back over one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyrt
from pyrt.backtest import Account, Delay, Latency, Portfolio, Simulation
from pyrt.backtest.account.events import RAW_PAID, halt_of, wide
from pyrt.data import Actions
from pyrt.errors import InputError
from pyrt.grid import Grid
from pyrt.types import Instrument
from tests.backtest.accounts.random_runs import INSTRUMENTS, WAYS, Gambler, run_of, splits_of
from tests.backtest.accounts.slow_margin import follow
from tests.parity.market import Tape

MS, SECOND = 1_000_000, 10**9
BEGIN = 20_000 * 86_400 * SECOND
FREE = Simulation(
    feed_latency_ns=0, order_latency_ns=MS, response_latency_ns=MS, maker_fee=0, taker_fee=0, book="quotes"
)
USD = Instrument("test:A-USD", Grid.parse("0.01"), Grid.parse("1"))


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYRT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


class Script(pyrt.Strategy):
    """Asks at each trade for the trade's quantity less 1000 by market; with `rests` for a bracket far away too."""

    rests: float = 0.0

    def start(self, ctx):
        self.canceled: int = 0

    def on_order(self, ctx, update):
        if update.reason == 22:
            self.canceled += 1

    def on_trade(self, ctx, trade):
        if trade.qty != 1000.0:
            ctx.market(trade.qty - 1000.0)
        if self.rests > 0.0 and ctx.order_count == 0 and self.canceled == 0:
            ctx.bracket(1.0, trade.price * 0.5, trade.price * 2.0, trade.price * 0.4)
            ctx.limit(-1.0, trade.price * 3.0)


def backtest_of(steps, split, at, *, cash=10_000, **more):
    """Steps are (seconds, price, what to buy), a quote a tick around each price."""
    tape = Tape()
    for second, price, lots in steps:
        time = BEGIN + int(second * SECOND)
        tape.quote(time, round(price - 0.01, 2), round(price + 0.01, 2), (5000.0, 5000.0))
        tape.trade(time + 1, price, 1000.0 + lots, 0)
    actions = Actions([BEGIN + int(at * SECOND)], [split], [0.0])
    terms = {"simulation": FREE, "account": Account(leverage=5.0), "instruments": (USD,), "cash": cash} | more
    return pyrt.Backtest(tape.events(), actions=actions, **terms)


def test_a_forward_split_goes_on_in_new_units():
    steps = [(0, 400.00, 10), (1, 360.00, 0), (3, 100.00, 0), (4, 110.00, -40), (5, 110.00, 0)]
    result = backtest_of(steps, 4.0, 3).run(Script, jit=False)
    (trade,) = result.trades
    assert (trade["qty"], trade["entry_price"], trade["exit_price"]) == (40.0, 100.0025, pytest.approx(109.99))
    assert trade["pnl"] == pytest.approx(40 * (109.99 - 100.0025))
    assert trade["mae"] == pytest.approx(90.0 / 100.0025 - 1)
    assert trade["mfe"] == pytest.approx(110.0 / 100.0025 - 1)
    assert result.equity == pytest.approx(10_000 + trade["pnl"])
    assert result.totals["positions"] == [0]
    assert len(result.paid) == 0


@pytest.mark.parametrize("side", [1, -1])
def test_a_reverse_split_pays_the_fraction(side):
    steps = [(0, 4.00, 25 * side), (1, 6.00, 0), (3, 60.00, 0), (4, 60.00, 0)]
    result = backtest_of(steps, 0.1, 3).run(Script, jit=False)
    assert result.totals["positions"] == [2 * side]
    entry = 4.01 if side > 0 else 3.99
    gain = side * 5 * (6.00 - entry)  # half a lot is five of before, at the last mark
    assert result.paid["kind"].tolist() == ["split"]
    assert result.paid["amount"].tolist() == pytest.approx([gain])
    (trade,) = result.trades
    assert (trade["qty"], trade["entry_price"]) == (2.0, pytest.approx(10 * entry))
    assert trade["pnl"] + gain == pytest.approx(side * 25 * (6.00 - entry))
    assert result.equity == pytest.approx(10_000 + side * 25 * (6.00 - entry))


@pytest.mark.parametrize("sold", [1, 0], ids=["closed", "open"])
def test_the_account_of_a_portfolio_keeps_what_its_strategies_keep(sold):
    """Three lots for two: each of two strategies keeps one of its 1.5 lots, and together they have no third one."""
    steps = [(0, 40.00, 1), (1, 40.00, 0), (3, 26.66, 0), (4, 26.66, -sold), (5, 26.66, 0)]
    result = backtest_of(steps, 1.5, 3).run(Portfolio([Script, Script]), jit=False)
    (trade,), parts = result.account.trades, [part.trades[0] for part in result.strategies.values()]
    assert result.account.totals["positions"] == [2 - 2 * sold]
    assert trade["status"] == ("closed" if sold else "open")
    for name in ("qty", "pnl"):
        assert trade[name] == pytest.approx(sum(part[name] for part in parts))
    assert trade["entry_price"] == pytest.approx(40.01 / 1.5)
    assert trade["pnl"] + result.account.paid["amount"].sum() == pytest.approx(result.account.equity - 10_000)


def test_orders_are_canceled_before_and_refused_until_there_are_new_prices():
    steps = [(0, 40.00, 0), (1, 40.00, 10), (2.9985, 40.00, 5), (3, 10.00, 7), (4, 10.00, 0)]
    result = backtest_of(steps, 4.0, 3).run(Script, rests=1.0, jit=False)
    updates = result.answers[result.answers["kind"] == 7]
    split = updates[(updates["flags"] & 0xFF) == 22]
    # The entry and the limit are canceled, exits that wait for it are gone; what is asked for just before is refused.
    assert (split["flags"] >> 12).tolist() == [4, 4, 5]
    assert (split["words"][:2, 0].view(np.int64) < BEGIN + 3 * SECOND).all()
    assert result.fills["qty"].tolist() == [10.0, 7.0]
    assert result.totals["positions"] == [47]


def test_a_market_order_never_meets_the_prices_of_before():
    class Timer(Script):
        def on_trade(self, ctx, trade):
            if ctx.position == 0.0:
                ctx.market(4.0)
                ctx.timer(ctx.now + 3 * 1_000_000_000)

        def on_timer(self, ctx, timer):
            ctx.market(-ctx.position)

    result = backtest_of([(0, 40.00, 0), (5, 10.00, 0), (6, 10.00, 0)], 4.0, 2).run(Timer, jit=False)
    assert result.fills["qty"].tolist() == [4.0]
    assert result.totals["refusals"] == 1
    assert result.totals["positions"] == [16]


def test_what_cannot_be_is_refused():
    steps = [(0, 40.00, 0), (5, 10.00, 0)]
    with pytest.raises(InputError, match=r"latency: a split halts trading .* give constants"):
        backtest_of(steps, 4.0, 2, latency=Latency(order=Delay.normal(1000, 10)))
    with pytest.raises(InputError, match="is no fraction of two whole numbers"):
        backtest_of(steps, 3e6, 2)


@settings(max_examples=40, deadline=None)
@given(
    new=st.integers(1, 30), old=st.integers(1, 30), lots=st.integers(-300, 300), price=st.integers(200, 900),
    at=st.integers(2, 7),
)  # fmt: skip
def test_money_is_kept_and_the_equity_does_not_jump(new, old, lots, price, at):
    price, after = price / 100, max(round(price * old / new), 3) / 100
    steps = [(k, price if k < at else after, lots if k == 0 else 0) for k in range(9)]
    test = backtest_of(steps, new / old, at, account=Account(leverage=50.0))
    session = test.session(Script)
    desk, before = session._run.loop.first.desk, None
    while session.step(1):
        totals = desk.totals()
        assert totals["cash"] + desk.costs() + totals["fees"] - totals["realized"] - totals["paid"] == 10_000 * 10**18
        if session.time < np.datetime64(BEGIN + at * SECOND, "ns"):
            before = session.equity
    held = session.finish().totals["positions"][0]
    assert abs(held) == abs(lots) * new // old
    if before is not None:
        assert session.equity == pytest.approx(before, abs=abs(held) * 0.011 + 1e-9)  # half a tick, and the new price's


def test_a_run_put_back_goes_over_the_split_again():
    steps = [(k, 40.00 if k < 5 else 10.00, (3, -1, 0, 2)[k % 4]) for k in range(12)]
    test = backtest_of(steps, 4.0, 5)
    whole = test.run(Script, rests=1.0)
    session = test.session(Script, rests=1.0)
    for count in (3, 4, 3, 2):
        kept = session.snapshot()
        session.step(count)
        session.restore(kept)
        session.step(count)
    result = session.finish()
    np.testing.assert_array_equal(result.answers, whole.answers)
    assert dict(result.totals) == dict(whole.totals)


@pytest.mark.parametrize("seed", range(12))
def test_equal_to_the_slow_reference(seed):
    events, terms, parameters = run_of(3_000 + seed)
    terms["actions"] = {
        name: Actions(one.time, one.split, np.zeros(len(one)))
        for name, one in splits_of(seed, events, INSTRUMENTS).items()
    }
    test = pyrt.Backtest(events, instruments=INSTRUMENTS, **terms)
    data, result = test._events, test.run(Gambler, **parameters)
    given = (result, events, data.instruments, range(4), data.terms, data.cash, WAYS.taker_fee, halt_of(WAYS))
    account, _ = follow(*given)
    totals, rows = result.totals, np.frombuffer(result.paid_exactly, RAW_PAID)
    assert (account.cash, account.equity()) == (totals["cash"], totals["equity"])
    assert (account.liquidations, account.refusals) == (totals["liquidations"], totals["refusals"])
    assert account.paid == list(
        zip(*(rows[n].tolist() for n in ("time", "instrument", "kind")), wide(rows), strict=True)
    )
    assert len(data.terms.splits) > 3
