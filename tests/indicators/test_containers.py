"""What comes in comes out: lists, arrays of any layout and type, pandas, polars; labels kept."""

import numpy as np
import pytest

from pyrt import indicators as ta
from pyrt.errors import InputError

from .catalog import FUNCTIONS, NAMES, columns_of, outputs_of, random_bars

BARS = {name: np.round(values * 8) / 8 for name, values in random_bars(130).items()}
WHOLE = {name: np.round(values) for name, values in random_bars(130).items()}

FORMS = {
    "list": list,
    "tuple": tuple,
    "float32": lambda x: x.astype(np.float32),
    "long double": lambda x: x.astype(np.longdouble),
    "big-endian": lambda x: x.astype(">f8"),
    "strided": lambda x: np.repeat(x, 3)[::3],
    "reversed": lambda x: x[::-1].copy()[::-1],
    "a column": lambda x: np.stack([x, x], axis=1)[:, 0],
    "a buffer's": lambda x: np.frombuffer(x.tobytes()),
    "memoryview": memoryview,
}
INTEGERS = {
    "int64": lambda x: x.astype(np.int64),
    "uint32": lambda x: x.astype(np.uint32),
    "list of int": lambda x: [int(v) for v in x],
}


def assert_same(got, expected):
    for a, b in zip(outputs_of(got), outputs_of(expected), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", NAMES)
def test_series_of_numbers_give_an_array(name):
    function = FUNCTIONS[name]
    for bars, forms in ((BARS, FORMS), (WHOLE, INTEGERS)):
        columns = columns_of(function, bars)
        expected = function(*columns)
        for make in forms.values():
            got = function(*map(make, columns))
            for out, dtype in zip(got if isinstance(got, tuple) else (got,), function.dtypes, strict=True):
                assert type(out) is np.ndarray
                assert out.dtype == dtype
            assert_same(got, expected)


@pytest.mark.parametrize("name", NAMES)
def test_memory_mapped_files_are_read(name, tmp_path):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], BARS)
    for at, column in enumerate(columns):
        np.save(tmp_path / f"{at}.npy", column)
    mapped = [np.load(tmp_path / f"{at}.npy", mmap_mode="r") for at in range(len(columns))]
    assert_same(function(*mapped), function(*columns))


@pytest.mark.parametrize("name", NAMES)
def test_masked_values_are_missing(name):
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], BARS)
    mask = np.arange(130) == 8
    masked = [np.ma.masked_array(c, mask=mask) for c in columns]
    assert_same(function(*masked), function(*(np.where(mask, np.nan, c) for c in columns)))


def test_labels_that_differ_are_refused():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    days = pd.date_range("2024-01-01", periods=130)
    frame = pd.DataFrame({"a": BARS["close"], "b": BARS["close"] + 1.0}, index=days)
    expected = ta.atr(*[frame.to_numpy()] * 3, 5)
    turned, late = frame[["b", "a"]], frame.set_axis(days + pd.Timedelta("1D"))
    with pytest.raises(InputError, match="low: its columns differ from what high has; align them, or give arrays"):
        ta.atr(frame, turned, frame, 5)
    with pytest.raises(InputError, match="close: its columns differ from what high has"):
        ta.atr(*map(pl.from_pandas, (frame, frame, turned)), 5)
    with pytest.raises(InputError, match="close: its index differs from what high has"):
        ta.atr(frame["a"], frame["a"], late["a"], 5)
    with pytest.raises(InputError, match="low: its index differs from what high has"):
        ta.atr(frame["a"].reset_index(drop=True), frame["a"].reset_index(drop=True)[::-1], list(frame["a"]), 5)
    for same in (frame.tz_localize("UTC"), frame.reset_index(drop=True), frame.set_axis([0, 1], axis=1)):
        np.testing.assert_array_equal(ta.atr(frame, same, frame, 5), expected)


@pytest.mark.parametrize("name", NAMES)
def test_pandas_series_keep_index_and_name(name):
    pd = pytest.importorskip("pandas")
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], WHOLE)
    expected = outputs_of(function(*columns))
    index = pd.date_range("2024-01-01", periods=130, tz="UTC")
    for dtype in ("float64", "int64", "float32", "Float64", "Int32"):
        got = function(*(pd.Series(c, index=index, name="close").astype(dtype) for c in columns))
        for out, wanted in zip(got if isinstance(got, tuple) else (got,), expected, strict=True):
            pd.testing.assert_series_equal(out, pd.Series(wanted, index=index, name="close"), check_freq=False)


@pytest.mark.parametrize("name", NAMES)
def test_pandas_missing_values_are_nan(name):
    pd = pytest.importorskip("pandas")
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], WHOLE)
    mask = np.arange(130) == 8
    missing = [pd.Series(c.astype(int)).astype("Int64").mask(mask) for c in columns]
    assert_same(function(*missing), function(*(np.where(mask, np.nan, c) for c in columns)))


@pytest.mark.parametrize("name", NAMES)
def test_pandas_frames_keep_their_labels(name):
    pd = pytest.importorskip("pandas")
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], BARS)
    index = range(10, 140)
    got = function(*(pd.DataFrame({"AAPL": c, "MSFT": c}, index=index) for c in columns))
    expected = outputs_of(function(*columns))
    for out, wanted in zip(got if isinstance(got, tuple) else (got,), expected, strict=True):
        pd.testing.assert_frame_equal(out, pd.DataFrame({"AAPL": wanted, "MSFT": wanted}, index=index))


@pytest.mark.parametrize("name", NAMES)
def test_polars_in_polars_out(name):
    pl = pytest.importorskip("polars")
    function, columns = FUNCTIONS[name], columns_of(FUNCTIONS[name], WHOLE)
    got = function(*(pl.Series("close", c) for c in columns))
    for out in got if isinstance(got, tuple) else (got,):
        assert isinstance(out, pl.Series)
        assert out.name == "close"
    assert_same(got, function(*columns))
    missing = [pl.Series([None if t == 8 else int(v) for t, v in enumerate(c)]) for c in columns]
    assert_same(function(*missing), function(*(np.where(np.arange(130) == 8, np.nan, c) for c in columns)))
    frames = function(*(pl.DataFrame({"a": c, "b": c}) for c in columns))
    for out, wanted in zip(
        frames if isinstance(frames, tuple) else (frames,), outputs_of(function(*columns)), strict=True
    ):
        assert out.columns == ["a", "b"]
        np.testing.assert_array_equal(out["b"].to_numpy(), wanted)


def test_result_is_its_own_memory():
    pd = pytest.importorskip("pandas")
    x = np.arange(1.0, 8.0)
    for values in (x, pd.Series(x), np.arange(20_000.0)):
        out = ta.sma(values, 1)
        assert not np.may_share_memory(np.asarray(out), np.asarray(values))
        assert np.asarray(out).flags.writeable or isinstance(out, pd.Series)
