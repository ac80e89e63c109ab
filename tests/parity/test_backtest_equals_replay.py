"""One strategy, the same events, two hosts: the same orders and fills, to the last bit."""

from pathlib import Path

import numpy as np
import pytest

from pyrt.backtest.matching import Simulation
from pyrt.backtest.parity import check_parity, parting, run_backtest, run_replay
from pyrt.cli.strategy import find_strategy
from pyrt.data import Recording, read_recording, save_recording
from pyrt.types import Flag, Kind
from tests.backtest.matching.fill_streams import INSTRUMENTS
from tests.backtest.matching.order_streams import orders_alone
from tests.parity.market import START, random_market
from tests.parity.strategies import ALL

MADE = Path(__file__).parents[2] / "examples" / "data" / "btc_made.tsv.gz"
pytestmark = pytest.mark.engine

SETTINGS = {
    "defaults": Simulation(),
    "slow": Simulation(feed_latency_ns=3_000_000, order_latency_ns=40_000_000, response_latency_ns=25_000_000),
    "jitter": Simulation(jitter_ns=30_000_000, seed=7, maker_fee=-5_000, taker_fee=33_333),
    "at once": Simulation(feed_latency_ns=0, order_latency_ns=0, response_latency_ns=0),
    "quotes": Simulation(book="quotes"),
    "normal feed": Simulation(feed="normal", feed_latency_ns=90_000_000, feed_deviation_ns=60_000_000, seed=3),
}


def compare(folder, recording, name, simulation, **parameters):
    """Run a strategy in all hosts, demand equality, and return Python's result."""
    cls = ALL[name]
    compiled = run_backtest(recording, cls, simulation, **parameters)
    plain = run_backtest(recording, cls, simulation, jit=False, **parameters)
    engine = run_replay(save_recording(folder / "events.npy", recording), cls, folder, simulation, **parameters)
    for other in (plain, engine):
        difference = parting(compiled, other)
        assert not difference, difference
    return compiled


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", ALL)
@pytest.mark.usefixtures("engine_binary")
def test_on_a_made_market(tmp_path, name, settings):
    recording = Recording(*random_market(seed=sum(map(ord, name + settings))))
    run = compare(tmp_path, recording, name, SETTINGS[settings])
    assert run.counts["orders"] > 20


@pytest.mark.parametrize("name", ALL)
@pytest.mark.usefixtures("engine_binary")
def test_on_a_made_market_of_orders(tmp_path, name):
    _, events = orders_alone(sum(map(ord, name)), 4_000, step=20_000_000, start=START)
    run = compare(tmp_path, Recording(events, INSTRUMENTS[:1]), name, SETTINGS["defaults"])
    assert run.counts["orders"] > 10


@pytest.mark.parametrize("lag", [63_072_000_000_000_000, -1_300_000_000], ids=["two years", "behind"])
@pytest.mark.usefixtures("engine_binary")
def test_with_clocks_that_are_off(tmp_path, lag):
    events, instruments = random_market(seed=5)
    events["event_time"] -= lag
    quotes = np.flatnonzero(events["kind"] == Kind.QUOTE)
    events["event_time"][quotes] = events["words"][quotes, 0]  # as of a venue that sends no time with them
    run = compare(tmp_path, Recording(events, instruments), "Clock", SETTINGS["defaults"])
    assert run.counts["orders"] > 20


def tally(runs):
    """Orders, maker fills, partial fills and cancels of several runs."""
    counts = np.zeros(4, int)
    for run in runs:
        answers = run.arrays["answers"]
        updates = answers["flags"][answers["kind"] == Kind.ORDER_UPDATE]
        fills = answers["flags"][answers["kind"] == Kind.FILL]
        counts += [
            run.counts["orders"],
            np.count_nonzero(fills & Flag.MAKER),
            np.count_nonzero(updates >> 12 == 2),
            np.count_nonzero(updates >> 12 == 4),
        ]
    return dict(zip(("orders", "maker fills", "partial fills", "cancels"), counts.tolist(), strict=True))


def demand_enough(runs):
    """Refuse a comparison of too little: equal hosts must have been equal about something."""
    counts = tally(runs)
    least = {"orders": 100, "maker fills": 30, "partial fills": 5, "cancels": 10}
    assert all(counts[name] >= count for name, count in least.items()), counts


@pytest.mark.usefixtures("engine_binary")
def test_on_a_recording_of_our_own_making(tmp_path):
    recording = read_recording(MADE)
    demand_enough([compare(tmp_path, recording, name, SETTINGS["defaults"]) for name in ALL])


@pytest.mark.usefixtures("engine_binary")
def test_on_a_recorded_market(tmp_path, shared_data):
    recording = read_recording(shared_data / "ws" / "binance_spot_btcusdt_20240808.tsv.gz")
    assert len(recording.events) > 160_000
    demand_enough([compare(tmp_path, recording, name, SETTINGS["defaults"]) for name in ALL])


@pytest.mark.usefixtures("engine_binary")
@pytest.mark.parametrize("source", ["cross.py", "quoter.py"])
def test_the_examples_on_the_recording_of_our_own_making(source):
    found = check_parity(read_recording(MADE), find_strategy(str(MADE.parents[1] / source)))
    assert found.equal, found.difference
    assert found.runs[0].counts["fills"] > 10


@pytest.mark.usefixtures("engine_binary")
def test_a_difference_is_told_with_both_sides(tmp_path):
    recording = Recording(*random_market(seed=1, count=600))
    ours = run_backtest(recording, ALL["Cross"], fast=3, slow=9)
    theirs = run_replay(
        save_recording(tmp_path / "events.npy", recording), ALL["Cross"], tmp_path, fast=3, slow=9, qty=0.02
    )
    words = parting(ours, theirs)
    assert words.startswith("backtest and replay part. First: commands[0]: backtest has (17")
    assert "'cash': (" in words
