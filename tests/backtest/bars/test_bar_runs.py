"""Strategy classes on bars: several calendars, money, results on the disk and on paper, sweeps, look-ahead, errors."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import Backtest, Strategy
from pyrt import indicators as ta
from pyrt.backtest import BarResult, CostModel, Result, compare
from pyrt.backtest.bars import BarRun
from pyrt.backtest.bars.data import BarSet
from pyrt.errors import DataError, DTypeError, InputError
from pyrt.strategy import StrategyFault, prepare
from tests.backtest.bars.chaos import MINUTE, START, Chaos, random_bars

AHEAD = random_bars(11)


class Cross(Strategy):
    """Long while the fast mean is above the slow one, flat else."""

    fast: int = 5
    slow: int = 20

    def start(self, ctx):
        self.f = ta.sma.stream(self.fast)
        self.s = ta.sma.stream(self.slow)

    def on_bar(self, ctx, bar):
        f = self.f.update(bar.close)
        s = self.s.update(bar.close)
        if f > s and ctx.position == 0:
            ctx.market(10.0)
        elif f < s and ctx.position > 0:
            ctx.close()


class Pair(Strategy):
    """Buys the second when the first falls."""

    instruments = ("B", "A")

    def on_bar(self, ctx, bar):
        if ctx.slot == 1 and bar.close < bar.open and ctx.at(0).position == 0 and ctx.order_count == 0:
            ctx.market(1.0, slot=0)


class Peeking(Strategy):
    """Knows the bars of a global, which no check can cut, and how many there are."""

    def start(self, ctx):
        self.row: int = 0
        self.close = AHEAD.close.copy()

    def on_bar(self, ctx, bar):
        self.row += 1
        if self.row < len(self.close) and self.close[self.row] > bar.close and ctx.position == 0:
            ctx.market(1.0)
        elif ctx.position > 0:
            ctx.close()


class Late(Strategy):
    """Acts on how much data there is: what a look at the end of the data comes down to."""

    bars_known: int = 0

    def on_bar(self, ctx, bar):
        if self.bars_known > 100 and ctx.position == 0:
            ctx.market(1.0)


def frame(bars):
    return bars.to_frame()


def test_several_instruments_share_cash_and_clock():
    a, b = random_bars(1), random_bars(2, 40, step=5 * MINUTE)
    result = Backtest({"A": frame(a), "B": frame(b)}, cash=10_000, fees_bps=0).run(Pair)
    assert result.names == ("A", "B")
    np.testing.assert_array_equal(result.times, np.union1d(a.time, b.time))
    first = int(np.flatnonzero(a.close < a.open)[0])
    # The first bar of B that begins when that bar of A has ended, or later.
    row = int(np.searchsorted(np.append(b.time[0] - 5 * MINUTE, b.time[:-1]), a.time[first]))
    assert result.fills[["instrument", "row", "price"]].tolist()[0] == (1, row, b.open[row])
    assert result.positions.shape == (len(result.times), 2)
    worth = 10_000 + np.where(result.positions[:, 1] > 0, result.closes[:, 1] - b.open[row], 0.0)
    np.testing.assert_allclose(result.equity, worth, rtol=1e-12)


def test_daily_bars_with_other_holidays():
    days = pd.bdate_range("2024-01-01", "2024-03-29", tz="UTC")
    price = 100.0 + np.arange(len(days))
    table = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), price), index=days)
    bars = {"A": table.drop(days[10]), "B": table.drop(days[11])}

    class Both(Strategy):
        def on_bar(self, ctx, bar):
            if ctx.position == 0 and ctx.working_buy == 0:
                ctx.market(1.0)

    result = Backtest(bars, fees_bps=0).run(Both)
    assert len(result.times) == len(days)
    assert result.fills["price"].tolist() == [101.0, 101.0]


@settings(max_examples=25)
@given(st.integers(1, 10**6), st.sampled_from(["one", "two"]), st.floats(0, 50), st.floats(0, 2))
def test_money_is_conserved(seed, market, bps, fixed):
    bars = {"A": random_bars(seed), "B": random_bars(seed + 1)}
    bars = bars if market == "two" else {"A": bars["A"]}
    data = BarSet.of(bars, cash=5_000.0, costs=CostModel(fees_bps=bps, fixed=fixed), fill="next_open")
    run = BarRun(data, prepare(Chaos, seed=seed % 1000 + 1, busy=60))
    for _ in range(12):
        run.run_until(count=15)
        totals = run.loop.summary()
        paid = totals["cash"] + sum(totals["costs"]) + totals["fees"] - totals["realized"]
        assert paid == pytest.approx(5_000.0, abs=1e-6)
        closes = [one.close[one.time.searchsorted(run.loop.time, side="right") - 1] for one in bars.values()]
        worth = totals["cash"] + sum(q * c for q, c in zip(totals["positions"], closes, strict=True))
        assert totals["equity"] == pytest.approx(worth, abs=1e-9 * max(1.0, abs(worth)))
    result = run.result()
    assert result.fills["fee"].sum() == pytest.approx(totals["fees"])
    trades = result.trades
    assert trades["pnl"].sum() == pytest.approx(totals["equity"] - 5_000.0, abs=1e-6)
    assert (trades["mae"] <= 1e-12).all()
    assert (trades["mfe"] >= -1e-12).all()


def test_a_stepped_run_equals_a_straight_one():
    data = BarSet.of({"A": random_bars(5), "B": random_bars(6)}, cash=1e4, costs=CostModel(), fill="next_open")
    for jit in (True, False):
        straight = BarRun(data, prepare(Chaos, jit=jit, seed=3, busy=70))
        straight.run_until()
        stepped = BarRun(data, prepare(Chaos, jit=jit, seed=3, busy=70))
        stepped.run_until(time=START + 31 * MINUTE)
        assert stepped.loop.at == 31
        stepped.run_until(count=20)
        kept = pickle.loads(pickle.dumps(stepped.save()))
        stepped.run_until(count=70)
        stepped.restore(kept)
        assert stepped.loop.at == 51
        other = BarRun(data, prepare(Chaos, jit=jit, seed=3, busy=70))
        other.restore(kept)
        for run in (stepped, other):
            while not run.loop.ended:
                run.run_until(count=1)
            run.run_until()
            for name in ("order_rows", "fill_rows", "equity"):
                assert getattr(run.result(), name).tobytes() == getattr(straight.result(), name).tobytes(), name
            assert run.result().state == straight.result().state


def test_a_result_is_kept_and_compared(tmp_path):
    bars = {"A": random_bars(7), "B": random_bars(8)}
    result = Backtest(bars, cash=1e4).run(Chaos, seed=9)
    again = BarResult.load(result.save(tmp_path / "kept"))
    for name in ("orders", "fills", "trades", "equity", "times"):
        assert getattr(again, name).tobytes() == getattr(result, name).tobytes(), name
    assert (again.metrics["sharpe"], again.warnings) == (result.metrics["sharpe"], result.warnings)
    assert again.state_sha256 == result.state_sha256
    compared = compare(result, Backtest(bars, cash=1e4, fees_bps=0).run(Chaos, seed=9), names=("dear", "cheap"))
    assert "costs" in compared.assumptions
    with pytest.raises(DataError, match="of kind BarResult"):
        Result.load(tmp_path / "kept")


def test_a_report_is_written(tmp_path):
    for bars in ({"A": random_bars(7), "B": random_bars(8)}, random_bars(7)):
        result = Backtest(bars, cash=1e4).run(Chaos, seed=9)
        page = result.report(tmp_path / str(len(result.names))).read_text()
        assert "what is short is lent free" in page
        assert ("Buy and hold" in page) == (len(result.names) == 1)


def test_tables_are_frames():
    result = Backtest({"A": random_bars(7), "B": random_bars(8)}, cash=1e4).run(Chaos, seed=9)
    assert set(result.to_frame("fills")["instrument"]) == {"A", "B"}
    assert list(result.to_frame("equity").columns[-2:]) == ["position of A", "position of B"]
    assert len(result.to_frame("orders")) == len(result.orders)
    assert math.isclose(result.to_frame("trades")["pnl"].sum(), result.equity[-1] - 1e4, abs_tol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        result.equity[0] = 0.0


def test_a_sweep_gives_what_runs_give():
    backtest = Backtest(random_bars(12, 400), cash=1e4)
    sweep = backtest.sweep(Cross, {"fast": [3, 5], "slow": [20, 30]}, workers=2)
    assert len(sweep) == 4
    result = backtest.run(Cross, fast=3, slow=30)
    assert sweep.measures["final_equity"][1] == result.equity[-1]
    assert sweep.result(1).orders.tobytes() == result.orders.tobytes()


def test_a_sweep_goes_on_from_its_file(tmp_path):
    backtest = Backtest({"A": random_bars(12), "B": random_bars(13)}, cash=1e4)
    grid = {"seed": [1, 2, 3]}
    first = backtest.sweep(Chaos, grid, resume=tmp_path / "log")
    again = backtest.sweep(Chaos, grid, resume=tmp_path / "log")
    np.testing.assert_array_equal(first.measures["final_equity"], again.measures["final_equity"])
    with pytest.raises(InputError, match="of other data"):
        Backtest({"A": random_bars(12), "B": random_bars(14)}, cash=1e4).sweep(Chaos, grid, resume=tmp_path / "log")


@pytest.mark.parametrize("strategy", [Cross, Chaos])
def test_no_lookahead_is_found_where_there_is_none(strategy):
    backtest = Backtest({"A": random_bars(12), "B": random_bars(13, skip=0.2)}, cash=1e4)
    check = backtest.check_lookahead(strategy, cuts=30)
    assert check, str(check)
    assert "bars" in str(check)


def test_what_depends_on_the_length_of_the_data_is_found():
    backtest = Backtest(random_bars(12), cash=1e4)
    data = backtest._of_classes
    from pyrt.backtest.bars import run_class
    from pyrt.backtest.lookahead import check_class

    def run(part):
        return run_class(part, Late, {"bars_known": len(part.times)}, jit=True, cache=True)

    check = check_class(data, run, cuts=20, least=1)
    assert not check
    assert (check.what, check.row) == ("orders", 0)


def test_assumptions_and_warnings_say_it():
    class Idle(Strategy):
        def on_bar(self, ctx, bar):
            pass

    class Unreachable(Strategy):
        def on_bar(self, ctx, bar):
            if ctx.order_count == 0:
                ctx.limit(1.0, 1.0)

    bars = random_bars(3)
    assert "no order" in Backtest(bars).run(Idle).warnings[0]
    assert "no fill" in Backtest(bars).run(Unreachable).warnings[0]
    short = bars.take(np.arange(50))
    result = Backtest({"A": bars, "B": short}, cash=100.0).run(Chaos, seed=2)
    assert any(warning.startswith("B ends") for warning in result.warnings)
    assert {"fills", "costs", "liquidity", "cash", "mark", "times"} <= set(result.assumptions)
    gone = bars.take(np.r_[0:60, 90:160])
    assert any("1 gap in the time of the bars" in warning for warning in Backtest(gone).run(Cross).warnings)
    close = Backtest(bars, fill="close").run(Cross)
    assert "optimistic" in close.assumptions["fills"]
    empty = bars.take(np.arange(len(bars)))
    object.__setattr__(empty, "volume", np.zeros(len(bars)))
    assert any("without volume" in warning for warning in Backtest(empty).run(Cross).warnings)


def test_a_strategy_that_fails_names_time_and_line():
    class Fails(Strategy):
        def on_bar(self, ctx, bar):
            x = 1.0 / (bar.close - bar.close)
            ctx.market(x)

    class NoExpiry(Strategy):
        def on_bar(self, ctx, bar):
            ctx.limit(1.0, 50.0, "gtd")

    for jit in (True, False):
        with pytest.raises(StrategyFault, match=r"Fails|on_bar, line \d+: division"):
            Backtest(random_bars(1)).run(Fails, jit=jit)
    with pytest.raises(StrategyFault, match="GTD without an expiry"):
        Backtest(random_bars(1)).run(NoExpiry)


def test_orders_that_call_each_other_without_end_are_stopped():
    class Endless(Strategy):
        def on_bar(self, ctx, bar):
            ctx.cancel(ctx.limit(1.0, 1.0))

        def on_order(self, ctx, update):
            ctx.cancel(ctx.limit(1.0, 1.0))

    with pytest.raises(StrategyFault, match="without end"):
        Backtest(random_bars(1)).run(Endless)


def test_errors_name_what_is_wrong():
    bars = random_bars(1)

    class Odd(Strategy):
        bars = "90s"

        def on_bar(self, ctx, bar):
            pass

    with pytest.raises(InputError, match="'B' is not in the data, which has A"):
        Backtest({"A": bars}).run(Pair)
    with pytest.raises(InputError, match="bars of 60 s"):
        Backtest(bars).run(Odd)
    with pytest.raises(InputError, match="no parameter 'fats'"):
        Backtest(bars).run(Cross, fats=3)
    with pytest.raises(DTypeError, match="derives from pyrt"):
        Backtest(bars).run(lambda: 0)
    with pytest.raises(InputError, match="2 dimensions, times x instruments"):
        Backtest({"A": bars, "B": bars}).run_signals([True], [False])
    broken = frame(bars)
    broken.iloc[3, 1] = 0.5
    with pytest.raises(DataError, match="B: bars: row 3"):
        Backtest({"A": frame(bars), "B": broken})


def test_costs_by_a_function_and_by_volume():
    def dear(qty, price, average_volume):
        return 0.01 * qty * price / max(average_volume, 1.0)

    def breaks(qty, price):
        return qty / (price - price)

    bars = random_bars(4)
    costs = CostModel(commission=dear)
    result = Backtest(bars, costs=costs, cash=1e5).run(Cross)
    fill = result.fills[3]
    row = int(fill["row"])
    mean = bars.volume[max(0, row - 20) : row].mean()
    assert fill["fee"] == pytest.approx(0.01 * fill["qty"] * fill["price"] / max(mean, 1.0), rel=1e-12)
    with pytest.raises(InputError, match="breaks"):
        Backtest(bars, costs=CostModel(commission=breaks)).run(Cross)
