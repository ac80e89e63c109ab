"""Several strategies in one account on bars: each is its own run, and the account is their sum."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import Backtest
from pyrt.backtest import Account, Part, Portfolio, PortfolioResult, Rates
from pyrt.data import Actions
from pyrt.errors import InputError
from tests.backtest.bars.chaos import Chaos, random_bars

MARKET = {"A": random_bars(13, 200), "B": random_bars(14, 200, skip=0.3), "C": random_bars(15, 80)}


def backtest(cash=10_000):
    return Backtest(MARKET, cash=cash, fees_bps=3)


def parts_of(seeds):
    some = [["A", "B"], ["C"], ["B"], []]
    return [Part(Chaos, {"seed": seed}, instruments=some[k % 4]) for k, seed in enumerate(seeds)]


@settings(max_examples=4)
@given(seeds=st.lists(st.integers(1, 50), min_size=1, max_size=4), idle=st.integers(0, 3))
def test_the_account_is_the_sum_of_runs(seeds, idle):
    parts = parts_of(seeds)
    weights = [1.0 / (len(parts) + idle)] * len(parts)
    result = backtest().run(Portfolio(parts, weights=weights))
    whole = np.full(len(result.account.times), 10_000.0)
    for part, weight, (_, one) in zip(parts, weights, result.strategies.items(), strict=True):
        own = Backtest({n: MARKET[n] for n in part.instruments or MARKET}, cash=10_000 * weight, fees_bps=3)
        own = own.run(Chaos, **part.parameters)
        np.testing.assert_array_equal(one.equity, own.equity)
        assert one.state == own.state
        assert len(one.fills) == len(own.fills)
        known = one.times.searchsorted(result.account.times, side="right")
        whole += np.append(0.0, one.equity - one.cash)[known]
    account = result.account
    np.testing.assert_allclose(account.equity, whole, rtol=0, atol=1e-8)
    rows = result.attribution
    np.testing.assert_allclose(rows["pnl"].sum(), account.equity[-1] - 10_000, atol=1e-8)
    np.testing.assert_allclose(rows["realized"] + rows["unrealized"] - rows["fees"], rows["pnl"], atol=1e-9)
    unrealized = [sum(_open(part)) for part in result.strategies.values()]
    np.testing.assert_allclose(rows["unrealized"], unrealized, atol=1e-8)
    assert rows["fees"].sum() == pytest.approx(account.fills["fee"].sum())
    assert rows["fills"].sum() == len(account.fills)
    assert rows["orders"].sum() == len(account.orders)
    for row, name in enumerate(account.names):
        held = sum(positions.get(name, 0.0) for positions in result.positions.values())
        assert account.totals["positions"][row] == pytest.approx(held, abs=1e-9)
        own = account.fills[account.fills["instrument"] == row]
        signed = np.where(own["side"] == "buy", own["qty"], -own["qty"])
        np.testing.assert_allclose(own["position"], np.cumsum(signed), atol=1e-8)
    assert (np.diff(account.fills["time"].astype(np.int64)) >= 0).all()


def _open(part):
    names = part.assumptions["instruments"].split(", ")
    for name, qty, cost in zip(names, part.totals["positions"], part.totals["costs"], strict=True):
        yield qty * float(MARKET[name].close[-1]) - cost


def test_shown_kept_and_equal_in_plain_mode(tmp_path):
    portfolio = Portfolio(parts_of([3, 4]), weights={"Chaos": 0.5, "Chaos#2": 0.25})
    result = backtest().run(portfolio)
    assert isinstance(result, PortfolioResult)
    assert result.equity == pytest.approx(result.account.equity[-1])
    assert len(result.account.trades) > 5
    assert result.metrics["n_trades"] > 5
    text = str(result)
    assert "Chaos 0.5, Chaos#2 0.25 of the cash at the start" in text
    assert "10,000.00 at the start" in text
    again = PortfolioResult.load(result.save(tmp_path / "kept"))
    assert again.attribution.tobytes() == result.attribution.tobytes()
    assert again.positions == result.positions
    assert result.to_frame().loc["Chaos", "weight"] == 0.5
    plain = backtest().run(portfolio, jit=False)
    assert plain.account.fill_rows.tobytes() == result.account.fill_rows.tobytes()
    assert plain.account.equity.tobytes() == result.account.equity.tobytes()


TERMS = {
    "account": Account(
        leverage=3, maintenance=0.1, interest=0.3, borrow={"A": 0.5}, multiplier={"C": 2.0},
        funding={"B": Rates(MARKET["B"].time[::20], np.full(len(MARKET["B"].time[::20]), 0.001))},
    ),
    "actions": {"A": Actions(MARKET["A"].time[[60, 120]].view("M8[ns]"), [2.0, 0.25], [0.3, 0.0])},
}  # fmt: skip


@pytest.mark.parametrize("terms", [TERMS, {"actions": TERMS["actions"]}, {"account": TERMS["account"]}])
def test_accounts_and_actions_are_those_of_each_part(terms):
    parts = parts_of([5, 6, 7])
    portfolio = Portfolio(parts, weights=[0.3, 0.2, 0.4])
    result = Backtest(MARKET, cash=10_000, fees_bps=3, **terms).run(portfolio)
    account = result.account
    whole, paid = np.full(len(account.times), 10_000.0), 0.0
    for (one, part), weight in zip(zip(result.strategies.values(), parts, strict=True), (0.3, 0.2, 0.4), strict=True):
        own = Backtest(MARKET, cash=10_000 * weight, fees_bps=3, **terms).run(
            Portfolio([Part(Chaos, part.parameters, instruments=part.instruments)])
        )
        (alone,) = own.strategies.values()
        assert one.equity.tobytes() == alone.equity.tobytes()
        assert one.paid.tobytes() == alone.paid.tobytes()
        assert one.state == alone.state
        known = one.times.searchsorted(account.times, side="right")
        whole += np.append(0.0, one.equity - one.cash)[known]
        paid += one.paid["amount"].sum()
    np.testing.assert_allclose(account.equity, whole, rtol=0, atol=1e-7)
    assert account.paid["amount"].sum() == pytest.approx(paid, abs=1e-8)
    assert len(account.paid) > 3 or "account" not in terms
    # Positions are the sum of the parts', through splits as well, and explain the equity at every time.
    held = np.zeros((len(account.times), 3))
    for part, one in zip(parts, result.strategies.values(), strict=True):
        known = one.times.searchsorted(account.times, side="right")
        own = np.vstack([np.zeros(3), one.positions])[known]
        assert not part.instruments or not own[:, [n not in part.instruments for n in MARKET]].any()
        held += own
    np.testing.assert_allclose(account.positions, held, rtol=1e-12, atol=1e-9)
    fills = account.fills
    signed = np.where(fills["side"] == "buy", -1.0, 1.0) * fills["value"] - fills["fee"]
    cash = np.zeros(len(account.times))
    for times, amounts in ((fills["time"], signed), (account.paid["time"], account.paid["amount"])):
        np.add.at(cash, account.timestamps.searchsorted(times), amounts)
    worth = np.where(held == 0, 0.0, held * account.worths).sum(axis=1)
    np.testing.assert_allclose(account.equity, 10_000 + np.cumsum(cash) + worth, rtol=0, atol=1e-6)
    assert account.totals["cash"] == pytest.approx(10_000 + cash.sum(), abs=1e-6)
    assert account.trades["pnl"].sum() == pytest.approx(
        account.equity[-1] - 10_000 - account.paid["amount"][account.paid["kind"] == "interest"].sum(), abs=1e-6
    )
    if "account" in terms:
        assert "margin of each strategy is that of its own part" in account.assumptions["portfolio"]


moves = st.one_of(
    st.tuples(st.just("step"), st.integers(1, 60)),
    st.tuples(st.just("until"), st.integers(-5, 210)),
    st.tuples(st.just("keep"), st.just(0)),
    st.tuples(st.just("back"), st.integers(0, 5)),
)


def outcome(result):
    arrays = [result.account.fill_rows, result.account.order_rows, result.account.equity, result.account.paid_rows]
    for one in result.strategies.values():
        arrays += [one.fill_rows, one.order_rows, one.equity, one.signals]
    return (
        [array.tobytes() for array in arrays],
        repr(dict(result.account.totals)),
        result.warnings,
        result.account.state,
    )


_STRAIGHT = {}


@pytest.mark.parametrize("terms", ["plain", "account"])
@settings(max_examples=12)
@given(moves=st.lists(moves, max_size=12), jit=st.booleans())
def test_steps_and_snapshots_change_nothing(terms, moves, jit):
    portfolio = Portfolio(parts_of([3, 4, 8]), weights=[0.3, 0.3, 0.2])
    test = Backtest(MARKET, cash=10_000, fees_bps=3, **(TERMS if terms == "account" else {}))
    if terms not in _STRAIGHT:
        _STRAIGHT[terms] = outcome(test.run(portfolio))
    session, kept, begin = test.session(portfolio, jit=jit), [], int(MARKET["A"].time[0])
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
    assert outcome(session.finish()) == _STRAIGHT[terms]
    assert session.done
    for snapshot, *_ in kept[-1:]:
        other = test.session(portfolio, jit=not jit)
        other.restore(snapshot)
        assert outcome(other.finish()) == _STRAIGHT[terms]


def test_a_stepped_portfolio_is_looked_at_and_steered():
    portfolio = Portfolio(parts_of([3, 4]), weights=[0.5, 0.25])
    session = backtest().session(portfolio)
    with pytest.raises(InputError, match="nothing has happened yet"):
        session.at()
    session.step(150)
    half = session.fills
    assert len(half) > 5
    result = session.snapshot(), session.finish()
    assert result[1].account.fills[: len(half)].tobytes() == half.tobytes()
    assert session.equity == pytest.approx(result[1].equity)
    assert session.positions == pytest.approx(
        dict(zip(result[1].account.names, result[1].account.totals["positions"], strict=True))
    )
    session.restore(result[0])
    session.at(strategy=1).market(1.0)
    session.step()
    assert len(session.orders) >= len(half)
    with pytest.raises(InputError, match="of other data, terms or strategy"):
        backtest().session(Portfolio(parts_of([3, 4]), weights=[0.4, 0.25])).restore(result[0])


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="qty of which strategy"):
        backtest().run(Portfolio([Chaos]), qty=1)
    with pytest.raises(InputError, match="'D' is not in the data"):
        backtest().run(Portfolio([Part(Chaos, instruments="D")]))
