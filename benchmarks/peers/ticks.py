"""Real trades and orders through strategies, and orders through the book: speed, and equality with what was recorded.

    python benchmarks/peers/ticks.py [--rounds 7] [--data ../shared/data]

The trades are those of SPY on two days. Every trade calls the strategy, which moves two averages and gives a signal
where they cross far enough: trades alone make no book that orders could meet. LOBSTER's messages make a book that is
compared with LOBSTER's own, row by row. Then they, and CME's order by order data, are replayed for a strategy whose
orders rest in the queues, in exact order; it is told of every message. Seconds are those of the processor. Without the
data nothing is measured, and the rows say so.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DAYS = ("spy_trades_20131007", "spy_trades_20131008")
BOOKS = {"AMZN": ("lobster_amzn_20120621_5", 5), "MSFT": ("lobster_msft_20120621_50_1000rows", 50)}
NOTHING = 9_999_999_999
"""What LOBSTER writes where a book has no such level."""


def spy_backtest(folder):
    """Return the strategy and a backtest on its trades, those that the venue calls suspicious left out."""
    import pandas as pd

    from pyrt import Backtest, Grid, Instrument, Strategy
    from pyrt.backtest import Simulation

    class Drift(Strategy):
        """Follow the faster of two averages."""

        fast: float = 0.02
        slow: float = 0.002
        edge: float = 0.02

        def start(self, ctx):
            self.f = 0.0
            self.s = 0.0
            self.way = 0.0

        def on_trade(self, ctx, trade):
            if self.f == 0.0:
                self.f = trade.price
                self.s = trade.price
            self.f += self.fast * (trade.price - self.f)
            self.s += self.slow * (trade.price - self.s)
            if self.f > self.s + self.edge and self.way <= 0.0:
                self.way = 1.0
                ctx.signal(1.0)
            elif self.f < self.s - self.edge and self.way >= 0.0:
                self.way = -1.0
                ctx.signal(-1.0)

    trades = pd.concat([pd.read_parquet(folder / "ticks" / f"{day}.parquet") for day in DAYS])
    trades = trades[trades["suspicious"] == 0].sort_values("ts", kind="stable")
    table = pd.DataFrame({"time": trades["ts"].to_numpy(), "price": trades["price"], "qty": trades["size"]})
    spy = Instrument("nasdaq:SPY-USD", tick=Grid.parse("0.0001"), lot=Grid.parse("1"))
    quiet = Simulation(book="quotes")
    return Backtest(table, instruments=[spy], simulation=quiet), Drift, len(table)


def print_ticks(folder, rounds):
    """Run the strategy on every trade."""
    backtest, strategy, count = spy_backtest(folder)
    seconds = []
    for turn in range(rounds + 1):
        start = time.process_time()
        backtest.run(strategy)
        if turn:
            seconds.append(time.process_time() - start)
    took = statistics.median(seconds)
    print(f"{'SPY, trades':16}{count:>12,}{1e3 * took:>9.2f} ms{count / took / 1e6:>9.1f} million a second")


def print_book(folder, name, rounds):
    """Build the book of a file and compare it with the venue's after every message."""
    import pandas as pd

    from pyrt import Grid, Instrument
    from pyrt.data import OrderBook, load_lobster
    from pyrt.types import Flag

    stem, depth = BOOKS[name]
    message, truth = (folder / "l3" / f"{stem}_{kind}.parquet" for kind in ("message", "orderbook"))
    instrument = Instrument(f"nasdaq:{name}-USD", tick=Grid.parse("0.0001"), lot=Grid.parse("1"))
    events = load_lobster(message, instrument, date="2012-06-21", orderbook=truth)
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        levels = OrderBook(instrument).levels(events, depth)
        seconds.append(time.process_time() - start)
    rows = pd.read_parquet(truth).to_numpy()
    rows = np.where(np.abs(rows) == NOTHING, 0, rows)
    equal = (levels[(events["flags"] & Flag.LAST) > 0] == rows).all(axis=1)
    took = statistics.median(seconds)
    speed = f"{len(events) / took / 1e6:.1f} million a second, {equal.sum():,} of {len(rows):,} books equal"
    print(f"{name + ', orders':16}{len(events):>12,}{1e3 * took:>9.2f} ms   {speed}")


def orders_of(folder, name):
    """Return order by order records and their instrument."""
    import pandas as pd

    from pyrt import Grid, Instrument
    from pyrt.data import load_lobster, load_mbo

    if name in BOOKS:
        instrument = Instrument(f"nasdaq:{name}-USD", tick=Grid.parse("0.0001"), lot=Grid.parse("1"))
        path = folder / "l3" / f"{BOOKS[name][0]}_message.parquet"
        return load_lobster(path, instrument, date="2012-06-21"), instrument
    instrument = Instrument("cme:ES-USD-H4", tick=Grid.parse("0.25"), lot=Grid.parse("1"))
    return load_mbo(pd.read_parquet(folder / "l3" / "esh4_mbo_20231225.parquet"), instrument), instrument


def print_replay(folder, name, rounds):
    """Replay orders for a strategy that joins both queues, follows the touch, and takes now and then."""
    from pyrt import Backtest, Strategy

    class Joiner(Strategy):
        """Rests at the best prices."""

        def start(self, ctx):
            self.seen: int = 0

        def on_book(self, ctx, order):
            self.seen += 1
            if not ctx.best_bid > 0.0 or not ctx.best_ask > ctx.best_bid:
                return
            if self.seen % 40 == 0:
                ctx.cancel_all()
            elif ctx.order_count < 4 and self.seen % 7 == 0:
                ctx.limit(1.0, ctx.best_bid)
                ctx.limit(-1.0, ctx.best_ask)
            elif self.seen % 251 == 0:
                ctx.market(1.0 if self.seen % 2 == 0 else -1.0)

    events, instrument = orders_of(folder, name)
    backtest = Backtest(events, instruments=[instrument])
    seconds = []
    for turn in range(rounds + 1):
        start = time.process_time()
        result = backtest.run(Joiner)
        if turn:
            seconds.append(time.process_time() - start)
    took = statistics.median(seconds)
    speed = f"{len(events) / took / 1e6:.1f} million a second, {len(result.orders):,} orders"
    print(f"{name + ', replay':16}{len(events):>12,}{1e3 * took:>9.2f} ms   {speed}, {len(result.fills):,} fills")


def print_table(folder, rounds):
    """Measure, compare, and print."""
    print(f"Recorded data; median of {rounds}")
    for name, print_row in (("ticks", print_ticks), ("l3", print_books)):
        if (folder / name).exists():
            print_row(folder, rounds)
        else:
            print(f"{folder / name} is not here")


def print_books(folder, rounds):
    """Each book, and each replay."""
    for name in BOOKS:
        print_book(folder, name, rounds)
    for name in (*BOOKS, "ES"):
        print_replay(folder, name, rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    print_table(options.data, options.rounds)
