"""Families are imported when one of their functions is first asked for, and nothing else notices."""

import importlib
import json
import pickle
import pkgutil
import subprocess
import sys

import numpy as np
import pytest

from pyrt import indicators as ta
from pyrt.indicators import families
from pyrt.indicators.index import FAMILIES

from .catalog import FUNCTIONS


def modules(package, before=""):
    """Every family, by the name that the index gives it."""
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        if found.ispkg:
            yield from modules(module, f"{found.name}.")
        elif getattr(module, "__all__", []):
            yield before + found.name, module


def fresh(code):
    """What another process prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_the_index_is_what_families_say():
    expected = {name: " ".join(sorted(module.__all__)) for name, module in modules(families)}
    written = "\n".join(
        f'"{name}": "{names}",' for name, names in sorted(expected.items()) if FAMILIES.get(name) != names
    )
    assert expected == FAMILIES, f"pyrt/indicators/index.py should say:\n{written}"
    assert list(FAMILIES) == sorted(FAMILIES)


def test_every_name_is_there():
    scope = {}
    exec("from pyrt.indicators import *", scope)
    assert set(FUNCTIONS) <= set(scope)
    assert set(ta.__all__) <= set(scope) & set(dir(ta))
    assert len(ta.__all__) == len(set(ta.__all__))
    assert all(scope[name] is getattr(ta, name) for name in ta.__all__)
    with pytest.raises(AttributeError, match="no attribute 'moving_average'"):
        _ = ta.moving_average
    with pytest.raises(ImportError):
        from pyrt.indicators import moving_average  # noqa: F401


def test_a_function_does_not_import_other_families():
    code = "import json, sys, pyrt.indicators as ta; ta.sma([1.0, 2.0], 2); print(json.dumps(list(sys.modules)))"
    loaded = {name for name in json.loads(fresh(code)) if name.startswith("pyrt")}
    assert {name for name in loaded if "families." in name} == {"pyrt.indicators.families.moving"}
    assert {name for name in loaded if name.startswith("pyrt_ext.indicators.")} == {"pyrt_ext.indicators.moving"}


def test_pickles_are_read_where_nothing_was_imported():
    result = ta.macd(np.arange(60.0))
    held = pickle.dumps((ta.macd, result, ta.ema.stream(3)))
    code = f"import pickle; made = pickle.loads({held!r}); print(made[0], type(made[1]).__name__, made[2])"
    assert fresh(code).split() == f"{ta.macd} MacdResult {ta.ema.stream(3)}".split()
