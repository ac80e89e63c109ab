"""Runs in an interpreter that has vectorbt, which need not be the one of the tests: folders of arrays in, arrays out.

Each folder holds open, high, low, close, entries and exits as ``.npy``, short_entries and short_exits if there are any,
and case.json; it gets trades.npy (entry row, exit row, quantity, entry price, exit price, fees, profit, closed, short)
and equity.npy.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np


def simulate(vectorbt, folder):
    bars = {name: np.load(folder / f"{name}.npy") for name in ("open", "high", "low", "close")}
    names = ("entries", "exits", "short_entries", "short_exits")
    signals = {name: np.load(folder / f"{name}.npy") for name in names if (folder / f"{name}.npy").exists()}
    case = json.loads((folder / "case.json").read_text())
    price = bars["close"]
    if case["fill"] == "next_open":  # a signal is known at its close: it may act one bar later
        price = bars["open"]
        signals = {name: np.append(False, signal[:-1]) for name, signal in signals.items()}
    size, kind = case["fraction"], "percent"
    for name, other in (("units", "amount"), ("money", "value")):
        if case[name]:
            size, kind = case[name], other
    stop = case["trailing"] or case["stop_loss"]
    portfolio = vectorbt.Portfolio.from_signals(
        **bars,
        **signals,
        price=price,
        init_cash=case["cash"],
        fees=case["fees_bps"] / 1e4,
        fixed_fees=case["fixed"],
        slippage=case["slippage_bps"] / 1e4,
        size=size,
        size_type=kind,
        sl_stop=stop or None,
        sl_trail=bool(case["trailing"]),
        tp_stop=case["take_profit"] or None,
        stop_entry_price="fillprice",
        stop_exit_price="stoplimit" if case["take_profit"] else "stopmarket",
    )
    records = portfolio.trades.records
    columns = ["entry_idx", "exit_idx", "size", "entry_price", "exit_price"]
    table = [records[name].to_numpy(np.float64) for name in columns]
    table.append((records["entry_fees"] + records["exit_fees"]).to_numpy(np.float64))
    table.append(records["pnl"].to_numpy(np.float64))
    table.append((records["status"] == 1).to_numpy(np.float64))
    table.append((records["direction"] == 1).to_numpy(np.float64))
    np.save(folder / "trades.npy", np.array(table))
    np.save(folder / "equity.npy", np.asarray(portfolio.value(), np.float64))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    import vectorbt

    for path in sys.argv[1:]:
        simulate(vectorbt, Path(path))
