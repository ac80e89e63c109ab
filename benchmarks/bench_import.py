"""How long ``import pyrt`` takes in a fresh process, beside ``import numpy``."""

import subprocess
import sys
import time


def best_import(module: str, processes: int = 10) -> float:
    """Seconds of the fastest of several fresh processes that import `module`, interpreter start included."""
    best = float("inf")
    for _ in range(processes):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
        best = min(best, time.perf_counter() - start)
    return best


class TrackImport:
    """Best of ten processes; the ratio is the figure that counts."""

    timeout = 120

    def track_pyrt(self):
        return best_import("pyrt")

    def track_numpy(self):
        return best_import("numpy")

    def track_pyrt_over_numpy(self):
        return best_import("pyrt") / best_import("numpy")

    track_pyrt.unit = track_numpy.unit = "seconds"
    track_pyrt_over_numpy.unit = "ratio"
