"""Volatilities from ranges are as defined, and near that of a market whose volatility is known."""

import math

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from pyrt import indicators as ta

from ..catalog import random_bars

PERIODS = (1, 2, 5, 6, 7, 20, 256, 257, 700)
NAMES = ("parkinson", "garman_klass", "rogers_satchell", "yang_zhang")


def defined(name, bars, period):
    """The definitions, in long doubles."""
    o, h, w, c = (np.log(bars[k].astype(np.longdouble)) for k in ("open", "high", "low", "close"))

    def mean(x):
        return np.concatenate([np.full(period - 1, np.nan), sliding_window_view(x, period).mean(axis=1)])

    if name == "parkinson":
        return np.sqrt(mean((h - w) ** 2) / (4 * np.log(np.longdouble(2))))
    if name == "garman_klass":
        return np.sqrt(mean((h - w) ** 2 / 2 - (2 * np.log(np.longdouble(2)) - 1) * (c - o) ** 2))
    ranges = mean((h - c) * (h - o) + (w - c) * (w - o))
    if name == "rogers_satchell":
        return np.sqrt(ranges)
    between, within = (
        np.concatenate([np.full(period, np.nan), sliding_window_view(v, period).var(axis=1, ddof=1)])
        for v in (o[1:] - c[:-1], c[1:] - o[1:])
    )
    k = 0.34 / (1.34 + (period + 1) / (period - 1))
    return np.sqrt(between + k * within + (1 - k) * ranges)


def inputs(name, bars):
    return [bars[k] for k in ta.functions()[name].inputs]


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("name", NAMES)
def test_volatilities_are_as_defined(name, period):
    if name == "yang_zhang" and period == 1:
        return
    bars = random_bars(2500)
    got, expected = getattr(ta, name)(*inputs(name, bars), period), defined(name, bars, period)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_allclose(got, expected.astype(float), rtol=1e-10, atol=1e-10)
    yearly = getattr(ta, name)(*inputs(name, bars), period, 252.0)
    np.testing.assert_allclose(yearly, got * math.sqrt(252), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_volatility_of_a_market_that_is_known(name):
    rng = np.random.default_rng(2)
    sigma, steps, days = 0.3, 2000, 1500
    path = rng.normal(0, sigma / math.sqrt(252 * steps), (days, steps)).cumsum(axis=1)
    gaps = rng.normal(0, 0.004, days) if name == "yang_zhang" else np.zeros(days)
    start = np.concatenate([[0.0], path[:-1, -1].cumsum()]) + gaps.cumsum()
    logs = start[:, None] + np.concatenate([np.zeros((days, 1)), path], axis=1)
    bars = {"open": logs[:, 0], "high": logs.max(axis=1), "low": logs.min(axis=1), "close": logs[:, -1]}
    bars = {k: 100 * np.exp(v) for k, v in bars.items()}
    expected = math.sqrt(sigma**2 + 252 * 0.004**2) if name == "yang_zhang" else sigma
    got = getattr(ta, name)(*inputs(name, bars), timeperiod=1000, periods_per_year=252.0)[-1]
    assert got == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_prices_that_cannot_be_are_unknown_while_they_are_in_the_window(name, bad):
    function, bars = getattr(ta, name), random_bars(2500)
    for period in (5, 20, 300):
        expected = function(*inputs(name, bars), period)
        for at in function.inputs:
            holed = {k: v.copy() for k, v in bars.items()}
            holed[at][1000] = bad
            end = 1000 + period + (name == "yang_zhang" and at == "close")
            got = function(*inputs(name, holed), period)
            assert np.isnan(got[1000:end]).all()
            np.testing.assert_allclose(got[:1000], expected[:1000], rtol=1e-12)
            np.testing.assert_allclose(got[end:], expected[end:], rtol=1e-12)
