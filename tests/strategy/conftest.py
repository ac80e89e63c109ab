"""Every test compiles into a cache of its own."""

import importlib.util
import itertools
import textwrap

import numpy as np
import pytest

from pyrt.types import RECORDS, Kind

COUNT = itertools.count()


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PYRT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def load_class(tmp_path_factory):
    """Write source to a file, import it, and return its class ``S``."""
    folder = tmp_path_factory.mktemp("strategies")

    def load(source, name="S"):
        path = folder / f"strategy_{next(COUNT)}.py"
        head = "import math\nimport numpy as np\nimport pyrt\nimport pyrt.indicators as ta\n"
        path.write_text(head + textwrap.dedent(source))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, name)

    return load


@pytest.fixture(scope="session")
def trades():
    """Make trades of a random walk, or at given prices."""

    def make(count=1000, seed=1, prices=None):
        rng = np.random.default_rng(seed)
        if prices is None:
            prices = np.round(100 + np.cumsum(rng.normal(size=count)) * 0.1, 2)
        made = np.zeros(len(prices), RECORDS[Kind.TRADE])
        made["stamp"], made["kind"], made["price"] = np.arange(len(prices)), Kind.TRADE, prices
        made["side"] = rng.integers(1, 3, len(prices))
        made["qty"] = np.round(rng.exponential(size=len(prices)), 5)
        made["event_time"] = np.arange(len(prices)) * 1_000_000
        made["receive_time"] = made["event_time"] + 1_000
        return made

    return make
