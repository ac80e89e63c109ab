"""Runs in an interpreter that has vectorbt, which need not be the one of the tests: folders of arrays in, arrays out.

Each folder holds price, close, entries and exits as ``.npy``, (times, assets), short_entries and short_exits if there
are any, and case.json; it gets trades.npy (asset, entry row, exit row, quantity, entry price, exit price, fees, closed,
short) and equity.npy, (times, groups).
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np


def simulate(vectorbt, folder):
    names = ("entries", "exits", "short_entries", "short_exits")
    signals = {name: np.load(folder / f"{name}.npy") for name in names if (folder / f"{name}.npy").exists()}
    case = json.loads((folder / "case.json").read_text())
    size, kind = (case["units"], "amount") if case["units"] else (case["money"], "value")
    if not size:
        size, kind = 1.0, "percent"
    portfolio = vectorbt.Portfolio.from_signals(
        np.load(folder / "close.npy"),
        **signals,
        price=np.load(folder / "price.npy"),
        init_cash=case["cash"],
        fees=case["fees_bps"] / 1e4,
        fixed_fees=case["fixed"],
        slippage=case["slippage_bps"] / 1e4,
        size=size,
        size_type=kind,
        cash_sharing=True,
        group_by=np.array(case["groups"]) if case["groups"] else True,
    )
    records = portfolio.trades.records
    columns = ["col", "entry_idx", "exit_idx", "size", "entry_price", "exit_price"]
    table = [records[name].to_numpy(np.float64) for name in columns]
    table.append((records["entry_fees"] + records["exit_fees"]).to_numpy(np.float64))
    table.append((records["status"] == 1).to_numpy(np.float64))
    table.append((records["direction"] == 1).to_numpy(np.float64))
    np.save(folder / "trades.npy", np.array(table))
    np.save(folder / "equity.npy", np.asarray(portfolio.value(), np.float64).reshape(len(signals["entries"]), -1))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    import vectorbt

    for path in sys.argv[1:]:
        simulate(vectorbt, Path(path))
