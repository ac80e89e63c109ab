"""The clones of a kernel for several CPUs give the same bits, and so do lanes and the end of an array."""

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pyrt import indicators as ta

EXT = Path(__file__).parents[2] / "pyrt_ext"
FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi", "-shared", "-fPIC"]
SOURCE = """
#include "moving.h"
#include "momentum.h"
int sma(const double *x, double *y, ptrdiff_t n, ptrdiff_t period) { return pyrt_sma(x, y, n, period); }
int ema(const double *x, double *y, ptrdiff_t n, ptrdiff_t p) { return pyrt_ema(x, y, n, p, 2.0 / (p + 1.0)); }
int rsi(const double *x, double *y, ptrdiff_t n, ptrdiff_t period) { return pyrt_rsi(x, y, n, period); }
"""
CPUS = {"baseline": [], "avx2": ["-mavx2"], "avx2 with fma": ["-mavx2", "-mfma"], "avx512f": ["-mavx512f", "-mfma"]}


def cpu_has(flags):
    wanted = {flag.removeprefix("-m") for flag in flags}
    info = Path("/proc/cpuinfo")
    return not wanted or (info.exists() and wanted <= set(info.read_text().split()))


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not (EXT / "dispatch.h").exists():
        pytest.skip("needs a C compiler and the kernels' sources")
    folder = tmp_path_factory.mktemp("clones")
    (folder / "kernels.c").write_text(SOURCE)

    def build(cpu):
        target = folder / f"{cpu.replace(' ', '_')}.so"
        command = [compiler, *FLAGS, *CPUS[cpu], "-DPYRT_CLONES=", f"-I{EXT}", "kernels.c", "-o", str(target)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return ctypes.CDLL(str(target))

    return build


def run(library, name, values, period):
    out = np.full(len(values) + 16, -1.0)  # behind the end stands what must not be written
    pointer = ctypes.POINTER(ctypes.c_double)
    sure = getattr(library, name)(
        values.ctypes.data_as(pointer),
        out.ctypes.data_as(pointer),
        ctypes.c_ssize_t(len(values)),
        ctypes.c_ssize_t(period),
    )
    assert np.all(out[len(values) :] == -1.0)
    return out[: len(values)], sure == 0


def prices(n):
    return 100 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, n)))


@pytest.mark.parametrize("cpu", CPUS)
def test_every_cpu_gives_the_same_bits(build, cpu):
    if not cpu_has(CPUS[cpu]):
        pytest.skip(f"this CPU has no {cpu}")
    library = build(cpu)
    for name, function in ta.functions().items():
        for period in (2, 5, 7, 8, 30, 256, 300):
            for n in (1, period, period + 1, period + 9, 2 * period + 7, 2500):
                values = prices(n)
                out, sure = run(library, name, values, period)
                np.testing.assert_array_equal(out.view(np.int64), function(values, period).view(np.int64))
                assert sure or n <= period


def test_a_kernel_is_not_sure_of_what_is_not_finite(build):
    library = build("baseline")
    for name in ta.functions():
        for period in (2, 6, 7, 30, 300):
            for place in (0, 1, period - 1, period, 700, 998, 999):
                for bad in (np.nan, np.inf, -np.inf):
                    values = prices(1000)
                    values[place] = bad
                    assert not run(library, name, values, period)[1]


AT_THE_EDGE = """
import ctypes, mmap
import numpy as np
from pyrt import indicators as ta

def edge(n):  # n doubles, and behind them a page that must not be touched
    size = mmap.PAGESIZE * (1 + -(-8 * n // mmap.PAGESIZE))
    area = mmap.mmap(-1, size)
    address = ctypes.addressof(ctypes.c_char.from_buffer(area))
    libc = ctypes.CDLL(None, use_errno=True)
    end = address + size - mmap.PAGESIZE
    assert libc.mprotect(ctypes.c_void_p(end), ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
    return np.frombuffer((ctypes.c_double * n).from_address(end - 8 * n)), area

for function in ta.functions().values():
    for period in (2, 3, 7, 8, 9, 255, 256, 257, 300):
        for n in (*range(1, 20), period, period + 1, period + 8, 2 * period, 2 * period + 7, 1033):
            (x, keep_x), (out, keep_out) = edge(n), edge(n)
            x[:] = np.arange(n) % 7
            function(x, period, out=out)
            x[n // 2] = np.nan
            function(x, period, out=out)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux (mprotect)")
def test_kernels_stay_inside_their_arrays():
    root = EXT.parent
    result = subprocess.run([sys.executable, "-c", AT_THE_EDGE], cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr or f"ended by signal {-result.returncode}"
