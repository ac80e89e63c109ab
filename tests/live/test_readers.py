"""What a feed does beyond windows: selections, waiting, coroutines, bars, frames, compiled loops."""

import asyncio
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.data import resample_trades
from pyrt.errors import FeedError, InputError
from pyrt.live import SharedFeed
from pyrt.live.readers.bars import FeedBars
from pyrt.types import EVENT, RECORDS, Kind
from tests.live.segment_writer import INSTRUMENT, records

SECOND = 1_000_000_000


def introduce(writer, *names):
    for name in names:
        row = np.zeros((), INSTRUMENT)
        row["id"], row["name"], row["kind"] = int(writer.words[writer.places["instruments"][0] // 8]), name, 1
        writer.add_instrument(row)


@pytest.fixture
def two(make_writer):
    return make_writer(64)


@pytest.mark.parametrize("kinds", [None, "trade", ["trade", Kind.DELTA], "bar"])
@pytest.mark.parametrize("instruments", [None, "binance:ETH-USDT", 0, [0, "binance:ETH-USDT"]])
def test_a_selection_is_what_a_mask_gives(two, name, kinds, instruments):
    with SharedFeed.open(name, kinds=kinds, instruments=instruments) as feed:
        for n in (5, 64, 40):  # across the wrap too
            first = feed.cursor
            two.publish(n)
            window = feed.poll()
            everything = records(first, n).view(EVENT)
            numbers = {None: [1, 2, 3], "trade": [1], "bar": [5]}.get(kinds if isinstance(kinds, str) else None)
            wanted = np.isin(everything["kind"], [1, 3] if isinstance(kinds, list) else numbers)
            rows = {None: [0, 1], "binance:ETH-USDT": [1], 0: [0]}
            wanted &= np.isin(everything["instrument"], [0, 1] if isinstance(instruments, list) else rows[instruments])
            everything["stamp"] = (
                np.arange(first, first + n) if kinds or instruments is not None else everything["stamp"]
            )
            np.testing.assert_array_equal(window, everything[wanted])
            assert (window.first, window.stop) == (first, first + n)
            window.check()
        assert feed.statistics.records == 109


def test_a_name_means_its_later_rows_too(two, name):
    with SharedFeed.open(name, instruments="binance:BTC-USDT") as feed:
        introduce(two, b"binance:BTC-USDT", b"kraken:XRP-USD")
        made = records(0, 4)
        made["instrument"] = [0, 1, 2, 3]
        two.publish_batch(made)
        assert feed.poll()["instrument"].tolist() == [0, 2]


def test_selections_that_cannot_be(two, name):
    with pytest.raises(InputError, match="'kraken:DOGE-USD' is not in this feed; there are: binance:BTC-USDT"):
        SharedFeed.open(name, instruments=["kraken:DOGE-USD"])
    with pytest.raises(InputError, match="kind: 'ticks' is none of trade"):
        SharedFeed.open(name, kinds="ticks")
    with pytest.raises(InputError, match="kind: 77 is none of"):
        SharedFeed.open(name, kinds=[77])
    for empty in ({"instruments": []}, {"kinds": []}):
        with pytest.raises(InputError, match="an empty list selects nothing"):
            SharedFeed.open(name, **empty)


def test_what_was_overwritten_under_a_selection_is_left_out_and_counted(two, name):
    with SharedFeed.open(name, kinds="trade") as feed:
        two.publish(64)
        view = feed._view(0, 64)
        two.publish(9)
        window, gone = feed._copy(view, 0)
        assert gone == 9
        assert window["stamp"].tolist() == [n for n in range(9, 64) if n % 3 == 0]


def test_patience_is_for_what_was_asked_for(two, name):
    with SharedFeed.open(name, kinds="bar") as feed:
        two.publish(10)
        assert list(feed.follow(timeout=0.0)) == []
        assert feed.cursor == 10


def test_spinning_sees_what_sleeping_sees(make_process, name):
    process = make_process(1024)
    with SharedFeed.open(name) as feed:
        process.do("publish 100")
        assert sum(len(window) for window in feed.follow(timeout=0.02, spin=True)) == 100
        assert not feed._ring.wait(0.003, True)
        threading.Timer(0.02, process.send, ["publish 1"]).start()
        assert len(next(feed.follow(timeout=20.0, spin=True))) == 1
        process.answer()


def test_coroutines_share_an_event_loop(make_process, name):
    process = make_process(1 << 16)
    parts = [SharedFeed.open(name), SharedFeed.open(name, kinds="quote")]
    counts = [0, 0]

    async def read(which, until):
        async for window in parts[which]:
            counts[which] += len(window)
            if window.stop >= until:
                return

    async def both():
        readers = [asyncio.create_task(read(which, 600)) for which in (0, 1)]
        await asyncio.to_thread(process.do, "publish 300")
        await asyncio.to_thread(process.do, "publish 300")
        async with asyncio.timeout(20):
            await asyncio.gather(*readers)

    asyncio.run(both())
    assert counts == [600, 200]
    for feed in parts:
        feed.close()


def test_a_coroutine_ends_with_the_engine_or_with_its_patience(make_process, name):
    process = make_process(1024)

    async def count(feed, **options):
        return sum([len(window) async for window in feed.follow_async(**options)])

    with SharedFeed.open(name) as feed:
        process.do("publish 7")
        assert asyncio.run(count(feed, timeout=0.0)) == 7
        process.do("publish 3")
        process.do("close")
        assert asyncio.run(count(feed)) == 3
    with pytest.raises(FeedError, match="was closed"):
        asyncio.run(count(feed))


def trades_of(times, prices, instrument=0):
    made = np.zeros(len(times), RECORDS[Kind.TRADE])
    made["kind"], made["instrument"], made["price"], made["qty"] = Kind.TRADE, instrument, prices, 1.5
    made["event_time"] = times
    made["receive_time"] = made["event_time"] + 1000
    return made.view(EVENT)


@given(st.lists(st.tuples(st.integers(0, 20 * SECOND), st.integers(1, 99)), min_size=1), st.integers(1, 9))
def test_bars_are_those_of_the_resampler_however_windows_fall(ticks, size):
    times, prices = np.array(ticks).T
    events = trades_of(times, prices.astype(float))
    maker = FeedBars("1s")
    made = [maker.update(events[i : i + size]) for i in range(0, len(events), size)]
    made = np.concatenate(made)
    whole = resample_trades(times, prices.astype(float), np.full(len(times), 1.5), "1s")
    for field in ("open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(made[field], getattr(whole.bars, field))
    np.testing.assert_array_equal(made["event_time"], whole.bars.time)
    assert sum(maker.late.values()) == whole.late


def test_other_records_and_the_clock_end_bars():
    maker = FeedBars("1s")
    quotes = np.zeros(1, RECORDS[Kind.QUOTE])
    quotes["kind"], quotes["event_time"], quotes["receive_time"] = Kind.QUOTE, SECOND + 1, SECOND + 500
    assert len(maker.update(trades_of([SECOND // 2], [10.0]))) == 0
    assert len(maker.advance(SECOND)) == 0  # the venue's time is behind by what the last record was
    assert maker.advance(SECOND + 1000)["close"].tolist() == [10.0]
    late = maker.update(np.concatenate([quotes.view(EVENT), trades_of([SECOND - 5], [11.0])]))
    assert (len(late), maker.late) == (0, {0: 1})
    quotes["event_time"] = quotes["receive_time"] = 2 * SECOND + 998  # no time of its own
    assert len(maker.update(quotes.view(EVENT))) == 0
    quotes["event_time"] = quotes["receive_time"] = 2 * SECOND + 1000
    (bar,) = maker.update(quotes.view(EVENT))
    assert (bar["event_time"], bar["close"], bar["volume"]) == (2 * SECOND, 11.0, 1.5)


def test_bars_of_a_feed_come_by_time_and_instrument(make_writer, name):
    writer = make_writer(1024)
    with SharedFeed.open(name) as feed:
        both = np.concatenate([trades_of([0, SECOND, 5 * SECOND], [1.0, 2.0, 3.0], row) for row in (1, 0)])
        both["stamp"] = 2 * np.arange(6, dtype=np.uint64) + 2
        writer.publish_batch(both)
        (bars,) = feed.bars("1s", timeout=0.0, clock=lambda: 0)
        times = [(time * SECOND, row) for time in range(1, 6) for row in (0, 1)]
        assert list(zip(bars["event_time"], bars["instrument"], strict=True)) == times
        with pytest.raises(InputError, match="is not a number and s, m, h or d"):
            feed.bars("1 sec")


def test_a_frame_shows_what_the_ring_holds_and_moves_nothing(two, name):
    with SharedFeed.open(name) as feed:
        two.publish(100)
        frame = feed.to_frame("quote")
        rows = records(36, 64)
        rows = rows[rows["kind"] == Kind.QUOTE].view(RECORDS[Kind.QUOTE])
        assert frame["bid"].tolist() == rows["bid"].tolist()
        assert frame["instrument"].tolist() == [
            ["binance:BTC-USDT", "binance:ETH-USDT"][row] for row in rows["instrument"]
        ]
        assert (frame.index.as_unit("ns").astype(np.int64) == rows["event_time"]).all()
        assert str(frame["receive_time"].dtype) == "datetime64[ns, UTC]"
        assert feed.cursor == 0
        assert feed.to_frame("quote", last=3)["bid"].tolist() == rows["bid"][-3:].tolist()
        assert feed.to_frame("signal").empty


def test_statistics(two, name):
    with SharedFeed.open(name) as feed:
        two.publish(10)
        feed.poll()
        two.publish(30)
        feed.poll()
        two.publish(5)
        stats = feed.statistics
        assert (stats.windows, stats.records, stats.largest, stats.behind, stats.capacity) == (2, 40, 30, 5, 64)
        two.publish(100)
        feed.poll()
        assert feed.statistics.lost == feed.lost == 45 + 100 - 40 - 32 + 0 * stats.overrun


def test_a_compiled_loop_reads_the_ring(make_process, name):
    numba = pytest.importorskip("numba")
    process = make_process(1024)

    @numba.njit(nogil=True)
    def read(ring, take, overwritten, until):
        seen = torn = 0
        while ring.state[2] < until:
            place, count = take(ring)
            wrong = 0
            first = ring.state[2] - np.uint64(count)
            for i in range(count):
                wrong += ring.event[place + i]["words"][0] != np.int64(first + np.uint64(i)) * 8
                wrong += ring.quote[place + i]["receive_time"] != np.int64(first + np.uint64(i)) * 8
            gone = overwritten(ring, count)
            seen += count - gone
            torn += wrong if gone == 0 else 0
        return seen, torn

    with SharedFeed.open(name) as feed:
        ring, take, overwritten = feed.numba()
    del feed  # what the loop reads stays mapped
    process.do("publish 500")
    assert read(ring, take, overwritten, 500) == (500, 0)
    end = process.do("stream 0.2")
    seen, torn = read(ring, take, overwritten, end)
    assert torn == 0
    assert seen + int(ring.state[3]) == end - 500
    worker = threading.Thread(target=process.do, args=["stream 0.3"])
    worker.start()
    seen, torn = read(ring, take, overwritten, end + 1000)
    worker.join()
    assert torn == 0
