"""A streaming formula gives equal bits however its one source is compiled: by Cython, by Numba, or not at all."""

import importlib.util
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

from pyrt import indicators as ta

NAMES = list(ta.functions())
SHARED = Path(__file__).parents[3] / "shared" / "data"


def load(formula, compiler):
    """The formula's functions from its source, compiled; the extension module shadows that source for imports."""
    spec = importlib.util.spec_from_file_location(f"{formula.name}_from_source", formula.source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__file__.endswith(".py")
    for name, value in list(vars(module).items()):
        if isinstance(value, FunctionType):
            setattr(module, name, compiler(value))  # they call each other by these names
    return getattr(module, f"{formula.name}_reset"), getattr(module, f"{formula.name}_update")


def prices(n):
    rng = np.random.default_rng(11)
    x = 250 * np.exp(np.cumsum(rng.normal(0, 0.003, n)))
    x[[17, 18, n // 2]] = np.nan
    x[n // 3 : n // 3 + 100] = x[n // 3]
    return x


def states(function, period, compiler, values):
    """Every output, and the bytes of record and window at the end."""
    formula = function.formula
    reset, update = load(formula, compiler)
    record = np.frombuffer(bytearray(formula.image(period)), formula.dtype).view(np.recarray)
    window = np.zeros(max(formula.arena(period), 1))
    reset(record[0])
    out = np.array([update(record[0], window, x) for x in values])
    return out, record.tobytes() + window.tobytes()[: 8 * formula.arena(period)]


def assert_same_as_stream(function, period, compiler, values):
    live = function.stream(period)
    expected = np.array([live.update(x) for x in values])
    out, image = states(function, period, compiler, values)
    np.testing.assert_array_equal(out.view(np.int64), expected.view(np.int64))
    assert image == live.image


@pytest.mark.parametrize("name", NAMES)
def test_numba_gives_the_same_bits(name):
    numba = pytest.importorskip("numba")
    assert_same_as_stream(ta.functions()[name], 14, numba.njit(error_model="numpy"), prices(3000))


@pytest.mark.parametrize("name", NAMES)
def test_numba_gives_the_same_bits_on_real_bars(name):
    numba = pytest.importorskip("numba")
    pd = pytest.importorskip("pandas")
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data (recorded market data), which is not part of the repository")
    daily = pd.read_parquet(SHARED / "bars" / "us_daily.parquet")
    values = daily.loc[daily["symbol"] == "SPY", "close"].to_numpy()
    assert_same_as_stream(ta.functions()[name], 20, numba.njit(error_model="numpy"), values)


@pytest.mark.parametrize("name", NAMES)
def test_plain_python_gives_the_same_bits(name):
    assert_same_as_stream(ta.functions()[name], 5, lambda function: function, prices(400))


@pytest.mark.parametrize("name", NAMES)
def test_the_record_is_declared_alike_for_both_compilers(name):
    formula = ta.functions()[name].formula
    assert formula.dtype.names[0] == "value"
    assert formula.dtype.isalignedstruct
    image = formula.image(9)
    assert np.frombuffer(image, formula.dtype)["period"] == 9
