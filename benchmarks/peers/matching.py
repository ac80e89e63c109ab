"""The two matchers, Cython's and the engine's, over the same random streams: every byte compared, and timed.

From the root: ``python -m benchmarks.peers.matching [RECORDS] [FIRST_SEED]``. The engine's time includes its start and
its files.
"""

from __future__ import annotations

import sys
import tempfile
import time

import numpy as np

from pyrt.live.process import find_engine
from tests.backtest.matching.fill_streams import engine_answers, python_answers, stream

EACH = 100_000


def compare(wanted: int, seed: int) -> int:
    """Send at least `wanted` records through both; 1 if they differ."""
    binary, done, answered = str(find_engine()), 0, 0
    seconds = {"python": 0.0, "engine": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        while done < wanted:
            events, commands, settings = stream(seed, EACH)
            start = time.perf_counter()
            ours = python_answers(events, commands, settings)
            middle = time.perf_counter()
            theirs = engine_answers(binary, folder, events, commands, settings)
            seconds["python"] += middle - start
            seconds["engine"] += time.perf_counter() - middle
            if ours.tobytes() != theirs.tobytes():
                shared = min(len(ours), len(theirs))
                first = int(np.append(np.flatnonzero(ours[:shared] != theirs[:shared]), shared)[0])
                print(f"seed {seed}: answer {first} differs:\n{ours[first : first + 1]}\n{theirs[first : first + 1]}")
                return 1
            done, answered, seed = done + len(events), answered + len(ours), seed + 1
    print(f"{done:,} records, {answered:,} answers, every byte equal; seconds: {seconds}")
    return 0


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    sys.exit(compare(*(arguments + [1_000_000, 0][len(arguments) :])))
