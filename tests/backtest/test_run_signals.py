"""What run_signals means: by hand, by invariants, and by causality."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt import Backtest
from pyrt.backtest import CostModel, Fraction

DAY = 86_400_000_000_000
NEXT = "next_open"


def bars_of(opens, closes, volume=None):
    opens, closes = np.asarray(opens, float), np.asarray(closes, float)
    bars = {
        "time": DAY * (19_000 + np.arange(len(opens))),
        "open": opens,
        "high": np.maximum(opens, closes),
        "low": np.minimum(opens, closes),
        "close": closes,
    }
    return bars if volume is None else {**bars, "volume": volume}


def test_next_open_by_hand():
    bars = bars_of([10, 20, 30, 40, 50], [15, 25, 35, 45, 55])
    result = Backtest(bars, cash=1010, fees_bps=100).run_signals([1, 0, 0, 0, 0], [0, 0, 1, 0, 0])
    (trade,) = result.trades
    assert trade["entry_time"] == result.timestamps[1]
    assert trade["exit_time"] == result.timestamps[3]
    assert (trade["qty"], trade["entry_price"], trade["exit_price"]) == (50.0, 20.0, 40.0)
    assert (trade["fees"], trade["pnl"], trade["status"]) == (10.0 + 20.0, 1000.0 - 30.0, "closed")
    assert result.equity.tolist() == [1010.0, 1250.0, 1750.0, 1980.0, 1980.0]
    assert result.fills["side"].tolist() == ["buy", "sell"]
    assert result.fills["row"].tolist() == [1, 3]
    assert result.warnings == ()


def test_close_by_hand_with_an_open_trade():
    bars = bars_of([10, 20, 30], [10, 20, 30])
    result = Backtest(bars, cash=100, fees_bps=0, fill="close", size=2).run_signals([0, 1, 0], [0, 0, 0])
    (trade,) = result.trades
    assert (trade["qty"], trade["entry_price"], trade["exit_price"], trade["pnl"]) == (2.0, 20.0, 30.0, 20.0)
    assert trade["status"] == "open"
    assert trade["exit_time"] == result.timestamps[-1]
    assert result.equity.tolist() == [100.0, 100.0, 120.0]
    assert len(result.fills) == 1


def test_sizes():
    bars = bars_of([10, 10, 10], [10, 10, 10])

    def bought(size, **options):
        result = Backtest(bars, cash=1000, fees_bps=0, size=size, **options).run_signals([1, 0, 0], [0, 0, 0])
        return result.fills["qty"].tolist(), result.warnings

    assert bought("all")[0] == [100.0]
    assert bought(7)[0] == [7.0]
    assert bought(0.5)[0] == [0.5]
    assert bought(Fraction(0.5))[0] == [50.0]
    qty, warnings = bought(1e6)
    assert qty == [100.0]
    assert any("cut to what the cash paid for" in w for w in warnings)
    qty, warnings = bought("all", costs=CostModel(fixed=1000))
    assert qty == []
    assert any("did not cover the fixed fee" in w for w in warnings)


def test_slippage_and_fixed_fee_go_against_us():
    bars = bars_of([100, 100, 100, 100], [100, 100, 100, 100])
    costs = CostModel(fees_bps=0, fixed=3, slippage_bps=100)
    result = Backtest(bars, cash=1000, costs=costs, size=1).run_signals([1, 0, 0, 0], [0, 1, 0, 0])
    assert result.fills["price"].tolist() == [101.0, 99.0]
    assert result.fills["fee"].tolist() == [3.0, 3.0]
    assert result.equity[-1] == 1000 - 2 - 6


@pytest.mark.parametrize(
    ("entries", "exits", "needle"),
    [
        ([0, 0, 0], [0, 0, 0], "no entry signal"),
        ([0, 0, 1], [0, 0, 0], "would fill after the data ends"),
        ([0, 0, 1], [0, 0, 0], "no fill"),
        ([1, 0, 0], [0, 0, 0], "never closed"),
        ([1, 0, 0], [1, 0, 0], "both an entry and an exit"),
    ],
)
def test_what_looks_wrong_is_said(entries, exits, needle):
    result = Backtest(bars_of([10, 10, 10], [10, 10, 10])).run_signals(entries, exits)
    assert any(needle in warning for warning in result.warnings), result.warnings


def test_fills_without_volume_are_said():
    bars = bars_of([10, 10, 10], [10, 10, 10], volume=[5, 0, 5])
    result = Backtest(bars).run_signals([1, 0, 0], [0, 0, 0])
    assert any("without volume" in warning for warning in result.warnings)


def test_a_ruined_account_is_said_and_has_no_returns():
    bars = bars_of([10, 10, 10, 10], [10, 10, 10, 10])
    result = Backtest(bars, cash=100, costs=CostModel(fixed=60)).run_signals([1, 0, 0, 0], [0, 1, 0, 0])
    assert result.equity[-1] < 0
    assert any("zero or below" in warning for warning in result.warnings)
    assert np.isnan(result.metrics["sharpe"])
    assert "Sharpe" in result.summary()


@st.composite
def runs(draw):
    n = draw(st.integers(2, 40))
    prices = st.lists(st.floats(1.0, 1e4), min_size=n, max_size=n)
    flags = st.lists(st.booleans(), min_size=n, max_size=n)
    options = {
        "cash": draw(st.floats(10.0, 1e6)),
        "fill": draw(st.sampled_from(["next_open", "close"])),
        "size": draw(st.sampled_from(["all", 3, 0.25, Fraction(0.4)])),
        "costs": CostModel(
            fees_bps=draw(st.sampled_from([0.0, 10.0, 200.0])),
            fixed=draw(st.sampled_from([0.0, 0.5])),
            slippage_bps=draw(st.sampled_from([0.0, 5.0])),
        ),
    }
    return draw(prices), draw(prices), draw(flags), draw(flags), options


@given(runs())
def test_money_is_conserved(run):
    opens, closes, entries, exits, options = run
    result = Backtest(bars_of(opens, closes), **options).run_signals(entries, exits)
    cash, qty = options["cash"], 0.0
    tolerance = 1e-9 * max(options["cash"], float(np.abs(result.equity).max()))
    by_row = {int(fill["row"]): fill for fill in result.fills}
    for row, close in enumerate(closes):
        if row in by_row:
            fill = by_row[row]
            sign = 1.0 if fill["side"] == "buy" else -1.0
            cash -= sign * fill["qty"] * fill["price"] + fill["fee"]
            qty += sign * fill["qty"]
        assert qty >= 0.0
        assert result.equity[row] == pytest.approx(cash + qty * close, abs=tolerance)
    assert result.equity[-1] == pytest.approx(options["cash"] + result.trades["pnl"].sum(), abs=tolerance)
    assert result.trades["fees"].sum() == pytest.approx(result.fills["fee"].sum(), abs=tolerance)


@given(runs(), st.data())
def test_the_future_never_changes_the_past(run, data):
    """A run on a prefix, or on another future, has the same fills and equity as the whole run up to there."""
    opens, closes, entries, exits, options = run
    cut = data.draw(st.integers(1, len(opens) - 1))
    whole = Backtest(bars_of(opens, closes), **options).run_signals(entries, exits)
    prefix = Backtest(bars_of(opens[:cut], closes[:cut]), **options).run_signals(entries[:cut], exits[:cut])
    other = Backtest(
        bars_of(opens[:cut] + opens[cut:][::-1], closes[:cut] + [2 * c for c in closes[cut:]]), **options
    ).run_signals(entries[:cut] + [not e for e in entries[cut:]], exits[:cut] + exits[cut:][::-1])
    for result in (prefix, other):
        np.testing.assert_array_equal(result.equity[:cut], whole.equity[:cut])
        np.testing.assert_array_equal(result.fills[result.fills["row"] < cut], whole.fills[whole.fills["row"] < cut])


@given(runs())
def test_next_open_never_sees_its_own_bar(run):
    """The fill of row k depends on signals before k and on the open of k: not on the close of k, nor on its signals."""
    opens, closes, entries, exits, options = run
    options["fill"] = NEXT
    whole = Backtest(bars_of(opens, closes), **options).run_signals(entries, exits)
    for fill in whole.fills[:3]:
        row = int(fill["row"])
        changed = closes[:row] + [3.0 * close for close in closes[row:]]
        flipped = entries[:row] + [not e for e in entries[row:]]
        again = Backtest(bars_of(opens, changed), **options).run_signals(flipped, exits)
        assert again.fills[again.fills["row"] == row].tolist() == [fill.tolist()]
        assert fill["price"] == pytest.approx(opens[row], rel=1e-3)
