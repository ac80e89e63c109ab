"""Runs in an interpreter that has vectorbt, which need not be the one of the tests: folders of arrays in, arrays out.

Each folder holds open.npy, close.npy, entries.npy, exits.npy and case.json; it gets trades.npy (entry row, exit row,
quantity, entry price, exit price, fees, profit, closed) and equity.npy.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np


def simulate(vectorbt, folder):
    opens, closes, entries, exits = (np.load(folder / f"{name}.npy") for name in ("open", "close", "entries", "exits"))
    case = json.loads((folder / "case.json").read_text())
    price = closes
    if case["fill"] == "next_open":  # a signal is known at its close: it may act one bar later
        price = opens
        entries, exits = (np.append(False, signal[:-1]) for signal in (entries, exits))
    portfolio = vectorbt.Portfolio.from_signals(
        closes,
        entries,
        exits,
        price=price,
        init_cash=case["cash"],
        fees=case["fees_bps"] / 1e4,
        fixed_fees=case["fixed"],
        slippage=case["slippage_bps"] / 1e4,
        size=case["units"] or case["fraction"],
        size_type="amount" if case["units"] else "percent",
    )
    records = portfolio.trades.records
    columns = ["entry_idx", "exit_idx", "size", "entry_price", "exit_price"]
    table = [records[name].to_numpy(np.float64) for name in columns]
    table.append((records["entry_fees"] + records["exit_fees"]).to_numpy(np.float64))
    table.append(records["pnl"].to_numpy(np.float64))
    table.append((records["status"] == 1).to_numpy(np.float64))
    np.save(folder / "trades.npy", np.array(table))
    np.save(folder / "equity.npy", np.asarray(portfolio.value(), np.float64))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    import vectorbt

    for path in sys.argv[1:]:
        simulate(vectorbt, Path(path))
