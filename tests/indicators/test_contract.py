"""What every indicator is held to: one definition, two forms, four ways with NaN, causality, shapes."""

import inspect
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import indicators as ta
from pyrt.errors import InputError

from .definitions import DEFINITIONS, assert_close, with_policy

FUNCTIONS = ta.functions()
NAMES = list(FUNCTIONS)
numbers = st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda v: v if abs(v) > 1e-6 else 0.0)
series = st.lists(numbers | st.sampled_from([math.nan, 1.0, 1.0, 2.0]), min_size=1, max_size=90)
clean = st.lists(numbers, min_size=1, max_size=90)
periods = st.integers(2, 40)


def test_every_function_has_a_definition_here():
    assert set(NAMES) == set(DEFINITIONS)


@pytest.mark.parametrize("name", NAMES)
@given(values=series, period=periods, nan=st.sampled_from(["restart", "propagate", "skip"]))
@settings(deadline=None)
def test_both_forms_equal_the_definition(name, values, period, nan):
    expected = with_policy(name, values, period, nan)
    live = FUNCTIONS[name].stream(period, nan=nan)
    assert_close(FUNCTIONS[name](values, period, nan=nan), expected, values)
    assert_close([live.update(v) for v in values], expected, values)


@pytest.mark.parametrize("name", NAMES)
@given(values=series, period=periods, nan=st.sampled_from(["restart", "propagate", "skip"]), data=st.data())
@settings(deadline=None)
def test_the_past_does_not_depend_on_the_future(name, values, period, nan, data):
    cut = data.draw(st.integers(1, len(values)))
    whole = FUNCTIONS[name](values, period, nan=nan)
    np.testing.assert_array_equal(FUNCTIONS[name](values[:cut], period, nan=nan), whole[:cut])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("period", [2, 6, 7, 8, 30, 256, 257, 300])
def test_the_past_does_not_depend_on_the_future_in_long_series(name, period, random_series):
    values = random_series["walk"]
    whole = FUNCTIONS[name](values, period)
    for cut in (period - 1, period, period + 1, 2 * period + 5, 1023, 1024, 1033, 2999):
        np.testing.assert_array_equal(FUNCTIONS[name](values[:cut], period), whole[:cut])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("period", [2, 8, 30, 300])
def test_forms_agree_over_long_series_with_gaps(name, period, random_series):
    values = random_series["walk"].copy()
    values[[0, 5, 900, 901, 1500, 2999]] = np.nan
    for nan in ("restart", "propagate", "skip"):
        live = FUNCTIONS[name].stream(period, nan=nan)
        assert_close(FUNCTIONS[name](values, period, nan=nan), [live.update(v) for v in values], values)


@pytest.mark.parametrize("name", NAMES)
@given(values=clean, period=periods)
@settings(deadline=None)
def test_warmup_is_nan_and_nothing_else_is(name, values, period):
    out = FUNCTIONS[name](values, period)
    warmup = FUNCTIONS[name].warmup(period)
    np.testing.assert_array_equal(np.isnan(out), np.arange(len(values)) < warmup)


@pytest.mark.parametrize("name", NAMES)
def test_raise_names_the_first_nan(name):
    with pytest.raises(InputError, match=r"real\[2\]: is NaN"):
        FUNCTIONS[name]([1.0, 2.0, math.nan, 3.0, math.nan], 2, nan="raise")
    with pytest.raises(InputError, match=r"real\[1, 2\]: is NaN"):
        FUNCTIONS[name]([[1.0, 2.0, 3.0], [1.0, 2.0, math.nan]], 2, nan="raise")
    live = FUNCTIONS[name].stream(2, nan="raise")
    live.update(1.0)
    with pytest.raises(InputError, match="NaN"):
        live.update(math.nan)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("nan", ["restart", "propagate", "skip"])
def test_columns_are_series_of_their_own(name, nan, random_series):
    table = np.stack([random_series["walk"][i : i + 500] for i in range(0, 900, 100)], axis=1)
    table[40, 2] = table[0, 3] = table[499, 5] = np.nan
    table[:, 7] = np.nan
    expected = np.stack([FUNCTIONS[name](column, 10, nan=nan) for column in table.T], axis=1)
    for shape in (table, np.asfortranarray(table), np.repeat(table, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(FUNCTIONS[name](shape, 10, nan=nan), expected)


@pytest.mark.parametrize("name", NAMES)
def test_all_nan_is_all_nan(name):
    for nan in ("restart", "propagate", "skip"):
        assert np.isnan(FUNCTIONS[name](np.full(50, np.nan), 2, nan=nan)).all()


@pytest.mark.parametrize("name", NAMES)
def test_input_is_left_alone_and_out_is_written(name, random_series):
    values = random_series["walk"]
    before, expected = values.copy(), FUNCTIONS[name](values, 9)
    out = np.empty_like(values)
    assert FUNCTIONS[name](values, 9, out=out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(values, before)
    strided = np.empty(2 * len(values))[::2]
    np.testing.assert_array_equal(FUNCTIONS[name](values, 9, out=strided), expected)
    inplace = values.copy()
    np.testing.assert_array_equal(FUNCTIONS[name](inplace, 9, out=inplace), expected)
    shifted = np.concatenate([values, values[:3]])
    np.testing.assert_array_equal(FUNCTIONS[name](shifted[:-3], 9, out=shifted[3:]), expected)


@pytest.mark.parametrize("name", NAMES)
def test_read_only_input_is_taken(name, random_series):
    values = random_series["walk"].copy()
    values.flags.writeable = False
    FUNCTIONS[name](values, 9)


@pytest.mark.parametrize("name", NAMES)
def test_is_declared_in_full(name):
    function = FUNCTIONS[name]
    assert getattr(ta, name) is function
    assert name in ta.__all__
    assert function.group
    assert function.source
    assert function.inputs
    assert function.outputs
    for section in ("Parameters", "Returns", "Raises", "Examples", "Causal"):
        assert section in function.__doc__
    signature = inspect.signature(function)
    for parameter in function.parameters:
        assert signature.parameters[parameter.name].default == parameter.default
        assert parameter.low <= parameter.default <= parameter.high


@pytest.mark.parametrize("name", NAMES)
def test_talib_declares_it_so(name):
    abstract = pytest.importorskip("talib.abstract")
    info = abstract.Function(name.upper()).info
    function = FUNCTIONS[name]
    assert function.group == info["group"]
    assert {p.name: p.default for p in function.parameters} == dict(info["parameters"])
    assert list(function.outputs) == info["output_names"]
