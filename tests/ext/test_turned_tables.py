"""Columns of tables become series and series columns, on every CPU, and nothing beside them is touched."""

import ctypes
import itertools
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

EXT = Path(__file__).parents[2] / "pyrt_ext"
SOURCE = """
#include "tables.h"
void gather(double *x, ptrdiff_t row, ptrdiff_t column, ptrdiff_t n, ptrdiff_t columns, double *to, ptrdiff_t length)
{
    pyrt_gather((pyrt_table){x, row, column}, n, columns, to, length);
}
void scatter(double *x, ptrdiff_t row, ptrdiff_t column, ptrdiff_t n, ptrdiff_t columns, double *from, ptrdiff_t length,
    int beyond)
{
    pyrt_scatter(from, length, n, columns, (pyrt_table){x, row, column}, beyond);
}
"""
CPUS = {"as it is": [], "without vectors of eight": ["-DPYRT_NO_AVX512"]}
SHAPES = list(itertools.product((1, 7, 8, 9, 40, 65), (1, 7, 8, 9, 24, 48, 83)))


@pytest.fixture(scope="module", params=CPUS)
def library(request, tmp_path_factory):
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not (EXT / "tables.h").exists():
        pytest.skip("needs a C compiler and the kernels' sources")
    folder = tmp_path_factory.mktemp("tables")
    (folder / "tables.c").write_text(SOURCE)
    flags = ["-O3", "-Wno-psabi", "-shared", "-fPIC", *CPUS[request.param], f"-I{EXT}"]
    subprocess.run([compiler, *flags, "tables.c", "-o", "tables.so"], cwd=folder, check=True, capture_output=True)
    return ctypes.CDLL(str(folder / "tables.so"))


def called(function, table, series, *more):
    steps = [ctypes.c_ssize_t(step // 8) for step in table.strides]
    sizes = [ctypes.c_ssize_t(size) for size in table.shape]
    series_at = ctypes.c_void_p(series.ctypes.data)
    function(ctypes.c_void_p(table.ctypes.data), *steps, *sizes, series_at, ctypes.c_ssize_t(series.shape[1]), *more)


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("offset", range(8))
def test_to_series_and_back(library, offset, step):
    rng = np.random.default_rng(offset)
    for n, columns in SHAPES:
        room = rng.normal(size=(n + 2, columns * step + 13))
        table = room[1:-1, offset : offset + columns * step : step]
        series = np.full((columns, n + 8), -1.0)
        called(library.gather, table, series)
        np.testing.assert_array_equal(series[:, :n], table.T)
        assert (series[:, n:] == -1.0).all()
        for beyond in (0, 1):
            target = np.full_like(room, -2.0)
            expected = target.copy()
            expected[1:-1, offset : offset + columns * step : step] = table
            called(library.scatter, target[1:-1, offset : offset + columns * step : step], series, beyond)
            np.testing.assert_array_equal(target, expected)
