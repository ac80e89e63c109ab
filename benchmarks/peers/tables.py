"""pyrt's indicators on tables beside a loop over TA-Lib: 10,000 rows of 500 assets, one thread, in one run.

``python benchmarks/peers/tables.py [NAME ...] [--rows 10000] [--assets 500] [--rounds 5] [--threads 1] [--order C]``.
The loop is what one writes with TA-Lib: ``np.column_stack([talib.SMA(np.ascontiguousarray(x[:, j])) for j ...])``. Each
round times both; ratios are above 1 where pyrt is faster: of the least times, which a busy machine disturbs least, and
the median over rounds.
"""

import argparse
import math
import statistics

import numpy as np
import talib
from indicators import COLUMN, duel, market

from pyrt import indicators as ta

STEPPED = ("volume", "periods", "session", "anchor")
"""Whole numbers."""


def tables(rows, assets, order):
    """Bars of as many assets, by column."""
    growth = np.exp(np.random.default_rng(1).normal(0, 0.01, assets))
    made = {name: np.asarray(column[:, None] * growth, order=order) for name, column in market(rows).items()}
    return made | {name: np.asarray(np.round(made[name]), order=order) for name in STEPPED}


def loop(function, columns):
    """Compute column by column with TA-Lib."""
    call, several = getattr(talib, function.talib), len(function.outputs) > 1

    def run():
        parts = [call(*(np.ascontiguousarray(x[:, j]) for x in columns)) for j in range(columns[0].shape[1])]
        if not several:
            return np.column_stack(parts)
        return tuple(np.column_stack([part[i] for part in parts]) for i in range(len(function.outputs)))

    return run


def main():
    """Print one table: least and median milliseconds of both, their ratios, and the geometric means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--assets", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--order", choices=["C", "F"], default="C", help="how tables lie: by rows or by columns")
    options = parser.parse_args()
    bars = tables(options.rows, options.assets, options.order)
    of = {"least times": {}, "median of rounds": {}}
    print(
        f"{options.rows:,} x {options.assets} float64, {options.rounds} alternating rounds; milliseconds least / median"
    )
    for name, function in ta.functions().items():
        if not function.talib or (options.names and name not in options.names):
            continue
        columns = [bars[COLUMN.get(given, given)] for given in function.inputs]
        ours, theirs = duel(
            lambda f=function, c=columns: f(*c, threads=options.threads), loop(function, columns), options.rounds
        )
        ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
        of["least times"][name], of["median of rounds"][name] = min(theirs) / min(ours), ratio
        shown = [f"{min(t) * 1e3:7.1f} /{statistics.median(t) * 1e3:7.1f}" for t in (ours, theirs)]
        quick = min(theirs) / min(ours)
        print(f"{name:20} pyrt {shown[0]}   loop over TA-Lib {shown[1]}   x{quick:.2f} / x{ratio:.2f}", flush=True)
    for measure, ratios in of.items():
        mean, slow = math.exp(statistics.fmean(map(math.log, ratios.values()))), min(ratios, key=ratios.get)
        print(f"{measure}: {len(ratios)} functions, geometric mean x{mean:.2f}, lowest x{ratios[slow]:.2f} ({slow})")


if __name__ == "__main__":
    main()
