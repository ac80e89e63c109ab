"""What comes in comes out: lists, arrays of any layout and type, pandas, polars; labels kept."""

import numpy as np
import pytest

from pyrt import indicators as ta

X = np.array([1.0, 2.0, 4.0, 8.0, 7.0, 5.0, 6.0])
EXPECTED = {name: function(X, 2) for name, function in ta.functions().items()}
NAMES = list(EXPECTED)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "make",
    [
        list,
        tuple,
        lambda x: x.astype(np.float32),
        lambda x: x.astype(np.float16),
        lambda x: x.astype(np.longdouble),
        lambda x: x.astype(">f8"),
        lambda x: x.astype(np.int64),
        lambda x: x.astype(np.uint8),
        lambda x: [int(v) for v in x],
        lambda x: np.repeat(x, 3)[::3],
        lambda x: x[::-1].copy()[::-1],
        lambda x: np.stack([x, x], axis=1)[:, 0],
        lambda x: np.frombuffer(x.tobytes()),
        memoryview,
    ],
)
def test_series_of_numbers_give_an_array(name, make):
    out = ta.functions()[name](make(X), 2)
    assert type(out) is np.ndarray
    assert out.dtype == np.float64
    np.testing.assert_array_equal(out, EXPECTED[name])


@pytest.mark.parametrize("name", NAMES)
def test_memory_mapped_files_are_read(name, tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.testing.assert_array_equal(ta.functions()[name](mapped, 2), EXPECTED[name])


@pytest.mark.parametrize("name", NAMES)
def test_masked_values_are_missing(name):
    masked = np.ma.masked_array(X, mask=X == 8.0)
    expected = ta.functions()[name](np.where(X == 8.0, np.nan, X), 2)
    np.testing.assert_array_equal(ta.functions()[name](masked, 2), expected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float64", "int64", "float32", "Float64", "Int32"])
def test_pandas_series_keep_index_and_name(name, dtype):
    pd = pytest.importorskip("pandas")
    index = pd.date_range("2024-01-01", periods=len(X), tz="UTC")
    out = ta.functions()[name](pd.Series(X, index=index, name="close").astype(dtype), 2)
    pd.testing.assert_series_equal(out, pd.Series(EXPECTED[name], index=index, name="close"), check_freq=False)


@pytest.mark.parametrize("name", NAMES)
def test_pandas_missing_values_are_nan(name):
    pd = pytest.importorskip("pandas")
    values = pd.array([1, 2, None, 8, 7, 5, 6], dtype="Int64")
    expected = ta.functions()[name]([1, 2, np.nan, 8, 7, 5, 6], 2)
    np.testing.assert_array_equal(ta.functions()[name](pd.Series(values), 2).to_numpy(), expected)


@pytest.mark.parametrize("name", NAMES)
def test_pandas_frames_keep_their_labels(name):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"AAPL": X, "MSFT": X}, index=range(10, 17))
    out = ta.functions()[name](frame, 2)
    pd.testing.assert_frame_equal(out, pd.DataFrame(dict.fromkeys(frame, EXPECTED[name]), index=frame.index))


@pytest.mark.parametrize("name", NAMES)
def test_polars_in_polars_out(name):
    pl = pytest.importorskip("polars")
    out = ta.functions()[name](pl.Series("close", X), 2)
    assert isinstance(out, pl.Series)
    assert out.name == "close"
    np.testing.assert_array_equal(out.to_numpy(), EXPECTED[name])
    np.testing.assert_array_equal(
        ta.functions()[name](pl.Series([1, 2, None, 8, 7, 5, 6]), 2).to_numpy(),
        ta.functions()[name]([1, 2, np.nan, 8, 7, 5, 6], 2),
    )
    frame = ta.functions()[name](pl.DataFrame({"a": X, "b": X}), 2)
    assert frame.columns == ["a", "b"]
    np.testing.assert_array_equal(frame["b"].to_numpy(), EXPECTED[name])


def test_result_is_its_own_memory():
    pd = pytest.importorskip("pandas")
    for x in (X, pd.Series(X), np.arange(20_000.0)):
        out = ta.sma(x, 1)
        assert not np.may_share_memory(np.asarray(out), np.asarray(x))
        assert np.asarray(out).flags.writeable or isinstance(out, pd.Series)
