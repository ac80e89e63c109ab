"""``run_signals`` beside vectorbt's ``Portfolio.from_signals``: same arrays, one driver, the sides taking turns.

    python benchmarks/peers/backtest.py [--bars 1000000] [--rounds 9]

vectorbt runs in the interpreter that PYRT_PEERS names, or in this one. Data is handed over as ``.npy``; this file is
both the driver and what each side runs, so it imports neither side at its top.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SIDES = {"pyrt": sys.executable, "vectorbt": os.environ.get("PYRT_PEERS", sys.executable)}
CASH, FEES = 100_000.0, 0.001


def write_market(folder, n):
    """Write a random walk of minute bars with signals on a hundredth of them."""
    rng = np.random.default_rng(0)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 1e-3, n)))
    np.save(folder / "time.npy", 1_600_000_000_000_000_000 + 60_000_000_000 * np.arange(n))
    np.save(folder / "close.npy", close)
    np.save(folder / "entries.npy", rng.random(n) < 0.01)
    np.save(folder / "exits.npy", rng.random(n) < 0.01)


def pyrt_side(time, close, entries, exits):
    """Check the bars, run, value: everything a user waits for."""
    from pyrt import Backtest

    bars = {"time": time, "open": close, "high": close, "low": close, "close": close}

    def run():
        return Backtest(bars, cash=CASH, fees_bps=FEES * 1e4, fill="close").run_signals(entries, exits)

    return {"run": run, "run and equity": lambda: run().equity}


def vectorbt_side(time, close, entries, exits):
    """Simulate, and value: vectorbt computes equity when it is asked for."""
    import warnings

    warnings.simplefilter("ignore")
    import vectorbt

    def run():
        return vectorbt.Portfolio.from_signals(close, entries, exits, init_cash=CASH, fees=FEES)

    return {"run": run, "run and equity": lambda: run().value()}


def serve(side, folder):
    """Answer each task read from standard input with the seconds that it took and its last figure."""
    arrays = {name: np.load(folder / f"{name}.npy") for name in ("time", "close", "entries", "exits")}
    tasks = {"pyrt": pyrt_side, "vectorbt": vectorbt_side}[side](**arrays)
    for line in sys.stdin:
        start = time.perf_counter()
        result = tasks[line.strip()]()
        seconds = time.perf_counter() - start
        last = float(np.asarray(result)[-1]) if line.strip() == "run and equity" else 0.0
        print(seconds, last, flush=True)


def command(side, folder):
    """Return the command that runs one side on the arrays of a folder."""
    return [SIDES[side], str(Path(__file__).resolve()), "--serve", side, "--folder", str(folder)]


def warm(folder, rounds):
    """Median seconds of each task by side, after two rounds of warm-up, the sides taking turns."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    workers = {
        side: subprocess.Popen(command(side, folder), stdin=-1, stdout=-1, text=True, env=environment) for side in SIDES
    }
    seconds, figures = {}, {}
    for turn in range(rounds + 2):
        for task in ("run", "run and equity"):
            for side, worker in workers.items():
                worker.stdin.write(task + "\n")
                worker.stdin.flush()
                took, figures[side] = map(float, worker.stdout.readline().split())
                if turn >= 2:
                    seconds.setdefault((side, task), []).append(took)
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    return {key: statistics.median(values) for key, values in seconds.items()}, figures


def cold(folder, rounds):
    """Median seconds of a fresh process, from start to the last figure of equity; caches on disk are warm."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    seconds = {side: [] for side in SIDES}
    for turn in range(rounds + 1):
        for side in SIDES:
            start = time.perf_counter()
            subprocess.run(
                command(side, folder),
                input="run and equity\n",
                text=True,
                capture_output=True,
                check=True,
                env=environment,
            )
            if turn:
                seconds[side].append(time.perf_counter() - start)
    return {side: statistics.median(values) for side, values in seconds.items()}


def print_table(n, rounds):
    """Measure, make sure that both sides found the same, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_market(folder, n)
        medians, figures = warm(folder, rounds)
        medians |= {(side, "cold process"): took for side, took in cold(folder, 3).items()}
    assert abs(figures["pyrt"] / figures["vectorbt"] - 1.0) < 1e-9, figures
    print(f"{n:,} bars, median of {rounds}; pyrt's figures include the checks of its bars and equity")
    print(f"{'':16}{'pyrt':>12}{'vectorbt':>12}{'ratio':>8}")
    for task in ("run", "run and equity", "cold process"):
        ours, theirs = medians["pyrt", task], medians["vectorbt", task]
        print(f"{task:16}{1e3 * ours:>9.2f} ms{1e3 * theirs:>9.1f} ms{theirs / ours:>8.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.folder)
    else:
        print_table(options.bars, options.rounds)
