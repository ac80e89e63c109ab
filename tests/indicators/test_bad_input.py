"""Each bad input gets the promised error or value: a table, held against every function."""

import datetime
import decimal
import math

import numpy as np
import pytest

from pyrt import indicators as ta
from pyrt.errors import DTypeError, InputError, PyrtError

NAMES = list(ta.functions())
GOOD = [1.0, 2.0, 4.0, 3.0, 5.0]

BAD_SERIES = {
    "empty list": ([], InputError, "real: is empty"),
    "empty array": (np.empty(0), InputError, "real: is empty"),
    "no rows": (np.empty((0, 3)), InputError, "real: is empty"),
    "no columns": (np.empty((3, 0)), InputError, "real: is empty"),
    "scalar": (5.0, InputError, "dimension"),
    "zero-dimensional": (np.array(5.0), InputError, "dimension"),
    "cube": (np.ones((2, 2, 2)), InputError, "got 3"),
    "ragged": ([[1.0], [2.0, 3.0]], DTypeError, "different lengths"),
    "booleans": ([True, False, True], DTypeError, "bool"),
    "boolean array": (np.ones(5, bool), DTypeError, "bool"),
    "complex": (np.ones(5, complex), DTypeError, "complex"),
    "text": (["1", "2", "3"], DTypeError, "real"),
    "one text": ("12345", DTypeError, "real"),
    "bytes": (b"12345", DTypeError, "real"),
    "None": (None, DTypeError, "real"),
    "a None inside": ([1.0, None, 2.0], DTypeError, "object"),
    "decimals": ([decimal.Decimal(1)] * 5, DTypeError, "object"),
    "mapping": ({"a": 1.0}, DTypeError, "object"),
    "set": ({1.0, 2.0}, DTypeError, "object"),
    "generator": ((v for v in GOOD), DTypeError, "object"),
    "dates": (np.arange(5).astype("datetime64[D]"), DTypeError, "datetime64"),
    "durations": (np.arange(5).astype("timedelta64[D]"), DTypeError, "timedelta64"),
    "python dates": ([datetime.date(2024, 1, 1)] * 5, DTypeError, "object"),
    "structured": (np.zeros(5, [("a", "f8")]), DTypeError, "real"),
    "plus infinity": ([1.0, math.inf, 2.0], InputError, r"real\[1\]: inf is infinite"),
    "minus infinity": ([1.0, 2.0, -math.inf], InputError, r"real\[2\]: -inf is infinite"),
    "infinity after NaN": ([1.0, math.nan, math.inf], InputError, r"real\[2\]: inf"),
    "infinity in a table": ([[1.0, 1.0], [1.0, math.inf]], InputError, r"real\[1, 1\]: inf"),
    "infinity of float32": (np.array([1, np.inf], np.float32), InputError, r"real\[1\]: inf"),
}

BAD_WINDOWS = {
    "zero": (0, InputError, "timeperiod: must be"),
    "negative": (-1, InputError, "timeperiod: must be"),
    "beyond the longest": (2**31, InputError, "timeperiod: must be"),
    "enormous": (10**30, InputError, "timeperiod: must be"),
    "a float": (14.0, DTypeError, "timeperiod: must be an integer"),
    "NaN": (math.nan, DTypeError, "timeperiod: must be an integer"),
    "infinite": (math.inf, DTypeError, "timeperiod: must be an integer"),
    "True": (True, DTypeError, "timeperiod: must be an integer"),
    "NumPy's True": (np.True_, DTypeError, "timeperiod: must be an integer"),
    "text": ("14", DTypeError, "timeperiod: must be an integer"),
    "None": (None, DTypeError, "timeperiod: must be an integer"),
    "a list": ([14], DTypeError, "timeperiod: must be an integer"),
    "complex": (14 + 0j, DTypeError, "timeperiod: must be an integer"),
    "an array": (np.array([3, 4]), DTypeError, "timeperiod: must be an integer"),
}

FROZEN = np.empty(5)
FROZEN.flags.writeable = False
BAD_OPTIONS = {
    "unknown policy": ({"nan": "drop"}, InputError, "nan: must be one of 'restart', 'propagate', 'skip', 'raise'"),
    "policy is None": ({"nan": None}, InputError, "nan: must be one of"),
    "policy in capitals": ({"nan": "SKIP"}, InputError, "nan: must be one of"),
    "policy is a list": ({"nan": ["skip"]}, InputError, "nan: must be one of"),
    "out too short": ({"out": np.empty(4)}, InputError, r"out: must have the shape of the inputs, \(5,\)"),
    "out of two dimensions": ({"out": np.empty((5, 1))}, InputError, "out: must have the shape"),
    "out of integers": ({"out": np.empty(5, int)}, DTypeError, "out: must be a float64 ndarray, got dtype int64"),
    "out of float32": ({"out": np.empty(5, np.float32)}, DTypeError, "out: must be a float64 ndarray"),
    "out is a list": ({"out": [0.0] * 5}, DTypeError, "out: must be a float64 ndarray, got list"),
    "out is read-only": ({"out": FROZEN}, InputError, "out: is read-only"),
    "unknown argument": ({"period": 3}, TypeError, "period"),
    "given twice": ({"real": GOOD}, TypeError, "real"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", BAD_SERIES)
def test_bad_series(name, case):
    values, error, message = BAD_SERIES[case]
    with pytest.raises(error, match=message) as caught:
        ta.functions()[name](values, 2)
    assert isinstance(caught.value, PyrtError)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", BAD_WINDOWS)
def test_bad_windows(name, case):
    window, error, message = BAD_WINDOWS[case]
    function = ta.functions()[name]
    for call in (lambda: function(GOOD, window), lambda: function.stream(window), lambda: function.warmup(window)):
        with pytest.raises(error, match=message) as caught:
            call()
        assert isinstance(caught.value, PyrtError)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options(name, case):
    options, error, message = BAD_OPTIONS[case]
    with pytest.raises(error, match=message):
        ta.functions()[name](GOOD, 2, **options)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("window", [6, 100, 2**31 - 1, np.int8(100), np.uint64(7)])
def test_a_window_longer_than_the_data_gives_nan(name, window):
    out = ta.functions()[name](GOOD, window)
    assert len(out) == 5
    assert np.isnan(out).all()


def test_the_shortest_window_is_talibs():
    assert {name: f.parameters[0].low for name, f in ta.functions().items()} == {"sma": 1, "ema": 1, "rsi": 2}
    with pytest.raises(InputError, match="timeperiod: must be 2 to"):
        ta.rsi(GOOD, 1)


def test_sums_beyond_the_largest_double_are_no_crash():
    huge = np.full(50, 1.7e308)
    for name in NAMES:
        for period in (2, 6, 20):
            assert len(ta.functions()[name](huge * np.resize([1, -1], 50), period)) == 50


@pytest.mark.parametrize("name", NAMES)
def test_pandas_that_are_not_numbers(name):
    pd = pytest.importorskip("pandas")
    for series in (
        pd.Series(["a", "b"]),
        pd.Series([True, False]),
        pd.Series(pd.date_range("2024", periods=3)),
        pd.Series(["a", "b"], dtype="category"),
        pd.Series([True, None], dtype="boolean"),
        pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
    ):
        with pytest.raises(DTypeError, match="real"):
            ta.functions()[name](series, 2)
