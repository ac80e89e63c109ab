"""Signals on bars in files, a stretch at a time: the run is that of bars in memory, and the memory is bounded."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt import Backtest
from pyrt.backtest import Account, Commission, CostModel, Fraction, Impact, Stops
from pyrt.backtest.sessions import memory
from pyrt.errors import DTypeError, InputError
from tests.backtest.bars.chaos import MINUTE, START, random_bars
from tests.backtest.peak import fills_and_peak, needs_peak

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

BARS = random_bars(5, 300)
TERMS = {
    "next open": {"fees_bps": 3},
    "close": {"fill": "close", "fees_bps": 3},
    "units": {"size": 20.0, "costs": CostModel(commission=Commission.bps(5), slippage_bps=4)},
    "a part": {"size": Fraction(0.4), "fill": "close"},
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    made = tmp_path_factory.mktemp("bars") / "bars.parquet"
    table = {"time": BARS.timestamps, **BARS.columns()}
    parquet.write_table(pa.table(table), made, row_group_size=32)
    return made


def signals_of(seed, n, rate):
    rng = np.random.default_rng(seed)
    return [rng.random(n) < rate for _ in range(4)]


def same(ours, whole):
    """The fills of both, and what is made of them."""
    kinds = {"signal": "market", "stop_loss": "stop", "take_profit": "limit", "trailing_stop": "trailing_stop"}
    for name in ("time", "row", "side", "qty", "price", "fee"):
        np.testing.assert_array_equal(ours.fills[name], whole.fills[name])
    assert ours.fills["type"].tolist() == [kinds[reason] for reason in whole.fills["reason"].tolist()]
    for name in ("entry_time", "exit_time", "side", "status", "duration"):
        np.testing.assert_array_equal(ours.trades[name], whole.trades[name])
    for name in ("qty", "entry_price", "exit_price", "fees", "pnl", "return", "mae", "mfe"):
        np.testing.assert_allclose(ours.trades[name], whole.trades[name], rtol=1e-12, atol=1e-9)
    at = whole.timestamps.searchsorted(ours.timestamps, side="right") - 1
    np.testing.assert_array_equal(ours.equity, whole.equity[at])
    np.testing.assert_array_equal(ours.positions != 0, whole.positions[at] != 0)
    assert ours.totals["cash"] + ours.totals["costs"][0] + ours.totals["fees"] == pytest.approx(
        whole.cash + ours.totals["realized"]
    )
    assert len(ours.orders) == len(ours.fills)


@pytest.mark.parametrize("stops", [None, Stops(stop_loss=0.004, take_profit=0.006), Stops(trailing=0.005)])
@pytest.mark.parametrize("terms", TERMS)
@settings(max_examples=8)
@given(
    seed=st.integers(0, 10**6),
    rows=st.sampled_from([1, 2, 3, 7, 31, 32, 33, 299, 300, 5_000]),
    rate=st.sampled_from([0.002, 0.03, 0.4]),
    short=st.booleans(),
)
def test_the_run_is_that_of_bars_in_memory(path, terms, stops, seed, rows, rate, short):
    signals = signals_of(seed, len(BARS), rate)[: 4 if short else 2]
    asked = dict(zip(("entries", "exits", "short_entries", "short_exits"), signals, strict=False))
    whole = Backtest(BARS, cash=10_000, **TERMS[terms]).run_signals(**asked, stops=stops)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory.Memory, "rows", lambda self, held: 4 * rows)
        patch.setattr(memory, "LEAST", 1)
        patch.setattr("pyrt.backtest.bars.streamed.LEAST", 1)
        ours = Backtest.from_parquet_bars(path, cash=10_000, **TERMS[terms]).run_signals(**asked, stops=stops)
    same(ours, whole)
    kept = [words for words in whole.warnings if "lie" not in words and "leap" not in words]
    assert [words for words in kept if words in ours.warnings] == kept
    assert {name: ours.assumptions[name] for name in whole.assumptions} == dict(whole.assumptions)
    assert "300 bars were read from files" in ours.assumptions["kept"]


def test_signals_are_arrays_series_and_memory_maps(path, tmp_path):
    entries, exits, *_ = signals_of(1, len(BARS), 0.05)
    backtest = Backtest.from_parquet_bars(path, cash=10_000, size=3.0)
    expected = backtest.run_signals(entries, exits)
    assert len(expected.fills) > 10
    np.save(tmp_path / "entries.npy", entries)
    mapped = np.load(tmp_path / "entries.npy", mmap_mode="r")
    for given_ in (mapped, entries.astype(np.int8), pd.Series(entries), entries.tolist()):
        assert backtest.run_signals(given_, exits).fill_rows.tobytes() == expected.fill_rows.tobytes()
    assert expected.report(tmp_path / "page").exists()
    loaded = type(expected).load(expected.save(tmp_path / "kept"))
    assert loaded.fill_rows.tobytes() == expected.fill_rows.tobytes()
    assert loaded.trades.tobytes() == expected.trades.tobytes()


def test_what_is_not_of_files_is_refused_by_name(path):
    never = np.zeros(len(BARS), bool)
    cases = [
        ({}, (never[:-1], never), r"entries: has shape \(299,\), the files have 300 bars"),
        ({"account": Account(leverage=2)}, (never, never), "takes cash alone and costs that are rates"),
        ({"costs": CostModel(impact=Impact.square_root(0.5))}, (never, never), "takes cash alone and costs that are"),
        ({"trade_from": "2023-11-15"}, (never, never), "trade_from: is of strategy classes"),
    ]
    for terms, asked, words in cases:
        with pytest.raises(InputError, match=words):
            Backtest.from_parquet_bars(path, **terms).run_signals(*asked)
    with pytest.raises(InputError, match="takes files of one instrument, there are A, B"):
        Backtest.from_parquet_bars({"A": path, "B": path}).run_signals(never, never)
    with pytest.raises(InputError, match="short_exits: is missing"):
        Backtest.from_parquet_bars(path).run_signals(never, never, short_entries=never)
    with pytest.raises(InputError, match="cash_sharing: is of several instruments"):
        Backtest.from_parquet_bars(path).run_signals(never, never, cash_sharing=True)
    with pytest.raises(DTypeError, match="stops: must be Stops"):
        Backtest.from_parquet_bars(path).run_signals(never, never, stops=3)
    with pytest.raises(DTypeError, match="exits: must be booleans"):
        Backtest.from_parquet_bars(path).run_signals(never, never.astype(float))
    assert "no entry signal: nothing was traded" in Backtest.from_parquet_bars(path).run_signals(never, never).warnings


SCRIPT = """
import sys
import numpy as np
from pyrt import Backtest
from pyrt.backtest import Stops

if __name__ == "__main__":
    backtest = Backtest.from_parquet_bars(sys.argv[1], max_memory=sys.argv[2])
    entries, exits = (np.load(name, mmap_mode="r") for name in sys.argv[3:])
    result = backtest.run_signals(entries, exits, stops=Stops(stop_loss=0.5))
"""


@needs_peak
def test_the_memory_is_bounded(tmp_path):
    """Four million bars, 200 MB as arrays with their signals and equity: a run within 400 MB."""
    n = 4_000_000
    path = tmp_path / "many.parquet"
    time, price = START + MINUTE * np.arange(1, n + 1), np.random.default_rng(1).random(n) + 100.0
    columns = {"time": time.view("M8[ns]"), "open": price, "high": price, "low": price, "close": price, "volume": price}
    parquet.write_table(pa.table(columns), path, row_group_size=1 << 20)
    masks = {name: np.arange(n) % 40_000 == at for name, at in (("entries", 10), ("exits", 20_010))}
    for name, mask in masks.items():
        np.save(tmp_path / f"{name}.npy", mask)
    fills, peak = fills_and_peak(tmp_path, SCRIPT, path, "400MB", *(tmp_path / f"{name}.npy" for name in masks))
    assert fills == n // 20_000
    assert peak <= 400 * 10**6, f"{peak / 1e6:.0f} MB"
