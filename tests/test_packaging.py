"""The wheel: it holds what it needs and nothing else, and works from an empty directory."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from setuptools import Distribution

ROOT = Path(__file__).parents[1]
SOURCES = {".c", ".cpp", ".pyx", ".pxd", ".h"}


def extensions():
    """Where what is compiled lies below the root: of kernels, and of streaming formulas."""
    formulas = [path for path in (ROOT / "pyrt_ext").rglob("*.py") if path.with_suffix(".pxd").exists()]
    sources = [*(ROOT / "pyrt_ext").rglob("*.pyx"), *(path for path in formulas if path.stem != "__init__")]
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    return [path.relative_to(ROOT).with_suffix(suffix) for path in sources]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from a copy of the tree: building in place would race with the tests that use it.

    What ``make ext`` has compiled lies in the copy where a build looks for it. It is taken if it is newer than all that
    it is made of, and compiled anew if it is not, or is not there.
    """
    copy = tmp_path_factory.mktemp("source") / "pyrt"
    build = Distribution().get_command_obj("build")
    build.ensure_finalized()
    if (ROOT / "build" / "cython").exists():
        shutil.copytree(ROOT / "build" / "cython", copy / "build" / "cython")
        for built in extensions():
            if (ROOT / built).exists():
                place = copy / build.build_platlib / built
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / built, place)
    for name in ("pyrt", "pyrt_ext"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, copy / name)
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
    assert {name for name in names if name.endswith(".so")} == set(map(str, extensions()))
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
