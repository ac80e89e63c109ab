"""The wheel: it holds what it needs and nothing else, and works from an empty directory."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {".c", ".cpp", ".pyx", ".pxd", ".h"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from a copy of the tree: building in place would race with the tests that use it."""
    copy = tmp_path_factory.mktemp("source") / "pyrt"
    for name in ("pyrt", "pyrt_ext"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-w",
        str(out),
        ".",
    ]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return next(out.glob("*.whl"))


def test_it_holds_no_source_that_it_does_not_need(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if Path(name).suffix in SOURCES]
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "engine-rs", "docs"))]
    kernels = {path.stem for path in (ROOT / "pyrt_ext").glob("*.pyx")}
    assert kernels <= {Path(name).name.partition(".")[0] for name in names if name.endswith(".so")}
    assert "pyrt/py.typed" in names


def test_it_works_from_an_empty_directory(wheel, tmp_path):
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code = (
        "import pyrt, numpy as np, pyrt.indicators as ta\n"
        "assert '/site/' in pyrt.__file__, pyrt.__file__\n"
        "x = np.arange(50.0) + 10\n"
        "days = np.arange('2024-01-01', '2024-02-20', dtype='datetime64[D]')\n"
        "bars = {'time': days, 'open': x, 'high': x, 'low': x, 'close': x}\n"
        "result = pyrt.Backtest(bars).run_signals(ta.ema(x, 3) > ta.ema(x, 9), x < 0)\n"
        "assert len(result.trades) == 1\n"
        "assert ta.rsi.stream(3).update(1.0) != ta.rsi.stream(3).update(1.0)\n"
        "print(result.report('out'))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=empty, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (empty / "out" / "report.html").exists()
