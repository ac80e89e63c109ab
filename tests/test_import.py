"""``import pyrt`` is a map and nothing else."""

import json
import subprocess
import sys

import pytest

import pyrt

HEAVY = ["numba", "pandas", "scipy", "matplotlib", "polars", "pyarrow", "onnxruntime", "sklearn"]


def modules_after(statement):
    code = f"import json, sys; old = set(sys.modules); {statement}; print(json.dumps(sorted(set(sys.modules) - old)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def test_importing_pyrt_imports_nothing_else():
    loaded = modules_after("import pyrt")
    assert [m for m in loaded if m.startswith("pyrt")] == ["pyrt"]
    assert not set(HEAVY) & set(loaded)
    assert "numpy" not in loaded


@pytest.mark.parametrize("room", ["indicators", "backtest", "live", "analysis", "data", "types", "strategy"])
def test_a_room_does_not_load_heavy_libraries(room):
    assert not set(HEAVY) & set(modules_after(f"import pyrt.{room}"))


def test_public_names_are_these():
    assert sorted(pyrt.__all__) == dir(pyrt)
    for name in pyrt.__all__:
        assert getattr(pyrt, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = pyrt.nothing
