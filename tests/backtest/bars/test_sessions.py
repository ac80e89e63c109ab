"""Sessions on bars: whatever the steps, they are the run, and go back to where they were kept to the last bit."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import Backtest, Strategy
from pyrt.backtest import Account, Portfolio
from pyrt.data import Actions
from pyrt.errors import InputError
from tests.backtest.bars.chaos import Chaos, random_bars

MARKET = {"A": random_bars(3, 220), "B": random_bars(4, 220, skip=0.3), "C": random_bars(5, 90)}


def backtest(market=None, **terms):
    return Backtest(market or MARKET, cash=10_000, fees_bps=3, **terms)


def outcome(result):
    arrays = (result.order_rows, result.fill_rows, result.signals, result.equity)
    return [array.tobytes() for array in arrays], repr(dict(result.totals)), result.state, result.warnings


_STRAIGHT = {}


def straight(seed, fill):
    if (seed, fill) not in _STRAIGHT:
        _STRAIGHT[seed, fill] = outcome(backtest(fill=fill).run(Chaos, seed=seed))
    return _STRAIGHT[seed, fill]


moves = st.one_of(
    st.tuples(st.just("step"), st.integers(1, 60)),
    st.tuples(st.just("until"), st.integers(-5, 230)),
    st.tuples(st.just("keep"), st.just(0)),
    st.tuples(st.just("back"), st.integers(0, 5)),
)


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("fill", ["next_open", "close"])
@settings(max_examples=12)
@given(moves=st.lists(moves, max_size=12), seed=st.integers(1, 3))
def test_steps_and_snapshots_change_nothing(jit, fill, moves, seed):
    session, kept, begin = backtest(fill=fill).session(Chaos, jit=jit, seed=seed), [], int(MARKET["A"].time[0])
    for move, number in moves:
        if move == "step":
            before = session.records
            assert session.step(number) == session.records - before <= number
        elif move == "until":
            session.run_until(begin + number * 60_000_000_000)
        elif move == "keep":
            kept.append((session.snapshot(), session.records, session.cash, session.equity, len(session.fills)))
        elif kept:
            snapshot, *stood = kept[number % len(kept)]
            session.restore(pickle.loads(pickle.dumps(snapshot)))
            assert [session.records, session.cash, session.equity, len(session.fills)] == stood
    assert outcome(session.finish()) == straight(seed, fill)
    assert session.done
    for snapshot, *_ in kept[-1:]:
        other = backtest(fill=fill).session(Chaos, jit=not jit, seed=seed)
        other.restore(snapshot)
        assert outcome(other.finish()) == straight(seed, fill)


def test_views_are_those_of_the_result():
    session = backtest().session(Chaos)
    session.step(120)
    assert set(session.positions) == {"A", "B", "C"}
    assert session.position == session.ctx.position == session.positions["A"]
    assert session.at(1).position == session.positions["B"]
    half = session.orders, session.fills
    assert len(half[1]) > 5
    result = session.finish()
    assert result.fills[: len(half[1])].tobytes() == half[1].tobytes()
    assert len(result.orders) > len(half[0])
    assert session.equity == result.equity[-1]


class Still(Strategy):
    """Asks for nothing."""

    def on_bar(self, ctx, bar):
        pass


class Once(Strategy):
    """Buys at a given bar."""

    at: int = 30
    qty: float = 2.0

    def start(self, ctx):
        self.seen: int = 0

    def on_bar(self, ctx, bar):
        self.seen += 1
        if self.seen == self.at:
            ctx.limit(self.qty, bar.close * 1.01)
            ctx.bracket(self.qty, 0.0, bar.close * 1.02, bar.close * 0.98)


@pytest.mark.parametrize("fill", ["next_open", "close"])
@pytest.mark.parametrize("jit", [True, False])
def test_an_agent_outside_trades_as_a_strategy_inside(jit, fill):
    test = backtest(MARKET["A"], fill=fill)
    inside = test.run(Once, jit=jit)
    session = test.session(Still, jit=jit)
    session.step(30)
    close = session.ctx.last_price
    session.ctx.limit(2.0, close * 1.01)
    session.ctx.bracket(2.0, 0.0, close * 1.02, close * 0.98)
    outside = session.finish()
    assert len(inside.fills) >= 2
    assert outside.fill_rows.tobytes() == inside.fill_rows.tobytes()
    assert outside.order_rows.tobytes() == inside.order_rows.tobytes()
    assert outside.equity.tobytes() == inside.equity.tobytes()


def test_what_cannot_be_is_refused_and_the_session_lives():
    session = backtest(MARKET["A"]).session(Still)
    with pytest.raises(InputError, match="nothing has happened yet"):
        session.at()
    session.step(3)
    session.ctx.market(1.0)
    session.ctx.requests[0].side = 9
    session.ctx.market(1.0)
    with pytest.raises(InputError, match="none of the requests since the last step was sent"):
        session.step()
    assert session.step(2) == 2
    kept = session.snapshot()
    with pytest.raises(InputError, match="of other data, terms or strategy"):
        backtest(MARKET["B"]).session(Still).restore(kept)
    split = Actions(MARKET["A"].time[[50]].view("M8[ns]"), [2.0], [0.0])
    for terms in ({"account": Account(leverage=2)}, {"actions": split}):
        with pytest.raises(InputError, match="of other data, terms or strategy"):
            backtest(MARKET["A"], **terms).session(Still).restore(kept)
    with pytest.raises(InputError, match="qty of which strategy"):
        backtest().session(Portfolio([Still]), qty=1)


def test_bars_are_watched_at_a_speed():
    slept = []

    class Watch:
        time = 0.0

        def now(self):
            return self.time

        def sleep(self, seconds):
            slept.append(seconds)
            self.time += seconds

    session = backtest(MARKET["A"]).session(Still)
    calls = session.play(lambda s: None, speed=60, clock=Watch())
    steps = np.diff(MARKET["A"].time) / 60e9
    assert calls == len(MARKET["A"])
    np.testing.assert_allclose(slept, steps, atol=1e-6)


def test_bars_of_other_times_between_the_same_ends_are_another_run():
    odd = MARKET["A"].take(np.arange(0, 201, 2))
    even = MARKET["A"].take(np.append(np.append(0, np.arange(1, 199, 2)), 200))
    assert len(odd) == len(even)
    session = backtest({"A": odd, "B": even}).session(Still)
    session.finish()
    with pytest.raises(InputError, match="of other data, terms or strategy"):
        backtest({"A": odd, "B": odd}).session(Still).restore(session.snapshot())


def test_orders_before_the_first_bar_leave_the_equities_alone(monkeypatch):
    zeros, guarded = np.zeros, []

    def with_guard(shape, *rest):
        if rest or not isinstance(shape, int):
            return zeros(shape, *rest)
        guarded.append(zeros(shape + 1))
        return guarded[-1][1:]

    with monkeypatch.context() as patch:
        patch.setattr(np, "zeros", with_guard)
        session = backtest(MARKET["A"], fill="close", account=Account()).session(Still)
    begin = session.snapshot()
    session.step()
    ctx = session.ctx
    session.restore(begin)
    ctx.market(1.0)
    session.step(3)
    assert len(session.fills) == 1
    assert session.equity > 0
    assert any(len(array) == len(MARKET["A"]) + 1 for array in guarded)
    assert not any(array[0] for array in guarded)
