"""Candlestick patterns where they occur, and nearly: each number that is promised, in each form, equal to TA-Lib's."""

import re

import numpy as np
import pytest

from tests.indicators.catalog import FUNCTIONS, as_streamed, streamed

from .candles import PLACES, shaken

talib = pytest.importorskip("talib")

PATTERNS = [name for name, function in FUNCTIONS.items() if function.group == "Pattern Recognition"]
OFTEN = 24
"""How often each number that a docstring promises must occur."""


def columns(bars):
    return [np.ascontiguousarray(bars[place]) for place in PLACES]


def theirs(name, prices):
    return getattr(talib, name.upper())(*prices)


def promised(name):
    """The numbers in a docstring's words."""
    told = FUNCTIONS[name].__doc__.partition("A candle is white")[0]
    return {int(number) for number in re.findall(r"-?\b(?:80|100|200)\b", told)}


def test_there_are_61():
    assert len(PATTERNS) == len(talib.get_function_groups()["Pattern Recognition"]) == 61


@pytest.mark.parametrize("name", PATTERNS)
def test_every_number_occurs_and_talib_says_the_same(name):
    prices = columns(shaken(name, count=1200))
    found = FUNCTIONS[name](*prices)
    np.testing.assert_array_equal(found, theirs(name, prices))
    counts = dict(zip(*np.unique(found[found != 0], return_counts=True), strict=True))
    assert set(counts) == promised(name)
    assert min(counts.values()) >= OFTEN, counts


@pytest.mark.parametrize("name", PATTERNS)
def test_prices_below_zero_and_zeros_of_both_signs_are_prices(name):
    prices = columns(shaken(name, count=60))
    middle = np.median(prices[3])
    below = [price - middle for price in prices]
    for price in below:
        price[(price == 0) & (np.arange(len(price)) % 2 == 0)] = -0.0
    np.testing.assert_array_equal(FUNCTIONS[name](*below), FUNCTIONS[name](*prices))
    live = streamed(FUNCTIONS[name], below)[0]
    np.testing.assert_array_equal(np.nan_to_num(live), FUNCTIONS[name](*prices))


@pytest.mark.parametrize("name", PATTERNS)
def test_a_stream_is_ready_after_the_warmup_and_says_the_same(name):
    function, prices = FUNCTIONS[name], columns(shaken(name, count=100))
    live = streamed(function, prices)[0]
    assert np.isnan(live[: function.warmup()]).all()
    assert not np.isnan(live[function.warmup() :]).any()
    np.testing.assert_array_equal(live, as_streamed(function(*prices), live))


@pytest.mark.parametrize("name", PATTERNS)
def test_a_number_depends_on_its_window_alone(name):
    """TA-Lib's running sums keep rests of candles that have left, and these decide ties of prices in decimals.

    Over the window alone it says what we say: wherever the two differ, and where we find something.
    """
    function, warmup = FUNCTIONS[name], FUNCTIONS[name].warmup()
    prices = [price * 0.01 for price in columns(shaken(name, count=200))]
    found, running = function(*prices), theirs(name, prices)
    differ = np.flatnonzero(found != running)
    assert differ.size < 0.02 * found.size
    for t in [*differ, *np.flatnonzero(found)[:20]]:
        window = [price[t - warmup : t + 1].copy() for price in prices]
        assert theirs(name, window)[-1] == found[t] == function(*window)[-1]
