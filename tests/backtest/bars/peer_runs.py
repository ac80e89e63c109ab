"""Runs in a peer's interpreter: folders of arrays in, orders or trades out; ``test_peers.py`` compares.

Each folder holds open, high, low, close and plan as ``.npy`` and case.json. A plan has a row a bar: what is asked for
when that bar has ended.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np


def vectorbt_orders(folders):
    """Orders of a plan of signed units at the next open: row, size, price, fees, side; and the value at every bar."""
    import vectorbt
    from numba import njit
    from vectorbt.portfolio import nb
    from vectorbt.portfolio.enums import NoOrder

    @njit
    def order_func_nb(c, opened, plan, fees, slippage):
        if c.i == 0 or plan[c.i - 1] == 0.0:
            return NoOrder
        return nb.order_nb(size=plan[c.i - 1], price=opened[c.i], fees=fees, slippage=slippage)

    for folder in folders:
        opened, close, plan = (np.load(folder / f"{name}.npy") for name in ("open", "close", "plan"))
        case = json.loads((folder / "case.json").read_text())
        portfolio = vectorbt.Portfolio.from_order_func(
            close, order_func_nb, opened, plan, case["fees"], case["slippage"], init_cash=case["cash"]
        )
        records = portfolio.orders.records
        columns = [records[name].to_numpy(np.float64) for name in ("idx", "size", "price", "fees", "side")]
        np.save(folder / "orders.npy", np.array(columns))
        np.save(folder / "value.npy", np.asarray(portfolio.value(), np.float64))


def backtesting_trades(folders):
    """Trades of a plan of entries, one at a time: size, limit, stop, stop loss, take profit; NaN: none. Or an exit."""
    import pandas as pd
    from backtesting import Backtest, Strategy

    for folder in folders:
        bars = {name: np.load(folder / f"{name}.npy") for name in ("open", "high", "low", "close")}
        plan = np.load(folder / "plan.npy")

        class Planned(Strategy):
            def init(self):
                pass

            def next(self, plan=plan):
                row = len(self.data) - 1
                size, limit, stop, loss, profit, leave = plan[row]
                if leave:
                    for order in self.orders:
                        order.cancel()
                    self.position.close()
                elif size and not self.position and not self.orders:
                    some = {"limit": limit, "stop": stop, "sl": loss, "tp": profit}
                    some = {name: value for name, value in some.items() if value == value}  # noqa: PLR0124 (NaN)
                    (self.buy if size > 0 else self.sell)(size=abs(size), **some)

        frame = pd.DataFrame(
            {name.capitalize(): column for name, column in bars.items()},
            index=pd.date_range("2024-01-01", periods=len(plan), freq="min"),
        )
        stats = Backtest(frame, Planned, cash=1e7, commission=0.0, finalize_trades=False).run()
        trades = stats["_trades"]
        names = ("EntryBar", "ExitBar", "Size", "EntryPrice", "ExitPrice")
        np.save(folder / "trades.npy", np.array([trades[name].to_numpy(np.float64) for name in names]))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    {"vectorbt": vectorbt_orders, "backtesting": backtesting_trades}[sys.argv[1]]([Path(path) for path in sys.argv[2:]])
