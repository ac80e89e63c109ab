"""Closed trades, fees and equity equal those of vectorbt's Portfolio.from_signals.

Runs where vectorbt is: in this environment (``pip install 'pyrt[peers]'``), in that of ``make peers``, or in the
interpreter that the environment variable PYRT_PEERS names.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pyrt import Backtest
from pyrt.backtest import CostModel, Fraction, Notional, Stops
from pyrt.data import Bars, load_bars, sample

DATA = Path(__file__).parents[3] / "shared" / "data"
OWN = Path(__file__).parents[2] / ".venv" / "peers" / "bin" / "python"
HERE = sys.executable if importlib.util.find_spec("vectorbt") else None
PEER = os.environ.get("PYRT_PEERS") or (str(OWN) if OWN.exists() else HERE)
pytestmark = pytest.mark.skipif(PEER is None, reason="vectorbt is not here: make peers")

RICH = {"cash": 10_000_000.0}
"""Cash that covers every short position: vectorbt lets a given number of units be sold short without any."""
TURNS = {**RICH, "short": "turns", "units": 20.0}
CASES = {
    "all_next_open": {},
    "all_close": {"fill": "close"},
    "no_costs": {"fees_bps": 0.0},
    "units": {"units": 20.0},
    "units_beyond_cash": {"units": 90.0, "fill": "close"},
    "fraction": {"fraction": 0.3},
    "money": {"money": 20_000.0},
    "all_costs": {"fees_bps": 7.0, "fixed": 25.0, "slippage_bps": 12.0},
    "all_costs_units": {"fees_bps": 7.0, "fixed": 25.0, "slippage_bps": 12.0, "units": 30.0},
    "short": {"short": "alone", "fees_bps": 2.0, "fixed": 5.0, "slippage_bps": 1.0},
    "short_units": {**RICH, "short": "alone", "units": 20.0, "fill": "close"},
    "both_ways": {**RICH, "short": "turns", "units": 20.0, "fees_bps": 7.0, "slippage_bps": 12.0},
    "both_ways_money": {**RICH, "short": "turns", "money": 20_000.0, "fill": "close", "fees_bps": 0.0},
    "stop_loss": {"fill": "close", "stop_loss": 0.02, "slippage_bps": 12.0},
    "take_profit": {"fill": "close", "take_profit": 0.03},
    "trailing": {"fill": "close", "trailing": 0.04, "units": 20.0},
    "short_stop_loss": {"fill": "close", "short": "alone", "stop_loss": 0.02, "fraction": 0.5},
    "short_take_profit": {**RICH, "fill": "close", "short": "alone", "take_profit": 0.03, "units": 20.0},
    "both_ways_stops": {
        **RICH,
        "fill": "close",
        "short": "turns",
        "units": 20.0,
        "stop_loss": 0.02,
        "take_profit": 0.05,
    },
    "both_ways_trailing": {
        **RICH,
        "fill": "close",
        "short": "turns",
        "units": 20.0,
        "trailing": 0.03,
        "take_profit": 0.05,
    },
}
DEFAULTS = {
    "cash": 100_000.0, "fees_bps": 10.0, "fixed": 0.0, "slippage_bps": 0.0, "units": 0.0, "money": 0.0, "fraction": 1.0,
    "stop_loss": 0.0, "take_profit": 0.0, "trailing": 0.0, "short": "",
}  # fmt: skip
NAMES = ("entries", "exits", "short_entries", "short_exits")


def crossover(close):
    def mean(window):
        sums = np.cumsum(np.append(0.0, close))
        return np.append(np.full(window - 1, np.nan), (sums[window:] - sums[:-window]) / window)

    fast, slow = mean(20), mean(100)
    return fast > slow, fast < slow


def noise(close, rate):
    rng = np.random.default_rng(7)
    return rng.random(len(close)) < rate, rng.random(len(close)) < rate


SIGNALS = {"crossover": crossover, "rare": lambda c: noise(c, 0.01), "dense": lambda c: noise(c, 0.6)}


def options_of(case, bars):
    """The case in full; units are those of a market at 1,228, where the S&P 500 begins."""
    options = {"fill": "next_open", **DEFAULTS, **CASES[case]}
    return options | {"units": options["units"] * 1228.0 / float(bars.close[0])}


def signals_of(make, close, short):
    """Entries and exits of a case, by name: long ones, short ones alone, or short ones that turn the position."""
    entries, exits = make(close)
    never = np.zeros(len(close), bool)
    sides = {"": (entries, exits), "alone": (never, never, entries, exits), "turns": (entries, never, exits, never)}
    return dict(zip(NAMES, sides[short], strict=False))


def random_bars():
    rng = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 5000)))
    opened = np.append(100.0, close[:-1]) * np.exp(rng.normal(0, 0.004, 5000))
    up, down = np.exp(np.abs(rng.normal(0, 0.005, (2, 5000))))
    high, low = np.maximum(opened, close) * up, np.minimum(opened, close) / down
    return Bars(86_400_000_000_000 * np.arange(5000), opened, high, low, close)


def minutes():
    path = DATA / "bars" / "btc_perp_1m_202201.parquet"
    return load_bars(path).take(np.arange(5000)) if path.exists() else None


@pytest.fixture(scope="module")
def markets():
    """Real days, minutes of a real market where they are, and a random walk."""
    pytest.importorskip("arch", reason="the S&P 500 bars come with arch: pip install 'pyrt[demo]'")
    found = {"S&P 500": sample.sp500(), "minutes": minutes(), "random": random_bars()}
    return {name: bars for name, bars in found.items() if bars is not None}


@pytest.fixture(scope="module")
def peer(markets, tmp_path_factory):
    """All cases in one process of the peer: it compiles for seconds before the first."""
    folders, root = {}, tmp_path_factory.mktemp("vectorbt")
    for market, bars in markets.items():
        for signal, make in SIGNALS.items():
            for case in CASES:
                options = options_of(case, bars)
                folder = folders[market, signal, case] = root / f"{len(folders)}"
                folder.mkdir()
                arrays = {name: getattr(bars, name) for name in ("open", "high", "low", "close")}
                for name, array in (arrays | signals_of(make, bars.close, options["short"])).items():
                    np.save(folder / f"{name}.npy", array)
                (folder / "case.json").write_text(json.dumps(options))
    script = Path(__file__).with_name("vectorbt_peer.py")
    done = subprocess.run(
        [PEER, str(script), *map(str, folders.values())], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folders


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("signal", SIGNALS)
def test_trades_fees_and_equity_equal_vectorbt(markets, peer, signal, case):
    for market, bars in markets.items():
        options = options_of(case, bars)
        size = "all" if options["fraction"] == 1.0 else Fraction(options["fraction"])
        size = options["units"] or (Notional(options["money"]) if options["money"] else size)
        costs = CostModel(fees_bps=options["fees_bps"], fixed=options["fixed"], slippage_bps=options["slippage_bps"])
        stops = Stops(**{name: options[name] for name in ("stop_loss", "take_profit", "trailing")})
        backtest = Backtest(bars, cash=options["cash"], costs=costs, fill=options["fill"], size=size)
        signals = signals_of(SIGNALS[signal], bars.close, options["short"])
        result = backtest.run_signals(**signals, stops=stops)
        folder, trades = peer[market, signal, case], result.trades
        theirs, equity = np.load(folder / "trades.npy"), np.load(folder / "equity.npy")
        assert theirs.shape[1] == len(trades) > 0, market
        np.testing.assert_array_equal(trades["status"] == "closed", theirs[7] == 1)
        np.testing.assert_array_equal(trades["side"] == "short", theirs[8] == 1)
        np.testing.assert_array_equal(trades["entry_time"], bars.timestamps[theirs[0].astype(int)])
        np.testing.assert_array_equal(trades["exit_time"], bars.timestamps[theirs[1].astype(int)])
        for name, column in zip(("qty", "entry_price", "exit_price", "fees", "pnl"), theirs[2:7], strict=True):
            # A profit is a difference of two values of the size of the cash.
            slack = 1e-9 * options["cash"] if name == "pnl" else 0.0
            np.testing.assert_allclose(trades[name], column, rtol=1e-9, atol=slack, err_msg=f"{market}, {name}")
        np.testing.assert_allclose(result.equity, equity, rtol=1e-9, err_msg=market)
