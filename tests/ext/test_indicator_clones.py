"""The clones of a kernel for several CPUs give the same bits, and no kernel reads or writes outside its arrays."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.indicators.catalog import FUNCTIONS, NAMES, columns_of, outputs_of, parameter_sets, random_bars

EXT = Path(__file__).parents[2] / "pyrt_ext"
HEADERS = sorted((EXT / "indicators").rglob("*.h"))
MACROS = "EACH|ROWS|LAGGED|OF_MOMENTS|OF_POWERS|OF_ANGLE|IN_PARTS|PATTERN|HIKKAKE"
PATTERN = rf"\bpyrt_(\w+)_call\(const|^PYRT_(?:{MACROS})\((\w+),"
KERNELS = {a or b for header in HEADERS for a, b in re.findall(PATTERN, header.read_text(), re.MULTILINE)}
FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi", "-shared", "-fPIC"]
WIDE = ["-mmove-max=256", "-mstore-max=256"]  # as setup.py gives them to compilers that know them
CPUS = {"baseline": [], "avx2": ["-mavx2"], "avx2 with fma": ["-mavx2", "-mfma"], "avx512f": ["-mavx512f", "-mfma"]}
SURE, UNSURE = 0, 1


class Call(ctypes.Structure):
    """pyrt_call of call.h."""

    _fields_ = (
        ("x", ctypes.c_void_p * 6),
        ("y", ctypes.c_void_p * 6),
        ("p", ctypes.c_double * 10),
        ("n", ctypes.c_ssize_t),
        ("row", ctypes.c_ssize_t),
    )


def cpu_has(flags):
    wanted = {flag.removeprefix("-m") for flag in flags}
    info = Path("/proc/cpuinfo")
    return not wanted or (info.exists() and wanted <= set(info.read_text().split()))


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not HEADERS:
        pytest.skip("needs a C compiler and the kernels' sources")
    folder = tmp_path_factory.mktemp("clones")
    text = "".join(f'#include "{header.relative_to(EXT)}"\n' for header in HEADERS)
    text += "".join(f"int call_{name}(const pyrt_call *c) {{ return pyrt_{name}_call(c); }}\n" for name in KERNELS)
    (folder / "kernels.c").write_text(text)
    known = (
        subprocess.run([compiler, *WIDE, "-E", "-x", "c", os.devnull], capture_output=True, check=False).returncode == 0
    )
    flags = [*FLAGS, *WIDE] if known else FLAGS

    def build(cpu):
        target = folder / f"{cpu.replace(' ', '_')}.so"
        command = [compiler, *flags, *CPUS[cpu], "-DPYRT_CLONES=", f"-I{EXT}", "kernels.c", "-lm", "-o", str(target)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return ctypes.CDLL(str(target))

    return build


def run(library, name, columns, parameters):
    function, n = FUNCTIONS[name], len(columns[0])
    out = [np.full(n + 16, -1.0) for _ in function.outputs]  # behind the end stands what must not be written
    call = Call(n=n, row=0)
    for i, column in enumerate(columns):
        call.x[i] = column.ctypes.data
    for i, target in enumerate(out):
        call.y[i] = target.ctypes.data
    for i, value in enumerate(parameters.values()):
        call.p[i] = value
    answer = getattr(library, f"call_{name}")(ctypes.byref(call))
    for target in out:
        assert np.all(target[n:] == -1.0), name
    return [target[:n].view(dtype) for target, dtype in zip(out, function.dtypes, strict=True)], answer


def test_every_kernel_is_found_here():
    assert set(NAMES) <= set(KERNELS)


@pytest.mark.parametrize("cpu", CPUS)
def test_every_cpu_gives_the_same_bits(build, cpu):
    if not cpu_has(CPUS[cpu]):
        pytest.skip(f"this CPU has no {cpu}")
    library = build(cpu)
    for name, function in FUNCTIONS.items():
        columns = columns_of(function, random_bars(2500))
        for parameters in parameter_sets(function):
            warmup = function.warmup(**parameters)
            for n in {1, 7, warmup, warmup + 1, warmup + 9, 2 * warmup + 7, 2500} - {0}:
                part = [c[:n] for c in columns]
                out, _ = run(library, name, part, parameters)
                for got, expected in zip(out, outputs_of(function(*part, **parameters)), strict=True):
                    same = (got.view(np.int64) == expected.view(np.int64)) | (np.isnan(got) & np.isnan(expected))
                    assert same.all(), f"{name}, {parameters}, {n} rows"


def test_a_kernel_is_not_sure_of_what_is_not_finite(build):
    library = build("baseline")
    for name, function in FUNCTIONS.items():
        for parameters in parameter_sets(function):
            for place in (0, 1, 13, 30, 700, 998, 999):
                for bad in (np.nan, np.inf, -np.inf):
                    for at in range(len(function.inputs)):
                        columns = [c.copy() for c in columns_of(function, random_bars(1000))]
                        columns[at][place] = bad
                        assert run(library, name, columns, parameters)[1] == UNSURE, f"{name}, {parameters}, {place}"


AT_THE_EDGE = """
import ctypes, mmap
import numpy as np
from tests.indicators.catalog import FUNCTIONS, parameter_sets

libc = ctypes.CDLL(None, use_errno=True)

class Edge:
    # arrays that end where a page begins that must not be touched
    def __init__(self):
        self.area = mmap.mmap(-1, 17 * mmap.PAGESIZE)
        self.end = ctypes.addressof(ctypes.c_char.from_buffer(self.area)) + 16 * mmap.PAGESIZE
        assert libc.mprotect(ctypes.c_void_p(self.end), ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
    def array(self, n, dtype="float64"):
        return np.frombuffer((ctypes.c_double * n).from_address(self.end - 8 * n)).view(dtype)

places = [Edge() for _ in range(12)]
for function in FUNCTIONS.values():
    for parameters in parameter_sets(function):
        warmup = function.warmup(**parameters)
        for n in (*range(1, 20), warmup + 1, warmup + 2, warmup + 8, 2 * warmup + 7, 1033):
            x = [edge.array(n) for edge in places[: len(function.inputs)]]
            y = [edge.array(n, dtype) for edge, dtype in zip(places[6:], function.dtypes)]
            for i, column in enumerate(x):
                column[:] = 50 + np.arange(n) % (7 + i)
            for _ in range(2):
                function(*x, **parameters, out=tuple(y) if len(y) > 1 else y[0])
                x[0][n // 2] = np.nan
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux (mprotect)")
def test_kernels_stay_inside_their_arrays():
    root = EXT.parent
    result = subprocess.run([sys.executable, "-c", AT_THE_EDGE], cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr or f"ended by signal {-result.returncode}"
