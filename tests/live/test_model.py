"""The cursor's arithmetic against a model of a few lines, and every record against the plain NumPy reader."""

import itertools
import os

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pyrt.live import SharedFeed
from pyrt.types import EVENT
from tests.live.numpy_reader import NumpyReader
from tests.live.segment_writer import SegmentWriter, records

CAPACITY = 64
_numbers = itertools.count()


class OneReader(RuleBasedStateMachine):
    """A writer and a reader take turns in any order; the model is a list of numbers."""

    def __init__(self):
        super().__init__()
        self.name = f"test-model-{os.getpid()}-{next(_numbers)}"
        self.writer = SegmentWriter(self.name, CAPACITY, first=1000)
        self.feed = SharedFeed.open(self.name)
        self.oracle = NumpyReader(self.name)
        self.cursor = self.head = 1000
        self.writing = 0
        self.lost = 0
        self.held = None

    def expected(self):
        """Advance the model by one poll; return the window as (first, stop)."""
        if self.head + self.writing - self.cursor > CAPACITY:
            self.lost += self.head - CAPACITY // 2 - self.cursor
            self.cursor = self.head - CAPACITY // 2
        first, self.cursor = self.cursor, self.head
        return first, self.head

    @rule(n=st.integers(0, 3 * CAPACITY))
    def publish(self, n):
        self.writer.publish(n)
        self.head += n
        self.writing = self.writing if n == 0 else 0

    @rule(n=st.integers(1, CAPACITY))
    def publish_at_once(self, n):
        self.writer.publish_batch(records(self.head, n))
        self.head += n
        self.writing = 0

    @rule()
    def begin_a_record(self):
        self.writer.start_record()
        self.writing = 1

    @rule()
    def poll(self):
        first, stop = self.expected()
        window = self.feed.poll()
        assert (window.first, window.stop) == (first, stop)
        np.testing.assert_array_equal(window, records(first, stop - first).view(EVENT))
        oracle_first, oracle_records = self.oracle.poll()
        assert oracle_first == first
        np.testing.assert_array_equal(window, oracle_records)
        self.held = window

    @rule()
    def poll_a_copy(self):
        first, stop = self.expected()
        copy = self.feed.poll(copy=True)
        self.oracle.poll()
        assert copy["stamp"].tolist() == list(range(first, stop))
        assert copy["words"].tolist() == records(first, stop - first)["words"].tolist()

    @rule()
    def check_what_is_held(self):
        if self.held is not None:
            gone = self.head + self.writing - CAPACITY - self.held.first
            assert self.held.overwritten == min(max(gone, 0), len(self.held))
            whole = self.held[self.held.overwritten :]
            first = self.held.first + self.held.overwritten
            np.testing.assert_array_equal(whole, records(first, len(whole)).view(EVENT))

    @invariant()
    def every_record_is_delivered_or_lost(self):
        assert self.feed.cursor == self.cursor == self.oracle.cursor
        assert self.feed.lost == self.lost == self.oracle.lost
        assert self.feed.head == self.head

    def teardown(self):
        self.feed.close()
        self.writer.abandon()


TestOneReader = OneReader.TestCase
TestOneReader.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
