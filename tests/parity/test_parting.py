"""Where two hosts part, both states are told: planted differences."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

import pyrt
import pyrt.indicators as ta
from pyrt.backtest.matching import Simulation
from pyrt.backtest.parity import check_parity, compare, run_backtest, run_replay
from pyrt.backtest.parity.states import names_of_state, until
from pyrt.data import Recording, save_recording
from tests.parity.market import random_market
from tests.parity.strategies import ALL

SLOW = Simulation(order_latency_ns=40_000_000)


@pytest.fixture(scope="module")
def recording():
    return Recording(*random_market(seed=1, count=1500))


class Keeper(pyrt.Strategy):
    """Holds one of each kind of member, and buys while it may."""

    qty: float = 0.01

    def start(self, ctx):
        self.mean = ta.sma.stream(3)
        self.ladder = np.zeros(20)
        self.counts = np.zeros(2, np.int64)
        self.last = 0.0
        self.trades: int = 0
        self.long = False

    def on_trade(self, ctx, trade):
        self.last = self.mean.update(trade.price)
        self.ladder[self.trades % 20] = ctx.equity
        self.counts[0] += 1
        self.trades += 1
        if self.trades % 10 == 0:
            ctx.limit(self.qty, ctx.best_bid)

    def on_fill(self, ctx, fill):
        self.long = ctx.position > 0


def lines(difference):
    """The table's lines by what they are of, with whether they are marked."""
    table = difference.split("arrived:\n")[1].splitlines()
    assert table[0].split() == ["backtest", "plain"] or table[0].split() == ["backtest", "replay"]
    return {line[2:].split("  ")[0].strip(): (line[0] == "*", line[2:].split()) for line in table[1:]}


def test_two_hosts_that_agree_have_nothing_to_tell(recording):
    hosts = (partial(run_backtest, strategy=Keeper), partial(run_backtest, strategy=Keeper, jit=False))
    found = compare(recording, hosts, names_of_state(Keeper, {}))
    assert found.equal
    assert found.runs[0].state == found.runs[1].state


def test_a_planted_difference_is_told_with_account_orders_and_the_strategys_members(recording):
    ours = partial(run_backtest, strategy=Keeper)
    theirs = partial(run_backtest, strategy=Keeper, simulation=SLOW, jit=False)
    found = compare(recording, (ours, theirs), names_of_state(Keeper, {}))
    assert "First: answers[0]: backtest has" in found.difference
    seen = lines(found.difference)
    for name in ("cash", "equity", "fees", "state.trades", "state.last", "state.mean.value", "state.long"):
        assert name in seen, found.difference
    assert not seen["state.trades"][0], "both were told the same"
    live = [words for name, (_, words) in seen.items() if name.startswith("live order")]
    assert any("buy" in words and "pending," in words for words in live), found.difference
    assert not any(name.startswith("state.mean.window") for name in seen), "windows that are equal are not shown"
    told = int(found.difference.split("Both with ")[1].split(" of ")[0].replace(",", ""))
    assert 0 < told < len(recording.events)


def test_another_parameter_shows_in_what_differs(recording):
    ours = partial(run_backtest, strategy=Keeper)
    theirs = partial(run_backtest, strategy=Keeper, jit=False, qty=0.02)
    seen = lines(compare(recording, (ours, theirs), names_of_state(Keeper, {})).difference)
    (order,) = [line for name, line in seen.items() if name.startswith("live order")]
    assert order[0]
    assert {"0.01", "0.02"} < set(order[1])


def test_recordings_are_cut_by_when_records_were_received(recording):
    received = recording.events["words"][:, 0]
    time = int(received[700])
    cut = until(recording, time)
    assert int(cut.events["words"][-1, 0]) == time
    assert len(cut.events) == int((received <= time).sum())
    assert len(until(recording, 0).events) == 1
    assert len(until(recording, 2**63 - 1).events) == len(recording.events)


def test_a_strategy_files_words_have_names():
    namer = names_of_state(Path("config/strategies/btc_momentum.toml"), {})
    state = np.array([5, 2, 0, 1, 7, 8], np.uint64).tobytes() + np.array([50.0, 0.5, 1.0, np.nan]).tobytes()
    read = namer(state)
    assert (read["bars"], read["live_order"], read["next_order"], read["rsi_14"]) == (5, 7, 8, 50.0)
    assert list(read)[6:] == ["rsi_14", "macd", "volume_ratio", "bb_pct"]


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_the_engines_state_is_told_as_well(recording, tmp_path):
    def theirs(part):
        return run_replay(save_recording(tmp_path / "events.npy", part), Keeper, tmp_path, qty=0.02)

    found = compare(recording, (partial(run_backtest, strategy=Keeper), theirs), names_of_state(Keeper, {}))
    assert found.difference.startswith("backtest and replay part. First: commands[0]: backtest has (17")
    seen = lines(found.difference)
    assert not seen["state.trades"][0]
    assert seen["state.trades"][1][1:] == ["10", "10"]


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_both_hosts_hold_the_same_bytes(recording):
    for cls in (Keeper, ALL["Quoter"]):
        found = check_parity(recording, cls)
        assert found.equal, found.difference
        assert found.runs[0].state == found.runs[1].state != b""
