"""A rule that sees ahead is found and its first decision named; one that does not is left alone."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyrt
from pyrt import Backtest
from pyrt import indicators as ta
from pyrt.backtest import Simulation
from pyrt.backtest.events import EventData
from pyrt.backtest.lookahead import check_events, check_signals
from pyrt.backtest.sessions import run_class
from pyrt.errors import DTypeError, InputError
from tests.backtest.test_result_arrays import random_bars
from tests.parity import strategies
from tests.parity.market import START, random_market

N = 300


@pytest.fixture(scope="module")
def bt():
    return Backtest(random_bars(1, N)[0])


def crossing(bars, fast=5, slow=20):
    f, s = ta.sma(bars.close, fast), ta.sma(bars.close, slow)
    return f > s, f < s


def frame_rule(bars):
    close = bars.to_frame()["close"]
    return close > close.rolling(10).mean(), close < close.expanding().median()


def tomorrow(bars, ahead=1):
    later = np.append(bars.close[ahead:], np.full(min(ahead, len(bars)), np.nan))[: len(bars)]
    return later > bars.close, later < bars.close


def normalized(bars):
    z = (bars.close - bars.close.mean()) / bars.close.std()
    return z > 1, z < -1


def centered(bars):
    close = bars.to_frame()["close"]
    return close > close.rolling(11, center=True).mean(), close < 0


def backfilled(bars):
    marks = pd.Series(np.where(np.arange(len(bars)) % 50 == 49, bars.close, np.nan)).bfill()
    return bars.close < marks, bars.close > marks


def of_the_last(bars):
    """Only the exits see ahead: they know where the data ends."""
    return bars.close > 0, np.arange(len(bars)) == len(bars) - 1


@pytest.mark.parametrize("rule", [crossing, frame_rule])
def test_honest_rules_pass(bt, rule):
    found = bt.check_lookahead(rule)
    assert found
    assert found.cuts == 100
    assert found.row == -1
    assert bt.check_lookahead(rule, cuts=10**6).cuts == N - 1
    assert "no look-ahead: 100 beginnings of 300 bars" in str(found)


@pytest.mark.parametrize("rule", [tomorrow, normalized, centered, backfilled, of_the_last])
def test_rules_that_see_ahead_are_named(bt, rule):
    found = bt.check_lookahead(rule, least=2)
    assert not found
    first = slow_first(bt.bars, rule, 2)
    every = bt.check_lookahead(rule, least=2, cuts=N)
    assert (every.row, every.what) == first
    assert every.row <= found.row
    assert found.time == bt.bars.timestamps[found.row]
    assert f"{found.what}[{found.row}] ({found.time}) is decided otherwise on the first" in str(found)


def slow_first(bars, rule, least):
    whole = [np.asarray(signal) for signal in rule(bars)]
    changed = set()
    for known in range(least, len(bars)):
        part = rule(bars.take(np.arange(known)))
        for name, a, b in zip(("entries", "exits"), whole, part, strict=True):
            changed.update((row, name) for row in np.flatnonzero(a[:known] != np.asarray(b)).tolist())
    return min(changed, default=(-1, ""))


def test_one_look_ahead_in_many_bars_is_found_by_few_cuts():
    """A rare decision made a bar early: a cut right behind it is the only one that sees it."""
    n = 20_000
    bars, _ = random_bars(2, n)
    jump = np.zeros(n)
    jump[[7_777, 15_555]] = 1.0

    def rule(bars):
        return np.append(jump[1 : len(bars)], 0) > 0, jump[: len(bars)] > 2

    found = Backtest(bars).check_lookahead(rule, cuts=10)
    assert (found.what, found.row, found.known) == ("entries", 7_776, 7_777)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(0, 3), st.integers(1, 60))
def test_with_every_cut_the_check_is_exact(seed, n, ahead, cuts):
    bars = Backtest(random_bars(seed, n)[0]).bars

    def rule(bars):
        return tomorrow(bars, ahead) if ahead else (bars.close > bars.open, bars.close < bars.open)

    found = check_signals(bars, rule, {}, cuts=cuts, least=1)
    exact = check_signals(bars, rule, {}, cuts=n, least=1)
    if ahead:
        assert (exact.row, exact.what) == slow_first(bars, rule, 1)
        assert found or found.row >= exact.row >= 0
    else:
        assert found
        assert exact
        assert found.cuts == min(cuts, n - 1)


def test_chance_is_no_look_ahead_but_is_said(bt):
    rng = np.random.default_rng(0)
    found = bt.check_lookahead(lambda bars: (rng.random(len(bars)) < 0.5, rng.random(len(bars)) < 0.5))
    assert not found
    assert "differs between two runs on the same data: the rule is not deterministic" in str(found)


def test_parameters_are_handed_over(bt):
    assert bt.check_lookahead(crossing, fast=3, slow=9)
    assert not bt.check_lookahead(tomorrow, ahead=3)


def test_a_rule_that_needs_some_bars(bt):
    def needs(bars):
        return bars.close > bars.close[30], bars.close < bars.close[30]

    assert bt.check_lookahead(needs, least=31)
    with pytest.raises(IndexError) as caught:
        bt.check_lookahead(needs)
    assert "on the first 1 of 300 bars; least= sets how many it needs" in caught.value.__notes__[0]


BAD = {
    "no function": ([True], {}, DTypeError, "strategy: must be a function of bars"),
    "one array": (lambda bars: bars.close > 1, {}, DTypeError, "must return entries and exits, got ndarray"),
    "floats": (lambda bars: (bars.close, bars.close), {}, DTypeError, "entries: must be booleans"),
    "another length": (lambda bars: ([True], [False]), {}, InputError, "entries has 1 values for the first 300 bars"),
    "no cuts": (crossing, {"cuts": 0}, InputError, "cuts: must be at least 1"),
    "least too large": (crossing, {"least": 301}, InputError, "least: must be 1 to 300"),
    "unknown parameter": (crossing, {"middle": 3}, TypeError, "middle"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(bt, case):
    rule, options, error, words = BAD[case]
    with pytest.raises(error, match=words):
        bt.check_lookahead(rule, **options)


# ---- events --------------------------------------------------------------------------------------------------------

HASTY = Simulation(feed_latency_ns=0, order_latency_ns=0, response_latency_ns=0)
JITTERY = Simulation(jitter_ns=5_000_000, seed=7)


@pytest.mark.parametrize("simulation", [None, HASTY, JITTERY])
@pytest.mark.parametrize("cls", [strategies.Cross, strategies.Quoter])
def test_strategies_on_events_cannot_see_ahead(cls, simulation):
    events, instruments = random_market(5, 800)
    bt = Backtest(events, instruments=instruments, cash=10_000, simulation=simulation)
    found = bt.check_lookahead(cls, cuts=25, jit=False)
    assert found
    assert found.cuts == 25
    assert found.total == len(events)


def test_compiled_strategies_with_history_too():
    events, instruments = random_market(6, 800)
    bt = Backtest(events, instruments=instruments, cash=10_000, trade_from=START + 10**9)
    assert bt.check_lookahead(strategies.Cross, fast=4, slow=20)


def fitted(data):
    """What people do: a parameter that was made of all of the data."""
    return run_class(data, strategies.Cross, {"qty": 0.001 * (1 + len(data.events) % 7)}, jit=False, cache=False)


def test_a_parameter_made_of_all_data_is_found():
    events, instruments = random_market(7, 800)
    data = EventData.of(events, instruments, cash=10_000, simulation=None, trade_from=None)
    found = check_events(data, fitted, cuts=20, least=1)
    assert not found
    whole = fitted(data)
    assert (found.what, found.row) == ("commands", 0)
    assert found.time == whole.commands["time"][0].astype("M8[ns]")
    assert f"of {len(events):,} records: it sees ahead" in str(found)


def test_a_strategy_that_remembers_its_last_run_is_said():
    events, instruments = random_market(7, 800)
    data = EventData.of(events, instruments, cash=10_000, simulation=None, trade_from=None)
    runs = []

    def run(data):
        runs.append(1)
        return run_class(data, strategies.Cross, {"fast": 5 + len(runs)}, jit=False, cache=False)

    assert "not deterministic" in str(check_events(data, run, cuts=5, least=1))


def test_a_class_that_is_none_is_refused():
    events, instruments = random_market(7, 50)
    with pytest.raises(DTypeError, match="strategy: must be a class that derives"):
        pyrt.Backtest(events, instruments=instruments).check_lookahead(crossing)
