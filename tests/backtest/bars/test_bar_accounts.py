"""Strategy classes on bars with an account: the slow host's bits, by hand, and money conserved at every time."""

import numpy as np
import pytest

from pyrt import Backtest, Strategy
from pyrt.backtest import Account, Commission, CostModel, Impact, Rates, Slippage
from pyrt.backtest.bars import BarRun
from pyrt.backtest.bars.data import BarSet
from pyrt.data import Actions
from pyrt.errors import InputError
from pyrt.strategy import prepare
from tests.backtest.bars.chaos import MINUTE, Chaos, random_bars
from tests.backtest.bars.slow_bars import SlowBars
from tests.backtest.bars.test_slow_bars import assert_same, markets
from tests.backtest.costs.slow_account import known_before

COSTLY = CostModel(fees_bps=7.0, fixed=0.3, slippage_bps=4.0)
SCARCE = CostModel(fees_bps=7.0, slippage_bps=4.0, volume_limit=0.2)


def rates(bars, low, high, seed):
    rng = np.random.default_rng(seed)
    return Rates(bars.time[::3], rng.uniform(low, high, len(bars.time[::3])))


def terms_of(seed, bars):
    """An account, and actions, of any kind."""
    rng = np.random.default_rng(seed)
    first = next(iter(bars.values()))
    early = first.time[0] - 1000 * MINUTE
    conversion = {
        name: Rates(np.append(early, one.time[1::2]), rng.uniform(0.8, 1.2, len(one.time[1::2]) + 1))
        for name, one in bars.items()
    }
    leverage = float(rng.choice([2.0, 10.0, 30.0]))
    account = Account(
        leverage=leverage,
        maintenance=[None, 0.0, 0.9 / leverage][int(rng.integers(3))],
        liquidation_bps=float(rng.choice([0.0, 50.0])),
        interest=[0.0, 300.0, Rates([early], [500.0])][int(rng.integers(3))],
        borrow=[0.0, 400.0, {"A": 300.0}][int(rng.integers(3))],
        funding={"A": rates(bars["A"], -0.001, 0.001, seed)} if rng.random() < 0.5 else None,
        multiplier=[1.0, 3.0, {"A": 2.0}][int(rng.integers(3))],
        conversion=conversion if rng.random() < 0.5 else None,
    )
    days = bars["A"].time[[40, 90]].view("M8[ns]")
    actions = {"A": Actions(days, [2.0, 1.0], [0.5, 1.0])} if rng.random() < 0.5 else None
    return account, actions


@pytest.mark.parametrize("market", ["one", "two", "three"])
@pytest.mark.parametrize("costs", [COSTLY, SCARCE], ids=["costly", "scarce"])
@pytest.mark.parametrize("fill", ["next_open", "close"])
def test_equals_the_slow_host(market, costs, fill):
    seen = {"no_margin": 0, "liquidated": 0, "paid": 0}
    for seed in range(6):
        bars = markets(seed)[market]
        account, actions = terms_of(seed, bars)
        data = BarSet.of(bars, cash=300.0, costs=costs, fill=fill, account=account, actions=actions)
        run = BarRun(data, prepare(Chaos, seed=seed + 1, busy=50))
        run.run_until()
        slow = SlowBars(data, prepare(Chaos, seed=seed + 1, busy=50), run.rows).run()
        assert_same(run, slow)
        result = run.result()
        assert [tuple(row) for row in result.paid_rows[["time", "amount", "instrument", "kind"]].tolist()] == slow.paid
        seen["no_margin"] += int(np.count_nonzero(result.orders["reason"] == "no_margin"))
        seen["liquidated"] += int(np.count_nonzero(result.fills["type"] == "liquidation"))
        seen["paid"] += len(result.paid)
        conserved(result)
    assert all(seen.values()), seen


def conserved(result):
    """Cash of the start, fills, fees and payments make the cash; trades and interest what the equity has grown by."""
    fills, scale = result.fills, np.abs(result.fills["value"]).sum() + result.cash
    flows = np.where(fills["side"] == "buy", -fills["value"], fills["value"]) - fills["fee"]
    cash = result.cash + flows.sum() + result.paid["amount"].sum()
    assert abs(cash - result.totals["cash"]) <= 1e-9 * scale
    for at in np.linspace(0, len(result.times) - 1, 25).astype(int):
        until = result.timestamps[at]
        cash = result.cash + flows[fills["time"] <= until].sum()
        cash += result.paid["amount"][result.paid["time"] <= until].sum()
        held = result.positions.reshape(len(result.times), -1)[at]
        worth = np.where(held == 0.0, 0.0, held * result.worths[at]).sum()
        assert abs(cash + worth - result.equity[at]) <= 1e-9 * scale
    interest = result.paid["amount"][result.paid["kind"] == "interest"].sum()
    assert abs(result.cash + result.trades["pnl"].sum() + interest - result.equity[-1]) <= 1e-9 * scale


def test_plain_mode_gives_the_same_bits_and_a_kept_run_goes_on():
    bars = markets(3)["three"]
    account, actions = terms_of(5, bars)
    data = BarSet.of(bars, cash=3_000.0, costs=COSTLY, fill="next_open", account=account, actions=actions)
    results = []
    for jit in (True, False):
        run = BarRun(data, prepare(Chaos, jit=jit, seed=5, busy=70))
        run.run_until()
        results.append(run.result())
    run = BarRun(data, prepare(Chaos, seed=5, busy=70))
    run.run_until(count=60)
    kept = run.save()
    other = BarRun(data, prepare(Chaos, seed=5, busy=70))
    other.restore(kept)
    other.run_until()
    results.append(other.result())
    for one in results[1:]:
        for name in ("order_rows", "fill_rows", "paid_rows", "equity"):
            assert getattr(results[0], name).tobytes() == getattr(one, name).tobytes(), name
        assert results[0].state == one.state


def test_without_an_account_nothing_changes():
    """Leverage beyond all need, and nothing due: the same bits as without an account."""
    bars = markets(1)["two"]
    made = []
    for account in (None, Account(leverage=1000.0, maintenance=0.0)):
        data = BarSet.of(bars, cash=1e9, costs=COSTLY, fill="next_open", account=account)
        run = BarRun(data, prepare(Chaos, seed=2, busy=60))
        run.run_until()
        made.append(run.result())
    assert made[0].fill_rows.tobytes() == made[1].fill_rows.tobytes()
    assert made[0].equity.tobytes() == made[1].equity.tobytes()
    assert made[0].state == made[1].state


class Holder(Strategy):
    """Buys once, as much as it is told."""

    qty: float = 20.0

    def on_bar(self, ctx, bar):
        if ctx.position == 0.0 and ctx.bar_count() == 1:
            ctx.market(self.qty)

    history = 2


def table(prices, **more):
    prices = np.asarray(prices, float)
    time = np.datetime64("2024-01-01", "ns") + np.arange(len(prices)) * np.timedelta64(1, "D")
    return {"time": time, "open": prices, "high": prices, "low": prices, "close": prices, **more}


FREE = CostModel(commission=Commission())


def test_a_position_beyond_the_leverage_is_not_opened():
    bars = table([100.0, 100.0, 100.0])
    small = Backtest(bars, cash=1000, costs=FREE, account=Account(leverage=2)).run(Holder, qty=20.0)
    large = Backtest(bars, cash=1000, costs=FREE, account=Account(leverage=2)).run(Holder, qty=20.5)
    assert small.fills["qty"].tolist() == [20.0]
    assert len(large.fills) == 0
    assert large.orders["reason"].tolist() == ["no_margin"]
    assert any("margin" in warning for warning in large.warnings)


def test_it_is_liquidated_on_the_way_down_as_signals_are():
    bars = table([100.0] * 5)
    bars["low"] = np.array([100.0, 100, 70, 60, 100])
    account = Account(leverage=2, maintenance=0.25)
    result = Backtest(bars, cash=1000, costs=FREE, account=account).run(Holder)
    signals = Backtest(bars, cash=1000, costs=FREE, account=account, size=20).run_signals([1, 0, 0, 0, 0], [0] * 5)
    assert result.fills["type"].tolist() == ["market", "liquidation"]
    assert result.fills["price"].tolist() == signals.fills["price"].tolist()
    np.testing.assert_allclose(result.equity, signals.equity, rtol=1e-12)
    assert any("liquidated" in warning for warning in result.warnings)


def test_splits_dividends_and_financing_by_hand():
    bars = table([700.0, 700.0, 100.0, 101.0])
    actions = Actions(bars["time"][2:3], [7.0], [3.5])
    account = Account(leverage=2, interest=0.365)
    result = Backtest(bars, cash=7000, costs=FREE, account=account, actions=actions).run(Holder, qty=20.0)
    assert result.positions.tolist() == [0.0, 20.0, 140.0, 140.0]
    paid = [(str(row["kind"]), round(float(row["amount"]), 6)) for row in result.paid]
    assert paid == [("interest", -7.0), ("dividend", 70.0), ("interest", -6.937)]
    assert result.equity.tolist() == pytest.approx([7000, 7000, 7063, 7063 + 140 - 6.937])
    (trade,) = result.trades
    assert trade["pnl"] == pytest.approx(20 * 7 * 101 - 14_000 + 70)
    assert trade["qty"] == 20.0
    words = " ".join(result.assumptions.values())
    for needle in ("leverage up to 2", "36.5% a year", "1 split", "no_margin"):
        assert needle in words, needle


def test_contracts_and_currencies_by_hand():
    bars = {"ES": table([4000.0, 4000.0, 4010.0]), "FX": table([10.0, 10.0, 10.0])}
    conversion = {"FX": Rates(bars["FX"]["time"], [0.9, 0.8, 0.7])}
    account = Account(leverage=10, multiplier={"ES": 50.0}, conversion=conversion)

    class Both(Strategy):
        history = 2

        def on_bar(self, ctx, bar):
            if ctx.bar_count() == 1:
                ctx.market(1.0 if ctx.slot == 0 else 100.0)

    result = Backtest(bars, cash=100_000, costs=FREE, account=account).run(Both)
    # FX is bought at the rate that was known at the open, 0.9, and stands at 0.8 and 0.7.
    assert result.equity.tolist() == pytest.approx([1e5, 1e5 - 100, 1e5 + 500 - 200])
    assert result.trades["pnl"].tolist() == pytest.approx([500.0, -200.0])


def test_a_saved_result_is_whole(tmp_path):
    bars = table([700.0, 700.0, 100.0, 101.0])
    actions = Actions(bars["time"][2:3], [7.0], [3.5])
    account = Account(leverage=2, interest=0.365, multiplier=2.0)
    result = Backtest(bars, cash=70_000, costs=FREE, account=account, actions=actions).run(Holder, qty=20.0)
    again = type(result).load(result.save(tmp_path / "result"))
    assert again.positions.tolist() == result.positions.tolist()
    assert again.exposure.tolist() == result.exposure.tolist()
    assert again.trades.tolist() == result.trades.tolist()
    assert again.paid.tolist() == result.paid.tolist()


@pytest.mark.parametrize(
    ("make", "needle"),
    [
        (
            lambda: Backtest({"A": table([1.0, 2.0])}, account=Account(borrow={"B": 0.1})),
            "borrow: 'B' is not in the data",
        ),
        (
            lambda: Backtest({"A": table([1.0, 2.0])}, actions={"B": Actions([], [], [])}),
            "actions: 'B' is not in the data",
        ),
        (
            lambda: Backtest(
                {"A": table([1.0, 2.0]), "B": table([1.0, 2.0])}, actions=Actions(["2024-01-01"], [1.0], [1.0])
            ),
            "a mapping by name",
        ),
    ],
)
def test_what_is_of_an_unknown_instrument_is_refused(make, needle):
    with pytest.raises(InputError, match=needle):
        make()


def test_one_bar_makes_an_account_too():
    assert len(Backtest({"A": random_bars(1)}, account=Account()).run(Holder, qty=0.5).fills) == 1


class EveryBar(Strategy):
    """Buys a unit at each open."""

    def on_bar(self, ctx, bar):
        ctx.market(1.0)


@pytest.mark.parametrize("ratios", [[], [4.0, 0.5]], ids=["whole", "split"])
def test_models_see_volume_and_volatility_without_splits(ratios):
    bars = random_bars(9, 60)
    actions = Actions(bars.time[[20, 41]][: len(ratios)].view("M8[ns]"), ratios, [0.0] * len(ratios))
    costs = CostModel(fees_bps=0, slippage=Slippage.volatility(0.5), impact=Impact.linear(0.3), window=8)
    result = Backtest(bars, cash=1e6, costs=costs, actions=actions).run(EveryBar)
    units = np.ones(len(bars))
    for row, ratio in zip((20, 41), ratios, strict=False):
        units[row:] *= ratio
    known = known_before(bars, 8, units if ratios else None)
    rows = result.fills["row"]
    assert len(rows) == len(bars) - 1
    share = result.fills["qty"] / np.array(known["average_volume"])[rows]
    worse = 0.5 * np.nan_to_num(np.array(known["volatility"])[rows]) + 0.3 * share
    np.testing.assert_allclose(result.fills["price"], bars.open[rows] * (1.0 + worse), rtol=1e-14)
