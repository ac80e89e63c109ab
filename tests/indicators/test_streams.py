"""The streaming form as an object: state, gaps, copies, pickles."""

import copy
import math
import pickle

import numpy as np
import pytest

from pyrt import indicators as ta
from pyrt.errors import InputError

NAMES = list(ta.functions())
VALUES = [5.0, 4.0, 6.0, 7.0, math.nan, 3.0, 8.0, 2.0, 9.0, 9.0, 1.0, 4.0]


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize("name", NAMES)
def test_value_is_what_update_returned(name):
    live = ta.functions()[name].stream(2)
    assert math.isnan(live.value)
    assert not live.ready
    for x in VALUES:
        returned = live.update(x)
        assert same(live.value, returned)
        assert live.ready is not math.isnan(returned)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("nan", ["restart", "propagate", "skip"])
def test_reset_forgets_everything(name, nan):
    live = ta.functions()[name].stream(3, nan=nan)
    first = [live.update(x) for x in VALUES]
    live.reset()
    assert not live.ready
    np.testing.assert_array_equal([live.update(x) for x in VALUES], first)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("nan", ["restart", "propagate", "skip"])
@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_and_pickles_go_on_where_the_original_was(name, nan, clone):
    for cut in range(len(VALUES)):
        live = ta.functions()[name].stream(3, nan=nan)
        for x in VALUES[:cut]:
            live.update(x)
        other = clone(live)
        assert same(other.value, live.value)
        assert repr(other) == repr(live)
        np.testing.assert_array_equal([other.update(x) for x in VALUES[cut:]], [live.update(x) for x in VALUES[cut:]])


@pytest.mark.parametrize("name", NAMES)
def test_streams_do_not_share_state(name):
    a, b = (ta.functions()[name].stream(2) for _ in range(2))
    for x in VALUES:
        a.update(x)
    assert not b.ready


@pytest.mark.parametrize("name", NAMES)
def test_skip_leaves_the_stream_as_it_is(name):
    live = ta.functions()[name].stream(2, nan="skip")
    for x in VALUES[:4]:
        live.update(x)
    before = live.value
    assert math.isnan(live.update(math.nan))
    assert live.ready
    assert live.value == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("nan", ["restart", "propagate", "skip", "raise"])
def test_a_refused_value_changes_nothing(name, nan):
    live = ta.functions()[name].stream(2, nan=nan)
    for x in VALUES[:4]:
        live.update(x)
    image, value = live.image, live.value
    for bad in (math.inf, -math.inf, *([math.nan] if nan == "raise" else [])):
        with pytest.raises(InputError, match="update"):
            live.update(bad)
    for bad in ("1.0", None, [1.0], 1j):
        with pytest.raises(TypeError):
            live.update(bad)
    assert (live.image, live.value) == (image, value)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_any_kind_are_taken(name):
    kinds = (float, int, np.float64, np.float32, np.int64)
    results = []
    for kind in kinds:
        live = ta.functions()[name].stream(2)
        results.append([live.update(kind(x)) for x in (1, 3, 2, 5)])
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])


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


def test_functions_can_be_pickled():
    for function in ta.functions().values():
        assert pickle.loads(pickle.dumps(function)) is function


def test_a_window_that_memory_cannot_hold_is_an_error():
    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, limit[1]))
    try:
        with pytest.raises(MemoryError):
            ta.sma.stream(2**31 - 1)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)
