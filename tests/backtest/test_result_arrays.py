"""What a result says bar by bar and trade by trade, against slow definitions; two results side by side."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import Backtest
from pyrt.analysis import risk_metrics as risk
from pyrt.backtest import Comparison, compare
from pyrt.errors import DTypeError, InputError

DAY = 86_400_000_000_000


def random_bars(seed, n):
    rng = np.random.default_rng(seed)
    opens = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, n)))
    closes = opens * np.exp(rng.normal(0, 0.01, n))
    high = np.maximum(opens, closes) * (1 + rng.random(n) / 50)
    low = np.minimum(opens, closes) * (1 - rng.random(n) / 50)
    return {"time": DAY * (18_000 + np.arange(n)), "open": opens, "high": high, "low": low, "close": closes}, rng


def run(seed, n, rate, **options):
    bars, rng = random_bars(seed, n)
    return Backtest(bars, **options).run_signals(rng.random(n) < rate, rng.random(n) < rate)


cases = st.tuples(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
fills = st.sampled_from(["next_open", "close"])


@settings(max_examples=150)
@given(cases, fills, st.sampled_from([0, 50]))
def test_excursions_against_a_walk_over_the_bars(case, fill, slippage):
    from pyrt.backtest import CostModel

    result = run(*case, fill=fill, costs=CostModel(slippage_bps=slippage))
    rows = result.fills["row"].tolist()
    n = len(result.bars)
    for k, trade in enumerate(result.trades):
        entry, leave = rows[2 * k], rows[2 * k + 1] if 2 * k + 1 < len(rows) else None
        seen = [trade["entry_price"], trade["exit_price"]]
        for row in range(n):
            after = row >= entry if fill == "next_open" else row > entry
            before = leave is None or (row < leave if fill == "next_open" else row <= leave)
            if after and before:
                seen += [result.bars.low[row], result.bars.high[row]]
        assert trade["mae"] == pytest.approx(min(seen) / trade["entry_price"] - 1, abs=1e-12)
        assert trade["mfe"] == pytest.approx(max(seen) / trade["entry_price"] - 1, abs=1e-12)
        assert trade["mae"] <= 0 <= trade["mfe"]
        assert trade["return"] == trade["pnl"] / (trade["qty"] * trade["entry_price"])
        assert trade["duration"] == trade["exit_time"] - trade["entry_time"]


@settings(max_examples=100)
@given(cases, fills)
def test_positions_exposure_and_turnover_add_up(case, fill):
    result = run(*case, fill=fill)
    cash = result.equity - result.positions * result.bars.close
    assert (result.positions >= 0).all()
    flat = result.positions == 0
    np.testing.assert_array_equal(result.exposure[flat], 0.0)
    np.testing.assert_allclose(cash[~flat], 0.0, atol=1e-6)  # everything is spent
    np.testing.assert_allclose(result.exposure[~flat], 1.0)
    before = np.append(result.cash, result.equity[:-1])
    value = float((result.fills["qty"] * result.fills["price"]).sum())
    assert (result.turnover * before).sum() == pytest.approx(value)
    assert set(np.flatnonzero(result.turnover)) == set(result.fills["row"])
    assert result.metrics["exposure"] == np.mean(~flat)


def test_drawdowns_are_those_of_the_measures():
    result = run(1, 500, 0.2)
    assert result.drawdowns["depth"].min() == result.metrics["max_drawdown"] == result.drawdown.min()
    assert result.drawdowns["days"].max() == result.metrics["max_drawdown_days"]
    frame = result.to_frame("drawdowns")
    assert list(frame) == ["peak", "trough", "end", "depth", "days", "recovered"]
    assert str(frame["peak"].dtype) == "datetime64[ns, UTC]"
    assert list(result.to_frame("equity")) == ["equity", "drawdown", "returns", "position", "exposure", "turnover"]


def test_measures_beside_holding():
    bars, _ = random_bars(2, 400)
    always = np.ones(400, bool)
    result = Backtest(bars, fees_bps=0, fill="close").run_signals(always, ~always)
    m = result.metrics
    assert m["beta"] == pytest.approx(1.0)
    assert m["alpha"] == pytest.approx(0.0, abs=1e-12)
    assert m["up_capture"] == pytest.approx(1.0)
    assert m["tracking_error"] == pytest.approx(0.0, abs=1e-12)
    assert m["total_return"] == pytest.approx(m["buy_and_hold"])
    assert m["sharpe_low"] < m["sharpe"] < m["sharpe_high"]
    assert m["probabilistic_sharpe"] == risk.probabilistic_sharpe(result.returns)


def test_measures_of_the_trades():
    result = run(3, 500, 0.3)
    closed = result.trades[result.trades["status"] == "closed"]
    assert result.metrics["best_trade"] == closed["return"].max()
    assert result.metrics["worst_trade"] == closed["return"].min()
    assert result.metrics["mean_trade_days"] == pytest.approx(closed["duration"].astype(float).mean() / DAY)


def test_an_account_that_never_moves_has_no_ratios():
    bars, _ = random_bars(4, 9)
    idle = Backtest(bars).run_signals([False] * 9, [False] * 9)
    for name in ("sharpe", "sharpe_low", "probabilistic_sharpe", "sortino", "win_rate", "best_trade", "sqn", "kelly"):
        assert math.isnan(idle.metrics[name])
    assert idle.metrics["total_return"] == idle.metrics["beta"] == idle.metrics["exposure"] == 0.0


def test_fills_outside_their_bar_are_named():
    from pyrt.backtest import CostModel

    flat = np.full(20, 100.0)
    bars = dict.fromkeys(("open", "high", "low", "close"), flat) | {"time": DAY * (18_000 + np.arange(20))}
    signals = np.arange(20) % 4 == 0, np.arange(20) % 4 == 2
    slipped = Backtest(bars, costs=CostModel(slippage_bps=5)).run_signals(*signals)
    assert f"{len(slipped.fills)} fills lie outside their bar's range" in slipped.warnings[0]
    assert not Backtest(bars).run_signals(*signals).warnings


def test_pictures_of_every_result():
    for result in (run(4, 300, 0.2), run(4, 1, 0.0), run(4, 300, 0.0)):
        for draw in (result.plot_drawdowns, result.plot_exposure, result.plot_excursions):
            assert len(draw(dark=True).axes) >= 1
    title = run(4, 300, 0.2).plot_drawdowns(worst=3).axes[0].get_title(loc="left")
    assert title.startswith("The 3 deepest of ")
    with pytest.raises(InputError, match="worst: must be 1 to 20"):
        run(4, 30, 0.2).plot_drawdowns(worst=0)


# ---- two side by side ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair():
    return run(5, 400, 0.2, fees_bps=0), run(5, 400, 0.2, fees_bps=50)


def test_comparison_is_aligned_and_exact(pair):
    both = compare(*pair, names=("cheap", "dear"))
    assert isinstance(both, Comparison)
    assert list(both.measures) == list(pair[0].metrics)
    for name, (a, b, difference) in both.measures.items():
        assert (a, b) == (pair[0].metrics[name], pair[1].metrics[name])
        assert difference == (0.0 if a == b else b - a)
    assert list(both.assumptions) == ["costs"]
    frame = both.to_frame()
    assert list(frame) == ["cheap", "dear", "difference"]
    assert frame.loc["total_fees", "difference"] == pair[1].metrics["total_fees"] > 0
    text = str(both)
    assert "cheap" in text.splitlines()[0]
    assert "fees 50 bps" in text
    assert "data" not in text.split()
    assert repr(both).startswith("<Comparison of cheap and dear: ")


def test_a_result_compared_with_itself_has_no_difference(pair):
    both = compare(pair[0], pair[0])
    assert all(one.difference == 0 or math.isnan(one.a) for one in both.measures.values())
    assert not both.assumptions


def test_other_data_is_said():
    assert "400 bars" in str(compare(run(5, 400, 0.2), run(5, 300, 0.2)))


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((None, None), {}, DTypeError, "a: must be a result of a backtest, got NoneType"),
        (("RESULT", {"sharpe": 1}), {}, DTypeError, "b: must be a result"),
        (("RESULT", "RESULT"), {"names": ("x", "x")}, InputError, "names: must be two different words"),
        (("RESULT", "RESULT"), {"names": ("x",)}, InputError, "names: must be two different words"),
    ],
)
def test_bad_comparisons(pair, arguments, options, error, words):
    given = [pair[0] if argument == "RESULT" else argument for argument in arguments]
    with pytest.raises(error, match=words):
        compare(*given, **options)
