"""Whatever holds bars gives the same arrays."""

import datetime as dt
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from pyrt.data import Bars, check_bars, check_data, load_bars, load_ticks
from pyrt.data.bars import MISSING_TIME
from pyrt.data.ingest import period_ns
from pyrt.errors import DataError, InputError

FRAME = pd.DataFrame(
    {
        "Open": [10.0, 11.0, 12.0],
        "HIGH": [11.0, 12.0, 13.0],
        "low": [9.0, 10.0, 11.0],
        " Close ": [10.5, 11.5, 12.5],
        "Volume": [100, 200, 300],
        "Adj Close": [1.0, 1.0, 1.0],
    },
    index=pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04"], name="Date"),
)
FLAT = FRAME.reset_index()
EXPECTED = load_bars(FRAME)


def records():
    names = ["time", "open", "high", "low", "close", "volume"]
    array = np.empty(3, [(name, "M8[s]" if name == "time" else "f8") for name in names])
    for name in names:
        array[name] = EXPECTED.timestamps if name == "time" else getattr(EXPECTED, name)
    return array


def written(tmp_path, kind):
    path = tmp_path / f"bars.{kind}"
    table = pa.Table.from_pandas(FLAT, preserve_index=False)
    (parquet.write_table if kind == "parquet" else csv.write_csv)(table, path)
    return path


FORMS = {
    "index": lambda _: FRAME,
    "index in ns": lambda _: FRAME.set_axis(FRAME.index.as_unit("ns")),
    "index in s": lambda _: FRAME.set_axis(FRAME.index.as_unit("s")),
    "zoned index": lambda _: FRAME.set_axis(FRAME.index.tz_localize("UTC").tz_convert("Asia/Tokyo")),
    "column": lambda _: FLAT,
    "zoned column": lambda _: FLAT.assign(Date=FLAT["Date"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")),
    "text column": lambda _: FLAT.assign(Date=["2024-01-02", "2024-01-03", "2024-01-04"]),
    "nullable dtypes": lambda _: FLAT.convert_dtypes(),
    "one ticker": lambda _: FRAME.set_axis(pd.MultiIndex.from_product([FRAME.columns, ["SPY"]]), axis=1),
    "polars": lambda _: pl.from_pandas(FLAT),
    "zoned polars": lambda _: pl.from_pandas(FLAT).with_columns(pl.col("Date").dt.replace_time_zone("UTC")),
    "arrow": lambda _: pa.Table.from_pandas(FLAT, preserve_index=False),
    "dict": lambda _: {name: FLAT[name].tolist() if name != "Date" else FLAT[name].to_numpy() for name in FLAT},
    "records": lambda _: records(),
    "bars": lambda _: EXPECTED,
    "parquet": lambda tmp_path: written(tmp_path, "parquet"),
    "csv": lambda tmp_path: str(written(tmp_path, "csv")),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_bars(form, tmp_path):
    bars = load_bars(FORMS[form](tmp_path))
    assert bars.time.dtype == np.int64
    assert bars.time.tolist() == [1704153600000000000 + k * 86400 * 10**9 for k in range(3)]
    for name, column in EXPECTED.columns().items():
        got = bars.columns()[name]
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, column, err_msg=name)


def test_bars_are_read_only_and_do_not_lock_what_was_given():
    price = np.array([1.0, 2.0])
    bars = load_bars({"time": np.arange(2), "open": price, "high": price, "low": price, "close": price})
    with pytest.raises(ValueError, match="read-only"):
        bars.close[0] = 5
    price[0] = 5.0  # the caller's own array stays the caller's
    assert len(bars.to_frame()) == 2


def test_a_frame_there_and_back():
    frame = EXPECTED.to_frame()
    assert str(frame.index.dtype) == "datetime64[ns, UTC]"
    again = load_bars(frame)
    np.testing.assert_array_equal(again.time, EXPECTED.time)
    np.testing.assert_array_equal(again.volume, EXPECTED.volume)


def test_stamps_move_to_the_end():
    moved = load_bars(FRAME, stamp="start", period="1d")
    np.testing.assert_array_equal(moved.time, EXPECTED.time + 86400 * 10**9)
    assert "start of bars to their end, by 1d" in moved.stamping
    stay = load_bars(FRAME, stamp="end", period="1d")
    np.testing.assert_array_equal(stay.time, EXPECTED.time)
    with pytest.raises(InputError, match="these bars were stamped before"):
        load_bars(moved, stamp="start", period="1d")
    with pytest.raises(DataError, match=r"row 1 .*comes 1d after the row before, a period is 7d"):
        load_bars(FRAME, stamp="start", period="1w")


@pytest.mark.parametrize(
    ("period", "seconds"),
    [
        ("1s", 1),
        ("5m", 300),
        ("5min", 300),
        ("4H", 14400),
        ("1d", 86400),
        ("1w", 604800),
        (dt.timedelta(minutes=1), 60),
        (np.timedelta64(2, "h"), 7200),
        (pd.Timedelta("90s"), 90),
        (10**9, 1),
    ],
)
def test_periods(period, seconds):
    assert period_ns(period) == seconds * 10**9


def test_a_period_of_pandas_keeps_its_nanoseconds():
    assert period_ns(pd.Timedelta(1_001, "ns")) == 1_001


NO_PERIODS = ["", "m", "0m", "-1d", "1.5h", "1 month", 0, -5, True, None, dt.timedelta(0)]


@pytest.mark.parametrize("period", [*NO_PERIODS, np.timedelta64(1, "M"), np.timedelta64(1, "Y"), pd.NaT])
def test_what_is_no_period(period):
    with pytest.raises(InputError, match="period"):
        period_ns(period)


@pytest.mark.parametrize(("name", "rows"), [("btc_perp_1m_202201", 27_018), ("spy_hour", 40_832), ("ibm_hour", 40_813)])
def test_recorded_bars(shared_data, name, rows):
    assert len(check_bars(load_bars(shared_data / "bars" / f"{name}.parquet"))) == rows


def test_recorded_bars_of_several_symbols_are_refused(shared_data):
    with pytest.raises(DataError, match="8 symbols in one frame"):
        load_bars(shared_data / "bars" / "us_daily.parquet")


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "bars.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(DataError, match=r"bars.parquet cannot be read as parquet"):
        load_bars(path)
    other = tmp_path / "bars.xls"
    other.touch()
    with pytest.raises(InputError, match="must end in"):
        load_bars(other)


def test_lazy_frames_are_refused():
    with pytest.raises(TypeError, match="collect"):
        load_bars(pl.from_pandas(FLAT).lazy())


def test_arrays_need_no_pandas():
    code = """
import sys, numpy as np
from pyrt.data import load_bars
p = np.ones(3)
load_bars({"time": np.arange(3), "open": p, "high": p, "low": p, "close": p})
heavy = {"pandas", "pyarrow", "polars", "scipy", "matplotlib", "numba"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_bars_of_different_lengths_are_refused():
    with pytest.raises(InputError, match="lengths differ"):
        Bars(np.arange(2), np.ones(2), np.ones(2), np.ones(2), np.ones(3))


def test_times_in_words_keep_their_nanoseconds():
    texts = ["2024-01-02T00:00:00.123456788", "2024-01-02T00:00:00.123456789"]
    assert load_ticks({"time": texts, "price": [1.0, 2.0]}).time.tolist() == [1704153600123456788, 1704153600123456789]
    with pytest.raises(InputError, match=r"^time\[1\]: 9999-01-01.* \(years 1678 to 2262\)$"):
        load_ticks({"time": ["2024-01-02", "9999-01-01"], "price": [1.0, 2.0]})


def test_a_file_without_rows_has_none(tmp_path):
    (tmp_path / "empty.csv").write_text("time,price,size\n")
    with pytest.raises(DataError, match="no rows"):
        check_data(tmp_path / "empty.csv")
    (tmp_path / "empty.csv").write_text("time,open,high,low,close\n")
    with pytest.raises(DataError, match="no rows"):
        check_bars(load_bars(tmp_path / "empty.csv"))


def test_arrays_of_arrow_may_have_nulls():
    times = pa.array([1704153600 * 10**9, None], pa.timestamp("ns", "UTC"))
    assert load_ticks({"time": times, "price": pa.array([1.0, None])}).time.tolist() == [
        1704153600 * 10**9,
        MISSING_TIME,
    ]
