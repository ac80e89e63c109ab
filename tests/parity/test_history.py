"""History before a run: the strategy is fed with it, its orders are off; in both hosts alike."""

import numpy as np
import pytest

import pyrt
from pyrt.backtest.matching import Simulation
from pyrt.data import Recording
from pyrt.errors import DTypeError, InputError
from tests.parity.market import random_market
from tests.parity.strategies import ALL
from tests.parity.test_backtest_equals_replay import compare


@pytest.fixture(scope="module")
def market():
    return Recording(*random_market(seed=11))


def middle(market):
    return int(np.median(market.events["words"][:, 0]))


class Watch(pyrt.Strategy):
    """Counts what it is shown, asks for an order at every trade, and wakes itself up."""

    bars = "1s"

    def start(self, ctx):
        self.history: int = 0
        self.live: int = 0
        self.timers: int = 0

    def on_trade(self, ctx, trade):
        if self.history + self.live == 0:
            ctx.timer(ctx.now + 1_000_000_000)
        if ctx.warming_up:
            self.history += 1
        else:
            self.live += 1
        ctx.market(0.01)

    def on_timer(self, ctx, timer):
        self.timers += 1
        ctx.timer(ctx.now + 1_000_000_000)


def watched(market, **terms):
    result = pyrt.Backtest(market.events, instruments=market.instruments, **terms).run(Watch, jit=False)
    return result, np.frombuffer(result.state, np.int64)


def test_orders_begin_where_history_ends(market):
    split = middle(market)
    whole, _ = watched(market)
    part, state = watched(market, trade_from=split)
    assert len(part.orders) == int(np.count_nonzero(whole.orders["time"] >= split)) > 10
    assert part.orders["time"].min() >= split
    assert state[0] > 10
    assert state[1] == len(part.orders)
    assert "history" in part.assumptions
    assert "history" not in whole.assumptions


def test_timers_and_state_go_through_history(market):
    _, alone = watched(market)
    _, state = watched(market, trade_from=np.datetime64(middle(market), "ns"))
    assert state[2] == alone[2] > 10
    assert state[0] + state[1] == alone[1]


def test_a_history_longer_than_the_data_gives_no_order(market):
    result, _ = watched(market, trade_from=2**62)
    assert len(result.orders) == 0
    assert any("no order" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("given", "error"), [("noon", InputError), (1.5, DTypeError), (np.datetime64("NaT"), InputError)]
)
def test_what_is_no_time_is_refused(market, given, error):
    with pytest.raises(error, match="trade_from"):
        watched(market, trade_from=given)


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
@pytest.mark.parametrize("name", ALL)
def test_both_hosts_agree(tmp_path, market, name):
    run = compare(tmp_path, market, name, Simulation(), trade_from=middle(market))
    assert run.counts["orders"] > 5
