"""The signal kernel against a slow reference that shares no code with it: equal bits."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt_ext import signals as signals_kernel

NAMES = (
    "cash",
    "units",
    "money",
    "fraction",
    "fee_rate",
    "fixed_fee",
    "slippage",
    "stop_loss",
    "take_profit",
    "trailing",
)
RULES = np.dtype([(name, "<f8") for name in NAMES])
FILL = np.dtype([("row", "<i8"), ("side", "<i8"), ("reason", "<i8"), ("qty", "<f8"), ("price", "<f8"), ("fee", "<f8")])
SIGNAL, STOP_LOSS, TAKE_PROFIT, TRAILING_STOP = range(4)
PLAIN = (100.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def run(bars, signals, lag, rules):
    masks = [None if s is None else np.asarray(s, np.uint8) for s in signals]
    codes, openings = signals_kernel.codes(*masks)
    fills, equity = np.empty(2 * openings, FILL), np.full(len(codes), np.nan)
    bars = tuple(np.asarray(column, float) for column in bars)
    price = bars[0] if lag else bars[3]
    counts = signals_kernel.run(price, bars, codes, lag, np.array([tuple(rules)], RULES), fills, equity)
    return counts, fills[: counts["fills"]], equity


class Reference:
    """Walks bar by bar, as a reader of the contract would."""

    def __init__(self, rules):
        self.rules = dict(zip(NAMES, rules, strict=True))
        self.cash, self.qty, self.entry, self.best = self.rules["cash"], 0.0, 0.0, 0.0
        self.fills, self.cut, self.rejected = [], 0, 0

    def worse(self, price, side):
        slip = self.rules["slippage"]
        return price * (1.0 + slip) if side == 1 else price * (1.0 - slip)

    def leave(self, row, price, reason):
        side = 2 if self.qty > 0 else 1
        value = abs(self.qty) * price
        fee = value * self.rules["fee_rate"] + self.rules["fixed_fee"]
        self.cash += value - fee if side == 2 else -(value + fee)
        self.fills.append((row, side, reason, abs(self.qty), price, fee))
        self.qty = 0.0

    def enter(self, row, price, side):
        r, given = self.rules, bool(self.rules["units"] or self.rules["money"])
        value = r["units"] * price if r["units"] else r["money"]
        fee = value * r["fee_rate"] + r["fixed_fee"]
        if given and value + fee <= self.cash:
            qty = r["units"] or value / price
            self.cash += -(value + fee) if side == 1 else value - fee
        else:
            part = 1.0 if given else r["fraction"]
            if (self.cash * part if side == 1 else self.cash) <= r["fixed_fee"]:
                self.rejected += 1
                return
            self.cut += given
            if side == 1:
                budget = self.cash * part
                value = (budget - r["fixed_fee"]) / (1.0 + r["fee_rate"])
                fee = budget - value
                self.cash -= budget
            else:
                value = (self.cash - r["fixed_fee"]) / (1.0 + r["fee_rate"]) * part
                fee = value * r["fee_rate"] + r["fixed_fee"]
                self.cash += value - fee
            qty = value / price
        self.qty = qty if side == 1 else -qty
        self.entry = self.best = price
        self.fills.append((row, side, SIGNAL, qty, price, fee))

    def stop(self, row, opened, high, low):
        """Whether the bar hits a stop; the position is left then."""
        r, long = self.rules, self.qty > 0
        sign = 1.0 if long else -1.0
        stops = [(self.entry * (1.0 - sign * r["stop_loss"]), STOP_LOSS)] if r["stop_loss"] else []
        if r["trailing"]:
            stops.append((self.best * (1.0 - sign * r["trailing"]), TRAILING_STOP))
        closest = (max if long else min)(stops, key=lambda s: s[0]) if stops else (-sign * np.inf, 0)
        target = self.entry * (1.0 + sign * r["take_profit"]) if r["take_profit"] else sign * np.inf
        worst, most, out = (low, high, 2) if long else (high, low, 1)
        if sign * opened <= sign * closest[0]:
            self.leave(row, self.worse(opened, out), closest[1])
        elif sign * opened >= sign * target:
            self.leave(row, opened, TAKE_PROFIT)
        elif sign * worst <= sign * closest[0]:
            self.leave(row, self.worse(closest[0], out), closest[1])
        elif sign * most >= sign * target:
            self.leave(row, target, TAKE_PROFIT)
        else:
            self.best = max(self.best, high) if long else min(self.best, low)
            return False
        return True

    def wants(self, signals, row):
        """What a row asks for, for the position as it is: to leave, and the side to enter."""
        e, x, s, y = (bool(column[row]) if column is not None else False for column in signals)
        go_long, go_short = e and not x, s and not y
        if go_long and go_short:
            go_long = go_short = False
        if self.qty > 0:
            return (x and not e) or go_short, 2 if go_short else 0
        if self.qty < 0:
            return (y and not s) or go_long, 1 if go_long else 0
        return go_long or go_short, 1 if go_long else 2

    def act(self, row, price, side):
        if self.qty:
            self.leave(row, self.worse(price, 2 if self.qty > 0 else 1), SIGNAL)
        if side:
            self.enter(row, self.worse(price, side), side)


def reference(bars, signals, lag, rules):
    it, equity, late = Reference(rules), [], 0
    n = len(bars[3])
    for row in range(n + lag):
        if lag and row:
            acts, side = it.wants(signals, row - 1)
            if acts and row == n:
                late = 1
            elif acts:
                it.act(row, bars[0][row], side)
        if row == n:
            break
        fresh = not lag and it.fills and it.fills[-1][0] == row
        stopped = bool(it.qty) and not fresh and it.stop(row, bars[0][row], bars[1][row], bars[2][row])
        if not lag and not stopped:
            acts, side = it.wants(signals, row)
            if acts:
                it.act(row, bars[3][row], side)
        equity.append(it.cash + it.qty * bars[3][row] if it.qty else it.cash)
    counts = {"fills": len(it.fills), "cut": it.cut, "rejected": it.rejected, "late": late}
    return counts, np.array(it.fills, FILL), np.array(equity)


@st.composite
def markets(draw):
    n = draw(st.integers(0, 70))
    calm = draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.002 if calm else 0.05, n)))
    opened = close * np.exp(rng.normal(0, 0.001 if calm else 0.03, n))
    spread = rng.integers(0, 2, (2, n)) * np.abs(rng.normal(0, 0.01, (2, n)))
    high, low = (
        np.maximum(opened, close) * (1 + spread[0]),
        np.minimum(opened, close) * (1 - np.minimum(spread[1], 0.9)),
    )
    # Long quiet stretches exercise the searches in blocks, dense ones the flips.
    rate = draw(st.sampled_from([0.03, 0.15, 0.6]))
    signals = [(rng.random(n) < rate).astype(np.uint8) for _ in range(4)]
    if draw(st.booleans()):
        signals[2:] = [None, None]
    stop = st.sampled_from([0.0, 0.0, 0.004, 0.03, 0.2])
    rules = (
        draw(st.floats(1.0, 1e7)),
        units := draw(st.sampled_from([0.0, 0.5, 3.0, 1e4])),
        0.0 if units else draw(st.sampled_from([0.0, 50.0, 1e6])),
        draw(st.sampled_from([1.0, 0.5, 0.013])),
        draw(st.sampled_from([0.0, 0.001, 0.25])),
        draw(st.sampled_from([0.0, 1.0, 500.0])),
        draw(st.sampled_from([0.0, 0.0005, 0.1])),
        draw(stop),
        draw(stop),
        draw(stop),
    )
    return (opened, high, low, close), signals, draw(st.integers(0, 1)), rules


@given(markets())
@settings(max_examples=500)
def test_kernel_equals_the_reference_bit_for_bit(market):
    counts, fills, equity = run(*market)
    expected_counts, expected_fills, expected_equity = reference(*market)
    np.testing.assert_array_equal(fills, expected_fills)
    assert counts == expected_counts
    np.testing.assert_array_equal(equity, expected_equity)


def test_the_markets_meet_every_rule():
    """What the comparison above is worth: every reason both ways, fills at opens and inside bars, several a bar."""
    seen = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.02, 300)))
        opened = close * np.exp(rng.normal(0, 0.01, 300))
        bars = (opened, np.maximum(opened, close) * 1.01, np.minimum(opened, close) * 0.99, close)
        signals = [rng.random(300) < 0.1 for _ in range(4)]
        for lag in (0, 1):
            market = (bars, signals, lag, (*PLAIN[:7], 0.03, 0.04, 0.035))
            _, fills, _ = run(*market)
            np.testing.assert_array_equal(fills, reference(*market)[1])
            for before, fill in itertools.pairwise(fills):
                at_open = fill["price"] == opened[fill["row"]]
                seen.add((int(fill["side"]), int(fill["reason"]), bool(at_open), bool(before["row"] == fill["row"])))
    for side in (1, 2):
        for reason in (STOP_LOSS, TAKE_PROFIT, TRAILING_STOP):
            assert {(side, reason, True, False), (side, reason, False, False)} <= seen
        assert {(side, STOP_LOSS, False, True), (side, SIGNAL, True, True)} <= seen


@pytest.mark.parametrize("n", [1, 7, 8, 9, 15, 16, 17, 64, 65])
@pytest.mark.parametrize("lag", [0, 1])
def test_a_signal_is_found_wherever_it_lies_in_a_word(n, lag):
    price = np.full(n, 10.0)
    for row in range(n):
        entries = np.zeros(n, np.uint8)
        entries[row] = 1
        counts, fills, _ = run((price,) * 4, (entries, np.zeros(n), None, None), lag, PLAIN)
        assert counts["fills"] == (row + lag < n)
        assert fills["row"].tolist() == [row + lag] * counts["fills"]
        assert counts["late"] == (lag == 1 and row == n - 1)


@pytest.mark.parametrize("n", [2, 16, 17, 18, 33, 50])
def test_a_stop_is_found_wherever_it_lies_in_a_block(n):
    for row in range(1, n):
        price, low = np.full(n, 10.0), np.full(n, 10.0)
        low[row] = 8.0
        entries = np.arange(n) == 0
        _, fills, _ = run(
            (price, price, low, price), (entries, ~entries & False, None, None), 0, (*PLAIN[:7], 0.1, 0, 0)
        )
        assert fills[["row", "reason", "price"]].tolist() == [(0, SIGNAL, 10.0), (row, STOP_LOSS, 9.0)]


def test_no_rows_no_fills():
    empty = np.zeros(0)
    counts, fills, equity = run((empty,) * 4, (empty, empty, None, None), 1, PLAIN)
    assert counts == {"fills": 0, "cut": 0, "rejected": 0, "late": 0}
    assert len(fills) == len(equity) == 0


def test_read_only_inputs_are_accepted():
    price = np.full(4, 10.0)
    entries = np.array([1, 0, 0, 0], np.uint8)
    for array in (price, entries):
        array.flags.writeable = False
    counts, _, _ = run((price,) * 4, (entries, 1 - entries, None, None), 1, PLAIN)
    assert counts["fills"] == 2
