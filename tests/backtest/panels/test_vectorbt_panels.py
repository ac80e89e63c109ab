"""Shared accounts equal vectorbt's ``from_signals(cash_sharing=True, group_by=...)``: trades, fees and equity.

Left out is what vectorbt does otherwise: there "percent" is of the cash that is left and not of the equity, and a short
position's money can be spent on others.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pyrt import Backtest
from pyrt.backtest import CostModel, Notional
from tests.backtest.panels.test_panels import walk

OWN = Path(__file__).parents[3] / ".venv" / "peers" / "bin" / "python"
HERE = sys.executable if importlib.util.find_spec("vectorbt") else None
PEER = os.environ.get("PYRT_PEERS") or (str(OWN) if OWN.exists() else HERE)
pytestmark = pytest.mark.skipif(PEER is None, reason="vectorbt is not here: make peers")

NAMES = ("entries", "exits", "short_entries", "short_exits")
DEFAULTS = {
    "cash": 100_000.0, "fees_bps": 10.0, "fixed": 0.0, "slippage_bps": 0.0, "units": 0.0, "money": 0.0, "groups": [],
    "fill": "next_open", "short": False, "rate": 0.05,
}  # fmt: skip
CASES = {
    "all": {},
    "all_close": {"fill": "close"},
    "all_dense": {"rate": 0.4, "fees_bps": 3.0, "slippage_bps": 4.0},
    "money": {"money": 30_000.0},
    "money_beyond_cash": {"money": 70_000.0, "fill": "close", "fixed": 5.0},
    "units": {"units": 200.0, "fixed": 3.0},
    "units_beyond_cash": {"units": 500.0, "fees_bps": 7.0},
    "groups": {"groups": [0, 0, 1, 1, 2], "money": 60_000.0},
    "groups_all": {"groups": [1, 1, 3, 3, 3], "fill": "close"},
    "short": {"short": True, "units": 30.0, "cash": 10_000_000.0},
    "short_groups": {"short": True, "money": 9000.0, "cash": 10_000_000.0, "groups": [0, 0, 1, 1, 1], "fill": "close"},
}


def random_market():
    return {f"S{k}": walk(70 + k, 800, scale=0.02) for k in range(5)}


def real_market(shared_data):
    frame = pd.read_parquet(shared_data / "bars" / "us20_daily_close_1990_2022.parquet")
    frame = frame.set_index(next(name for name in frame.columns if not pd.api.types.is_float_dtype(frame[name])))
    closes = frame.iloc[:2000, :5]
    time = pd.DatetimeIndex(closes.index)
    return {
        name: {"time": time.to_numpy()} | dict.fromkeys(("open", "high", "low", "close"), column.to_numpy(float))
        for name, column in closes.items()
    }


@pytest.fixture(scope="module")
def markets(request):
    found = {"random": random_market()}
    folder = Path(__file__).parents[4] / "shared" / "data"
    if folder.exists():
        found["us20"] = real_market(folder)
    return found


def case_of(case, market):
    """The case in full, signals as tables, and the number of times."""
    options = {**DEFAULTS, **CASES[case]}
    n = len(next(iter(market.values()))["close"])
    rng = np.random.default_rng(12)
    entries, exits = (rng.random((n, 5)) < options["rate"] for _ in range(2))
    never = np.zeros((n, 5), bool)
    return options, dict(
        zip(NAMES, (entries, never, exits, never) if options["short"] else (entries, exits), strict=False)
    )


@pytest.fixture(scope="module")
def peer(markets, tmp_path_factory):
    """All cases in one process of the peer: it compiles for seconds before the first."""
    folders, root = {}, tmp_path_factory.mktemp("vectorbt")
    for name, market in markets.items():
        close, opened = (np.stack([bars[key] for bars in market.values()], axis=1) for key in ("close", "open"))
        for case in CASES:
            options, signals = case_of(case, market)
            folder = folders[name, case] = root / f"{len(folders)}"
            folder.mkdir()
            late = options["fill"] == "next_open"
            for key, table in signals.items():
                np.save(folder / f"{key}.npy", np.vstack([np.zeros((1, 5), bool), table[:-1]]) if late else table)
            np.save(folder / "price.npy", opened if late else close)
            np.save(folder / "close.npy", close)
            (folder / "case.json").write_text(json.dumps(options))
    script = Path(__file__).with_name("vectorbt_panel_peer.py")
    done = subprocess.run(
        [PEER, str(script), *map(str, folders.values())], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folders


@pytest.mark.parametrize("case", CASES)
def test_trades_fees_and_equity_equal_vectorbt(markets, peer, case):
    for name, market in markets.items():
        options, signals = case_of(case, market)
        size = options["units"] or (Notional(options["money"]) if options["money"] else "all")
        costs = CostModel(fees_bps=options["fees_bps"], fixed=options["fixed"], slippage_bps=options["slippage_bps"])
        backtest = Backtest(market, cash=options["cash"], costs=costs, fill=options["fill"], size=size)
        groups = options["groups"]
        result = backtest.run_signals(**signals, cash_sharing=True, group_by=groups or None)
        folder = peer[name, case]
        theirs, equity = np.load(folder / "trades.npy"), np.load(folder / "equity.npy")
        labels = sorted(set(groups)) if groups else [None]
        for column, label in enumerate(labels):
            one = result[str(label)] if groups else result
            members = [k for k in range(5) if not groups or groups[k] == label]
            _compare(one, theirs, members, next(iter(market.values()))["time"])
            np.testing.assert_allclose(one.equity, equity[:, column], rtol=1e-9, err_msg=name)


def _compare(result, theirs, members, times):
    trades, times = result.trades, np.asarray(times).astype("M8[ns]")
    for slot, column in enumerate(members):
        own, other = trades[trades["instrument"] == slot], theirs[:, theirs[0] == column]
        assert other.shape[1] == len(own) > 0
        np.testing.assert_array_equal(own["entry_time"], times[other[1].astype(int)])
        np.testing.assert_array_equal(own["exit_time"], times[other[2].astype(int)])
        for field, values in zip(("qty", "entry_price", "exit_price", "fees"), other[3:7], strict=True):
            np.testing.assert_allclose(own[field], values, rtol=1e-9, err_msg=field)
        np.testing.assert_array_equal(own["status"] == "closed", other[7] == 1)
        np.testing.assert_array_equal(own["side"] == "short", other[8] == 1)
