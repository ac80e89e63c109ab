"""What the monitor accumulates, against sums made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.live import FeedMonitor, SharedFeed
from pyrt.live.latency import LatencyHistogram
from pyrt.types import EVENT, RECORDS, Flag, Kind, State

SECOND = 1_000_000_000


def quotes(instrument, bids, received):
    events = np.zeros(len(bids), EVENT)
    events["kind"], events["instrument"] = Kind.QUOTE, instrument
    rows = events.view(RECORDS[Kind.QUOTE])
    rows["bid"], rows["ask"], rows["receive_time"] = bids, np.array(bids) + 1, received
    return events


def test_nothing_yet():
    shown = FeedMonitor().snapshot()
    assert (shown.records, shown.seconds, shown.instruments) == (0, 0.0, {})
    assert np.isnan(shown.rate)
    assert np.isnan(shown.latency.p50)


def test_counts_tops_and_states_by_instrument():
    monitor = FeedMonitor()
    state = np.zeros(2, EVENT)
    state["kind"], state["instrument"] = Kind.STATE, 1
    state["flags"] = [State.RESYNCING | Flag.LAST, State.SYNCED | Flag.LAST]
    monitor.update(np.concatenate([quotes(0, [5.0, 6.0], 0), quotes(1, [9.0], 0), state]), now=SECOND)
    monitor.update(quotes(0, [7.0], 0), now=2 * SECOND)
    shown = monitor.snapshot()
    assert shown.records == 6
    assert shown.instruments[0].counts == {"quote": 3}
    assert shown.instruments[1].counts == {"quote": 1, "state": 2}
    assert (shown.instruments[0].top.bid, shown.instruments[0].top.ask) == (7.0, 8.0)
    assert shown.instruments[1].state is State.SYNCED
    assert shown.instruments[0].state is None
    assert shown.seconds == 1.0


def test_rates_are_those_of_the_horizon():
    monitor = FeedMonitor(horizon=1.0)
    for tick in range(101):  # 20 records a tenth of a second for 5 s, then 10
        monitor.update(quotes(3, [1.0] * (20 if tick <= 50 else 10), 0), now=tick * SECOND // 10)
    assert monitor.snapshot().instruments[3].rate == pytest.approx(100, rel=0.15)
    assert monitor.snapshot().rate == monitor.snapshot().instruments[3].rate
    assert len(monitor._marks) <= 21


def test_latency_may_be_negative_and_bars_have_none():
    monitor = FeedMonitor()
    bar = np.zeros(1, EVENT)
    bar["kind"] = Kind.BAR
    bar["words"] = 1 << 60
    monitor.update(bar, now=100)
    monitor.update(quotes(0, [1.0], 5_000), now=3_000)
    latency = monitor.snapshot().latency
    assert (latency.count, latency.minimum, latency.maximum, latency.p50) == (1, -2000, -2000, -2000.0)


def test_strange_instruments_cost_no_memory():
    monitor = FeedMonitor()
    events = quotes(0xFFFFFFFF, [1.0], 0)
    events["kind"] = 200
    monitor.update(events, now=1)
    assert monitor.snapshot().instruments[0xFFFFFFFF].counts == {"kind 200": 1}


def test_it_takes_the_feed_s_windows(writer, name):
    monitor = FeedMonitor()
    with SharedFeed.open(name) as feed:
        writer.publish(30)
        for window in feed.follow(timeout=0.0):
            monitor.update(window, now=1_000_000)
    shown = monitor.snapshot()
    assert shown.records == 30
    assert shown.instruments[0].counts == {"trade": 5, "quote": 5, "delta": 5}


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=200), st.sampled_from([1, 50, 90, 99, 100]))
def test_a_percentile_is_within_a_bucket_of_the_true_one(durations, percent):
    histogram = LatencyHistogram()
    half = len(durations) // 2
    histogram.add(np.array(durations[:half], np.int64))
    histogram.add(np.array(durations[half:], np.int64))
    true = float(np.percentile(durations, percent, method="inverted_cdf"))
    assert abs(histogram.percentile(percent) - true) <= 0.0079 * abs(true) + 0.5
    assert (histogram.summary().minimum, histogram.summary().maximum) == (min(durations), max(durations))
