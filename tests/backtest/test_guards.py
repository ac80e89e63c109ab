"""Warnings name what looks wrong with the data of a run, and are silent about what is usual."""

import numpy as np
import pandas as pd
import pytest

import pyrt
from pyrt.backtest import Portfolio, Simulation
from pyrt.backtest.guards import ends_early
from pyrt.types import Kind
from tests.parity.market import BTC, ETH, START, Tape

HOUR = 3600 * 10**9


def bars_at(times):
    price = 100.0 + np.arange(len(times)) % 5
    return {"time": times.view("M8[ns]"), "open": price, "high": price + 1, "low": price - 1, "close": price}


def warnings_of(bars):
    n = len(bars["close"])
    return pyrt.Backtest(bars, fees_bps=0).run_signals(np.arange(n) % 4 == 0, np.arange(n) % 4 == 2).warnings


def session_minutes(days):
    """Minutes from 9:30 to 16:00 of weekdays."""
    index = [
        pd.date_range(f"{day:%Y-%m-%d} 14:31", periods=390, freq="min")
        for day in pd.bdate_range("2024-03-04", periods=days)
    ]
    return np.concatenate([part.values for part in index]).astype("M8[ns]").astype(np.int64)


def test_nights_and_weekends_are_usual():
    assert not [words for words in warnings_of(bars_at(session_minutes(20))) if "gap" in words]


def test_a_gap_within_a_day_is_named_with_its_length_and_place():
    times = session_minutes(20)
    cut = np.delete(times, slice(390 * 7 + 100, 390 * 7 + 220))
    found = [words for words in warnings_of(bars_at(cut)) if "gap" in words]
    assert len(found) == 1
    assert found[0].startswith("1 gap in the time of the bars, the longest 2.02 h before 2024-03-13T18:11")


def test_a_missing_week_is_a_gap():
    times = session_minutes(60)
    cut = np.delete(times, slice(390 * 30, 390 * 35))
    found = [words for words in warnings_of(bars_at(cut)) if "gap" in words]
    assert len(found) == 1
    assert "9.73 d" in found[0]


class Holder(pyrt.Strategy):
    """Buys some of each at its first trade."""

    def start(self, ctx):
        self.seen = np.zeros(2, np.int64)

    def on_trade(self, ctx, trade):
        if self.seen[ctx.slot] == 0:
            self.seen[ctx.slot] = 1
            ctx.market(0.01)


def tape_of(last_of_eth, gap=0):
    """Trades of two instruments, ten seconds apart for ten hours; the second one's end earlier."""
    tape = Tape()
    for row, price in ((0, 20_000.0), (1, 2_000.0)):
        tape.quote(START, price, price + 1, instrument=row)
    for k in range(3600):
        time = START + k * 10**10 + (gap if k > 1800 else 0)
        tape.trade(time, 20_000.0, 0.5, 1)
        if k * 10**10 < last_of_eth:
            tape.trade(time + 1000, 2_000.0, 0.5, 1, instrument=1)
    return tape.events()


def run(events, strategy=Holder):
    test = pyrt.Backtest(events, instruments=[BTC, ETH], cash=10_000, simulation=Simulation(book="quotes"))
    return test.run(strategy, jit=False)


def test_an_instrument_that_ends_is_named():
    warnings = run(tape_of(5 * HOUR)).warnings
    found = [words for words in warnings if "before the data" in words]
    assert found == [
        f"{ETH.name} ends 5 h before the data, at 2023-11-15T03:13: what is held of it stays at its last mark"
    ]
    assert not [words for words in warnings if "gap" in words]
    assert not [words for words in run(tape_of(10 * HOUR)).warnings if "before the data" in words]


def test_one_that_is_not_traded_is_not_named():
    class Bitcoin(Holder):
        instruments = (BTC.name,)

    assert not [words for words in run(tape_of(5 * HOUR), Bitcoin).warnings if "before the data" in words]


def test_a_gap_of_the_records_is_named():
    found = [words for words in run(tape_of(10 * HOUR, gap=3 * HOUR)).warnings if "gap" in words]
    assert len(found) == 1
    assert found[0].startswith("1 gap in the time of the records, the longest 3 h before 2023-11-15T06:13")


def test_tapes_in_files_that_end(tmp_path):
    events = tape_of(5 * HOUR)
    paths = {}
    for row, instrument in enumerate((BTC, ETH)):
        paths[instrument.symbol] = {}
        for kind, what in ((Kind.TRADE, "trades"), (Kind.QUOTE, "quotes")):
            some = pyrt.types.of_kind(events[events["instrument"] == row], kind)
            columns = ("price", "qty") if kind == Kind.TRADE else ("bid", "ask")
            frame = pd.DataFrame({"time": some["receive_time"], **{name: some[name] for name in columns}})
            paths[instrument.symbol][what] = tmp_path / f"{row}-{what}.parquet"
            frame.to_parquet(paths[instrument.symbol][what])
    test = pyrt.Backtest.from_parquet(paths, [BTC, ETH], cash=10_000, simulation=Simulation(book="quotes"))
    warnings = test.run(Holder, jit=False).warnings
    assert any(words.startswith(f"{ETH.name} ends 5 h before the data") for words in warnings)
    assert not any(words.startswith(f"{BTC.name} ends") for words in warnings)


def test_a_portfolio_says_it_once():
    test = pyrt.Backtest(tape_of(5 * HOUR), instruments=[BTC, ETH], cash=10_000, simulation=Simulation(book="quotes"))
    warnings = test.run(Portfolio([Holder, Holder]), jit=False).warnings
    assert sum("before the data" in words for words in warnings) == 1


@pytest.mark.parametrize(("last", "named"), [(100, False), (99, False), (97, True), (0, True)])
def test_how_early_is_early(last, named):
    assert bool(list(ends_early({"A": last * HOUR}, (0, 100 * HOUR)))) == named
