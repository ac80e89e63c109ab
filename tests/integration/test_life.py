"""The engine's life as readers see it: killed, started again, two of a name, readers that are too slow."""

import threading
import time

import numpy as np
import pytest

from pyrt.errors import EngineError, FeedStale
from pyrt.live import SharedFeed
from pyrt.live.process import EngineProcess
from pyrt.types import Kind
from tests.integration.stack import SHM, running, settings, simulated

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_binary")]
MARKET = ("--market", "seed=3,symbols=BTC-USDT,rate=5000")
ONE = "venues.binance.symbols=BTC-USDT"


def test_a_reader_notices_a_killed_engine_and_the_next_one_takes_over(name):
    with simulated(*MARKET) as (_, address):
        with running(name, address, ONE) as engine:
            feed = SharedFeed.open(name, start="oldest")
            stamps = []
            for window in feed.follow(timeout=None):
                stamps.append(window["stamp"].copy())
                if len(stamps) > 20:
                    break
            killed = time.monotonic()
            engine.kill()
            with pytest.raises(FeedStale) as gone:  # after what was published before
                stamps.extend(window["stamp"].copy() for window in feed.follow(timeout=None))
            noticed = time.monotonic() - killed
            assert str(engine.process.pid) in str(gone.value)
            assert noticed < 10, "a dead engine was not noticed"  # within a second on a quiet machine
            seen = np.concatenate(stamps)
            assert (seen == 2 * np.arange(len(seen)) + 2).all(), "a torn record, or one lost"
            assert not feed.alive
            with pytest.raises(FeedStale):
                SharedFeed.open(name)
            assert (SHM / f"pyrt-{name}").exists()
        with running(name, address, ONE), SharedFeed.open(name, start="oldest") as fresh:
            assert fresh.alive
            window = next(fresh.follow(timeout=10.0))
            assert len(window)
            assert window["stamp"][0] == 2
        feed.close()


def test_two_engines_of_one_name_are_one_too_many(name):
    with simulated(*MARKET) as (_, address), running(name, address, ONE) as first:
        time.sleep(0.1)
        second = EngineProcess("run", *settings(address, ONE), "--name", name)
        with second:
            assert second.process.wait(20) == 4
            with pytest.raises(EngineError, match=str(first.process.pid)):
                second.check()
        assert first.process.poll() is None


def test_a_lapped_reader_counts_exactly_what_it_lost(name):
    with simulated(*MARKET) as (_, address), running(name, address, ONE, "shared_memory.ring_capacity=1024"):
        fast, slow = (SharedFeed.open(name, start="oldest") for _ in range(2))
        stop, seen = threading.Event(), []

        def follow():
            with SharedFeed.open(name, start=fast.cursor) as mine:
                while not stop.is_set():
                    seen.extend(mine.poll(copy=True)["stamp"].tolist())
                    time.sleep(0.001)
                assert mine.lost == 0

        first = slow.cursor
        reader = threading.Thread(target=follow)
        reader.start()
        kept = 0
        while slow.lost < 5000:
            kept += len(slow.poll(copy=True))
            time.sleep(0.5)  # several laps of the ring
        end = slow.cursor
        stop.set()
        reader.join()
        assert kept + slow.lost == end - first
        sequences = np.array(seen)
        assert (np.diff(sequences) == 1).all(), "the fast reader missed a record"
        fast.close()
        slow.close()


def test_every_message_of_the_venue_leaves_a_whole_book(name):
    with simulated(*MARKET) as (_, address), running(name, address, ONE), SharedFeed.open(name) as feed:
        kinds, deadline = set(), time.monotonic() + 20
        for window in feed.follow(timeout=5.0):
            kinds |= set(np.unique(window["kind"]).tolist())
            if {Kind.TRADE, Kind.QUOTE, Kind.DELTA} <= kinds or time.monotonic() > deadline:
                break
        assert {Kind.TRADE, Kind.QUOTE, Kind.DELTA} <= kinds
        book = feed.book("binance:BTC-USDT")
        assert len(book.bids) == len(book.asks) == 10
        assert book.bids["price"][0] < book.asks["price"][0]
        assert (np.diff(book.bids["price"]) < 0).all()
        assert (np.diff(book.asks["price"]) > 0).all()
        assert (book.bids["qty"] > 0).all()
