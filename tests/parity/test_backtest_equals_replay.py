"""One strategy, the same events, two hosts: the same orders and fills, to the last bit."""

import numpy as np
import pytest

from pyrt.backtest.matching import Simulation
from pyrt.data import read_recording
from pyrt.types import Flag, Kind
from tests.parity.hosts import in_engine, in_python, parting, save
from tests.parity.market import random_market
from tests.parity.strategies import ALL

pytestmark = pytest.mark.engine

SETTINGS = {
    "defaults": Simulation(),
    "slow": Simulation(feed_latency_ns=3_000_000, order_latency_ns=40_000_000, response_latency_ns=25_000_000),
    "jitter": Simulation(jitter_ns=30_000_000, seed=7, maker_fee=-5_000, taker_fee=33_333),
    "at once": Simulation(feed_latency_ns=0, order_latency_ns=0, response_latency_ns=0),
    "quotes": Simulation(book="quotes"),
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PYRT_CACHE", str(tmp_path / "cache"))


def compare(binary, folder, events, instruments, name, simulation, **parameters):
    """Run a strategy in all hosts, demand equality, and return Python's result."""
    cls = ALL[name]
    compiled = in_python(events, instruments, cls, simulation, **parameters)
    plain = in_python(events, instruments, cls, simulation, jit=False, **parameters)
    engine = in_engine(binary, save(folder, events, instruments), cls, folder, simulation, **parameters)
    for other, words in ((plain, "plain"), (engine, "engine")):
        difference = parting(compiled[:2], other[:2], ("compiled", words))
        assert not difference, difference
    return compiled[2]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", ALL)
def test_on_a_made_market(engine_binary, tmp_path, name, settings):
    events, instruments = random_market(seed=sum(map(ord, name + settings)))
    result = compare(engine_binary, tmp_path, events, instruments, name, SETTINGS[settings])
    assert len(result.orders) > 20


def tally(results):
    """Orders, maker fills, partial fills and cancels of several results."""
    counts = np.zeros(4, int)
    for result in results:
        updates = result.answers["flags"][result.answers["kind"] == Kind.ORDER_UPDATE]
        counts += [
            len(result.orders),
            np.count_nonzero(result.fills["flags"] & Flag.MAKER),
            np.count_nonzero(updates >> 12 == 2),
            np.count_nonzero(updates >> 12 == 4),
        ]
    return dict(zip(("orders", "maker fills", "partial fills", "cancels"), counts.tolist(), strict=True))


def test_on_a_recorded_market(engine_binary, tmp_path, shared_data):
    recording = read_recording(shared_data / "ws" / "binance_spot_btcusdt_20240808.tsv.gz")
    assert len(recording.events) > 160_000
    results = [compare(engine_binary, tmp_path, *recording, name, SETTINGS["defaults"]) for name in ALL]
    counts = tally(results)
    least = {"orders": 100, "maker fills": 30, "partial fills": 5, "cancels": 10}
    assert all(counts[name] >= count for name, count in least.items()), counts


def test_a_difference_is_told_with_both_sides(engine_binary, tmp_path):
    events, instruments = random_market(seed=1, count=600)
    path = save(tmp_path, events, instruments)
    ours = in_python(events, instruments, ALL["Cross"], fast=3, slow=9)
    theirs = in_engine(engine_binary, path, ALL["Cross"], tmp_path, fast=3, slow=9, qty=0.02)
    words = parting(ours[:2], theirs[:2], ("compiled", "engine"))
    assert words.startswith("compiled and engine part. First: commands[0]: compiled has (17")
    assert "'cash': (" in words
