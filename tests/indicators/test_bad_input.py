"""Each bad input gets the promised error or value: a table, held against every function."""

import array
import collections
import datetime
import decimal
import fractions
import math
import re

import numpy as np
import pytest

from pyrt.errors import DTypeError, InputError, PyrtError

from .catalog import FUNCTIONS, NAMES, blank, outputs_of, parameter_sets

GOOD = [1.0, 2.0, 4.0, 3.0, 5.0]

BAD_SERIES = {
    "empty list": ([], InputError, "NAME: is empty"),
    "empty array": (np.empty(0), InputError, "NAME: is empty"),
    "no rows": (np.empty((0, 3)), InputError, "NAME: is empty"),
    "no columns": (np.empty((3, 0)), InputError, "NAME: is empty"),
    "scalar": (5.0, InputError, "dimension"),
    "zero-dimensional": (np.array(5.0), InputError, "dimension"),
    "cube": (np.ones((2, 2, 2)), InputError, "got 3"),
    "ragged": ([[1.0], [2.0, 3.0]], DTypeError, "different lengths"),
    "booleans": ([True, False, True], DTypeError, "bool"),
    "boolean array": (np.ones(5, bool), DTypeError, "bool"),
    "complex": (np.ones(5, complex), DTypeError, "complex"),
    "text": (["1", "2", "3"], DTypeError, "NAME"),
    "one text": ("12345", DTypeError, "NAME"),
    "bytes": (b"12345", DTypeError, "NAME"),
    "None": (None, DTypeError, "NAME"),
    "a None inside": ([1.0, None, 2.0], DTypeError, "object"),
    "decimals": ([decimal.Decimal(1)] * 5, DTypeError, "object"),
    "mapping": ({"a": 1.0}, DTypeError, "object"),
    "set": ({1.0, 2.0}, DTypeError, "object"),
    "generator": ((v for v in GOOD), DTypeError, "object"),
    "dates": (np.arange(5).astype("datetime64[D]"), DTypeError, "datetime64"),
    "durations": (np.arange(5).astype("timedelta64[D]"), DTypeError, "timedelta64"),
    "python dates": ([datetime.date(2024, 1, 1)] * 5, DTypeError, "object"),
    "structured": (np.zeros(5, [("a", "f8")]), DTypeError, "NAME"),
    "records": (np.rec.array([(1.0,)], dtype=[("a", "f8")]), DTypeError, "NAME"),
    "text array": (np.array(["1", "2"]), DTypeError, "<U1"),
    "array of bytes": (np.array([b"1", b"2"]), DTypeError, "S1"),
    "raw memory": (np.zeros(5, "V8"), DTypeError, "V8"),
    "no text": ("", DTypeError, "NAME"),
    "table of text": ([["1", "2"]], DTypeError, "<U1"),
    "list of complex": ([1.0, 2j], DTypeError, "complex"),
    "complex without imaginary parts": (np.ones(5) + 0j, DTypeError, "complex"),
    "array of objects": (np.array(GOOD, object), DTypeError, "object"),
    "fractions": ([fractions.Fraction(1, 3)] * 5, DTypeError, "object"),
    "integers beyond any double": ([10**400, 1], DTypeError, "object"),
    "no date": (np.array(["NaT"], "datetime64[D]"), DTypeError, "datetime64"),
    "a function": (len, DTypeError, "object"),
    "an iterator": (iter(GOOD), DTypeError, "object"),
    "values of a mapping": ({"a": 1.0}.values(), DTypeError, "object"),
    "ragged arrays": ([np.ones(2), np.ones(3)], DTypeError, "different lengths"),
    "NumPy's True": (np.True_, DTypeError, "bool"),
    "NaN alone": (math.nan, InputError, "dimension"),
    "deep list": ([[GOOD]], InputError, "got 3"),
    "plus infinity": ([1.0, math.inf, 2.0], InputError, r"NAME\[1\]: inf is infinite"),
    "minus infinity": ([1.0, 2.0, -math.inf], InputError, r"NAME\[2\]: -inf is infinite"),
    "infinity after NaN": ([1.0, math.nan, math.inf], InputError, r"NAME\[2\]: inf"),
    "infinity in a table": ([[1.0, 1.0], [1.0, math.inf]], InputError, r"NAME\[1, 1\]: inf"),
    "infinity of float32": (np.array([1, np.inf], np.float32), InputError, r"NAME\[1\]: inf"),
    "infinity of float16": (np.array([1, np.inf], np.float16), InputError, r"NAME\[1\]: inf"),
    "infinite as a double": (np.array([1, np.longdouble("1e4000")]), InputError, r"NAME\[1\]: inf"),
}

ODD_SERIES = {
    "tuple": (tuple(GOOD), GOOD),
    "range": (range(1, 6), [1.0, 2.0, 3.0, 4.0, 5.0]),
    "deque": (collections.deque(GOOD), GOOD),
    "array of the standard library": (array.array("d", GOOD), GOOD),
    "masked": (np.ma.array(GOOD, mask=[0, 1, 0, 0, 0]), [1.0, math.nan, 4.0, 3.0, 5.0]),
    "big-endian": (np.array(GOOD, ">f8"), GOOD),
    "float16": (np.array(GOOD, np.float16), GOOD),
    "unsigned": (np.array(GOOD, np.uint8), GOOD),
    "largest integers": (np.full(5, 2**64 - 1, np.uint64), [2.0**64] * 5),
    "subnormal": ([5e-324] * 5, [5e-324] * 5),
    "negative zeros": ([-0.0] * 5, [-0.0] * 5),
    "one row": ([3.0], [3.0]),
}
"""Not what one would give, yet numbers: what they count as."""

BAD_WINDOWS = {
    "zero": (0, InputError, "NAME: must be"),
    "negative": (-1, InputError, "NAME: must be"),
    "beyond the longest": (2**31, InputError, "NAME: must be"),
    "enormous": (10**30, InputError, "NAME: must be"),
    "a float": (14.0, DTypeError, "NAME: must be an integer"),
    "NaN": (math.nan, DTypeError, "NAME: must be an integer"),
    "infinite": (math.inf, DTypeError, "NAME: must be an integer"),
    "True": (True, DTypeError, "NAME: must be an integer"),
    "NumPy's True": (np.True_, DTypeError, "NAME: must be an integer"),
    "text": ("14", DTypeError, "NAME: must be an integer"),
    "None": (None, DTypeError, "NAME: must be an integer"),
    "a list": ([14], DTypeError, "NAME: must be an integer"),
    "complex": (14 + 0j, DTypeError, "NAME: must be an integer"),
    "an array": (np.array([3, 4]), DTypeError, "NAME: must be an integer"),
}

BAD_OPTIONS = {
    "unknown policy": ({"nan": "drop"}, InputError, "nan: must be one of 'restart', 'propagate', 'skip', 'raise'"),
    "policy is None": ({"nan": None}, InputError, "nan: must be one of"),
    "policy in capitals": ({"nan": "SKIP"}, InputError, "nan: must be one of"),
    "policy is a list": ({"nan": ["skip"]}, InputError, "nan: must be one of"),
    "no threads": ({"threads": 0}, InputError, "threads: must be at least 1, got 0"),
    "fewer threads": ({"threads": -2}, InputError, "threads: must be at least 1"),
    "half a thread": ({"threads": 1.5}, DTypeError, "threads: must be an integer"),
    "a float of threads": ({"threads": 1.0}, DTypeError, "threads: must be an integer"),
    "threads is None": ({"threads": None}, DTypeError, "threads: must be an integer"),
    "threads is True": ({"threads": True}, DTypeError, "threads: must be an integer"),
    "threads in words": ({"threads": "2"}, DTypeError, "threads: must be an integer"),
    "unknown argument": ({"period": 3}, TypeError, "period"),
}
BAD_OUT = {
    "too short": (4, InputError, r"must have the shape of the inputs, \(5,\)"),
    "of two dimensions": ((5, 1), InputError, "must have the shape"),
    "of bytes": (np.empty(5, np.int8), DTypeError, "64 ndarray, got dtype int8"),
    "of float32": (np.empty(5, np.float32), DTypeError, "64 ndarray, got dtype float32"),
    "a list": ([0.0] * 5, DTypeError, "64 ndarray, got list"),
    "None": (None, DTypeError, "64 ndarray, got NoneType"),
    "read-only": ("frozen", InputError, "is read-only"),
}


def refused(told, error, message, call):
    """The call raises this error, and one that all of pyrt's share."""
    with pytest.raises((InputError, DTypeError, TypeError)) as caught:
        call()
    assert isinstance(caught.value, error), f"{told}: {caught.value!r}"
    assert re.search(message, str(caught.value)), f"{told}: {caught.value}"
    assert error is TypeError or isinstance(caught.value, PyrtError), told


@pytest.mark.parametrize("name", NAMES)
def test_bad_series(name):
    function = FUNCTIONS[name]
    count = len(function.inputs)
    for case, (values, error, message) in BAD_SERIES.items():
        refused(case, error, message.replace("NAME", function.inputs[0]), lambda v=values: function(*[v] * count))
        for at, label in enumerate(function.inputs):
            if error is DTypeError or "infinit" in case:
                inputs = [GOOD if error is DTypeError else np.ones(np.shape(values))] * count
                inputs[at] = values
                refused(case, error, message.replace("NAME", label), lambda inputs=inputs: function(*inputs))


@pytest.mark.parametrize("name", NAMES)
def test_odd_series_count_as_their_numbers(name):
    function = FUNCTIONS[name]
    shortest = min(parameter_sets(function), key=lambda p: function.warmup(**p))
    for case, (values, numbers) in ODD_SERIES.items():
        got = outputs_of(function(*[values] * len(function.inputs), **shortest))
        expected = outputs_of(function(*[np.array(numbers)] * len(function.inputs), **shortest))
        for a, b in zip(got, expected, strict=True):
            assert a.shape == np.shape(numbers), case
            np.testing.assert_array_equal(a, b, err_msg=case)


@pytest.mark.parametrize("name", NAMES)
def test_bad_parameters(name):
    function = FUNCTIONS[name]
    good = [GOOD] * len(function.inputs)
    for case, (value, error, message) in BAD_WINDOWS.items():
        for parameter in function.parameters:
            if not isinstance(parameter.default, int) or (case == "zero" and parameter.low <= 0):
                continue
            given, message_ = {parameter.name: value}, message.replace("NAME", parameter.name)
            refused(case, error, message_, lambda given=given: function(*good, **given))
            refused(case, error, message_, lambda given=given: function.warmup(**given))
            if function.formula is not None:
                refused(case, error, message_, lambda given=given: function.stream(**given))
    for parameter in function.parameters:
        if isinstance(parameter.default, float):
            for value, error in ((math.nan, InputError), (math.inf, InputError), ("2", DTypeError), (True, DTypeError)):
                call = lambda p=parameter, v=value: function(*good, **{p.name: v})  # noqa: E731
                refused(f"{parameter.name}={value!r}", error, f"{parameter.name}: must be", call)


@pytest.mark.parametrize("name", NAMES)
def test_bad_options(name):
    function = FUNCTIONS[name]
    good = [GOOD] * len(function.inputs)
    for case, (options, error, message) in BAD_OPTIONS.items():
        refused(case, error, message, lambda options=options: function(*good, **options))
    refused("given twice", TypeError, function.inputs[0], lambda: function(*good, **{function.inputs[0]: GOOD}))
    with pytest.raises(TypeError):
        function()


@pytest.mark.parametrize("name", NAMES)
def test_bad_out(name):
    function = FUNCTIONS[name]
    good, fine = [GOOD] * len(function.inputs), [np.empty(5, dtype) for dtype in function.dtypes]
    for case, (made, error, message) in BAD_OUT.items():
        out = np.empty(made, function.dtypes[-1]) if isinstance(made, (int, tuple)) else made
        if case == "read-only":
            out = np.empty(5, function.dtypes[-1])
            out.flags.writeable = False
        if len(function.outputs) > 1:
            refused(case, error, r"out\[.*: .*" + message, lambda out=out: function(*good, out=(*fine[:-1], out)))
        elif out is not None:
            refused(case, error, "out: .*" + message, lambda out=out: function(*good, out=out))
    if len(function.outputs) > 1:
        refused("one array", InputError, "a tuple of", lambda: function(*good, out=np.empty(5)))
        refused("one too few", InputError, "a tuple of", lambda: function(*good, out=tuple(fine[1:])))
        if function.dtypes[0] == function.dtypes[1]:
            shared = (fine[0], fine[0], *fine[2:])
            refused("one array twice", InputError, "shares memory", lambda: function(*good, out=shared))


@pytest.mark.parametrize("name", [name for name in NAMES if len(FUNCTIONS[name].inputs) > 1])
def test_lengths_that_differ_are_named(name):
    function = FUNCTIONS[name]
    inputs = [GOOD, *[GOOD[:3]] * (len(function.inputs) - 1)]
    message = f"lengths differ: {function.inputs[0]} has 5, {function.inputs[1]} has 3"
    refused("lengths", InputError, message, lambda: function(*inputs))
    tables = [np.ones((5, 2)), *[np.ones((5, 3))] * (len(function.inputs) - 1)]
    refused("widths", InputError, r"has \(5, 2\), .* has \(5, 3\)", lambda: function(*tables))
    refused("dimensions", InputError, "lengths differ", lambda: function(*tables[:1], *inputs[1:]))
    if function.formula is not None:
        refused("a value short", TypeError, "takes", lambda: function.stream().update(1.0))


@pytest.mark.parametrize("name", NAMES)
def test_a_window_longer_than_the_data_is_blank(name):
    function = FUNCTIONS[name]
    windows = [p.name for p in function.parameters if "period" in p.name]
    for window in (9, 100, np.int8(100), np.uint64(70)) if windows else ():
        for out in outputs_of(function(*[GOOD] * len(function.inputs), **dict.fromkeys(windows, window))):
            assert len(out) == 5
            assert blank(out).all(), window


@pytest.mark.parametrize("name", NAMES)
def test_the_longest_window_is_no_crash(name):
    function = FUNCTIONS[name]
    for parameter in function.parameters:
        if "period" in parameter.name:
            longest = {parameter.name: 2**31 - 1} | ({"maxperiod": 2**31 - 1} if parameter.name == "minperiod" else {})
            for out in outputs_of(function(*[GOOD] * len(function.inputs), **longest)):
                assert len(out) == 5


@pytest.mark.parametrize("name", NAMES)
def test_sums_beyond_the_largest_double_are_no_crash(name):
    function, huge = FUNCTIONS[name], np.full(50, 1.7e308) * np.resize([1, -1], 50)
    for parameters in parameter_sets(function):
        for out in outputs_of(function(*[huge] * len(function.inputs), **parameters)):
            assert len(out) == 50


def test_parameters_out_of_order_are_named():
    message = "minperiod: must be at most maxperiod, got 5 and 3"
    with pytest.raises(InputError, match=message):
        FUNCTIONS["mavp"](GOOD, GOOD, 5, 3)
    with pytest.raises(InputError, match=message):
        FUNCTIONS["mavp"].stream(5, 3)
    with pytest.raises(MemoryError):
        FUNCTIONS["mavp"].stream(1, 2**31 - 1)


def test_the_shortest_window_is_talibs():
    with pytest.raises(InputError, match="timeperiod: must be 2 to"):
        FUNCTIONS["rsi"](GOOD, 1)


@pytest.mark.parametrize("name", NAMES)
def test_pandas_that_are_not_numbers(name):
    pd = pytest.importorskip("pandas")
    function = FUNCTIONS[name]
    for series in (
        pd.Series(["a", "b"]),
        pd.Series([True, False]),
        pd.Series(pd.date_range("2024", periods=3)),
        pd.Series(["a", "b"], dtype="category"),
        pd.Series([True, None], dtype="boolean"),
        pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
    ):
        with pytest.raises(DTypeError, match=function.inputs[0]):
            function(*[series] * len(function.inputs))
