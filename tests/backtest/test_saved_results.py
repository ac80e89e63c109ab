"""A result on the disk is the result: bit by bit, readable by others, refused when it is something else."""

import json

import numpy as np
import pytest

from pyrt.backtest import Result
from pyrt.errors import DataError, InputError
from tests.backtest.test_result_arrays import DAY, random_bars, run


@pytest.fixture
def result():
    return run(1, 300, 0.2)


def assert_same(one, two):
    for name in ("equity", "fills", "trades", "returns", "positions", "drawdowns"):
        a, b = getattr(one, name), getattr(two, name)
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()
    for name, column in one.bars.columns().items():
        assert column.tobytes() == two.bars.columns()[name].tobytes()
    assert one.bars.time.tobytes() == two.bars.time.tobytes()
    assert one.bars.stamping == two.bars.stamping
    assert (one.cash, one.warnings, dict(one.assumptions)) == (two.cash, two.warnings, dict(two.assumptions))
    np.testing.assert_equal(dict(one.metrics), dict(two.metrics))
    assert str(one) == str(two)


@pytest.mark.parametrize("rate", [0.0, 0.2])
@pytest.mark.parametrize("options", [{}, {"stamp": "start", "period": "1d", "fill": "close", "cash": 0.1 + 0.2}])
def test_nothing_is_lost(tmp_path, rate, options):
    made = run(2, 200, rate, **options)
    assert made.save(tmp_path / "run") == tmp_path / "run"
    assert_same(made, Result.load(tmp_path / "run"))


def test_volume_is_kept(tmp_path):
    from pyrt import Backtest

    bars, _ = random_bars(3, 5)
    made = Backtest({**bars, "volume": [1.0, 0.0, 2.5, 1e-300, 4.0]}).run_signals([1, 0, 0, 0, 0], [0] * 5)
    made.save(tmp_path / "run")
    loaded = Result.load(tmp_path / "run")
    assert_same(made, loaded)
    with pytest.raises(ValueError, match="read-only"):
        loaded.trades["pnl"] = 0.0


def test_others_can_read_it(result, tmp_path):
    import polars as pl

    result.save(tmp_path / "run")
    trades = pl.read_parquet(tmp_path / "run" / "trades.parquet")
    np.testing.assert_array_equal(trades["pnl"].to_numpy(), result.trades["pnl"])
    assert str(trades["entry_time"].dtype) == "Datetime(time_unit='ns', time_zone='UTC')"
    assert trades["entry_time"].to_numpy().astype("M8[ns]")[0] == result.trades["entry_time"][0]
    assert len(pl.read_parquet(tmp_path / "run" / "bars.parquet")) == len(result.bars)


def test_a_saved_result_is_replaced_and_nothing_else(result, tmp_path):
    result.save(tmp_path / "run")
    other = run(4, 50, 0.5)
    other.save(tmp_path / "run")
    assert_same(other, Result.load(tmp_path / "run"))
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for name in ("mine", "file"):
        with pytest.raises(InputError, match=f"{name} is there and holds no result"):
            result.save(tmp_path / name)
    assert (tmp_path / "mine" / "precious.txt").read_text() == "x"


def test_folders_are_made(result, tmp_path):
    assert_same(result, Result.load(result.save(tmp_path / "a" / "b" / "run")))


def spoil(folder, **words):
    head = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps({**head, **words}))


BAD = {
    "empty folder": (lambda f: (f / "result.json").unlink(), "holds no result: there is no result.json"),
    "not json": (lambda f: (f / "result.json").write_text("{"), "result.json: cannot be read"),
    "other json": (lambda f: (f / "result.json").write_text("[1]"), "result.json: is not of a result"),
    "newer major": (lambda f: spoil(f, major=2, minor=3, pyrt="9.9"), r"version 2.3 of the layout \(pyrt 9.9\)"),
    "another kind": (lambda f: spoil(f, kind="EventResult"), "holds a result of kind EventResult, not Result"),
    "missing table": (lambda f: (f / "fills.parquet").unlink(), "fills.parquet: is missing, the result is not whole"),
    "broken table": (lambda f: (f / "bars.parquet").write_bytes(b"PAR1"), "bars.parquet: cannot be read as Parquet"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_result_is_refused(result, tmp_path, case):
    folder = result.save(tmp_path / "run")
    damage, words = BAD[case]
    damage(folder)
    with pytest.raises(DataError, match=words):
        Result.load(folder)


def test_a_missing_column_is_named(result, tmp_path):
    import pyarrow.parquet as pq

    file = result.save(tmp_path / "run") / "bars.parquet"
    pq.write_table(pq.read_table(file).drop_columns(["equity"]), file)
    with pytest.raises(DataError, match="column 'equity' is missing among time, open"):
        Result.load(tmp_path / "run")


def test_newer_minors_are_read(result, tmp_path):
    folder = result.save(tmp_path / "run")
    spoil(folder, minor=7, something="new")
    assert_same(result, Result.load(folder))


def test_no_such_folder(tmp_path):
    with pytest.raises(DataError, match="nowhere: holds no result"):
        Result.load(tmp_path / "nowhere")


def test_times_stay_exact(tmp_path):
    from pyrt import Backtest

    bars, _ = random_bars(5, 3)
    bars["time"] = np.array([1, 2, DAY * 20_000 + 123_456_789], np.int64) + 10**17 * 2
    made = Backtest(bars).run_signals([1, 0, 0], [0, 0, 0])
    assert Result.load(made.save(tmp_path / "run")).bars.time.tolist() == bars["time"].tolist()
