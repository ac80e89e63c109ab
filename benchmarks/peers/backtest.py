"""The backtester beside its peers: all tables, one after the other.

    python benchmarks/peers/backtest.py [--bars 1000000] [--rounds 9] [--events 5000000] [--trades N] [--alone]

First ``run_signals`` beside vectorbt's ``Portfolio.from_signals``: same arrays, one driver, the sides taking turns.
vectorbt runs in the interpreter that PYRT_PEERS names, or in this one. Data is handed over as ``.npy``; this file is
both the driver and what each side runs, so it imports neither side at its top. Then, unless ``--alone``, strategy
classes beside three peers (``strategies.py``), quotes beside hftbacktest's (``quoting.py``), recorded trades and orders
(``ticks.py``), and what has a limit instead of a peer: cold starts, and memory (``limits.py``).
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

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SIDES = {"pyrt": sys.executable, "vectorbt": os.environ.get("PYRT_PEERS", sys.executable)}
CASH, FEES = 100_000.0, 0.001
ARRAYS = ("time", "open", "high", "low", "close", "entries", "exits", "short_entries", "short_exits")
TASKS = ("run", "run and equity", "both ways, stops", "100 sets")
SETS = (100_000, 100)
"""Of the fourth task: bars, and columns of signals; return, drawdown and Sharpe ratio of each are asked for."""
UNITS, STOP, TARGET = 50.0, 0.02, 0.03
"""Of the third task: long and short, each entry so many units, a stop loss and a take profit."""


def write_market(folder, n):
    """Write a random walk of minute bars with signals on a hundredth of them."""
    rng = np.random.default_rng(0)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 1e-3, n)))
    np.save(folder / "time.npy", 1_600_000_000_000_000_000 + 60_000_000_000 * np.arange(n))
    opened = np.append(close[0], close[:-1])
    bars = {"open": opened, "high": np.maximum(opened, close) * 1.0003, "low": np.minimum(opened, close) / 1.0003}
    signals = {name: rng.random(n) < 0.01 for name in ARRAYS[5:]}
    signals |= {f"{name}_of_sets": rng.random(SETS) < 0.01 for name in ARRAYS[5:7]}
    for name, array in (bars | {"close": close} | signals).items():
        np.save(folder / f"{name}.npy", array)


def pyrt_side(sets, time, **arrays):
    """Check the bars, run, value: everything a user waits for."""
    from pyrt import Backtest
    from pyrt.backtest import Stops

    bars = {"time": time, **{name: arrays.pop(name) for name in ARRAYS[1:5]}}

    def run():
        backtest = Backtest(bars, cash=CASH, fees_bps=FEES * 1e4, fill="close")
        return backtest.run_signals(arrays["entries"], arrays["exits"])

    def stopped():
        backtest = Backtest(bars, cash=CASH, fees_bps=0, fill="close", size=UNITS)
        return backtest.run_signals(**arrays, stops=Stops(stop_loss=STOP, take_profit=TARGET)).equity

    def swept():
        first = {name: column[: SETS[0]] for name, column in bars.items()}
        backtest = Backtest(first, cash=CASH, fees_bps=FEES * 1e4, fill="close")
        return backtest.sweep_signals(**sets).measures["total_return"]

    return dict(zip(TASKS, (run, lambda: run().equity, stopped, swept), strict=True))


def vectorbt_side(sets, time, **arrays):
    """Simulate, and value: vectorbt computes equity when it is asked for."""
    import warnings

    warnings.simplefilter("ignore")
    import vectorbt

    def run():
        return vectorbt.Portfolio.from_signals(
            arrays["close"], arrays["entries"], arrays["exits"], init_cash=CASH, fees=FEES
        )

    def stopped():
        return vectorbt.Portfolio.from_signals(
            **arrays, init_cash=CASH, size=UNITS, sl_stop=STOP, tp_stop=TARGET,
            stop_entry_price="fillprice", stop_exit_price="stoplimit",
        ).value()  # fmt: skip

    def swept():
        close = arrays["close"][: SETS[0], None]
        portfolio = vectorbt.Portfolio.from_signals(close, **sets, init_cash=CASH, fees=FEES, freq="1min")
        portfolio.max_drawdown(), portfolio.sharpe_ratio()
        return portfolio.total_return()

    return dict(zip(TASKS, (run, lambda: run().value(), stopped, swept), strict=True))


def serve(side, folder):
    """Answer each task read from standard input with the seconds that it took and its last figure."""
    arrays = {name: np.load(folder / f"{name}.npy") for name in ARRAYS}
    sets = {name: np.load(folder / f"{name}_of_sets.npy") for name in ARRAYS[5:7]}
    tasks = {"pyrt": pyrt_side, "vectorbt": vectorbt_side}[side](sets, **arrays)
    for line in sys.stdin:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        result = tasks[line.strip()]()
        seconds = time.perf_counter() - start
        last = 0.0 if line.strip() == "run" else float(np.asarray(result)[-1])
        print(seconds, last, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, flush=True)


def command(side, folder):
    """Return the command that runs one side on the arrays of a folder."""
    return [SIDES[side], str(Path(__file__).resolve()), "--serve", side, "--folder", str(folder)]


def warm(folder, rounds):
    """Median seconds of each task by side, after two rounds of warm-up, the sides taking turns."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    workers = {
        side: subprocess.Popen(command(side, folder), stdin=-1, stdout=-1, text=True, env=environment) for side in SIDES
    }
    seconds, figures, grown = {}, {}, {}
    for task in TASKS:  # one after the other: what waits for long finds its memory put aside by the system
        for turn in range(rounds + 2):
            for side, worker in workers.items():
                worker.stdin.write(task + "\n")
                worker.stdin.flush()
                took, figures[side, task], more = map(float, worker.stdout.readline().split())
                grown[side, task] = grown.get((side, task), 0.0) + more / 1024
                if turn >= 2:
                    seconds.setdefault((side, task), []).append(took)
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    return {key: statistics.median(values) for key, values in seconds.items()}, figures, grown


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
        medians, figures, grown = warm(folder, rounds)
        medians |= {(side, "cold process"): took for side, took in cold(folder, 3).items()}
    for task in TASKS[1:]:
        assert abs(figures["pyrt", task] / figures["vectorbt", task] - 1.0) < 1e-9, figures
    print(f"{n:,} bars, median of {rounds}; pyrt's figures include the checks of its bars and equity")
    print(f"{'':16}{'pyrt':>12}{'vectorbt':>12}{'ratio':>8}")
    for task in (*TASKS, "cold process"):
        ours, theirs = medians["pyrt", task], medians["vectorbt", task]
        print(f"{task:16}{1e3 * ours:>9.2f} ms{1e3 * theirs:>9.1f} ms{theirs / ours:>8.1f}")
    ours, theirs = (grown[side, TASKS[3]] for side in SIDES)
    print(f"{TASKS[3]}: the peak of memory grew by {ours:,.0f} MB, vectorbt's by {theirs:,.0f} MB")


def print_others(options):
    """Print the tables of the other drivers, each of which starts its own sides."""
    rounds = str(min(options.rounds, 5))
    for name, *sizes in (
        ("strategies.py", "--bars", str(options.bars)),
        ("quoting.py", "--events", str(options.events)),
        ("ticks.py",),
        ("limits.py", "--trades", str(options.trades)),
    ):
        print(flush=True)
        driver = Path(__file__).with_name(name)
        subprocess.run([sys.executable, str(driver), *sizes, "--rounds", rounds], check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--trades", type=int, default=10_000_000, help="in files, see limits.py; 200000000 for all")
    parser.add_argument("--alone", action="store_true", help="print no other tables")
    parser.add_argument("--serve", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.folder)
    else:
        print_table(options.bars, options.rounds)
        if not options.alone:
            print_others(options)
