"""A streaming formula gives equal bits however its one source is compiled: Cython, Numba, a strategy, or not at all."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from pyrt.strategy import Host, prepare
from pyrt.types import RECORDS, Kind
from tests.ext.indicator_sources import run
from tests.indicators.catalog import COLUMN, FUNCTIONS, STREAMED, columns_of, parameter_sets, random_bars

SHARED = Path(__file__).parents[3] / "shared" / "data"


def numba_compiler(function):
    """Numba's compiler; one object, so that modules are compiled once."""
    import numba

    return numba.njit(error_model="numpy")(function)


def plain(function):
    """No compiler."""
    return function


def gappy(n):
    bars = random_bars(n, seed=11)
    bars["close"][[17, 18, n // 2]] = np.nan
    bars["high"][n // 2 + 1] = bars["volume"][n // 3] = np.nan
    return bars


def assert_same_as_stream(name, bars, compiler):
    function = FUNCTIONS[name]
    columns = columns_of(function, bars)
    for parameters in parameter_sets(function)[:2]:
        live = function.stream(**parameters)
        expected = []
        for row in zip(*columns, strict=True):
            live.update(*row)
            expected.append(tuple(live.values))
        rows = zip(*(c.tolist() for c in columns), strict=True)
        out, image = run(function.formula, tuple(parameters.values()), compiler, rows)
        expected = np.array(expected)
        np.testing.assert_array_equal(np.isnan(out), np.isnan(expected))
        np.testing.assert_array_equal(np.nan_to_num(out).view(np.int64), np.nan_to_num(expected).view(np.int64))
        assert len(image) == len(live.image)


@pytest.mark.parametrize("name", STREAMED)
def test_numba_gives_the_same_bits(name):
    pytest.importorskip("numba")
    assert_same_as_stream(name, gappy(1500), numba_compiler)


@pytest.mark.parametrize("name", STREAMED)
def test_plain_python_gives_the_same_bits(name):
    assert_same_as_stream(name, gappy(400), plain)


@pytest.mark.parametrize("name", STREAMED)
def test_plain_python_gives_the_same_bits_on_real_bars(name):
    pd = pytest.importorskip("pandas")
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data (recorded market data), which is not part of the repository")
    daily = pd.read_parquet(SHARED / "bars" / "us_daily.parquet")
    spy = daily[daily["symbol"] == "SPY"][:1500]
    bars = {name: spy[name].to_numpy(np.float64) for name in ("open", "high", "low", "close", "volume")}
    assert_same_as_stream(name, bars, plain)


@pytest.mark.parametrize("name", STREAMED)
def test_the_record_is_declared_alike_for_both_compilers(name):
    formula = FUNCTIONS[name].formula
    assert formula.dtype.names[0] in ("value", FUNCTIONS[name].outputs[0])
    assert formula.dtype.isalignedstruct


PLACE = COLUMN | {"anchor": "open", "periods": "volume", "session": "open"}
"""The bar's column that stands for an input."""

STRATEGY = """
from pyrt.strategy import Strategy

LIVE = None


class S(Strategy):
    bars = "1m"

    def start(self, ctx):
        self.live = LIVE()

    def on_bar(self, ctx, bar):
        value = self.live.update({values})
        if self.live.ready:
            ctx.signal(value, self.live.value)
"""
"""Publishes the first output of a function; `values` are its inputs from a bar."""


@pytest.fixture(scope="module")
def strategies(tmp_path_factory):
    """Modules with a strategy each, by the columns that it reads; source must stand in a file."""
    folder, made = tmp_path_factory.mktemp("strategies"), {}

    def module(columns):
        if columns not in made:
            path = folder / f"takes_{'_'.join(columns)}.py"
            path.write_text(STRATEGY.format(values=", ".join(f"bar.{column}" for column in columns)))
            spec = importlib.util.spec_from_file_location(path.stem, path)
            made[columns] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(made[columns])
        return made[columns]

    return module


@pytest.mark.parametrize("name", STREAMED)
def test_strategies_give_the_same_bits(name, strategies):
    function = FUNCTIONS[name]
    columns = tuple(PLACE.get(given, given) for given in function.inputs)
    module = strategies(columns)
    module.LIVE = function.stream
    bars = random_bars(200, seed=5)
    records = np.zeros(200, RECORDS[Kind.BAR])
    records["kind"] = Kind.BAR
    for column in bars:
        records[column] = bars[column]
    live = function.stream()
    expected = [live.update(*row) for row in zip(*(bars[c].tolist() for c in columns), strict=True)]
    answers = Host(prepare(module.S)).run(records)
    np.testing.assert_array_equal(answers.requests["value"], np.array(expected)[~np.isnan(expected)])
