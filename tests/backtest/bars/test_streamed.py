"""Bars in files, a stretch at a time: the run is that of bars in memory, and the memory is bounded."""

import numpy as np
import pytest

from pyrt import Backtest, Strategy
from pyrt.backtest import Account, BarResult, CostModel, Impact, Portfolio, Rates, Slippage
from pyrt.backtest.sessions import memory
from pyrt.data import Bars
from pyrt.errors import DataError, InputError
from tests.backtest.bars.chaos import MINUTE, START, Chaos, random_bars
from tests.backtest.peak import fills_and_peak, needs_peak

pa = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402 (pyarrow need not be there)

MARKET = {"A": random_bars(41, 700), "B": random_bars(42, 700, skip=0.4), "C": random_bars(43, 90)}
LATE = {"A": MARKET["A"], "C": random_bars(43, 90, start=START + 300 * MINUTE)}


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYRT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def write(path, bars, **more):
    columns = {"time": bars.timestamps, **bars.columns(), **more}
    parquet.write_table(pa.table(columns), path, row_group_size=64)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Each instrument's bars in files of their own, one of them in three."""
    folder = tmp_path_factory.mktemp("bars")
    paths = {name: write(folder / f"{name}.parquet", bars) for name, bars in MARKET.items() if name != "A"}
    for part in range(3):
        rows = np.arange(part * 250, min(700, (part + 1) * 250))
        write(folder / f"a-{part}.parquet", MARKET["A"].take(rows), note=["x"] * len(rows))
    return {"A": folder / "a-*.parquet", **paths}


@pytest.fixture
def short(monkeypatch):
    """Stretches of some dozens of bars."""

    def rows(self, held):
        return 1200

    monkeypatch.setattr(memory.Memory, "rows", rows)


ACCOUNT = Account(
    leverage=3,
    maintenance=0.1,
    interest=0.3,
    borrow={"A": 0.5},
    funding={"B": Rates(MARKET["B"].time[::25], np.full(len(MARKET["B"].time[::25]), 0.001))},
    conversion={"C": Rates(MARKET["C"].time[::9] - MINUTE, np.linspace(0.9, 1.1, len(MARKET["C"].time[::9])))},
)
BUSY = CostModel(fees_bps=3, slippage=Slippage.volatility(0.1), impact=Impact.linear(0.05), window=7, volume_limit=0.5)
TERMS = {
    "plain": {"fees_bps": 3},
    "account": {"fees_bps": 3, "account": ACCOUNT},
    "models": {"costs": BUSY},
    "close": {"fees_bps": 3, "fill": "close"},
    "history": {"fees_bps": 3, "trade_from": np.datetime64(START + 300 * MINUTE, "ns")},
}


@pytest.mark.parametrize("case", TERMS)
def test_the_run_is_that_of_bars_in_memory(files, short, case):
    whole = Backtest(MARKET, cash=10_000, **TERMS[case]).run(Chaos, seed=5, busy=40)
    result = Backtest.from_parquet_bars(files, cash=10_000, **TERMS[case]).run(Chaos, seed=5, busy=40)
    assert len(whole.fills) > 30
    assert result.order_rows.tobytes() == whole.order_rows.tobytes()
    assert result.fill_rows.tobytes() == whole.fill_rows.tobytes()
    assert result.paid.tobytes() == whole.paid.tobytes()
    assert result.state == whole.state
    assert dict(result.totals) == dict(whole.totals)
    own, other = result.trades, whole.trades
    for name in own.dtype.names:
        closed = own["status"] == "closed"
        if own.dtype[name].kind == "f":
            np.testing.assert_allclose(own[name], other[name], rtol=1e-12, atol=1e-12, err_msg=name)
        else:
            np.testing.assert_array_equal(own[name][closed], other[name][closed], err_msg=name)
    # The equity is that of the whole run, at fewer times; all of these bars fit.
    known = whole.times.searchsorted(result.times, side="right") - 1
    np.testing.assert_array_equal(result.equity, whole.equity[known])
    assert result.metrics["n_trades"] == whole.metrics["n_trades"]
    assert set(result.warnings) >= {words for words in whole.warnings if "gap" not in words and "steps" not in words}


def test_longer_bars_and_their_equity(files, short, monkeypatch):
    monkeypatch.setattr("pyrt.backtest.bars.streamed.MOST_POINTS", 30)
    monkeypatch.setattr("pyrt.backtest.bars.streamed.LEAST_POINTS", 30)
    whole = Backtest(MARKET, cash=10_000).run(Chaos, seed=5)
    result = Backtest.from_parquet_bars(files, cash=10_000).run(Chaos, seed=5)
    assert 20 < len(result.times) <= 31
    known = whole.times.searchsorted(result.times, side="right") - 1
    np.testing.assert_array_equal(result.equity, whole.equity[known])
    np.testing.assert_array_equal(result.closes, whole.closes[known])
    assert result.bars[0].high.max() == MARKET["A"].high.max()
    assert result.bars[1].volume.sum() == pytest.approx(MARKET["B"].volume.sum())
    np.testing.assert_allclose(result.trades["mae"], whole.trades["mae"], rtol=1e-12)
    np.testing.assert_allclose(result.trades["mfe"], whole.trades["mfe"], rtol=1e-12)
    np.testing.assert_allclose(result.positions, whole.positions[known])
    assert "were read from files a stretch at a time" in result.assumptions["kept"]


def test_it_is_kept_and_shown(files, short, tmp_path):
    result = Backtest.from_parquet_bars(files).run(Chaos, seed=3)
    again = BarResult.load(result.save(tmp_path / "kept"))
    assert again.trades.tobytes() == result.trades.tobytes()
    assert again.equity.tobytes() == result.equity.tobytes()
    assert result.report(tmp_path / "page").exists()


def test_one_instrument_without_a_name(files, short):
    whole = Backtest(MARKET["A"], fees_bps=1).run(Chaos, seed=2)
    result = Backtest.from_parquet_bars(files["A"], fees_bps=1).run(Chaos, seed=2, jit=False)
    assert result.fill_rows.tobytes() == whole.fill_rows.tobytes()
    assert result.metrics["buy_and_hold"] == pytest.approx(whole.metrics["buy_and_hold"])


def test_columns_are_those_of_bars_in_memory(short, tmp_path):
    """Other names and a symbol; a volume that is called otherwise was not read."""
    bars, path = MARKET["A"], tmp_path / "short.parquet"
    columns = {"Date": bars.timestamps, "O": bars.open, "H": bars.high, "L": bars.low, "C": bars.close}
    columns |= {"Vol": bars.volume, "Ticker": ["A"] * len(bars), "note": ["x"] * len(bars)}
    parquet.write_table(pa.table(columns), path, row_group_size=64)
    terms = {"costs": BUSY, "cash": 10_000}
    whole = Backtest(path, **terms).run(Chaos, seed=2)
    result = Backtest.from_parquet_bars(path, **terms).run(Chaos, seed=2)
    assert len(whole.fills) > 10
    assert result.fill_rows.tobytes() == whole.fill_rows.tobytes()


def test_files_of_several_symbols_are_refused(short, tmp_path):
    first, second = (MARKET["A"].take(np.arange(*span)) for span in ((0, 90), (90, 200)))
    paths = [
        write(tmp_path / f"{k}.parquet", bars, symbol=[k] * len(bars)) for k, bars in (("X", first), ("Y", second))
    ]
    with pytest.raises(DataError, match=r"Y.parquet, from row 0 on: data: 2 symbols in one frame \(X, Y\)"):
        Backtest.from_parquet_bars(paths).run(Chaos)


class Early(Strategy):
    """Sends an order for an instrument that has no bar yet."""

    instruments = ("A", "C")

    def start(self, ctx):
        self.sent: bool = False

    def on_bar(self, ctx, bar):
        if not self.sent:
            ctx.market(2.0, slot=1)
            self.sent = True


def test_an_instrument_that_begins_later(short, tmp_path):
    paths = {name: write(tmp_path / f"{name}.parquet", bars) for name, bars in LATE.items()}
    terms = {"account": Account(conversion={"C": Rates(LATE["C"].time[:1], [0.5])}), "fees_bps": 2}
    whole = Backtest(LATE, **terms).run(Early)
    result = Backtest.from_parquet_bars(paths, **terms).run(Early)
    assert len(whole.fills) == 1
    assert result.fill_rows.tobytes() == whole.fill_rows.tobytes()
    assert result.equity[-1] == whole.equity[-1]


class OneOfThem(Strategy):
    """Names what it trades."""

    instruments = ("C",)

    def on_bar(self, ctx, bar):
        if ctx.position == 0.0 and ctx.order_count == 0:
            ctx.market(1.0)


def test_what_is_not_traded_is_not_read(files, short):
    result = Backtest.from_parquet_bars(files).run(OneOfThem)
    assert result.names == ("C",)
    assert len(result.fills) == 1


def test_what_cannot_be_is_refused(files, tmp_path, short):
    backtest = Backtest.from_parquet_bars(files)
    for run in (
        lambda: backtest.session(Chaos), lambda: backtest.bars,
        lambda: backtest.sweep(Chaos, {"seed": [1]}), lambda: backtest.run(Portfolio([Chaos])),
    ):  # fmt: skip
        with pytest.raises(InputError, match="bars are read from files as it goes"):
            run()
    with pytest.raises(DataError, match=r"nowhere.parquet: there is no such file"):
        Backtest.from_parquet_bars("nowhere.parquet")
    with pytest.raises(InputError, match="max_memory: the interpreter and its libraries take"):
        Backtest.from_parquet_bars(files, max_memory="10MB")
    bad = MARKET["A"].take(np.arange(100))
    low = bad.low.copy()
    low[70] = -1.0
    write(tmp_path / "bad.parquet", Bars(bad.time, bad.open, bad.high, low, bad.close))
    with pytest.raises(DataError, match=r"bad.parquet, from row 0 on: bars: row 70 .*low is -1"):
        Backtest.from_parquet_bars(tmp_path / "bad.parquet").run(Chaos)
    back = [
        write(tmp_path / f"{k}.parquet", MARKET["A"].take(np.arange(*span)))
        for k, span in ((0, (50, 90)), (1, (0, 60)))
    ]
    with pytest.raises(DataError, match=r"1.parquet, from row 0 on: its time is not later than the row before"):
        Backtest.from_parquet_bars(back).run(Chaos)
    with pytest.raises(InputError, match=r"trade_from: is .*after the last bar"):
        Backtest.from_parquet_bars(files, trade_from="2031-01-01").run(Chaos)


SCRIPT = """
import sys
from pyrt import Backtest, Strategy

class Rare(Strategy):
    def start(self, ctx):
        self.n: int = 0

    def on_bar(self, ctx, bar):
        self.n += 1
        if self.n % 20_000 == 0:
            ctx.target(1.0 if ctx.position == 0.0 else 0.0)

if __name__ == "__main__":
    backtest = Backtest.from_parquet_bars(sys.argv[1], max_memory=sys.argv[2])
    result = backtest.run(Rare)
"""


@needs_peak
def test_the_memory_is_bounded(tmp_path):
    """Three million bars, 144 MB as arrays of doubles: a run within 400 MB, which takes 288 MB to begin with."""
    n = 3_000_000
    path = tmp_path / "many.parquet"
    time, price = START + MINUTE * np.arange(1, n + 1), np.random.default_rng(1).random(n) + 100.0
    columns = {"time": time.view("M8[ns]"), "open": price, "high": price, "low": price, "close": price, "volume": price}
    parquet.write_table(pa.table(columns), path, row_group_size=1 << 20)
    fills, peak = fills_and_peak(tmp_path, SCRIPT, path, "400MB")
    assert fills == n // 20_000 - 1
    assert peak <= 400 * 10**6, f"{peak / 1e6:.0f} MB"
