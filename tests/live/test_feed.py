"""SharedFeed over a segment that an independent writer makes: what is seen, what is lost, when it ends."""

import gc
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pytest

from pyrt.errors import FeedError, FeedNotFound, FeedStale, InputError, Overrun
from pyrt.live import SharedFeed, Window
from pyrt.types import EVENT, Instrument, Kind
from tests.live.segment_writer import records


def test_a_reader_sees_every_record_once_and_whole(writer, name):
    with SharedFeed.open(name) as feed:
        assert len(feed.poll()) == 0
        writer.publish(5)
        window = feed.poll()
        assert window.dtype == EVENT
        assert (window.first, window.stop, feed.cursor, feed.head) == (0, 5, 5, 5)
        np.testing.assert_array_equal(window, records(0, 5).view(EVENT))
        window.check()
        assert len(feed.poll()) == 0


def test_a_window_is_the_ring_itself_read_only_and_without_a_copy(writer, name):
    with SharedFeed.open(name) as feed:
        writer.publish(3)
        window = feed.poll()
        assert np.shares_memory(window, feed._events)
        assert not window.flags.writeable
        assert not window.flags.owndata
        with pytest.raises(ValueError, match="read-only"):
            window["kind"][0] = 7
        with pytest.raises(ValueError, match="WRITEABLE"):
            window.flags.writeable = True
        # What the writer does to the slot shows in the window: the pages are the same.
        writer._events["side"][1] = 77
        assert window["side"][1] == 77


def test_rows_of_a_kind_share_the_memory_of_a_window_of_that_kind_only(writer, name):
    with SharedFeed.open(name) as feed:
        writer.publish(1)
        only_trades = feed.poll()
        assert np.shares_memory(only_trades.of("trade"), feed._events)
        writer.publish(5)
        mixed = feed.poll()
        assert [len(mixed.of(kind)) for kind in ("quote", Kind.DELTA, "trade", "bar")] == [2, 2, 1, 0]
        assert mixed.of("trade")["event_time"].tolist() == [30]
        with pytest.raises(InputError, match="'tick' is none of trade, quote"):
            mixed.of("tick")


def test_a_window_across_the_wrap_is_one_contiguous_view(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as feed:
        writer.publish(60)
        feed.poll()
        writer.publish(30)
        window = feed.poll()
        assert window.flags.c_contiguous
        assert np.shares_memory(window, feed._events)
        np.testing.assert_array_equal(window, records(60, 30).view(EVENT))


@pytest.mark.parametrize("n", [1, 63, 64])
@pytest.mark.parametrize("before", [0, 1, 63, 64, 100])
def test_windows_of_one_record_and_of_the_whole_ring(make_writer, name, n, before):
    writer = make_writer(64)
    writer.publish_batch(records(0, min(before, 64)))
    if before > 64:
        writer.publish(before - 64)
    with SharedFeed.open(name) as feed:
        writer.publish(n)
        window = feed.poll()
        np.testing.assert_array_equal(window, records(before, n).view(EVENT))
        window.check()
        assert feed.lost == 0


def test_a_lapped_reader_goes_on_half_a_ring_behind_and_counts_what_it_skipped(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as slow, SharedFeed.open(name) as fast:
        seen = 0
        for _ in range(5):
            writer.publish(40)
            seen += len(fast.poll())
        assert (seen, fast.lost) == (200, 0)
        window = slow.poll()
        assert (window.first, window.stop, slow.lost) == (200 - 32, 200, 200 - 32)
        np.testing.assert_array_equal(window, records(168, 32).view(EVENT))


def test_a_record_that_is_being_written_already_counts_against_the_oldest(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as feed:
        writer.publish(64)
        window = feed.poll()
        assert window.overwritten == 0
        writer.start_record()
        assert window.overwritten == 1
        assert window["words"][0, 0] == -1  # indeed torn
        with pytest.raises(Overrun, match="1 of 64 records") as caught:
            window.check()
        assert caught.value.lost == 1


def test_follow_raises_with_the_count_and_can_be_taken_up_again(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as feed:
        writer.publish(10)
        loop = feed.follow(timeout=0.0)
        assert len(next(loop)) == 10
        writer.publish(100)
        with pytest.raises(Overrun, match="10 of 10 records") as caught:
            next(loop)
        assert feed.overrun == 10
        assert feed.lost == 110 - 32 - 10
        assert caught.value.lost == feed.lost + feed.overrun
        (window,) = feed.follow(timeout=0.0)
        np.testing.assert_array_equal(window, records(78, 32).view(EVENT))


def test_follow_can_count_instead(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as feed:
        writer.publish(10)
        seen = 0
        for window in feed.follow(timeout=0.0, on_overrun="count"):
            seen += len(window)
            if feed.head < 200:
                writer.publish(70)
        assert seen + feed.lost == feed.head == 220
        assert feed.overrun > 0
        with pytest.raises(InputError, match="on_overrun"):
            feed.follow(on_overrun="ignore")


def test_batch_checks_on_leaving_unless_an_error_is_on_its_way(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as feed:
        writer.publish(3)
        with feed.batch() as window:
            assert len(window) == 3
        writer.publish(3)
        with pytest.raises(Overrun, match="2 of 3 records") as caught, feed.batch():
            writer.publish(63)
        assert (caught.value.lost, feed.overrun, feed.lost) == (2, 2, 0)
        assert len(feed.poll()) == 63
        with pytest.raises(ZeroDivisionError), feed.batch():
            writer.publish(1 // (writer.publish(300) is not None))


def test_a_copy_is_whole_its_own_and_stamped_with_the_sequence(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as feed:
        writer.publish(5)
        copy = feed.poll(copy=True)
        assert isinstance(copy, Window)
        assert not np.shares_memory(copy, feed._events)
        assert copy["stamp"].tolist() == [0, 1, 2, 3, 4]
        writer.publish(200)
        copy.check()
        np.testing.assert_array_equal(copy["words"], records(0, 5)["words"])


def test_records_overwritten_during_a_copy_are_left_out_and_counted(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as feed:
        writer.publish(64)
        view = feed.poll()
        writer.publish(9)
        copy, gone = feed._copy(view.view(np.ndarray), view.first)
        assert copy["stamp"].tolist() == list(range(9, 64))
        assert (copy.first, copy.stop, gone) == (9, 64, 9)


def test_where_to_start(make_writer, name):
    writer = make_writer(64)
    writer.publish(100)
    assert len(SharedFeed.open(name).poll()) == 0
    oldest = SharedFeed.open(name, start="oldest")
    np.testing.assert_array_equal(oldest.poll(), records(36, 64).view(EVENT))
    assert oldest.lost == 0
    assert SharedFeed.open(name, start=90).poll().first == 90
    late = SharedFeed.open(name, start=3)
    assert (len(late.poll()), late.lost) == (32, 65)
    with pytest.raises(InputError, match="start: 101 was not published yet, the next sequence is 100"):
        SharedFeed.open(name, start=101)
    with pytest.raises(InputError, match="start"):
        SharedFeed.open(name, start=-1)
    with pytest.raises(TypeError, match="start"):
        SharedFeed.open(name, start="newest")


def test_views_outlive_the_feed_and_the_pages_go_with_the_last_of_them(writer, name):
    feed = SharedFeed.open(name)
    writer.publish(4)
    prices = feed.poll().of("trade")["price"][:1]
    segment = weakref.ref(feed._segment)
    feed.close()
    del feed
    writer.abandon()
    gc.collect()
    assert segment() is None
    assert f"pyrt-{name} (deleted)" in _maps()
    assert prices.view(np.int64)[0] == 1
    del prices
    gc.collect()
    assert _maps().count(f"pyrt-{name} (deleted)") == 1  # the writer's own mapping


def _maps():
    return Path("/proc/self/maps").read_text(encoding="ascii")


def test_a_closed_feed_says_so(writer, name):
    with SharedFeed.open(name) as feed:
        writer.publish(70)
        names = feed.instruments.names
    assert not feed.alive
    assert feed.instruments.names == names
    assert feed.lost == 0
    assert "closed" in repr(feed)
    for act in (feed.poll, feed.follow, lambda: feed.book(0)):
        with pytest.raises(FeedError, match="was closed"):
            act()
    feed.close()


def test_closing_the_feed_ends_its_loop(writer, name):
    feed = SharedFeed.open(name)
    writer.publish(1)
    for _ in feed.follow():
        feed.close()


def test_follow_ends_when_the_engine_closes_after_its_last_records(writer, name):
    with SharedFeed.open(name) as feed:
        writer.publish(3)
        writer.close()
        assert [len(window) for window in feed.follow()] == [3]
        assert not feed.alive


def test_follow_raises_when_the_engine_dies_after_its_last_records(writer, name):
    with SharedFeed.open(name) as feed:
        assert feed.alive
        writer.publish(3)
        writer.start_record()
        writer.abandon()
        assert not feed.alive
        seen = []
        with pytest.raises(FeedStale, match=r"its engine \(pid \d+\) has died"):
            seen.extend(len(window) for window in feed.follow())
        assert seen == [3]


def test_a_silent_engine_counts_as_gone_when_seen_twice(writer, name):
    with SharedFeed.open(name) as feed:
        writer.beat(0)
        assert not feed.alive
        with pytest.raises(FeedStale, match="has not beaten for"):
            next(feed.follow())


def test_what_a_dead_engine_left_can_be_read_on_request(make_writer, name):
    writer = make_writer(64)
    writer.publish(3)
    writer.crash()
    with pytest.raises(FeedStale, match=r"has died; .*allow_stale=True"):
        SharedFeed.open(name)
    with SharedFeed.open(name, allow_stale=True, start="oldest") as feed:
        assert [len(window) for window in feed.follow()] == [3]
        assert not feed.alive


def test_a_restarted_engine_is_another_segment(make_writer, name):
    old = make_writer(64)
    with SharedFeed.open(name) as feed:
        old.publish(2)
        old.crash()
        new = make_writer(64)
        new.publish(1)
        assert len(feed.poll()) == 2  # the old mapping stays what it was
        with pytest.raises(FeedStale, match="another engine has taken its place"):
            next(feed.follow())
        with SharedFeed.open(name, start="oldest") as again:
            assert again.session_id != feed.session_id
            assert len(again.poll()) == 1


def test_no_such_feed_names_those_that_exist(writer, name):
    with pytest.raises(FeedNotFound, match=name) as caught:
        SharedFeed.open(f"{name}-other")
    assert isinstance(caught.value, FileNotFoundError)
    for bad in ("", "a/b", "../x", ".hidden", "a b", None, 3):
        with pytest.raises(InputError, match="name"):
            SharedFeed.open(bad)


def test_instruments_by_row_and_by_name(make_writer, name):
    writer = make_writer(64)
    with SharedFeed.open(name) as feed:
        table = feed.instruments
        btc = table["binance:BTC-USDT"]
        assert btc is table[0]
        assert (btc.venue, btc.symbol, btc.tick.step, btc.lot.step) == ("binance", "BTCUSDT", 0.01, 1e-05)
        assert btc.details["min_notional"] == 5.0
        assert [i.id for i in table] == [0, 1]
        assert "BTCUSDT" in repr(table)
        finer = (2, 1, 3, 5, 0, 1, 1, 1.0, 1e-5, 5.0, 0, b"binance:BTC-USDT", b"BTCUSDT", b"binance", b"", b"", b"")
        writer.add_instrument(finer)
        assert feed.instruments["binance:BTC-USDT"].tick.step == 0.001
        assert len(table) == 2
        with pytest.raises(InputError, match=r"'kraken:BTC-USD' is not in this feed; there are: binance:BTC-USDT, "):
            feed.instruments["kraken:BTC-USD"]


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("depth", [1, 10, 25])
def test_book(make_writer, name, depth, nested):
    writer = make_writer(64, depth=depth, nested=nested)
    with SharedFeed.open(name) as feed:
        empty = feed.book("binance:ETH-USDT")
        assert empty.state is None
        assert len(empty.bids) == 0
        assert np.isnan(empty.bid)
        writer.write_book(1, 7, levels=1)
        book = feed.book("binance:ETH-USDT")
        assert book.synced
        assert (book.bid, book.ask, book.event_time, book.last_id, book.updates) == (7.0, 7.0, 7, 7, 1)
        assert book.bids.tolist() == [(7.0, 7.0)]
        assert feed.book(1).bids["qty"][0] == 7.0
        assert feed.book(feed.instruments[1]).instrument.symbol == "ETHUSDT"
        writer.write_book(1, 8)
        assert book.bid == 7.0
        for unknown in ("x:A-B", 5, -1, Instrument("x:A-B")):
            with pytest.raises(InputError, match="is not in this feed"):
                feed.book(unknown)


def test_a_book_left_half_written_is_not_waited_for(writer, name):
    with SharedFeed.open(name) as feed:
        writer.write_book(0, 7, finish=False)
        writer.crash()
        with pytest.raises(FeedStale, match=r"half written; its engine .* has died"):
            feed.book(0)


def test_a_window_costs_the_same_memory_whatever_its_length(make_writer, name):
    writer = make_writer(4096)
    with SharedFeed.open(name) as feed:
        peaks = []
        for n in (1, 1, 4096):
            writer.publish_batch(records(feed.head, n))
            tracemalloc.start()
            feed.poll().check()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[2] <= peaks[1] + 200  # a longer integer, not 256 KiB
