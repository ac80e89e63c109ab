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
from pyrt.backtest import CostModel, Fraction
from pyrt.data import Bars, sample

OWN = Path(__file__).parents[2] / ".venv" / "peers" / "bin" / "python"
HERE = sys.executable if importlib.util.find_spec("vectorbt") else None
PEER = os.environ.get("PYRT_PEERS") or (str(OWN) if OWN.exists() else HERE)
pytestmark = pytest.mark.skipif(PEER is None, reason="vectorbt is not here: make peers")

CASES = {
    "all_next_open": {},
    "all_close": {"fill": "close"},
    "no_costs": {"fees_bps": 0.0},
    "units": {"units": 20.0},
    "units_beyond_cash": {"units": 90.0, "fill": "close"},
    "fraction": {"fraction": 0.3},
    "all_costs": {"fees_bps": 7.0, "fixed": 25.0, "slippage_bps": 12.0},
    "all_costs_units": {"fees_bps": 7.0, "fixed": 25.0, "slippage_bps": 12.0, "units": 30.0},
}
DEFAULTS = {"cash": 100_000.0, "fees_bps": 10.0, "fixed": 0.0, "slippage_bps": 0.0, "units": 0.0, "fraction": 1.0}


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


@pytest.fixture(scope="module")
def bars():
    pytest.importorskip("arch", reason="the S&P 500 bars come with arch: pip install 'pyrt[demo]'")
    return sample.sp500()


@pytest.fixture(scope="module")
def peer(bars, tmp_path_factory):
    """All cases in one process of the peer: it compiles for seconds before the first."""
    folders = {}
    for signal, make in SIGNALS.items():
        for case, changes in CASES.items():
            folder = folders[signal, case] = tmp_path_factory.mktemp(f"{signal}_{case}")
            entries, exits = make(bars.close)
            for name, array in (("open", bars.open), ("close", bars.close), ("entries", entries), ("exits", exits)):
                np.save(folder / f"{name}.npy", array)
            (folder / "case.json").write_text(json.dumps({"fill": "next_open", **DEFAULTS, **changes}))
    script = Path(__file__).with_name("vectorbt_peer.py")
    done = subprocess.run(
        [PEER, str(script), *map(str, folders.values())], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folders


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("signal", SIGNALS)
def test_trades_fees_and_equity_equal_vectorbt(bars: Bars, peer, signal, case):
    options = {"fill": "next_open", **DEFAULTS, **CASES[case]}
    size = options["units"] or ("all" if options["fraction"] == 1.0 else Fraction(options["fraction"]))
    costs = CostModel(fees_bps=options["fees_bps"], fixed=options["fixed"], slippage_bps=options["slippage_bps"])
    backtest = Backtest(bars, cash=options["cash"], costs=costs, fill=options["fill"], size=size)
    result = backtest.run_signals(*SIGNALS[signal](bars.close))
    theirs, equity = np.load(peer[signal, case] / "trades.npy"), np.load(peer[signal, case] / "equity.npy")
    trades = result.trades
    assert theirs.shape[1] == len(trades) > 5
    np.testing.assert_array_equal(trades["status"] == "closed", theirs[7] == 1)
    np.testing.assert_array_equal(trades["entry_time"], bars.timestamps[theirs[0].astype(int)])
    np.testing.assert_array_equal(trades["exit_time"], bars.timestamps[theirs[1].astype(int)])
    for name, column in zip(("qty", "entry_price", "exit_price", "fees", "pnl"), theirs[2:7], strict=True):
        # A profit is a difference of two values of the size of the cash.
        slack = 1e-9 * options["cash"] if name == "pnl" else 0.0
        np.testing.assert_allclose(trades[name], column, rtol=1e-9, atol=slack, err_msg=name)
    np.testing.assert_allclose(result.equity, equity, rtol=1e-9)
