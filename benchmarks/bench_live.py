"""The shared-memory feed: a prefilled ring read through ``poll()`` again and again, checked a window at a time."""

import importlib.util
import os
import time
from pathlib import Path
from typing import ClassVar

from pyrt.live import FeedMonitor, SharedFeed

WRITER = Path(__file__).parents[1] / "tests" / "live" / "segment_writer.py"
CAPACITY = 1 << 16


def load_writer():
    """Load the tests' segment writer, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("segment_writer", WRITER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Feed:
    """A feed whose ring is full; each benchmark moves the cursor back and reads the last `window` records."""

    def open_feed(self):
        module = load_writer()
        self.name = f"bench-{os.getpid()}"
        self.writer = module.SegmentWriter(self.name, CAPACITY)
        self.writer.publish_batch(module.records(0, CAPACITY))
        self.writer.write_book(0, 7)
        self.feed = SharedFeed.open(self.name)

    def teardown(self, *_):
        self.feed.close()
        self.writer.abandon()

    def rewind(self, window):
        self.feed._ring.seek(CAPACITY - window)


class TimeFeed(Feed):
    """One window of so many records: taken, used, checked."""

    params: ClassVar = [1, 64, 4096, CAPACITY]
    param_names: ClassVar = ["window"]

    def setup(self, window):
        self.open_feed()
        self.monitor = FeedMonitor()

    def time_poll_and_check(self, window):
        self.rewind(window)
        self.feed.poll().check()

    def time_poll_sum_and_check(self, window):
        self.rewind(window)
        taken = self.feed.poll()
        taken["event_time"].sum()
        taken.check()

    def time_poll_copy(self, window):
        self.rewind(window)
        self.feed.poll(copy=True)

    def time_of_kind(self, window):
        self.rewind(window)
        self.feed.poll().of("trade")

    def time_monitor(self, window):
        self.rewind(window)
        self.monitor.update(self.feed.poll(), time.time_ns())


class TimeOnce(Feed):
    """What does not depend on a window."""

    def setup(self):
        self.open_feed()

    def time_poll_nothing_new(self):
        self.feed.poll()

    def time_book(self):
        self.feed.book("binance:BTC-USDT")

    def time_open(self):
        SharedFeed.open(self.name).close()


class TrackRate(Feed):
    """Million records a second through ``poll()``, each window summed over a field and checked."""

    params: ClassVar = [64, 1024, CAPACITY]
    param_names: ClassVar = ["window"]
    unit = "million records/s"

    def setup(self, window):
        self.open_feed()

    def track_poll_sum_and_check(self, window):
        return self.rate(window, lambda taken: taken["event_time"].sum())

    def track_poll_and_check(self, window):
        return self.rate(window, len)

    def rate(self, window, use):
        best = 0.0
        for _ in range(5):
            turns = max(1, 4_000_000 // window)
            start = time.perf_counter()
            for _ in range(turns):
                self.rewind(window)
                taken = self.feed.poll()
                use(taken)
                taken.check()
            best = max(best, turns * window / (time.perf_counter() - start) / 1e6)
        return best
