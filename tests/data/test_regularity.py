"""Usual steps, gaps and ticks are learned from the data itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.data.regularity import DAY_NS, find_gaps, infer_tick, off_tick
from pyrt.grid import Grid

MINUTE = 60_000_000_000


def session(days, minutes=390):
    """Minutes of a market that opens at 14:30 UTC on weekdays."""
    opens = pd.bdate_range("2024-01-01", periods=days).to_numpy().astype("M8[ns]").astype(np.int64) + 870 * MINUTE
    return (opens[:, None] + MINUTE * np.arange(minutes)).ravel()


def test_nights_and_weekends_are_usual_and_a_missing_hour_is_not():
    times = session(30)
    assert len(find_gaps(times, regular=True).rows) == 0
    gaps = find_gaps(np.delete(times, np.arange(1000, 1060)), regular=True)
    assert gaps.rows.tolist() == [1000]
    assert gaps.lengths.tolist() == [61 * MINUTE]
    assert gaps.step == gaps.usual == MINUTE
    assert gaps.across == 3 * DAY_NS - 389 * MINUTE  # Friday's close to Monday's open


def test_a_market_without_nights_has_no_usual_gap():
    times = MINUTE * np.arange(5 * 1440) + 19_000 * DAY_NS
    holed = np.delete(times, [700, 2880, 2881])  # one inside a day, two across midnight
    gaps = find_gaps(holed, regular=True)
    assert (gaps.lengths // MINUTE).tolist() == [2, 3]
    assert holed[gaps.rows].tolist() == [times[701], times[2882]]


def test_daily_bars_know_weekends_and_holidays():
    days = pd.bdate_range("2010-01-01", "2019-12-31").to_numpy().astype("M8[ns]").astype(np.int64)
    closed = np.delete(days, np.arange(500, 505))  # a week
    gaps = find_gaps(closed, regular=True)
    assert gaps.rows.tolist() == [500]
    assert gaps.step == DAY_NS
    assert gaps.across == 3 * DAY_NS


def test_ticks_have_silences_that_are_none():
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.exponential(1e8, 20_000)).astype(np.int64)
    assert len(find_gaps(times, regular=False).rows) == 0
    times[5000:] += 600 * 10**9
    assert find_gaps(times, regular=False).rows.tolist() == [5000]


@given(st.lists(st.integers(1, 10**12), min_size=0, max_size=50), st.integers(1, 10**12))
def test_a_limit_is_a_limit(steps, limit):
    times = np.cumsum([0, *steps]).astype(np.int64)
    gaps = find_gaps(times, regular=True, limit=limit)
    assert gaps.lengths.tolist() == [step for step in steps if step > limit]
    assert (times[gaps.rows] - times[gaps.rows - 1] > limit).all() if len(gaps.rows) else True


@pytest.mark.parametrize("step", ["0.01", "0.05", "0.25", "0.5", "1", "0.0001", "0.00000001", "5", "0.125"])
def test_a_tick_is_found_through_a_few_that_are_off_it(step):
    rng = np.random.default_rng(1)
    grid = Grid.parse(step)
    prices = grid.to_double(rng.integers(1, 10_000, 2000))
    assert infer_tick(prices) == grid
    prices[:15] += grid.step / 3
    assert infer_tick(prices) == grid
    assert np.flatnonzero(off_tick(prices, grid)).tolist() == list(range(15))


def test_what_has_no_tick():
    rng = np.random.default_rng(2)
    assert infer_tick(rng.random(100) * 100) is None
    assert infer_tick(np.array([np.nan, 0.0, -1.0])) is None
    assert infer_tick(np.array([])) is None
    assert infer_tick(np.array([1e300, 2e300])) is None


@given(st.integers(1, 2**40), st.sampled_from(["0.01", "0.05", "0.25", "0.00001"]))
def test_off_tick_agrees_with_the_grid(steps, step):
    grid = Grid.parse(step)
    price = grid.to_double(steps)
    assert not off_tick(np.array([price, np.nan, -price, np.inf, 0.0]), grid).any()
    assert off_tick(np.array([price + grid.step / 2]), grid).all() == (price + grid.step / 2 != price)
