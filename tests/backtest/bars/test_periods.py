"""History, longer periods, ticks and lots: against the slow host in every bit, pandas' resampling, and by hand."""

import numpy as np
import pandas as pd
import pytest

import pyrt.indicators as ta
from pyrt import Backtest, Strategy
from pyrt.backtest import Account, CostModel, Part, Portfolio
from pyrt.backtest.bars import BarRun
from pyrt.backtest.bars.data import BarSet
from pyrt.data import Actions, sample
from pyrt.errors import DTypeError, InputError
from pyrt.grid import Grid
from pyrt.strategy import prepare
from pyrt.types import Instrument
from tests.backtest.bars.chaos import MINUTE, START, Chaos, random_bars
from tests.backtest.bars.slow_bars import SlowBars
from tests.backtest.bars.test_slow_bars import COSTLY, PLAIN, SCARCE, assert_same

BTC = Instrument("binance:BTC-USDT", tick=Grid.parse("0.25"), lot=Grid.parse("0.1"))


class TwoPeriods(Chaos):
    """Asks on bars of both."""

    bars = ("1m", "5m")


class LongFirst(Chaos):
    """A longer period first: it is not there at the beginning."""

    bars = ("15m", "1m", "5m")

    def on_bar(self, ctx, bar):
        self.seen += ctx.equity + bar.close * (1.0 + bar.period) + ctx.position
        if ctx.bar_count(period=0) > 0:
            self.seen += ctx.bar(0, period=0).low
        if self.draw(100) < self.busy:
            self.ask(ctx, bar.close)


class LongOnly(Chaos):
    """Does not see the data's own bars."""

    bars = ("5m",)


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYRT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def market(seed):
    return {
        "A": random_bars(seed),
        "B": random_bars(seed + 1, 60, step=5 * MINUTE),
        "C": random_bars(seed + 2, skip=0.4, volume=False),
    }


def both(data, cls, **parameters):
    run = BarRun(data, prepare(cls, **parameters))
    run.run_until()
    return run, SlowBars(data, prepare(cls, **parameters), run.rows).run()


@pytest.mark.parametrize("fill", ["next_open", "close"])
@pytest.mark.parametrize("cls", [TwoPeriods, LongFirst, LongOnly])
def test_longer_periods_equal_the_slow_host(cls, fill):
    bars = market(3)
    bars = {"A": bars["A"], "C": bars["C"]} if cls is not LongOnly else bars
    for seed in (1, 2):
        data = BarSet.of(bars, cash=10_000.0, costs=COSTLY, fill=fill)
        run, slow = both(data, cls, seed=seed, busy=40)
        assert_same(run, slow)
        assert len(run.result().fill_rows) > 10


@pytest.mark.parametrize("costs", [PLAIN, SCARCE], ids=["plain", "scarce"])
def test_ticks_and_lots_equal_the_slow_host(costs):
    rounded = 0
    for seed in range(4):
        grids = {"A": BTC, "C": Instrument("binance:ETH-USDT", tick=Grid.parse("0.1"), lot=Grid.parse("1"))}
        data = BarSet.of(market(seed), cash=10_000.0, costs=costs, fill="next_open", instruments=grids)
        run, slow = both(data, Chaos, seed=seed + 1, busy=50)
        assert_same(run, slow)
        result = run.result()
        rounded += result.totals["rounded"]
        for name, row in (("A", 0), ("C", 2)):
            own = result.orders[result.orders["instrument"] == row]
            assert len(own) > 5
            for column, grid in (("qty", "lot"), ("price", "tick"), ("trigger", "tick"), ("filled", "lot")):
                step = getattr(grids[name], grid)
                assert (step.to_double(step.to_steps(own[column])) == own[column]).all(), column
            fills = result.fills[result.fills["instrument"] == row]
            lot = grids[name].lot
            assert (lot.to_double(lot.to_steps(fills["qty"])) == fills["qty"]).all()
    assert rounded > 20


def test_history_equals_the_slow_host():
    for seed in range(3):
        data = BarSet.of(
            market(seed), cash=10_000.0, costs=COSTLY, fill="next_open",
            trade_from=START + 60 * MINUTE, account=Account(leverage=2, interest=0.1),
        )  # fmt: skip
        run, slow = both(data, Chaos, seed=seed + 1, busy=50)
        slow.equity = slow.equity[data.begin_of(data.times) :]
        assert_same(run, slow)
        result = run.result()
        assert result.orders["time"].min() >= np.datetime64(data.trade_from, "ns")
        assert result.timestamps[0] >= np.datetime64(data.trade_from, "ns")
        assert len(result.fills) > 10
        assert "warmed the strategy up" in result.assumptions["history"]


# ---- longer periods


class Recorder(Strategy):
    """Publishes every bar that it is given, and what its series say."""

    bars = ("1m", "5m", "1h")
    history = 4

    def on_bar(self, ctx, bar):
        row = bar.period
        ctx.signal(bar.open, bar.high)
        ctx.signal(bar.low, bar.close)
        ctx.signal(bar.volume, row * 1.0)
        same = ctx.bar(0, period=row).close == bar.close
        ctx.signal(1.0 if same else 0.0, ctx.bar_count(period=row) * 1.0)


def test_longer_bars_are_those_of_pandas():
    bars = random_bars(9, 700, skip=0.2)
    result = Backtest({"A": bars}).run(Recorder)
    values = np.stack([result.signals["value"], result.signals["confidence"]], axis=1).reshape(-1, 8)
    frame = pd.DataFrame(bars.columns(), index=pd.DatetimeIndex(bars.timestamps))
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    for row, rule in ((1, "5min"), (2, "1h")):
        made = frame.resample(rule, label="right", closed="right").agg(how).dropna()
        if made.index[-1] > frame.index[-1]:
            made = made.iloc[:-1]  # has not ended
        told = values[values[:, 5] == row]
        np.testing.assert_allclose(told[:, :5], made.to_numpy(), rtol=1e-12)
        assert (told[:, 6] == 1).all()
        np.testing.assert_array_equal(told[:, 7], np.minimum(np.arange(1, len(told) + 1), 4))
    own = values[values[:, 5] == 0]
    np.testing.assert_array_equal(own[:, 3], bars.close)
    assert "bars of 1h, 5m are made of the data's" in result.assumptions["periods"]


class Hours(Strategy):
    """Trades the minutes by the trend of the hours."""

    bars = ("1m", "1h")

    def start(self, ctx):
        self.slow = ta.sma.stream(3)
        self.mean: float = 0.0
        self.count: int = 0

    def on_bar(self, ctx, bar):
        if bar.period == 1:
            self.mean = self.slow.update(bar.close)
            self.count += 1
        elif self.count > 3 and ctx.order_count == 0:
            ctx.target(1.0 if bar.close > self.mean else 0.0)


def test_longer_bars_are_stepped_and_put_back_and_look_not_ahead():
    bars = random_bars(11, 600)
    backtest = Backtest({"A": bars}, fees_bps=1)
    whole = backtest.run(Hours)
    assert len(whole.fills) > 5
    session = backtest.session(Hours)
    session.step(333)
    then = session.snapshot()
    session.step(100)
    session.restore(then)
    result = session.finish()
    assert result.fill_rows.tobytes() == whole.fill_rows.tobytes()
    assert result.equity.tobytes() == whole.equity.tobytes()
    assert backtest.check_lookahead(Hours, cuts=12)
    plain = backtest.run(Hours, jit=False)
    assert plain.fill_rows.tobytes() == whole.fill_rows.tobytes()


def test_periods_that_cannot_be_made_are_refused():
    hours = random_bars(1, step=60 * MINUTE)
    with pytest.raises(InputError, match=r"Hours.bars: is '1m', and A has bars of 3600 s; bars of a longer period"):
        Backtest({"A": hours}).run(Hours)


# ---- history


class Cross(Strategy):
    """Is in the market above its mean of fifty bars."""

    window: int = 50

    def start(self, ctx):
        self.mean = ta.sma.stream(self.window)
        self.warm: int = 0

    def on_bar(self, ctx, bar):
        mean = self.mean.update(bar.close)
        self.warm += 1 if ctx.warming_up else 0
        if bar.close > mean and ctx.position == 0.0 and ctx.order_count == 0:
            ctx.market(10.0)
        elif bar.close < mean and ctx.position > 0.0:
            ctx.close()


def test_a_warm_strategy_trades_from_the_first_bar_on():
    bars = sample_bars()
    begin = bars.timestamps[1000]
    result = Backtest(bars, trade_from=begin).run(Cross)
    assert result.timestamps[0] == begin
    assert len(result.equity) == len(bars) - 1000
    cold = Backtest(bars.take(np.arange(1000, len(bars)))).run(Cross)
    # The cold one knows no mean before its fiftieth bar, the warm one begins at once.
    assert result.fills["time"][0] < cold.fills["time"][0]
    assert result.equity[0] == 100_000
    assert result.metrics["buy_and_hold"] == pytest.approx(bars.close[-1] / bars.close[1000] - 1)
    assert len(result.held) == len(result.equity)
    assert result.state != cold.state


def sample_bars():
    pytest.importorskip("arch", reason="the S&P 500 bars come with arch: pip install 'pyrt[demo]'")
    return sample.sp500()


def test_history_of_portfolios_sessions_and_checks():
    bars = {"A": random_bars(4, 300), "B": random_bars(5, 300, skip=0.5)}
    begin = np.datetime64(START + 100 * MINUTE, "ns")
    backtest = Backtest(bars, trade_from=begin, cash=10_000)
    portfolio = Portfolio([Part(Chaos, {"seed": 1}, instruments=["A"]), Part(Chaos, {"seed": 2})])
    whole = backtest.run(portfolio)
    assert whole.account.timestamps[0] >= begin
    assert whole.account.orders["time"].min() >= begin
    session = backtest.session(portfolio)
    session.step(50)
    then = session.snapshot()
    session.run_until(begin + np.timedelta64(30, "m"))
    session.restore(then)
    again = session.finish()
    assert again.account.fill_rows.tobytes() == whole.account.fill_rows.tobytes()
    assert again.account.equity.tobytes() == whole.account.equity.tobytes()
    assert backtest.check_lookahead(Chaos, cuts=6)
    sweep = backtest.sweep(Chaos, {"seed": [1, 2]})
    assert sweep.measures["final_equity"][0] == backtest.run(Chaos, seed=1).metrics["final_equity"]


def test_what_was_asked_for_in_history_is_not_sent():
    bars = random_bars(2, 120)
    session = Backtest(bars, trade_from=bars.timestamps[60]).session(Cross)
    session.step(10)
    session.ctx.market(5.0)
    session.step(30)
    assert len(session.orders) == 0
    with pytest.raises(InputError, match="no bar has passed yet from trade_from on"):
        session._run.result()


# ---- ticks and lots


class Odd(Strategy):
    """Asks for numbers beside the grid."""

    def on_bar(self, ctx, bar):
        if ctx.order_count == 0 and ctx.position == 0.0:
            ctx.limit(1.27, 99.97)
            ctx.limit(-1.27, 130.13)
            ctx.stop(2.55, 140.01)
            ctx.market(0.04)


def test_numbers_go_on_the_grid_as_the_abi_says():
    time = START + MINUTE * np.arange(1, 4)
    bars = {"time": time.view("M8[ns]")} | dict.fromkeys(("open", "high", "low", "close"), np.full(3, 100.0))
    result = Backtest(bars, instruments=[BTC]).run(Odd)
    rows = result.orders[:4]
    assert rows[["side", "qty", "price", "trigger"]].tolist() == [
        ("buy", 1.2, 99.75, 0.0), ("sell", 1.2, 130.25, 0.0), ("buy", 2.5, 0.0, 140.25), ("buy", 0.0, 0.0, 0.0),
    ]  # fmt: skip
    assert rows["reason"].tolist()[3] == "bad_quantity"
    assert any("put on the grid" in words for words in result.warnings)
    assert "in ticks of 0.25 and lots of 0.1" in result.assumptions["numbers"]


class Seen(Strategy):
    """Publishes what its slot says."""

    def on_bar(self, ctx, bar):
        ctx.signal(ctx.tick, ctx.lot)


def test_a_strategy_sees_the_grid():
    bars = random_bars(2, 5)
    signals = Backtest({"X": bars}, instruments={"X": BTC}).run(Seen).signals
    assert signals["value"].tolist() == [0.25] * 5
    assert signals["confidence"].tolist() == [0.1] * 5
    assert Backtest(bars).run(Seen).signals["value"].tolist() == [0.0] * 5


def test_a_split_leaves_parts_of_lots():
    bars = random_bars(3, 60)
    split = Actions(bars.timestamps[30:31], [1.5], [0.0])
    data = BarSet.of(
        {"A": bars}, cash=10_000.0, costs=CostModel(fees_bps=0), fill="next_open", actions=split, instruments={"A": BTC}
    )
    run, slow = both(data, Chaos, seed=3, busy=60)
    assert_same(run, slow)


@pytest.mark.parametrize(
    ("terms", "error", "needle"),
    [
        ({"trade_from": "2031-01-01"}, InputError, "trade_from: is 2031-01-01T00:00:00.000000000, after the last bar"),
        ({"instruments": {"Z": BTC}}, InputError, "instruments: 'Z' is not in the data, which has A, B"),
        ({"instruments": [Instrument("A")]}, InputError, "instruments: 'A' has no tick and lot"),
        ({"instruments": ["A"]}, DTypeError, "instruments: must be Instrument"),
    ],
)
def test_terms_that_cannot_be(terms, error, needle):
    with pytest.raises(error, match=needle):
        Backtest({"A": random_bars(1, 20), "B": random_bars(2, 20)}, **terms)


def test_signals_refuse_terms_of_orders():
    bars = random_bars(1, 20)
    never = np.zeros(20, bool)
    for terms, needle in (({"trade_from": bars.timestamps[5]}, "trade_from: is of strategy classes"),
                          ({"instruments": [BTC]}, "instruments: is of strategy classes")):  # fmt: skip
        backtest = Backtest(bars, **terms)
        for run in (lambda b: b.run_signals(never, never), lambda b: b.sweep(lambda bars: (never, never), [{}])):
            with pytest.raises(InputError, match=needle):
                run(backtest)
