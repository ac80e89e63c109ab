"""Bars by activity: against slow loops, by invariants, by causality, on real trades."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.data import check_bars, clean_ticks, dollar_bars, imbalance_bars, load_ticks, tick_bars, volume_bars
from pyrt.errors import DataError, DTypeError, InputError

KINDS = {"tick": tick_bars, "volume": volume_bars, "dollar": dollar_bars}


def amounts(kind, price, qty):
    return {"tick": np.ones(len(qty)), "volume": qty, "dollar": price * qty}[kind]


def slow_ends(time, amount, size):
    """Trade by trade."""
    ends, summed = [], 0.0
    for row, x in enumerate(amount):
        summed += x
        last = row + 1 == len(time) or time[row + 1] > time[row]
        if summed >= size * (1 - 1e-9) and last:
            ends.append(row)
            summed = 0.0
    return ends


def slow_imbalance(time, signed, expected, span):
    ends, length, amount, weight = [], float(expected), float(np.mean(signed[:expected])), 2 / (span + 1)
    summed, start, full = 0.0, expected, False
    for row in range(expected, len(time)):
        summed += signed[row]
        full |= abs(summed) >= max(length * abs(amount) * (1 - 1e-9), 1e-300)
        if full and (row + 1 == len(time) or time[row + 1] > time[row]):
            ends.append(row)
            took = row + 1 - start
            length += weight * (min(max(took, 0.1 * expected), 10 * expected) - length)
            amount += weight * (np.mean(signed[start : row + 1]) - amount)
            summed, start, full = 0.0, row + 1, False
    return ends


def assert_made_of(bars, ends, start, time, price, qty):
    assert bars.time.tolist() == [time[e] for e in ends]
    starts = [start, *(e + 1 for e in ends[:-1])]
    for at, (a, b) in enumerate(zip(starts, ends, strict=False)):
        part = price[a : b + 1]
        assert (bars.open[at], bars.close[at]) == (part[0], part[-1])
        assert (bars.high[at], bars.low[at]) == (part.max(), part.min())
        assert bars.volume[at] == pytest.approx(qty[a : b + 1].sum(), rel=1e-12)


@st.composite
def trades(draw):
    n = draw(st.integers(1, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    time = np.cumsum(rng.integers(0, draw(st.sampled_from([2, 5])), n))
    price = 100 + np.cumsum(rng.integers(-1, 2, n)) * 0.25
    return time, price, rng.integers(0, 8, n) * 0.5


@given(trades(), st.sampled_from(sorted(KINDS)), st.floats(0.5, 40))
def test_bars_are_those_of_a_slow_loop(tape, kind, size):
    time, price, qty = tape
    size = int(size) + 1 if kind == "tick" else size * (100 if kind == "dollar" else 1)
    bars = KINDS[kind](time, price, qty, size)
    assert_made_of(bars, slow_ends(time, amounts(kind, price, qty), size), 0, time, price, qty)


@given(trades(), st.sampled_from(sorted(KINDS)), st.integers(1, 30), st.booleans())
def test_imbalance_is_that_of_a_slow_loop(tape, kind, expected, known):
    time, price, qty = tape
    side = np.random.default_rng(len(time)).integers(0, 3, len(time)) if known else None
    bars = imbalance_bars(time, price, qty, of=kind, side=side, expected=expected, span=5)
    signs, last = [], 1.0
    for row in range(len(time)):
        change = np.sign(price[row] - price[row - 1]) if row else 0.0
        if known and side[row]:
            change = 1.0 if side[row] == 1 else -1.0
        last = change or last
        signs.append(last)
    signed = np.array(signs) * amounts(kind, price, qty)
    assert_made_of(bars, slow_imbalance(time, signed, expected, 5), expected, time, price, qty)


@given(trades(), st.data())
def test_later_trades_change_no_bar(tape, data):
    time, price, qty = tape
    cut = data.draw(st.integers(0, len(time) - 1))
    calls = [lambda *t: tick_bars(*t, 3), lambda *t: volume_bars(*t, 4.0), lambda *t: imbalance_bars(*t, expected=4)]
    for call in calls:
        whole, part = call(time, price, qty), call(time[:cut], price[:cut], qty[:cut])
        n = int(np.searchsorted(whole.time, time[cut])) if cut < len(time) else len(whole)
        for name in ("time", "open", "high", "low", "close", "volume"):
            np.testing.assert_array_equal(getattr(part, name)[:n], getattr(whole, name)[:n])


def test_ten_times_a_tenth_is_one():
    bars = volume_bars(np.arange(30), np.ones(30), np.full(30, 0.1), 1.0)
    assert bars.time.tolist() == [9, 19, 29]


def test_on_real_trades(shared_data):
    ticks = clean_ticks(load_ticks(shared_data / "ticks" / "spy_trades_20131007.parquet"))[0]
    price, qty = ticks.columns["price"], ticks.columns["qty"]
    tape = (ticks.time, price, qty)
    for bars in (
        tick_bars(*tape, 500),
        volume_bars(*tape, float(qty.sum() / 300)),
        dollar_bars(*tape, float((price * qty).sum() / 300)),
        imbalance_bars(*tape, expected=500),
    ):
        assert len(check_bars(bars)) > 10
        assert bars.volume.sum() <= qty.sum() * (1 + 1e-9)


BAD = {
    "lengths": (lambda: tick_bars([1, 2], [1.0], [1.0, 1.0], 1), InputError, "lengths differ: time has 2, price has 1"),
    "times fall": (lambda: tick_bars([2, 1], [1.0, 1.0], [1.0, 1.0], 1), DataError, "time: row 1 .* is earlier"),
    "no size": (lambda: tick_bars([1], [1.0], [1.0], 0), InputError, "size: "),
    "part of a trade": (lambda: tick_bars([1], [1.0], [1.0], 1.5), DTypeError, "size: must be an integer"),
    "size of nothing": (lambda: volume_bars([1], [1.0], [1.0], 0.0), InputError, "size: "),
    "not finite": (lambda: volume_bars([1], [1.0], [1.0], np.nan), InputError, "size: "),
    "NaN": (lambda: dollar_bars([1, 2], [1.0, np.nan], [1.0, 1.0], 1.0), InputError, r"price\[1\]: "),
    "price of nothing": (lambda: dollar_bars([1], [0.0], [1.0], 1.0), InputError, r"price\[0\]: "),
    "negative": (lambda: volume_bars([1], [1.0], [-1.0], 1.0), InputError, r"qty\[0\]: -1.0 is negative"),
    "kind": (lambda: imbalance_bars([1], [1.0], [1.0], of="gold"), InputError, "of: must be one of"),
    "side": (lambda: imbalance_bars([1], [1.0], [1.0], side=[3]), InputError, "side: must be 1"),
    "sides": (lambda: imbalance_bars([1], [1.0], [1.0], side=[1, 2]), InputError, "lengths differ"),
    "expected": (lambda: imbalance_bars([1], [1.0], [1.0], expected=0), InputError, "expected: "),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    call, error, words = BAD[case]
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("kind", KINDS)
def test_no_trades_no_bars(kind):
    assert len(KINDS[kind]([], [], [], 3)) == 0
    assert len(imbalance_bars([], [], [], of=kind)) == 0
