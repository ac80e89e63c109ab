"""A writer in a process of its own: killed, stopped, faster than its readers."""

import os
import signal
import time

import numpy as np
import pytest

from pyrt.errors import FeedStale
from pyrt.live import SharedFeed
from pyrt.types import EVENT
from tests.live.numpy_reader import NumpyReader
from tests.live.segment_writer import records


def test_a_killed_writer_is_noticed_and_leaves_no_torn_record(make_process, name):
    process = make_process(1024)
    with SharedFeed.open(name) as feed:
        process.send("stream 60")
        seen = []
        with pytest.raises(FeedStale, match="has died") as caught:
            _follow_and_kill(feed, process.process, seen)
        assert str(process.process.pid) in str(caught.value)
        assert not feed.alive
        assert sum(seen) > 20_000


def _follow_and_kill(feed, process, seen):
    """Follow to the end, checking every whole record; kill the writer when enough were seen."""
    for window in feed.follow(on_overrun="count"):
        got = window.copy()
        gone = window.overwritten
        np.testing.assert_array_equal(got[gone:], records(window.first + gone, len(got) - gone).view(EVENT))
        seen.append(len(got) - gone)
        if sum(seen) > 20_000 and process.returncode is None:
            process.kill()
            process.wait()


def test_death_is_noticed_while_waiting(make_process, name):
    process = make_process(64)
    with SharedFeed.open(name) as feed:
        process.do("publish 3")
        loop = feed.follow()
        assert len(next(loop)) == 3
        process.process.kill()
        process.process.wait()
        died = time.monotonic()
        with pytest.raises(FeedStale):
            next(loop)
        # A second is promised and a tenth is usual; the rest is for a busy machine.
        assert time.monotonic() - died < 10.0


def test_a_stopped_writer_is_noticed_and_may_come_back(make_process, name):
    process = make_process(64)
    with SharedFeed.open(name) as feed:
        os.kill(process.process.pid, signal.SIGSTOP)
        with pytest.raises(FeedStale, match="stopped, swapped out, or stuck"):
            next(feed.follow())
        os.kill(process.process.pid, signal.SIGCONT)
        process.do("publish 5")
        assert len(next(feed.follow())) == 5
        assert feed.alive


def test_a_clean_end_ends_the_loop_and_removes_the_name(make_process, name):
    process = make_process(64)
    with SharedFeed.open(name) as feed:
        process.do("publish 7")
        process.do("close")
        assert sum(len(window) for window in feed.follow()) == 7
    assert not process.path.exists()


def test_two_readers_of_different_speed_and_every_record_accounted_for(make_process, name):
    process = make_process(256)
    with SharedFeed.open(name) as fast, SharedFeed.open(name) as slow:
        fast_seen = slow_seen = 0
        for turn in range(40):
            process.do("publish 100")
            fast_seen += _take_whole(fast)
            if turn % 8 == 7:  # more than a ring behind, on purpose
                slow_seen += _take_whole(slow)
        assert (fast_seen, fast.lost) == (4000, 0)
        assert slow_seen == 5 * 128
        assert slow.lost == 4000 - 5 * 128


def _take_whole(feed):
    with feed.batch() as window:
        np.testing.assert_array_equal(window, records(window.first, len(window)).view(EVENT))
    return len(window)


@pytest.mark.parametrize("capacity", [64, 4096])
def test_no_accepted_record_is_torn_under_a_writer_that_laps(make_process, name, capacity):
    process = make_process(capacity)
    with SharedFeed.open(name) as feed, SharedFeed.open(name) as copying:
        oracle = NumpyReader(name)
        process.send("stream 1.5\nclose")
        delivered = accepted = 0
        start = feed.cursor
        previous = start
        for window in feed.follow(on_overrun="count"):
            words, stamps = window["words"].copy(), window["stamp"].copy()
            assert window.first >= previous
            previous = window.stop
            delivered += len(window)
            if not window.overwritten:
                expected = records(window.first, len(window))
                np.testing.assert_array_equal(stamps, expected["stamp"])
                np.testing.assert_array_equal(words, expected["words"])
                accepted += len(window)
            for first, got in (_copied(copying), oracle.poll()):
                np.testing.assert_array_equal(got["words"], records(first, len(got))["words"])
        head = process.answer()
        assert feed.cursor == head
        assert delivered + feed.lost == head - start
        assert accepted > 0


def _copied(feed):
    copy = feed.poll(copy=True)
    return copy.first, copy


def test_a_book_is_never_torn(make_process, name):
    process = make_process(64)
    with SharedFeed.open(name) as feed:
        process.send("books 1.5")
        end, updates = time.monotonic() + 1.2, set()
        while time.monotonic() < end:
            book = feed.book(0)
            if book.updates:
                value = book.last_id
                numbers = {book.event_time, book.receive_time, book.reason, book.since, book.updates}
                assert numbers == {value}
                assert np.unique(book.bids["price"]).tolist() == np.unique(book.asks["qty"]).tolist() == [value]
                updates.add(value)
        process.answer()
        assert len(updates) > 1
