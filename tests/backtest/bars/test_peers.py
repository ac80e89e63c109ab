"""Strategy classes on bars beside vectorbt's order functions and backtesting.py: the same fills, fees, equity, trades.

Each peer runs in the interpreter that its variable names, or in that of ``make peers``; without one its tests skip.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pyrt import Backtest, Strategy
from pyrt.backtest import CostModel
from pyrt.data import Bars, load_bars, sample
from tests.backtest.bars.chaos import random_bars

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
PLAN = []


def interpreter(variable, folder):
    own = ROOT / ".venv" / folder / "bin" / "python"
    return os.environ.get(variable) or (str(own) if own.exists() else None)


PEERS = {
    "vectorbt": interpreter("PYRT_PEERS", "peers"),
    "backtesting": interpreter("PYRT_PEERS_BACKTESTING", "peers_backtesting"),
}


def markets():
    """A random walk that often opens beyond yesterday's range, one without gaps, real days and real minutes."""
    found = {"gaps": random_bars(1, 1500, gaps=0.6), "walk": random_bars(2, 1500, gaps=0.0), "S&P 500": sample.sp500()}
    minutes = DATA / "bars" / "btc_perp_1m_202201.parquet"
    if minutes.exists():
        found["minutes"] = load_bars(minutes).take(np.arange(3000))
    return found


def asked(peer, folders):
    """What the peer made of each folder."""
    script = Path(__file__).with_name("peer_runs.py")
    done = subprocess.run(
        [PEERS[peer], str(script), peer, *map(str, folders)], capture_output=True, text=True, timeout=900, check=False,
        env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


def hand_over(folder, bars, plan, **case):
    folder.mkdir()
    for name in ("open", "high", "low", "close"):
        np.save(folder / f"{name}.npy", getattr(bars, name))
    np.save(folder / "plan.npy", plan)
    (folder / "case.json").write_text(json.dumps(case))


class Units(Strategy):
    """Trades so many units after each bar as the plan says."""

    def start(self, ctx):
        self.plan = np.array(PLAN, float)
        self.row: int = 0

    def on_bar(self, ctx, bar):
        if self.plan[self.row] != 0.0:
            ctx.market(self.plan[self.row])
        self.row += 1


@pytest.mark.skipif(PEERS["vectorbt"] is None, reason="vectorbt is not here: make peers")
def test_fills_fees_and_equity_equal_those_of_vectorbts_order_functions(tmp_path):
    rng, cases = np.random.default_rng(5), {}
    for name, bars in markets().items():
        plan = np.where(rng.random(len(bars)) < 0.1, rng.integers(-5, 6, len(bars)), 0).astype(float)
        hand_over(tmp_path / name, bars, plan, fees=0.0007, slippage=0.0004, cash=1e7)
        cases[name] = (bars, plan)
    asked("vectorbt", [tmp_path / name for name in cases])
    for name, (bars, plan) in cases.items():
        PLAN[:] = plan
        result = Backtest(bars, cash=1e7, costs=CostModel(fees_bps=7, slippage_bps=4)).run(Units)
        orders, value = np.load(tmp_path / name / "orders.npy"), np.load(tmp_path / name / "value.npy")
        fills = result.fills
        assert len(fills) == orders.shape[1] > 50, name
        np.testing.assert_array_equal(fills["row"], orders[0], err_msg=name)
        np.testing.assert_array_equal(fills["side"] == "sell", orders[4] == 1, err_msg=name)
        for field, column in zip(("qty", "price", "fee"), orders[1:4], strict=True):
            np.testing.assert_allclose(fills[field], column, rtol=1e-9, err_msg=f"{name}, {field}")
        np.testing.assert_allclose(result.equity, value, rtol=1e-9, err_msg=name)


class Planned(Strategy):
    """One trade at a time: an entry at the market, by a limit or by a stop, with exits, as the plan says; or an end."""

    def start(self, ctx):
        self.plan = np.array(PLAN, float).reshape(-1)
        self.row: int = 0

    def on_bar(self, ctx, bar):
        at = self.row * 6
        self.row += 1
        size = self.plan[at]
        limit = self.plan[at + 1]
        stop = self.plan[at + 2]
        loss = self.plan[at + 3]
        profit = self.plan[at + 4]
        if self.plan[at + 5] != 0.0:
            ctx.cancel_all()
            ctx.close()
        elif size != 0.0 and ctx.position == 0 and ctx.order_count == 0:
            if limit == limit:  # noqa: PLR0124 (NaN)
                ctx.limit(size, limit)
            elif stop == stop:  # noqa: PLR0124
                ctx.stop(size, stop)
            elif loss == loss:  # noqa: PLR0124
                ctx.bracket(size, 0.0, profit, loss)
            else:
                ctx.market(size)


def entries(rng, bars, kind):
    """A plan: entries of a kind on a twentieth of the bars, exits as often where there are no others."""
    n = len(bars)
    plan = np.full((n, 6), np.nan)
    long = rng.random(n) < 0.5
    plan[:, 0] = np.where(rng.random(n) < 0.05, np.where(long, 3.0, -3.0), 0.0)
    usual = float(np.std(np.diff(np.log(bars.close))))
    away = bars.close * usual * rng.uniform(0.3, 3.0, n)
    up = np.where(long, 1.0, -1.0)
    if kind == "limit":
        plan[:, 1] = bars.close - up * away
    elif kind == "stop":
        plan[:, 2] = bars.close + up * away
    elif kind == "bracket":
        plan[:, 3] = bars.close - up * away
        plan[:, 4] = bars.close + up * away
    plan[:, 5] = (rng.random(n) < 0.05) if kind != "bracket" else 0.0
    return plan


def trades_of(result):
    """Closed trades as the peer writes them: entry and exit bar, size, prices."""
    fills, rows = result.fills, []
    for entry, leave in zip(fills[::2], fills[1::2], strict=False):
        size = entry["qty"] if entry["side"] == "buy" else -entry["qty"]
        rows.append((entry["row"], leave["row"], size, entry["price"], leave["price"]))
    return np.array(rows).reshape(-1, 5)


def opened_beyond_the_target(bars, plan, trade):
    """A bar opens beyond the target and comes to the stop later: the target filled at the open, whatever came then."""
    row, size = int(trade[1]), trade[2]
    asked_at = int(trade[0]) - 1
    loss, profit = plan[asked_at, 3:5]
    if size > 0:
        return bars.open[row] >= profit and bars.low[row] <= loss and trade[4] == bars.open[row]
    return bars.open[row] <= profit and bars.high[row] >= loss and trade[4] == bars.open[row]


@pytest.mark.skipif(PEERS["backtesting"] is None, reason="backtesting.py is not here: make peers")
def test_trades_equal_those_of_backtesting_py(tmp_path):
    rng, cases = np.random.default_rng(6), {}
    found = markets() | {"wild": wild_bars(7)}
    for name, bars in found.items():
        for kind in ("market", "limit", "stop", "bracket"):
            plan = entries(rng, bars, kind)
            folder = tmp_path / f"{name}_{kind}"
            hand_over(folder, bars, plan)
            cases[folder] = (bars, plan, kind)
    asked("backtesting", list(cases))
    differences = 0
    for folder, (bars, plan, kind) in cases.items():
        PLAN[:] = plan.ravel()
        trades = trades_of(Backtest(bars, cash=1e7, fees_bps=0).run(Planned))
        theirs = np.load(folder / "trades.npy").T
        theirs = theirs[np.argsort(theirs[:, 0], kind="stable")]
        # At the end of the data it runs once more over the last bar, and so closes what is left on it.
        theirs = theirs[: len(trades)] if len(theirs) - len(trades) in (0, 1) else theirs
        assert theirs.shape == trades.shape, (folder.name, theirs.shape, trades.shape)
        assert len(trades) > 3, folder.name
        same = np.isclose(trades, theirs, rtol=1e-12, atol=0).all(axis=1)
        for row in np.flatnonzero(~same):
            assert kind == "bracket", (folder.name, trades[row], theirs[row])
            assert opened_beyond_the_target(bars, plan, trades[row]), (folder.name, trades[row], theirs[row])
            # The peer looks at the stop first, and fills it at its level: a price of later that day.
            assert theirs[row, 4] == plan[int(trades[row, 0]) - 1, 3]
            np.testing.assert_allclose(theirs[row, :4], trades[row, :4])
            differences += 1
    assert differences > 0  # the wild market has such bars


def wild_bars(seed, n=1500):
    """Bars that are as large as the way between a stop and a target, and open anywhere."""
    rng = np.random.default_rng(seed)
    middle = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, n)))
    opened, close = (np.round(middle * np.exp(rng.normal(0.0, 0.05, n)), 1) for _ in range(2))
    high = np.round(np.maximum(opened, close) * np.exp(rng.exponential(0.02, n)), 1)
    low = np.round(np.minimum(opened, close) / np.exp(rng.exponential(0.02, n)), 1)
    time = 1_700_000_000_000_000_000 + 60_000_000_000 * np.arange(1, n + 1)
    return Bars(time, opened, high, low, close)
