"""What has a limit instead of a peer: how long a first result takes, and the memory of a run on more than fits into it.

    python benchmarks/peers/limits.py [--rounds 5] [--trades 10000000] [--folder out/larger_than_memory]

A cold start is a script of its own, from ``python`` to its last printed line, by the wall clock and by the processor's;
a strategy is compiled in it, with an empty cache. Of trades a twentieth of what the limit speaks of is run unless
``--trades 200000000`` asks for all (1.7 GB of files, written once): memory is bounded by ``max_memory``, and does not
grow with them.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARKET = """
import numpy as np
import pyrt

close = 100.0 * np.exp(np.cumsum(np.random.default_rng(0).normal(0.0, 1e-3, 100_000)))
bars = {"time": 1_600_000_000_000_000_000 + 60_000_000_000 * np.arange(len(close)), "close": close}
bars |= {"open": close, "high": close, "low": close}
"""
SCRIPTS = {
    "signals": (
        0.6,
        MARKET
        + """
fast, slow = pyrt.indicators.sma(close, 20), pyrt.indicators.sma(close, 50)
print(pyrt.Backtest(bars, cash=100_000).run_signals(fast > slow, fast < slow))
""",
    ),
    "a strategy": (
        2.5,
        MARKET
        + """
class Cross(pyrt.Strategy):
    fast: int = 20
    slow: int = 50

    def start(self, ctx):
        self.quick = pyrt.indicators.sma.stream(self.fast)
        self.calm = pyrt.indicators.sma.stream(self.slow)

    def on_bar(self, ctx, bar):
        quick = self.quick.update(bar.close)
        calm = self.calm.update(bar.close)
        if quick > calm and ctx.position == 0.0:
            ctx.market(10.0)
        elif quick < calm and ctx.position > 0.0:
            ctx.close()

print(pyrt.Backtest(bars, cash=100_000).run(Cross))
""",
    ),
}
"""Seconds that a first result may take, and the script."""
TRADES, GIGABYTE = 200_000_000, 1_000_000_000


def cold_start(script):
    """Run a script in a process and with a cache of its own; its seconds by the wall clock and by the processor's."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "script.py"
        path.write_text(script)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYRT_CACHE": str(Path(name) / "cache")}
        begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, str(path)], check=True, capture_output=True, env=environment)
        took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def print_starts(rounds):
    """Run each script some times; the first, which finds its libraries on disk alone, does not count."""
    for name, (limit, script) in SCRIPTS.items():
        took = [cold_start(script) for _ in range(rounds + 1)][1:]
        wall, cpu = (statistics.median(some) for some in zip(*took, strict=True))
        print(f"{name + ', cold start':24}{wall:>8.2f} s {cpu:>8.2f} s of CPU   at most {limit} s", flush=True)


def print_trades(folder, trades):
    """Let the driver of large files run; it prints what it took."""
    driver = ROOT / "benchmarks" / "larger_than_memory.py"
    command = [sys.executable, str(driver), "--trades", str(trades), "--folder", str(folder), "--memory", "900MB"]
    told = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    print(f"{trades:,} trades in Parquet; the limit is {GIGABYTE / 1e9:.0f} GB of memory for {TRADES:,}")
    print("\n".join(f"  {line}" for line in told.stdout.splitlines()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trades", type=int, default=TRADES // 20)
    parser.add_argument("--folder", type=Path, default=ROOT / "out" / "larger_than_memory")
    options = parser.parse_args()
    print_starts(options.rounds)
    print_trades(options.folder, options.trades)
