"""Commissions and leverage give the trades and the equity of backtesting.py, where that is installed.

In this environment, in ``.venv/peers_backtesting``, or in the interpreter that PYRT_PEERS_BACKTESTING names.
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
from pyrt.backtest import Account, Commission, CostModel

OWN = Path(__file__).parents[3] / ".venv" / "peers_backtesting" / "bin" / "python"
HERE = sys.executable if importlib.util.find_spec("backtesting") else None
PEER = os.environ.get("PYRT_PEERS_BACKTESTING") or (str(OWN) if OWN.exists() else HERE)
pytestmark = pytest.mark.skipif(PEER is None, reason="backtesting.py is not here: make peers")

PLAIN = {"cash": 10_000.0, "units": 50, "leverage": 1.0, "rate": 0.0, "fixed": 0.0, "each": 0.0, "minimum": 0.0}
CASES = {
    "bps": {"rate": 0.001},
    "per_share_with_a_minimum": {"each": 0.005, "minimum": 1.0},
    "fixed_and_bps": {"fixed": 3.0, "rate": 0.0005},
    "leverage": {"leverage": 4.0, "units": 300, "each": 0.01},
    "short": {"short": True, "each": 0.005, "minimum": 1.0},
    "short_with_leverage": {"short": True, "leverage": 3.0, "units": 250, "rate": 0.0002},
}


def market(seed):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.008, 400)))
    opened = np.append(100.0, close[:-1]) * np.exp(rng.normal(0, 0.003, 400))
    high, low = np.maximum(opened, close) * 1.002, np.minimum(opened, close) * 0.998
    entries, exits = rng.random(400) < 0.08, rng.random(400) < 0.08
    entries[-3:] = exits[-3:] = entries[0] = False  # its first call comes with the second bar
    return {"open": opened, "high": high, "low": low, "close": close}, entries & ~exits, exits


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    folders = {}
    for name, case in CASES.items():
        folder = folders[name] = tmp_path_factory.mktemp(name)
        bars, entries, exits = market(len(name))
        for array, values in {**bars, "entries": entries, "exits": exits}.items():
            np.save(folder / f"{array}.npy", values)
        (folder / "case.json").write_text(json.dumps({**PLAIN, "short": False, **case}))
    script = Path(__file__).with_name("backtesting_peer.py")
    done = subprocess.run([PEER, str(script), *map(str, folders.values())], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return folders


@pytest.mark.parametrize("name", CASES)
def test_trades_commissions_and_equity_equal_backtesting(peer, name):
    case = {**PLAIN, "short": False, **CASES[name]}
    bars, entries, exits = market(len(name))
    commission = Commission(
        taker_bps=case["rate"] * 1e4, per_unit=case["each"], per_fill=case["fixed"], minimum=case["minimum"] or None
    )
    account = Account(leverage=case["leverage"], maintenance=0.0)
    time = np.datetime64("2020-01-01", "ns") + np.arange(400) * np.timedelta64(1, "D")
    costs = CostModel(commission=commission)
    backtest = Backtest({"time": time, **bars}, cash=case["cash"], costs=costs, account=account, size=case["units"])
    never = np.zeros(400, bool)
    if case["short"]:
        result = backtest.run_signals(never, never, short_entries=entries, short_exits=exits)
    else:
        result = backtest.run_signals(entries, exits)
    theirs, trades = np.load(peer[name] / "trades.npy"), result.trades[result.trades["status"] == "closed"]
    assert len(theirs) == len(trades) > 5
    rows = result.fills["row"]
    np.testing.assert_array_equal(rows[::2][: len(trades)], theirs[:, 0])
    np.testing.assert_array_equal(rows[1::2], theirs[:, 1])
    np.testing.assert_allclose(trades["qty"], np.abs(theirs[:, 2]), rtol=1e-12)
    for column, field in ((3, "entry_price"), (4, "exit_price"), (5, "fees")):
        np.testing.assert_allclose(trades[field], theirs[:, column], rtol=1e-9, err_msg=field)
    np.testing.assert_allclose(trades["pnl"], theirs[:, 6], rtol=1e-9, atol=1e-8 * case["cash"])
    np.testing.assert_allclose(result.equity, np.load(peer[name] / "equity.npy"), rtol=1e-9)
