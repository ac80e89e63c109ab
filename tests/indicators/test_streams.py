"""The streaming form as an object: state, gaps, copies, pickles."""

import copy
import math
import pickle

import numpy as np
import pytest

from pyrt import indicators as ta
from pyrt.errors import InputError

from .catalog import FUNCTIONS, NAMES, POLICIES, STREAMED, columns_of, outputs_of, parameter_sets, random_bars

PLACES = (0, 1, 4, 5, 6, 7, 60, 149)


def rows_of(name):
    """Rows of values, one with a NaN, and parameters that leave most of them after the warm-up."""
    function = FUNCTIONS[name]
    columns = [c.copy() for c in columns_of(function, random_bars(150))]
    columns[-1][4] = math.nan
    chosen = min(parameter_sets(function), key=lambda p: function.warmup(**p))
    return list(zip(*(c.tolist() for c in columns), strict=True)), chosen


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("name", STREAMED)
def test_value_is_what_update_returned(name):
    rows, parameters = rows_of(name)
    function = FUNCTIONS[name]
    live = function.stream(**parameters)
    assert math.isnan(live.value)
    assert not live.ready
    for row in rows:
        returned = live.update(*row)
        assert same(live.value, returned)
        assert live.ready is not math.isnan(returned)
        assert same(live.values[0], returned)
        if len(function.outputs) > 1:
            assert live.values._fields == function.outputs
            for output in function.outputs:
                assert same(getattr(live, output), getattr(live.values, output))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = live.nothing


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("nan", POLICIES)
def test_reset_forgets_everything(name, nan):
    rows, parameters = rows_of(name)
    live = FUNCTIONS[name].stream(**parameters, nan=nan)
    first = [(live.update(*row), live.values) for row in rows]
    live.reset()
    assert not live.ready
    for row, (value, values) in zip(rows, first, strict=True):
        assert same(live.update(*row), value)
        np.testing.assert_array_equal(live.values, values)


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("nan", POLICIES)
@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_and_pickles_go_on_where_the_original_was(name, nan, clone):
    rows, parameters = rows_of(name)
    live = FUNCTIONS[name].stream(**parameters, nan=nan)
    for at, row in enumerate(rows):
        if at in PLACES:
            other = clone(live)
            assert same(other.value, live.value)
            assert repr(other) == repr(live)
            ahead = [clone(live), other]
            for later in rows[at : at + 30]:
                assert same(*(one.update(*later) for one in ahead))
                np.testing.assert_array_equal(*(one.values for one in ahead))
        live.update(*row)


@pytest.mark.parametrize("name", STREAMED)
def test_streams_do_not_share_state(name):
    rows, parameters = rows_of(name)
    a, b = (FUNCTIONS[name].stream(**parameters) for _ in range(2))
    for row in rows:
        a.update(*row)
    assert not b.ready


@pytest.mark.parametrize("name", STREAMED)
def test_skip_leaves_the_stream_as_it_is(name):
    rows, parameters = rows_of(name)
    live = FUNCTIONS[name].stream(**parameters, nan="skip")
    for row in rows[5:]:
        live.update(*row)
    before = live.values
    assert math.isnan(live.update(*rows[4]))
    np.testing.assert_array_equal(live.values, before)


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("nan", [*POLICIES, "raise"])
def test_a_refused_value_changes_nothing(name, nan):
    rows, parameters = rows_of(name)
    live = FUNCTIONS[name].stream(**parameters, nan=nan)
    for row in rows[5:60]:
        live.update(*row)
    image, value = live.image, live.value
    good = rows[6]
    for bad in (math.inf, -math.inf, *([math.nan] if nan == "raise" else [])):
        with pytest.raises(InputError, match="update"):
            live.update(*good[:-1], bad)
    for bad in ("1.0", None, [1.0], 1j):
        with pytest.raises(TypeError):
            live.update(*good[:-1], bad)
    for row in (good[:-1], (*good, 1.0)):
        with pytest.raises(TypeError):
            live.update(*row)
    assert live.image == image
    assert same(live.value, value)


@pytest.mark.parametrize("name", STREAMED)
def test_numbers_of_any_kind_are_taken(name):
    rows, parameters = rows_of(name)
    results = []
    for kind in (float, int, np.float64, np.float32, np.int64):
        live = FUNCTIONS[name].stream(**parameters)
        results.append([live.update(*(kind(round(v)) for v in row)) for row in rows[5:]])
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


@pytest.mark.parametrize("name", STREAMED)
def test_whole_columns_go_through_at_once(name):
    rows, parameters = rows_of(name)
    function = FUNCTIONS[name]
    live, quick = (function.stream(**parameters) for _ in range(2))
    expected = []
    for row in rows:
        live.update(*row)
        expected.append(tuple(live.values))
    out = [np.empty(len(rows)) for _ in function.outputs]
    quick.updates(tuple(np.array(c) for c in zip(*rows, strict=True)), tuple(out))
    np.testing.assert_array_equal(np.stack(out, axis=1), expected)


@pytest.mark.parametrize("name", ["ema", "donchian", "macd", "session_vwap"])
def test_numba_goes_on_from_where_the_stream_is(name):
    numba = pytest.importorskip("numba")
    function = FUNCTIONS[name]
    rows, parameters = rows_of(name)
    live = function.stream(**parameters)
    for row in rows[:40]:
        live.update(*row)
    image = live.image
    state, update = live.numba()
    step = numba.njit(lambda state, row: update(state, *row))
    for row in rows[40:]:
        expected = live.update(*row)
        assert same(step(state, row), expected)
        found = [state[0][0][field] for field in live.formula.dtype.names[: len(function.outputs)]]
        np.testing.assert_array_equal(found, live.values)
    assert live.image != image
    again, other = function.stream(**parameters).numba()
    assert other is update
    assert same(step(again, rows[0]), function.stream(**parameters).update(*rows[0]))
    with pytest.raises(InputError, match='nan: must be "restart" for Numba'):
        function.stream(**parameters, nan="skip").numba()


def test_arguments_are_the_functions():
    assert repr(ta.ema.stream(5)) == "ema.stream(timeperiod=5): nan"
    assert repr(ta.ema.stream(timeperiod=5)) == repr(ta.ema.stream(5))
    assert repr(ta.rsi.stream()) == "rsi.stream(timeperiod=14): nan"
    with pytest.raises(TypeError, match="2 given"):
        ta.ema.stream(5, 6)
    with pytest.raises(TypeError, match="unexpected or repeated 'period'"):
        ta.ema.stream(period=5)
    with pytest.raises(TypeError, match="unexpected or repeated 'timeperiod'"):
        ta.ema.stream(5, timeperiod=5)
    with pytest.raises(InputError, match="nan: must be one of"):
        ta.ema.stream(5, nan="ignore")


@pytest.mark.parametrize("name", NAMES)
def test_functions_and_results_can_be_pickled(name):
    function = FUNCTIONS[name]
    assert pickle.loads(pickle.dumps(function)) is function
    result = function(*columns_of(function, random_bars(20)))
    again = pickle.loads(pickle.dumps(result))
    assert type(again) is type(result)
    np.testing.assert_array_equal(outputs_of(again), outputs_of(result))


def test_a_window_that_memory_cannot_hold_is_an_error():
    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, limit[1]))
    try:
        with pytest.raises(MemoryError):
            ta.sma.stream(2**31 - 1)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)
