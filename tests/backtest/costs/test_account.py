"""Runs with an account: by hand, against a slow reference with equal bits, and with money conserved at every bar."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt import Backtest
from pyrt.backtest import (
    Account,
    Commission,
    CostModel,
    Fraction,
    Impact,
    Notional,
    Rates,
    Result,
    Slippage,
    Spread,
    Stops,
)
from pyrt.backtest.account import ledger_of
from pyrt.backtest.sizing import parse_size
from pyrt.data import Actions, adjust_bars, load_actions, load_bars
from pyrt.errors import InputError
from tests.backtest.costs.slow_account import SlowAccount, known_before

DAY = 86_400_000_000_000
FREE = CostModel(commission=Commission())


def bars_of(prices, **more):
    prices = np.asarray(prices, float)
    time = DAY * (19_000 + np.arange(len(prices)))
    return {"time": time, "open": prices, "high": prices, "low": prices, "close": prices, **more}


def held(n, at=0):
    """Signals that enter on one bar and never leave."""
    return np.arange(n) == at, np.zeros(n, bool)


# ---- by hand


def test_leverage_buys_more_and_interest_is_paid_on_what_is_lent():
    account = Account(leverage=2, interest=0.365)
    result = Backtest(bars_of([100, 100, 110, 110]), cash=1000, costs=FREE, account=account).run_signals(*held(4))
    assert result.fills["qty"].tolist() == [pytest.approx(20)]
    # 1,000 are lent for two nights at a thousandth a day; the second night also on the first one's interest.
    assert result.payments["interest"].tolist() == pytest.approx([0, 0, -1.0, -1.001])
    assert result.equity.tolist() == pytest.approx([1000, 1000, 1199, 1197.999])


def test_a_short_position_pays_for_borrowing_and_dividends():
    account = Account(borrow=0.0365)
    actions = Actions(["2022-01-10"], [1.0], [2.0])
    time = np.arange("2022-01-07", "2022-01-12", dtype="datetime64[D]")
    bars = {**bars_of([50.0] * 5), "time": time}
    result = Backtest(bars, cash=1000, costs=FREE, size=10, account=account, actions=actions).run_signals(
        np.zeros(5, bool), np.zeros(5, bool), short_entries=held(5)[0], short_exits=np.zeros(5, bool)
    )
    assert result.payments["borrow"].tolist() == pytest.approx([0, 0, -0.05, -0.05, -0.05])
    assert result.payments["dividend"].tolist() == [0, 0, 0, -20.0, 0]
    assert result.equity[-1] == pytest.approx(1000 - 0.15 - 20)
    assert result.trades["pnl"].tolist() == [pytest.approx(-20.15)]


def test_a_split_changes_units_and_stops_and_leaves_the_equity():
    bars = bars_of([700.0, 700.0, 100.0, 101.0, 80.0])
    actions = Actions(bars["time"][2:3].view("M8[ns]"), [7.0], [0.0])
    result = Backtest(bars, cash=7000, costs=FREE, actions=actions).run_signals(*held(5), stops=Stops(stop_loss=0.1))
    assert result.equity.tolist() == pytest.approx([7000, 7000, 7000, 7070, 5600])
    assert result.positions.tolist() == pytest.approx([0, 10, 70, 70, 0])
    (trade,) = result.trades
    assert trade["reason"] == "stop_loss"
    assert trade["pnl"] == pytest.approx(-1400)
    assert (trade["mae"], trade["mfe"]) == (pytest.approx(-0.2), pytest.approx(0.01))
    assert result.metrics["buy_and_hold"] == pytest.approx(80 / 100 - 1)


def test_funding_is_paid_at_its_times_on_what_was_held_at_the_close_before():
    bars = bars_of([100.0, 100.0, 110.0, 110.0])
    times = bars["time"]
    funding = Rates([times[0] + 5, times[1] - 1, times[1], times[2] + DAY // 2], [0.5, 0.5, 0.01, -0.02])
    result = Backtest(bars, cash=1000, costs=FREE, account=Account(funding=funding)).run_signals(*held(4))
    # The first two come before the entry, at the open of the second bar.
    assert result.payments["funding"].tolist() == pytest.approx([0, 0, -10 * 100 * 0.01, 10 * 110 * 0.02])


def test_contracts_in_another_currency():
    bars = bars_of([4000.0, 4000.0, 4010.0])
    rates = Rates(bars["time"], [0.90, 0.95, 1.00])
    account = Account(leverage=10, multiplier=50, conversion=rates)
    costs = CostModel(commission=Commission.per_contract(2.0))
    result = Backtest(bars, cash=100_000, costs=costs, size=1, account=account).run_signals(*held(3))
    assert result.equity[1] == pytest.approx(100_000 - 2 - 4000 * 50 * 0.90 + 4000 * 50 * 0.95)
    assert result.equity[2] == pytest.approx(100_000 - 2 - 4000 * 50 * 0.90 + 4010 * 50 * 1.00)
    assert result.trades["pnl"].tolist() == [pytest.approx(result.equity[2] - 100_000)]
    assert result.exposure[2] == pytest.approx(4010 * 50 / result.equity[2])


@pytest.mark.parametrize("short", [False, True])
def test_a_position_is_liquidated_where_the_maintenance_margin_ends(short):
    """Where equity is a quarter of the value: long at 1000 / (20 x 0.75), short at 3000 / (20 x 1.25)."""
    bars = bars_of([100.0, 100.0, 100.0, 100.0, 100.0])
    bars["high"] = np.array([100.0, 100, 115, 130, 100])
    bars["low"] = np.array([100.0, 100, 70, 60, 100])
    never = np.zeros(5, bool)
    signals = {"short_entries": held(5)[0], "short_exits": never} if short else {}
    account = Account(leverage=2, maintenance=0.25)
    result = Backtest(bars, cash=1000, costs=FREE, account=account).run_signals(
        never if short else held(5)[0], never, **signals
    )
    level = 3000 / (20 * 1.25) if short else 1000 / (20 * 0.75)
    assert result.fills["reason"].tolist() == ["signal", "liquidation"]
    assert result.fills["row"].tolist() == [1, 3]
    assert result.fills["price"][1] == pytest.approx(level)
    assert result.equity[-1] == pytest.approx(1000 - 20 * abs(level - 100))
    assert result.equity[-1] == pytest.approx(0.25 * 20 * level)
    assert any("liquidated" in warning for warning in result.warnings)


def test_a_bar_that_opens_beyond_the_liquidation_fills_there():
    account = Account(leverage=4, maintenance=0.1, liquidation_bps=100)
    result = Backtest(bars_of([100, 100, 60]), cash=1000, costs=FREE, account=account).run_signals(*held(3))
    assert result.fills["price"][1] == 60
    assert result.equity[-1] == pytest.approx(1000 - 40 * 40 - 0.01 * 40 * 60)
    assert any("zero or below" in warning for warning in result.warnings)


def test_an_entry_takes_no_more_than_its_part_of_the_volume():
    bars = bars_of([10.0, 10.0, 10.0], volume=[1000.0, 200.0, 1000.0])
    costs = CostModel(commission=Commission(), volume_limit=0.1)
    result = Backtest(bars, cash=1000, costs=costs).run_signals(*held(3))
    assert result.fills["qty"].tolist() == [20.0]
    assert any("were cut" in warning for warning in result.warnings)


def test_everything_is_said():
    bars = bars_of([10.0] * 30, volume=[1000.0] * 30)
    account = Account(leverage=2, interest=0.05, borrow=0.01, multiplier=2, conversion=0.9)
    costs = CostModel(commission=Commission.bps(1), impact=Impact.square_root(), spread=Spread(bps=1))
    actions = Actions(["2022-01-10"], [2.0], [0.0])
    result = Backtest(bars, costs=costs, account=account, actions=actions).run_signals(*held(30))
    words = " ".join(f"{name} {text}" for name, text in result.assumptions.items())
    for needle in (
        "leverage up to 2", "liquidated below 25%", "5% a year", "1% a year", "2 of money a unit", "converted at 0.9",
        "volatility x (qty / mean volume)^0.5", "half a spread", "1 split", "20 bars before",
    ):  # fmt: skip
        assert needle in words, needle
    assert any("before there was a mean volume or a volatility" in w for w in result.warnings)


def test_rates_may_be_numpys_integers():
    assert (Account(interest=np.int64(1)).interest, Account(borrow=np.float32(0.5)).borrow) == (1.0, 0.5)


@pytest.mark.parametrize(
    ("make", "needle"),
    [
        (lambda: Account(leverage=0.5), "leverage"),
        (lambda: Account(leverage=2, maintenance=0.6), "below the initial margin"),
        (lambda: Account(funding=0.1), "funding: is paid at times"),
        (lambda: Account(conversion=0.0), "conversion: must be above zero"),
        (lambda: Account(borrow="dear"), "borrow: must be a number, Rates"),
        (lambda: Account(interest=math.nan), "interest: must be finite, got nan"),
        (lambda: Account(borrow={"AAPL": math.inf}), r"borrow\['AAPL'\]: must be finite, got inf"),
        (lambda: Account(conversion=math.nan), "conversion: must be finite"),
        (lambda: Rates([], []), "at least one"),
        (lambda: Rates(["2024-01-01", "soon"], [0.1, 0.2]), r"time\[1\]: 'soon' is no time"),
        (lambda: Rates(["9999-01-01"], [0.1]), r"time\[0\].*1678 to 2262"),
        (lambda: Backtest(bars_of([1.0, 2.0]), size=Fraction(2)), "size: Fraction"),
        (lambda: Backtest(bars_of([1.0, 2.0]), account=2), "account: must be an Account"),
        (lambda: Backtest(bars_of([1.0, 2.0]), actions=2), "actions: must be Actions"),
        (
            lambda: Backtest(bars_of([1.0, 2.0]), account=Account(conversion=Rates([DAY * 20_000], [1.0]))).run_signals(
                [1, 0], [0, 0]
            ),
            "conversion: begins at",
        ),
        (
            lambda: Backtest(bars_of([1.0, 2.0]), costs=CostModel(impact=Impact.linear(1.0))).run_signals(
                [1, 0], [0, 0]
            ),
            "goes by volume, and the bars have none",
        ),
        (
            lambda: Backtest(bars_of([1.0, 2.0, 3.0]), costs=CostModel(slippage=Slippage.fixed(5))).run_signals(
                [1, 0, 0], [0, 1, 0]
            ),
            r"no price above zero .* bar 2",
        ),
        (
            lambda: Backtest(bars_of([1.0, 2.0]), costs=CostModel(commission=broken)).run_signals([1, 0], [0, 0]),
            "bar 1",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(make, needle):
    with pytest.raises((InputError, TypeError), match=needle):
        make()


def broken(qty):
    return 1.0 / (qty - qty)


@pytest.mark.parametrize("fill", ["next_open", "close"])
@pytest.mark.parametrize("size", ["all", Fraction(0.4), Notional(5e4), 300.0])
def test_plain_terms_give_the_plain_simulators_results(fill, size):
    rng = np.random.default_rng(1)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 2000)))
    opened = np.append(100.0, close[:-1]) * np.exp(rng.normal(0, 0.002, 2000))
    bars = bars_of(close, open=opened, high=np.maximum(opened, close) * 1.005, low=np.minimum(opened, close) * 0.995)
    entries, exits, shorts, covers = (rng.random(2000) < 0.05 for _ in range(4))
    stops = Stops(stop_loss=0.03, take_profit=0.05, trailing=0.04)
    plain, whole = (
        Backtest(bars, costs=CostModel(fees_bps=7, fixed=3, slippage_bps=2), fill=fill, size=size, account=account)
        .run_signals(entries, exits, short_entries=shorts, short_exits=covers, stops=stops)
        for account in (None, Account())
    )  # fmt: skip
    assert len(plain.fills) > 200
    for name in ("row", "side", "reason"):
        np.testing.assert_array_equal(plain.fills[name], whole.fills[name])
    for name in ("qty", "price", "fee"):
        np.testing.assert_allclose(plain.fills[name], whole.fills[name], rtol=1e-12)
    np.testing.assert_allclose(plain.equity, whole.equity, rtol=1e-12)


# ---- real data


@pytest.mark.parametrize(("symbol", "splits"), [("AAPL", 4), ("IBM", 1), ("SPY", 0)])
def test_holding_unadjusted_bars_through_their_actions(shared_data, symbol, splits):
    actions = load_actions(shared_data / "corporate_actions" / f"{symbol.lower()}_factors.csv")
    frame = pd.read_parquet(shared_data / "bars" / "us_daily.parquet")
    frame = frame[frame["symbol"] == symbol].drop(columns="symbol").rename(columns={"ts": "time"})
    bars = load_bars(frame, stamp="start", period="1d")
    result = Backtest(bars, costs=FREE, actions=actions).run_signals(*held(len(bars)))
    # Units at their price and the dividends in cash: the splits alone taken out of prices, and money added up.
    flat = adjust_bars(bars, actions, "splits")
    left = flat.close / bars.close
    grown = result.fills["qty"][0] * left / left[1]
    paid = np.cumsum(result.payments["dividend"])
    np.testing.assert_allclose(result.positions[1:], grown[1:], rtol=1e-12)
    np.testing.assert_allclose(result.equity[1:], (grown * bars.close + paid)[1:], rtol=1e-12)
    assert np.count_nonzero(np.diff(result.positions[1:]) > 1e-6 * result.positions[1:-1]) == splits
    assert np.count_nonzero(result.payments["dividend"]) > 20
    whole = adjust_bars(bars, actions).close
    assert result.metrics["buy_and_hold"] == pytest.approx(whole[-1] / whole[0] - 1)
    conserved(result)


# ---- the slow reference

numbers = st.sampled_from([0.0, 0.01, 0.2])


@st.composite
def cases(draw):
    n = draw(st.integers(3, 40))
    seed = draw(st.integers(0, 2**31))
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.05, n)))
    opened = close * np.exp(rng.normal(0, 0.03, n))
    bars = {
        "time": DAY * (19_000 + np.cumsum(rng.integers(1, 4, n))),
        "open": opened,
        "high": np.maximum(opened, close) * (1 + rng.uniform(0, 0.03, n)),
        "low": np.minimum(opened, close) * (1 - rng.uniform(0, 0.03, n)),
        "close": close,
        "volume": rng.integers(0, 5, n) * 1000.0,
    }
    days = bars["time"]
    account = Account(
        leverage=draw(st.sampled_from([1.0, 2.0, 5.0])),
        maintenance=draw(st.sampled_from([None, 0.0, 0.15])),
        liquidation_bps=draw(st.sampled_from([0.0, 50.0])),
        interest=draw(st.sampled_from([0.0, 0.5])),
        borrow=draw(st.sampled_from([0.0, 0.7]) | st.just(Rates(days[:1], [0.4]))),
        funding=draw(st.none() | st.just(Rates(days + 7, rng.normal(0, 0.01, n)))),
        multiplier=draw(st.sampled_from([1.0, 10.0])),
        conversion=draw(st.none() | st.just(Rates(days, np.exp(rng.normal(0, 0.05, n))))),
    )
    actions = draw(
        st.none() | st.just(Actions(days[[n // 3, n // 2]].view("M8[ns]"), [2.0, 0.5], [0.0, 1.0]) if n > 5 else None)
    )
    commission = draw(
        st.sampled_from(
            [
                Commission.bps(10),
                Commission.per_share(0.05, minimum=1.0, maximum=0.01),
                Commission.maker_taker(maker_bps=-1, taker_bps=5),
                Commission.share_tiers([(0, 0.05), (500, 0.01)], minimum=0.5),
            ]
        )
    )
    costs = CostModel(
        commission=commission,
        spread=draw(st.none() | st.builds(Spread, money=numbers)),
        slippage=draw(
            st.sampled_from([None, Slippage.fixed(0.05), Slippage.volatility(0.2), Slippage.volume_share(0.1)])
        ),
        impact=draw(
            st.sampled_from(
                [None, Impact.linear(0.05, 0.01), Impact.square_root(0.3, 0.1), Impact.power(duration=0.5),
                 Impact.almgren_chriss(temporary=1e-4, permanent=1e-5, fixed=0.01)]
            )
        ),
        volume_limit=draw(st.sampled_from([None, 0.3])),
        window=5,
    )  # fmt: skip
    stops = Stops(stop_loss=draw(numbers), take_profit=draw(numbers), trailing=draw(st.sampled_from([0.0, 0.05])))
    size = draw(st.sampled_from(["all", Fraction(0.5), Notional(20_000.0), 50.0]))
    signals = [rng.random(n) < 0.2 for _ in range(4)]
    return bars, account, actions, costs, stops, size, signals, draw(st.booleans())


@given(cases())
def test_equal_bits_with_the_slow_reference_and_money_is_conserved(case):
    raw, account, actions, costs, stops, size, signals, late = case
    bars = load_bars(raw)
    entries, exits, shorts, covers = signals
    try:
        result = Backtest(
            raw,
            cash=50_000,
            costs=costs,
            account=account,
            actions=actions,
            size=size,
            fill="next_open" if late else "close",
        ).run_signals(entries, exits, short_entries=shorts, short_exits=covers, stops=stops)
    except InputError as error:  # a position so large that its impact leaves no price
        assert "no price above zero" in str(error)  # noqa: PT017
        return
    sizing = parse_size(size, account.leverage)
    terms = {"cash": 50_000.0, "units": sizing.units, "money": sizing.money}
    terms["fraction"] = account.leverage if sizing.whole else sizing.fraction
    ledger = ledger_of(bars, account, actions)
    known = {"volume": bars.volume, "average_volume": None, "volatility": None}
    if costs.needs_bars:
        known |= known_before(bars, costs.window, ledger.units)
    slow = SlowAccount(raw, costs, account, terms, stops, ledger.columns(), known)
    buys, sells = entries & ~exits, shorts & ~covers
    asked = zip(buys & ~sells, exits & ~entries, sells & ~buys, covers & ~shorts, strict=True)
    fills, equity = slow.run(list(asked), late=late)
    assert [(f["row"], f["side"], f["reason"], f["qty"], f["price"], f["fee"]) for f in result.fills] == [
        (row, "buy" if side == 1 else "sell", *rest) for row, side, *rest in fills
    ]
    assert result.equity.tolist() == equity
    conserved(result)


def conserved(result):
    """Cash of the start, fills, fees and payments make the cash at every bar; trades and idle payments the rest."""
    signed = np.where(result.fills["side"] == "buy", -1.0, 1.0) * result.traded - result.fills["fee"]
    cash = np.full(len(result.bars), result.cash)
    for row, amount in zip(result.fills["row"], signed, strict=True):
        cash[row:] += amount
    paid = result.valuation.paid()
    cash += 0.0 if paid is None else np.cumsum(paid)
    worth = result.positions * result.valuation.worth(result.bars)
    scale = np.abs(cash) + np.abs(worth) + 1.0
    assert np.abs(cash + worth - result.equity).max() <= 1e-9 * scale.max()
    idle = 0.0
    if paid is not None:  # interest on a debt that a liquidation has left is of no trade
        opened, closed = result.fills["row"][::2], np.append(result.fills["row"][1::2], len(result.bars))
        of_trades = np.zeros(len(result.bars), bool)
        for first, last in zip(opened, closed, strict=False):
            of_trades[first + 1 : last + 1] = True
        idle = paid[~of_trades].sum()
    pnl = result.trades["pnl"].sum() + idle
    assert abs(result.cash + pnl - result.equity[-1]) <= 1e-9 * scale.max()


def test_a_saved_result_is_whole(tmp_path):
    bars = bars_of(np.linspace(100, 120, 30), volume=np.full(30, 1e5))
    account = Account(leverage=2, interest=0.05, multiplier=2)
    actions = Actions(bars["time"][10:11].view("M8[ns]"), [2.0], [1.0])
    result = Backtest(bars, costs=FREE, account=account, actions=actions).run_signals(*held(30))
    again = Result.load(result.save(tmp_path / "result"))
    np.testing.assert_equal(dict(again.metrics), dict(result.metrics))
    assert again.trades.tolist() == result.trades.tolist()
    assert (again.payments == result.payments).all()
    assert again.exposure.tolist() == result.exposure.tolist()


def test_sweeps_know_the_account():
    rng = np.random.default_rng(2)
    price = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, 300)))
    account = Account(leverage=3, interest=0.1)
    backtest = Backtest(bars_of(price), account=account)

    def above(bars, level):
        return bars.close > level, bars.close < level

    swept = backtest.sweep(above, {"level": [95.0, 100.0]})
    columns = backtest.sweep_signals(price[:, None] > [95.0, 100.0], price[:, None] < [95.0, 100.0])
    for at, level in enumerate((95.0, 100.0)):
        alone = backtest.run_signals(price > level, price < level).metrics
        for made in (swept, columns):
            assert made.measures["final_equity"][at] == alone["final_equity"]
            assert made.measures["total_fees"][at] == alone["total_fees"]
