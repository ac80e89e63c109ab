"""A result is immutable, complete, and readable; a cold run imports nothing heavy."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pyrt import Backtest
from pyrt.analysis import risk_metrics as risk
from pyrt.backtest import CostModel
from pyrt.backtest.results.measures import MEASURES

ROOT = Path(__file__).parents[2]
DAYS = np.arange("2020-01-01", "2022-09-27", dtype="datetime64[D]")


def run(n=1000, **options):
    rng = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(rng.normal(3e-4, 0.01, n)))
    opens = np.append(100.0, close[:-1])
    bars = {"time": DAYS[:n], "open": opens, "high": np.maximum(opens, close), "low": np.minimum(opens, close)}
    return Backtest({**bars, "close": close}, **options).run_signals(rng.random(n) < 0.05, rng.random(n) < 0.05)


@pytest.fixture(scope="module")
def result():
    return run()


def test_nothing_can_be_changed(result):
    arrays = (result.equity, result.trades, result.fills, result.returns, result.drawdown, result.bars.close)
    for array in (*arrays, result.positions, result.exposure, result.turnover, result.drawdowns):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.cash = 1.0
    with pytest.raises(TypeError):
        result.metrics["sharpe"] = 9.0
    with pytest.raises(TypeError):
        result.assumptions["costs"] = "none"


def test_what_was_given_stays_writable():
    price = np.full(3, 10.0)
    entries = np.array([True, False, False])
    bars = {"time": np.arange(3), "open": price, "high": price, "low": price, "close": price}
    Backtest(bars).run_signals(entries, ~entries)
    price[0], entries[0] = 11.0, False


def test_metrics_are_those_of_the_measures(result):
    m, r = result.metrics, result.returns
    assert list(m) == [name for name in MEASURES if name not in ("n_orders", "n_fills", "maker_share")]
    assert m["total_return"] == pytest.approx(np.prod(1 + r) - 1)
    assert m["sharpe"] == pytest.approx(r.mean() / r.std(ddof=1) * np.sqrt(m["periods_per_year"]))
    assert m["periods_per_year"] == pytest.approx(365.25)
    assert m["max_drawdown"] == result.drawdown.min() <= 0
    assert m["calmar"] == pytest.approx(m["cagr"] / -m["max_drawdown"])
    assert m["total_fees"] == pytest.approx(result.fills["fee"].sum())
    closed = result.trades[result.trades["status"] == "closed"]
    assert m["n_trades"] == len(closed)
    assert m["win_rate"] == np.mean(closed["pnl"] > 0)
    assert m["value_at_risk"] == risk.value_at_risk(r)
    assert m["buy_and_hold"] == result.bars.close[-1] / result.bars.close[0] - 1


def test_exposure_counts_bars_with_a_position(result):
    held = np.zeros(len(result.bars), bool)
    rows = result.fills["row"].tolist()
    for entry, leave in zip(rows[::2], [*rows[1::2], len(held)], strict=False):
        held[entry:leave] = True
    assert result.metrics["exposure"] == held.mean()
    expected = result.cash + result.trades["pnl"].sum()
    assert result.equity[-1] == pytest.approx(expected)


def test_frames(result):
    trades = result.to_frame()
    assert list(trades) == list(result.trades.dtype.names)
    assert str(trades["entry_time"].dtype) == "datetime64[ns, UTC]"
    assert trades["status"].isin(["open", "closed"]).all()
    assert len(result.to_frame("fills")) == len(result.fills)
    equity = result.to_frame("equity")
    assert equity.index.tz is not None
    np.testing.assert_array_equal(equity["equity"], result.equity)
    trades.loc[0, "pnl"] = 1.0  # a frame is the user's own
    with pytest.raises(ValueError, match="what: must be one of"):
        result.to_frame("orders")


def test_words(result):
    text = str(result)
    for name in result.metrics:
        assert MEASURES[name].label in text
    for words in result.assumptions.values():
        assert words in text
    assert repr(result).startswith("<Result: 1,000 bars, 2020-01-01 to 2022-09-26 UTC; ")
    assert "nan" not in text
    assert "! no entry signal" in run(n=2).summary()


def test_assumptions_name_every_model():
    said = run(costs=CostModel(fees_bps=3, fixed=1, slippage_bps=2), fill="close", size=5, stamp="start", period="1d")
    words = said.assumptions
    assert words["costs"] == "fees 3 bps of the traded value and 1 a fill; slippage 2 bps against each fill"
    assert "optimistic" in words["fills"]
    assert "5 units" in words["size"]
    assert "start of bars" in words["times"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.12345, "12.35%"),
        ("max_drawdown", -0.5, "\N{MINUS SIGN}50.00%"),
        ("sharpe", float("nan"), "\N{EN DASH}"),
        ("profit_factor", float("inf"), "\N{INFINITY}"),
        ("max_drawdown_days", 0.5, "12.0 hours"),
        ("max_drawdown_days", -0.05, "\N{MINUS SIGN}72.0 min"),
        ("mean_trade_days", 3 / 86400, "3.0 s"),
        ("mean_trade_days", 3e-6 / 86400, "3,000.0 ns"),
        ("final_equity", 1234567.891, "1,234,567.89"),
    ],
)
def test_how_figures_are_written(name, value, text):
    assert MEASURES[name].write(value) == text


def test_a_cold_run_imports_nothing_heavy():
    code = """
import sys, numpy as np, pyrt
p = np.linspace(10, 20, 50)
bars = {"time": np.arange(50), "open": p, "high": p, "low": p, "close": p}
result = pyrt.Backtest(bars).run_signals(p > 12, p < 11)
assert result.metrics["n_trades"] == 0
heavy = {"numba", "scipy", "matplotlib", "pandas", "pyarrow", "polars"} & set(sys.modules)
assert not heavy, heavy
others = {"llvmlite", "pyrt.strategy", "pyrt.backtest.events", "pyrt.backtest.sessions", "pyrt.backtest.bars.result"}
others |= {"pyrt.backtest.matching", "pyrt_ext.matching", "pyrt.data.importers.orders", "pyrt.data.order_book"}
assert not others & set(sys.modules), others & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_pandas_and_polars_signals_are_the_same():
    import pandas as pd
    import polars as pl

    price = np.array([10.0, 11.0, 12.0, 11.0, 10.0, 9.0])
    frame = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close"), price), index=pd.DatetimeIndex(DAYS[:6]))
    arrays = Backtest(frame).run_signals(price > 10, price < 11)
    series = Backtest(frame).run_signals(frame["Close"] > 10, frame["Close"] < 11)
    shifted = Backtest(frame, stamp="start", period="1d").run_signals(frame["Close"] > 10, frame["Close"] < 11)
    lists = Backtest(pl.from_pandas(frame.reset_index(names="time"))).run_signals(
        pl.Series(price > 10), [0, 0, 0, 0, 1, 1]
    )
    for other in (series, lists, shifted):
        np.testing.assert_array_equal(other.equity, arrays.equity)
    assert shifted.trades["entry_time"][0] == arrays.trades["entry_time"][0] + np.timedelta64(1, "D")
