"""What every indicator is held to: two forms, four ways with NaN, causality, shapes."""

import inspect
import math
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import indicators as ta
from pyrt.errors import InputError

from .catalog import (
    FUNCTIONS,
    NAMES,
    POLICIES,
    STREAMED,
    as_streamed,
    assert_close,
    blank,
    columns_of,
    outputs_of,
    parameter_sets,
    random_bars,
    scale_of,
    streamed,
    stretches,
)

numbers = st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda v: v if abs(v) > 1e-6 else 0.0)
values = numbers | st.sampled_from([1.0, 1.0, 2.0, 0.5])
CUTS = (1, 2, 7, 8, 9, 29, 30, 31, 40, 65, 1023, 1024, 1033, 1100)


def gappy(bars):
    """Bars with holes of several kinds."""
    bars = {name: values.copy() for name, values in bars.items()}
    bars["close"][[0, 5, 900, 901]] = np.nan
    bars["high"][[5, 400]] = np.nan
    bars["volume"][[400, 700]] = bars["open"][650] = bars["low"][800] = np.nan
    return bars


def short(function):
    """Parameters that leave something of forty rows."""
    chosen = [p for p in parameter_sets(function) if function.warmup(**p) < 15]
    return chosen or [min(parameter_sets(function), key=lambda p: function.warmup(**p))]


@pytest.mark.parametrize("name", STREAMED)
@given(data=st.data(), nan=st.sampled_from(POLICIES))
@settings(deadline=None, max_examples=30)
def test_forms_agree(name, data, nan):
    function = FUNCTIONS[name]
    row = st.tuples(*[values | st.just(math.nan)] * len(function.inputs))
    columns = [np.array(c) for c in zip(*data.draw(st.lists(row, min_size=1, max_size=60)), strict=True)]
    parameters = data.draw(st.sampled_from(short(function)))
    batch = outputs_of(function(*columns, **parameters, nan=nan))
    for got, expected in zip(streamed(function, columns, nan, **parameters), batch, strict=True):
        assert_close(got, as_streamed(expected, got), scale_of(name, columns), 1e-12, f"{parameters}")


def test_an_average_of_one_value_is_that_value_in_ratios_too():
    values = [0.0, 4097.0, 0.02, 1.0]
    live = FUNCTIONS["trix"].stream(1)
    np.testing.assert_array_equal([live.update(x) for x in values], FUNCTIONS["trix"](np.array(values), 1))


@pytest.mark.parametrize("name", STREAMED)
def test_forms_agree_over_long_series_with_gaps(name):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], gappy(random_bars(1200)))
    for nan in POLICIES:
        for parameters in parameter_sets(function):
            batch = outputs_of(function(*columns, **parameters, nan=nan))
            for got, expected in zip(streamed(function, columns, nan, **parameters), batch, strict=True):
                assert_close(got, as_streamed(expected, got), scale_of(name, columns), 1e-12, f"{nan}, {parameters}")


@pytest.mark.parametrize("name", NAMES)
def test_gaps_do_what_the_policy_says(name):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], gappy(random_bars(1200)))
    gap = np.isnan(columns).any(axis=0)
    for nan in POLICIES:
        for parameters in parameter_sets(function):
            for at, got in enumerate(outputs_of(function(*columns, **parameters, nan=nan))):
                expected = np.zeros(len(gap), np.int64) if got.dtype.kind == "i" else np.full(len(gap), np.nan)
                for rows in stretches(gap, nan):
                    part = outputs_of(function(*(c[rows] for c in columns), **parameters))[at]
                    if name.endswith("index") and got.dtype.kind == "i" and nan != "skip":
                        part = np.where(np.arange(len(part)) < function.warmup(**parameters), 0, part + rows[0])
                    expected[rows] = part
                np.testing.assert_array_equal(got, expected, err_msg=f"{nan}, {parameters}")


@pytest.mark.parametrize("name", NAMES)
def test_the_past_does_not_depend_on_the_future(name):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], random_bars(1200))
    for parameters in parameter_sets(function):
        whole = outputs_of(function(*columns, **parameters))
        for cut in (*CUTS, function.warmup(**parameters) + 1):
            for got, expected in zip(
                outputs_of(function(*(c[:cut] for c in columns), **parameters)), whole, strict=True
            ):
                np.testing.assert_array_equal(got, expected[:cut], err_msg=f"{cut}, {parameters}")


@pytest.mark.parametrize("name", NAMES)
def test_warmup_is_blank(name):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], random_bars(1200))
    for parameters in parameter_sets(function):
        warmup = function.warmup(**parameters)
        for out in outputs_of(function(*columns, **parameters)):
            assert blank(out[:warmup]).all()
            if function.group not in ("Math Transform", "Math Operators", "Pattern Recognition"):
                assert np.isfinite(out[warmup:]).mean() > 0.7, parameters  # a quarter of the bars have no volume


@pytest.mark.parametrize("name", NAMES)
def test_raise_names_the_first_nan(name):
    function = FUNCTIONS[name]
    columns = columns_of(function, random_bars(60))
    for at, label in enumerate(function.inputs):
        holed = [c.copy() for c in columns]
        holed[at][[2, 4]] = np.nan
        with pytest.raises(InputError, match=rf"{label}\[2\]: is NaN"):
            function(*holed, nan="raise")
        tables = [np.stack([columns[i], c], axis=1) for i, c in enumerate(holed)]
        with pytest.raises(InputError, match=rf"{label}\[2, 1\]: is NaN"):
            function(*tables, nan="raise")
        if function.formula is not None:
            live = function.stream(nan="raise")
            live.update(*(c[0] for c in holed))
            with pytest.raises(InputError, match="NaN"):
                live.update(*(c[2] for c in holed))


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_series_of_their_own(name):
    function = FUNCTIONS[name]
    markets = [columns_of(function, random_bars(300, seed)) for seed in range(11)]
    tables = [np.stack(column, axis=1) for column in zip(*markets, strict=True)]
    tables[0][40, 2] = tables[-1][0, 3] = tables[0][299, 5] = np.nan
    tables[-1][:, 7] = np.nan
    for nan in POLICIES:
        whole = outputs_of(function(*tables, nan=nan))
        for j in range(11):
            alone = outputs_of(function(*(table[:, j] for table in tables), nan=nan))
            for got, expected in zip(whole, alone, strict=True):
                np.testing.assert_array_equal(got[:, j], expected)
    for shape in (np.asfortranarray, lambda t: np.repeat(t, 2, axis=1)[:, ::2]):
        for got, expected in zip(outputs_of(function(*map(shape, tables))), outputs_of(function(*tables)), strict=True):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", NAMES)
def test_all_nan_is_all_blank(name):
    function = FUNCTIONS[name]
    for nan in POLICIES:
        for out in outputs_of(function(*[np.full(50, np.nan)] * len(function.inputs), nan=nan)):
            assert blank(out).all()


@pytest.mark.parametrize("name", NAMES)
def test_input_is_left_alone_and_out_is_written(name):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], random_bars(500))
    before, expected = [c.copy() for c in columns], outputs_of(function(*columns))
    several = len(expected) > 1

    def written(inputs, out):
        result = function(*inputs, out=tuple(out) if several else out[0])
        assert all(a is b for a, b in zip(result if several else (result,), out, strict=True))
        for got, wanted in zip(out, expected, strict=True):
            np.testing.assert_array_equal(got, wanted)

    written(columns, [np.empty_like(e) for e in expected])
    for column, old in zip(columns, before, strict=True):
        np.testing.assert_array_equal(column, old)
    written(columns, [np.repeat(e, 2)[::2] for e in map(np.empty_like, expected)])
    if all(e.dtype == np.float64 for e in expected) and len(expected) <= len(columns):
        inplace = [c.copy() for c in columns]
        written(inplace, inplace[: len(expected)])
        shifted = [np.concatenate([c, c[:3]]) for c in columns]
        written([s[:-3] for s in shifted], [s[3:] for s in shifted[: len(expected)]])
    for column in columns:
        column.flags.writeable = False
    function(*columns)


@pytest.mark.parametrize("name", NAMES)
def test_is_declared_in_full(name):
    function = FUNCTIONS[name]
    assert getattr(ta, name) is function
    assert name in ta.__all__
    assert function.group
    assert function.source
    assert function.kernel.inputs == len(function.inputs)
    assert function.kernel.outputs == len(function.outputs)
    if function.formula is None:
        assert function.batch_only
        with pytest.raises(TypeError, match="no streaming form"):
            function.stream()
    else:
        assert function.formula.inputs == len(function.inputs)
        assert function.formula.outputs == len(function.outputs)
        assert len(function.outputs) == 1 or function.formula.dtype.names[: len(function.outputs)] == function.outputs
    for section in ("Parameters", "Returns", "Raises", "Examples", "Causal", *function.inputs):
        assert section in function.__doc__
    assert max(map(len, function.__doc__.splitlines())) <= 120
    signature = inspect.signature(function)
    assert [name for name, p in signature.parameters.items() if p.kind is p.KEYWORD_ONLY] == ["nan", "out", "threads"]
    for parameter in function.parameters:
        assert signature.parameters[parameter.name].default == parameter.default
        assert parameter.low <= parameter.default <= parameter.high


def test_other_names_are_the_same_functions():
    aliases = {alias: function for function in FUNCTIONS.values() for alias in function.aliases}
    for alias, function in aliases.items():
        assert getattr(ta, alias) is function
        assert f"`{alias}`" in function.__doc__
        assert alias not in NAMES
    public = {name for name in ta.__all__ if isinstance(getattr(ta, name), ta.Indicator)}
    assert public == {*NAMES, *aliases}
    assert ta.keltner is ta.kc
    assert pickle.loads(pickle.dumps(ta.keltner)) is ta.kc


def test_the_guide_names_every_function():
    guide = (Path(__file__).parents[2] / "docs" / "indicators.md").read_text()
    told = guide.partition("go by another name")[2].partition("\n")[0]
    assert set(re.findall(r"(\w+) \((\w+)\)", told)) == {(a, f.__name__) for f in FUNCTIONS.values() for a in f.aliases}
    listed = {name for row in guide.splitlines() if row.startswith("| ") for name in row.split("|")[2].split(", ")}
    assert {name.strip() for name in listed} >= set(NAMES)


@pytest.mark.parametrize("name", ["ad", "add", "cdldoji", "ha", "mom", "sqrt"])
def test_a_large_out_need_not_be_aligned(name):
    function, n = FUNCTIONS[name], (1 << 19) + 77  # so many rows go past the caches, by whole words
    columns = columns_of(function, random_bars(n))
    expected = outputs_of(function(*columns))
    out = [np.ndarray(n, e.dtype, bytearray(e.nbytes + 1), offset=1) for e in expected]
    function(*columns, out=tuple(out) if len(out) > 1 else out[0])
    for got, wanted in zip(out, expected, strict=True):
        assert not got.flags.aligned
        np.testing.assert_array_equal(got, wanted)
