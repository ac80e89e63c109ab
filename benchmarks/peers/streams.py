"""What one update of a stream costs: from Python above an empty Cython method, and inside a loop that Numba compiled.

``python benchmarks/peers/streams.py [NAME ...] [--n 20000] [--rounds 9]``. Every function with its defaults, on bars of
a random walk. Each round times the empty method, the update from Python and the loop of Numba one after the other, so
that what disturbs the machine disturbs them alike; shown are the least times, in nanoseconds a row, and how many empty
calls an update is. Without Numba its column is left out.

What counts from Numba is an update in a loop that is at work: that of Python, which comes before, leaves the rows, the
code and what the processor foresees cold, so each round takes the loop through its rows ``WARM`` times, of which the
least counts. Reading the row and adding the value to a sum is part of it; the table begins with what that
alone costs.
"""

import argparse
import importlib.util
import math
import time

import numpy as np
import pyrt_ext.stream as ext

from pyrt import indicators as ta

try:
    from .indicators import COLUMN, market
except ImportError:  # run as a script
    from indicators import COLUMN, market

WARM = 6
NUMBA = importlib.util.find_spec("numba") is not None
REST = {"anchor": lambda n: 1.0 * (np.arange(n) % 1950 == 0), "session": lambda n: np.arange(n) // 390 * 1.0}


def columns_of(function, n):
    """Make the function's inputs."""
    bars = market(n)
    bars |= {name: make(n) for name, make in REST.items()}
    return [bars[COLUMN.get(given, given)] for given in function.inputs]


def empty_call():
    """Return a Cython method of one argument that does nothing."""
    formula = ta.sma.formula
    return ext.Stream(formula, formula.image(2), formula.arena(2), 0).refuse


def from_python(call, columns):
    """Return the seconds that calling it for each row takes, the columns spelled out as a user would."""
    names = ", ".join(f"x{i}" for i in range(len(columns)))
    text = f"def loop(call, rows):\n    for {names}{',' if len(columns) == 1 else ''} in rows:\n        call({names})\n"
    exec(text, made := {})  # one loop for each number of inputs
    rows = list(zip(*columns, strict=True))
    start = time.perf_counter()
    made["loop"](call, rows)
    return time.perf_counter() - start


def from_numba(state, update, columns):
    """Return a call that takes the columns through an update in one compiled loop."""
    import numba

    names = ", ".join(f"x{i}" for i in range(len(columns)))
    row = ", ".join(f"x{i}[t]" for i in range(len(columns)))
    text = f"def loop(state, {names}):\n    total = 0.0\n    for t in range(x0.size):\n"
    text += f"        total += update(state, {row})\n    return total\n"
    exec(text, made := {"update": update})  # one loop for each number of inputs
    loop = numba.njit(made["loop"])
    loop(state, *columns)
    return lambda: loop(state, *columns)


def least(call, times):
    """Return the least seconds that a call takes, of so many in a row."""
    best = math.inf
    for _ in range(times):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def bare_loop(n, rounds):
    """Return the nanoseconds a row of the same loop without a stream: the value is the sum of the row's first two."""
    import numba

    columns = [np.arange(n) * 1.0] * 2
    update = numba.njit(lambda state, *values: values[0] + values[1])
    return least(from_numba((np.zeros(1), np.zeros(1)), update, columns), WARM * rounds) / n * 1e9


def measured(function, n, rounds):
    """Return the least nanoseconds a row: of the empty method, of updates from Python, of updates from Numba."""
    columns = columns_of(function, n)
    lists = [c.tolist() for c in columns]
    update, empty = function.stream().update, empty_call()
    compiled = from_numba(*function.stream().numba(), columns) if NUMBA else None
    best = [math.inf] * 3
    for _ in range(rounds):
        times = [from_python(empty, lists[:1]), from_python(update, lists), math.inf]
        if compiled:
            times[2] = least(compiled, WARM)
        best = list(map(min, best, times))
    return [value / n * 1e9 for value in best]


def main():
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    above, inside = {}, {}
    print(f"{options.n:,} rows, {options.rounds} rounds; nanoseconds a row, least")
    if NUMBA:
        print(f"loop of Numba without a stream: {bare_loop(options.n, options.rounds):.2f}")
    for name, function in ta.functions().items():
        if function.formula is None or (options.names and name not in options.names):
            continue
        empty, python, numba = measured(function, options.n, options.rounds)
        above[name], inside[name] = python - empty, numba
        shown = f"empty {empty:5.1f}   Python {python:6.1f}, above {above[name]:6.1f} (x{python / empty:.1f})"
        print(f"{name:20} {shown}" + (f"   Numba {numba:6.2f}" if NUMBA else ""), flush=True)
    for label, found, limit in (("above an empty call", above, 60.0), ("from Numba", inside, 5.0))[: 1 + NUMBA]:
        ordered = sorted(found.values())
        within = sum(value <= limit for value in ordered)
        print(f"{label}: median {ordered[len(ordered) // 2]:.1f} ns, {within} of {len(ordered)} within {limit:g} ns")


if __name__ == "__main__":
    main()
