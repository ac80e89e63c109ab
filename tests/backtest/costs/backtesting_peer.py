"""Runs in an interpreter that has backtesting.py: folders of arrays in, arrays out.

Each folder holds open, high, low, close, entries and exits as ``.npy`` and case.json; it gets trades.npy (entry row,
exit row, units, entry price, exit price, commissions, profit) and equity.npy.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd


def simulate(folder):
    from backtesting import Backtest, Strategy

    columns = {name.capitalize(): np.load(folder / f"{name}.npy") for name in ("open", "high", "low", "close")}
    entries, exits = (np.load(folder / f"{name}.npy") for name in ("entries", "exits"))
    case = json.loads((folder / "case.json").read_text())
    days = pd.date_range("2020-01-01", periods=len(entries), freq="D")

    class Crossing(Strategy):
        def init(self):
            pass

        def next(self):
            row = len(self.data) - 1
            if self.position and exits[row]:
                self.position.close()
            elif not self.position and entries[row]:
                (self.sell if case["short"] else self.buy)(size=case["units"])

    def commission(size, price):
        fee = case["fixed"] + abs(size) * price * case["rate"] + abs(size) * case["each"]
        return max(case["minimum"], fee)

    run = Backtest(
        pd.DataFrame(columns, index=days),
        Crossing,
        cash=case["cash"],
        commission=commission,
        margin=1 / case["leverage"],
        finalize_trades=False,
    )
    stats = run.run()
    names = ["EntryBar", "ExitBar", "Size", "EntryPrice", "ExitPrice", "Commission", "PnL"]
    np.save(folder / "trades.npy", stats["_trades"][names].to_numpy(float))
    np.save(folder / "equity.npy", stats["_equity_curve"]["Equity"].to_numpy(float))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in sys.argv[1:]:
        simulate(Path(name))
