"""The signal kernel against a slow reference that shares no code with it: equal bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt_ext import signals

RULES = np.dtype([(name, "<f8") for name in ("cash", "units", "fraction", "fee_rate", "fixed_fee", "slippage")])
FILL = np.dtype([("row", "<i8"), ("side", "<i8"), ("qty", "<f8"), ("price", "<f8"), ("fee", "<f8")])


def run(price, close, entries, exits, lag, rules):
    entries, exits = np.asarray(entries, np.uint8), np.asarray(exits, np.uint8)
    fills = np.empty(2 * min(int(entries.sum()), int(exits.sum()) + 1), FILL)
    equity = np.full(len(close), np.nan)
    counts = signals.run(
        np.asarray(price), np.asarray(close), entries, exits, lag, np.array([rules], RULES), fills, equity
    )
    return counts, fills[: counts["fills"]], equity


def reference(price, close, entries, exits, lag, rules):
    """Walk bar by bar, as a reader of the contract would."""
    cash, units, fraction, fee_rate, fixed, slippage = rules
    qty, fills, equity = 0.0, [], []
    cut = rejected = late = 0
    n = len(close)
    for row in range(n + lag):
        signal = row - lag
        if signal >= 0:
            enter, leave = entries[signal], exits[signal]
            acts = (enter and not leave) if qty == 0 else (leave and not enter)
            if acts and row == n:
                late = 1
            elif acts and qty == 0:
                paid = price[row] * (1.0 + slippage)
                budget = cash * fraction
                value = units * paid
                fee = value * fee_rate + fixed
                if units and value + fee <= cash:
                    qty, cash = units, cash - (value + fee)
                    fills.append((row, 1, units, paid, fee))
                else:
                    budget = cash if units else budget
                    if budget <= fixed:
                        rejected += 1
                    else:
                        cut += bool(units)
                        value = (budget - fixed) / (1.0 + fee_rate)
                        qty, cash = value / paid, cash - budget
                        fills.append((row, 1, qty, paid, budget - value))
            elif acts:
                got = price[row] * (1.0 - slippage)
                value = qty * got
                fee = value * fee_rate + fixed
                cash += value - fee
                fills.append((row, 2, qty, got, fee))
                qty = 0.0
        if row < n:
            equity.append(cash + qty * close[row] if qty else cash)
    counts = {"fills": len(fills), "cut": cut, "rejected": rejected, "late": late}
    return counts, np.array(fills, FILL), np.array(equity)


@st.composite
def markets(draw):
    n = draw(st.integers(0, 60))
    prices = st.lists(st.floats(0.01, 1e5), min_size=n, max_size=n)
    # Long quiet stretches exercise the eight-at-a-time search, dense ones the flips.
    flag = st.sampled_from([0, 0, 0, 0, 0, 0, 1]) if draw(st.booleans()) else st.integers(0, 1)
    flags = st.lists(flag, min_size=n, max_size=n)
    rules = (
        draw(st.floats(1.0, 1e7)),
        draw(st.sampled_from([0.0, 0.5, 3.0, 1e4])),
        draw(st.sampled_from([1.0, 0.5, 0.013])),
        draw(st.sampled_from([0.0, 0.001, 0.25])),
        draw(st.sampled_from([0.0, 1.0, 500.0])),
        draw(st.sampled_from([0.0, 0.0005, 0.1])),
    )
    return draw(prices), draw(prices), draw(flags), draw(flags), draw(st.integers(0, 1)), rules


@given(markets())
def test_kernel_equals_the_reference_bit_for_bit(market):
    counts, fills, equity = run(*market)
    expected_counts, expected_fills, expected_equity = reference(*market)
    assert counts == expected_counts
    np.testing.assert_array_equal(fills, expected_fills)
    np.testing.assert_array_equal(equity, expected_equity)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 15, 16, 17, 64, 65])
@pytest.mark.parametrize("lag", [0, 1])
def test_a_signal_is_found_wherever_it_lies_in_a_word(n, lag):
    price = np.full(n, 10.0)
    for row in range(n):
        entries = np.zeros(n, np.uint8)
        entries[row] = 1
        counts, fills, _ = run(price, price, entries, np.zeros(n), lag, (100.0, 0.0, 1.0, 0.0, 0.0, 0.0))
        assert counts["fills"] == (row + lag < n)
        assert fills["row"].tolist() == [row + lag] * counts["fills"]
        assert counts["late"] == (lag == 1 and row == n - 1)


def test_no_rows_no_fills():
    empty = np.zeros(0)
    counts, fills, equity = run(empty, empty, empty, empty, 1, (1.0, 0.0, 1.0, 0.0, 0.0, 0.0))
    assert counts == {"fills": 0, "cut": 0, "rejected": 0, "late": 0}
    assert len(fills) == len(equity) == 0


def test_read_only_inputs_are_accepted():
    price = np.full(4, 10.0)
    price.flags.writeable = False
    entries = np.array([1, 0, 0, 0], np.uint8)
    entries.flags.writeable = False
    rules = np.array([(100.0, 0.0, 1.0, 0.0, 0.0, 0.0)], RULES)
    equity = np.empty(4)
    counts = signals.run(price, price, entries, 1 - entries, 1, rules, np.empty(2, FILL), equity)
    assert counts["fills"] == 2
