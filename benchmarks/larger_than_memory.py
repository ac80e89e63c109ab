"""A run on trades that do not fit into memory: how fast it goes, and what it takes.

``python benchmarks/larger_than_memory.py`` writes 200 million trades with quotes beside them to Parquet files (1.7 GB,
once), runs a strategy on them within ``max_memory``, and prints records a second and the peak of resident memory. With
``--check`` it also runs the first million in memory: fills and money must be the same.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

import pyrt
from pyrt import indicators as ta
from pyrt.backtest import Simulation

BTC = pyrt.Instrument("binance:BTC-USDT", tick=pyrt.Grid.parse("0.01"), lot=pyrt.Grid.parse("0.001"), symbol="BTCUSDT")
BEGIN = 1_700_000_000_000_000_000
STRETCH = 1_000_000
QUOTE_EVERY = 500


class Reversion(pyrt.Strategy):
    """Buys what is far below its mean and sells it at the mean; a few thousand orders in a hundred million trades."""

    period: int = 500
    away: float = 4.5
    qty: float = 0.05

    def start(self, ctx):
        """Make the mean."""
        self.mean = ta.ema.stream(self.period)

    def on_trade(self, ctx, trade):
        """Look at each trade."""
        mean = self.mean.update(trade.price)
        if ctx.position == 0.0 and ctx.order_count == 0 and trade.price < mean - self.away:
            ctx.market(self.qty)
        elif ctx.position > 0.0 and ctx.order_count == 0 and trade.price > mean:
            ctx.close()


def write(folder: Path, count: int) -> None:
    """Write trades of a wandering price, and a quote around every five-hundredth of them."""
    rng = np.random.default_rng(2024)
    ticks, now = 6_000_000, BEGIN
    folder.mkdir(parents=True, exist_ok=True)
    places = {name: folder / f"{name}.parquet" for name in ("trades", "quotes")}
    partial = {name: place.with_suffix(".partial") for name, place in places.items()}
    stamp = pa.timestamp("ns", tz="UTC")
    trade_columns = [("time", stamp), ("price", pa.float64()), ("size", pa.float64()), ("side", pa.int8())]
    quote_columns = [("time", stamp), *((name, pa.float64()) for name in ("bid", "ask", "bid_size", "ask_size"))]
    schemas = {"trades": pa.schema(trade_columns), "quotes": pa.schema(quote_columns)}
    files = {name: parquet.ParquetWriter(partial[name], schema) for name, schema in schemas.items()}
    for first in range(0, count, STRETCH):
        n = min(STRETCH, count - first)
        times = now + np.cumsum(rng.integers(1_000, 200_000_000, n))
        path = ticks + np.cumsum(rng.integers(-20, 21, n))
        prices = path / 100.0
        sizes, sides = rng.integers(1, 2_000, n) / 1000.0, rng.integers(1, 3, n).astype(np.int8)
        stamps = pa.array(times.view("M8[ns]")).cast(stamp)
        columns = [stamps, prices, sizes, sides]
        files["trades"].write_table(pa.table(columns, schema=schemas["trades"]))
        some = slice(0, n, QUOTE_EVERY)
        depth = np.full(len(prices[some]), 5.0)
        around = [(path[some] - 1) / 100.0, (path[some] + 1) / 100.0, depth, depth]
        files["quotes"].write_table(pa.table([stamps[some.start : n : QUOTE_EVERY], *around], schema=schemas["quotes"]))
        ticks, now = int(path[-1]), int(times[-1])
    for name, file in files.items():
        file.close()
        partial[name].replace(places[name])


def check(folder: Path) -> None:
    """Run on the first million trades from a file and from memory, and compare."""
    small = folder / "first"
    write(small, STRETCH)
    paths = {name: small / f"{name}.parquet" for name in ("trades", "quotes")}
    terms = {"cash": 1_000_000, "simulation": Simulation(book="quotes")}
    streamed = pyrt.Backtest.from_parquet({"BTCUSDT": paths}, [BTC], max_memory="300MB", **terms).run(Reversion)
    tables = [parquet.read_table(path) for path in paths.values()]
    held = pyrt.Backtest(tables, instruments=[BTC], **terms).run(Reversion)
    same = held.answers.tobytes() == streamed.answers.tobytes() and dict(held.totals) == dict(streamed.totals)
    print(f"first million in memory and from files: {len(held.fills)} fills, {'equal' if same else 'DIFFERENT'}")
    if not same:
        sys.exit(1)


def main() -> None:
    """Write the files if they are not there, run, and print what it took."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--trades", type=int, default=200_000_000)
    options.add_argument("--folder", type=Path, default=Path("out/larger_than_memory"))
    options.add_argument("--memory", default="1GB")
    options.add_argument("--check", action="store_true", help="compare the first million with a run in memory")
    given = options.parse_args()
    folder = given.folder / str(given.trades)
    if not (folder / "quotes.parquet").exists():
        begun = time.perf_counter()
        write(folder, given.trades)
        print(f"{given.trades:,} trades written in {time.perf_counter() - begun:.0f} s", flush=True)
    paths = {name: folder / f"{name}.parquet" for name in ("trades", "quotes")}
    size = sum(path.stat().st_size for path in paths.values())
    backtest = pyrt.Backtest.from_parquet(
        {"BTCUSDT": paths}, [BTC], max_memory=given.memory, cash=1_000_000, simulation=Simulation(book="quotes")
    )
    begun = time.perf_counter()
    result = backtest.run(Reversion)
    took, peak = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{backtest}: {size / 1e9:.2f} GB in files, as records {64 * result.period[2] / 1e9:.1f} GB")
    print(f"run: {took:.1f} s, {result.period[2] / took / 1e6:.2f} million records a second, {len(result.fills)} fills")
    metrics = result.metrics
    print(f"equity {result.equity:,.2f}, Sharpe ratio {metrics['sharpe']:.2f}, {len(result.trades)} trades")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak of resident memory: {peak:.2f} GB, with the measures made from a second reading")
    if given.check:
        check(given.folder)


if __name__ == "__main__":
    main()
