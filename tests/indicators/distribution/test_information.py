"""Entropies are SciPy's of NumPy's histograms, and of patterns counted one by one; filters are the book's."""

import math
from collections import Counter

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from pyrt import indicators as ta


@pytest.mark.parametrize(("period", "bins"), [(2, 2), (10, 3), (100, 10), (100, 64), (300, 7)])
def test_entropies_are_scipys(period, bins, series):
    stats = pytest.importorskip("scipy.stats")
    for told in ("walk", "noise", "still for a while"):
        x = series[told][800:1400]
        windows = sliding_window_view(x, period)
        expected = stats.entropy([np.histogram(window, bins)[0] for window in windows], axis=1)
        np.testing.assert_allclose(ta.entropy(x, period, bins)[period - 1 :], expected, rtol=1e-12, atol=1e-12)


def test_entropy_of_what_does_not_move_is_none():
    assert (ta.entropy(np.full(50, 7.7), 20)[19:] == 0.0).all()
    assert (ta.perm_entropy(np.full(50, 7.7), 20)[19:] == 0.0).all()
    np.testing.assert_allclose(ta.entropy(np.arange(100.0), 50, 10)[49:], math.log(10))


@pytest.mark.parametrize(("period", "order"), [(2, 2), (5, 5), (20, 3), (100, 3), (100, 4), (200, 7)])
def test_patterns_are_those_of_a_stable_sort(period, order, series):
    for told in ("walk", "steps", "still for a while"):
        x = series[told][1400:1900]
        got = ta.perm_entropy(x, period, order)
        for t in range(period - 1, len(x), 7):
            window = x[t - period + 1 : t + 1]
            orders = sliding_window_view(window, order)
            counts = Counter(tuple(np.argsort(part, kind="stable")) for part in orders)
            shares = np.array(list(counts.values())) / len(orders)
            assert got[t] == pytest.approx(-np.sum(shares * np.log(shares)), abs=1e-12), told


def test_an_order_longer_than_the_window_is_unknown(series):
    assert np.isnan(ta.perm_entropy(series["walk"], 3, 4)).all()
    live = ta.perm_entropy.stream(3, 4)
    assert all(math.isnan(live.update(v)) for v in series["walk"][:20])


@pytest.mark.parametrize("d", [0.0, 0.1, 0.4, 0.75, 1.0, 1.5, 2.0, 3.0])
def test_fractional_differences_have_binomial_weights(d, series):
    special = pytest.importorskip("scipy.special")
    x = series["walk"]
    for threshold in (1e-2, 1e-3):
        weights = [1.0]
        while abs(w := (-1) ** len(weights) * special.binom(d, len(weights))) >= threshold:
            weights.append(w)
        width = len(weights)
        assert ta.frac_diff.warmup(d, threshold) == width - 1
        got = ta.frac_diff(x, d, threshold)
        assert np.isnan(got[: width - 1]).all()
        expected = sliding_window_view(x, width) @ np.array(weights[::-1])
        np.testing.assert_allclose(got[width - 1 :], expected, rtol=1e-10, atol=1e-10)


def test_whole_differences_are_numpys(series):
    x = series["walk"]
    for d in (1, 2, 3):
        np.testing.assert_allclose(ta.frac_diff(x, float(d))[d:], np.diff(x, d), atol=1e-11)
    np.testing.assert_array_equal(ta.frac_diff(x, 0.0), x)


def events(x, h):
    """The book's snippet 2.4, in words of ours."""
    out, up, down = [0] * len(x), 0.0, 0.0
    for t in range(1, len(x)):
        change = x[t] - x[t - 1]
        up, down = max(0.0, up + change), min(0.0, down + change)
        if down < -h:
            out[t], down = -1, 0.0
        elif up > h:
            out[t], up = 1, 0.0
    return out


@pytest.mark.parametrize("h", [0.0, 0.5, 2.0, 30.0, 1e9])
def test_events_are_the_books(h, series):
    for told, x in series.items():
        np.testing.assert_array_equal(ta.cusum(x, h), events(x.tolist(), h), err_msg=told)
