"""The kernel equals the slow host of ``slow_bars.py`` in every bit: orders, fills, equity, and what a strategy saw."""

import numpy as np
import pytest

from pyrt.backtest import CostModel
from pyrt.backtest.bars import BarRun
from pyrt.backtest.bars.data import BarSet
from pyrt.strategy import prepare
from tests.backtest.bars.chaos import MINUTE, Chaos, random_bars
from tests.backtest.bars.slow_bars import SlowBars

PLAIN = CostModel(fees_bps=0.0)
COSTLY = CostModel(fees_bps=7.0, fixed=0.3, slippage_bps=4.0)
SCARCE = CostModel(fees_bps=7.0, slippage_bps=4.0, volume_limit=0.2)


def markets(seed):
    """One instrument, two with one calendar, and three with calendars of their own."""
    one = {"A": random_bars(seed)}
    two = one | {"B": random_bars(seed + 1000)}
    hours = {"C": random_bars(seed + 2000, 60, step=5 * MINUTE), "D": random_bars(seed + 3000, skip=0.3, volume=False)}
    return {"one": one, "two": two, "three": one | hours}


def both(data, **parameters):
    run = BarRun(data, prepare(Chaos, **parameters))
    run.run_until()
    slow = SlowBars(data, prepare(Chaos, **parameters), run.rows).run()
    return run, slow


def assert_same(run, slow):
    result, (orders, fills) = run.result(), slow.tables()
    for name in orders.dtype.names:
        np.testing.assert_array_equal(result.order_rows[name], orders[name], err_msg=f"orders, {name}")
    for name in fills.dtype.names:
        np.testing.assert_array_equal(result.fill_rows[name], fills[name], err_msg=f"fills, {name}")
    np.testing.assert_array_equal(result.equity, slow.equity)
    assert {name: result.totals[name] for name in slow.counts} == slow.counts
    assert result.totals["positions"] == slow.qty
    assert result.state == slow.instance.image()


@pytest.mark.parametrize("market", ["one", "two", "three"])
@pytest.mark.parametrize("costs", [PLAIN, COSTLY, SCARCE], ids=["plain", "costly", "scarce"])
@pytest.mark.parametrize("fill", ["next_open", "close"])
def test_equals_the_slow_host(market, costs, fill):
    seen = np.zeros(6, int)
    for seed in range(4):
        data = BarSet.of(markets(seed)[market], cash=10_000.0, costs=costs, fill=fill)
        run, slow = both(data, seed=seed + 1, busy=30 + 10 * seed)
        assert_same(run, slow)
        rows = run.result().order_rows
        seen += [np.count_nonzero(rows["action"] == action) for action in range(6)]
        assert len(run.result().fill_rows) > 20
    assert (seen[1:] > 5).all()  # every type of order was there


def test_every_way_to_end_an_order_is_met():
    ends = set()
    for seed in range(40):
        costs = SCARCE if seed % 2 else COSTLY
        data = BarSet.of(markets(seed)["three"], cash=10_000.0, costs=costs, fill="next_open")
        run = BarRun(data, prepare(Chaos, seed=seed + 1, busy=80))
        run.run_until()
        ends |= {(str(o["status"]), str(o["reason"])) for o in run.result().orders}
    assert ends >= {
        ("filled", ""), ("canceled", ""), ("live", ""), ("canceled", "group_filled"), ("canceled", "parent_ended"),
        ("canceled", "nothing_to_reduce"), ("rejected", "would_cross"), ("rejected", "bad_trigger"),
        ("rejected", "bad_expiry"), ("expired", "ioc_rest"), ("expired", "not_enough"), ("expired", "time_up"),
    }  # fmt: skip


def test_plain_mode_gives_the_same_bits():
    data = BarSet.of(markets(3)["three"], cash=10_000.0, costs=COSTLY, fill="next_open")
    results = []
    for jit in (True, False):
        run = BarRun(data, prepare(Chaos, jit=jit, seed=5, busy=70))
        run.run_until()
        results.append(run.result())
    for name in ("order_rows", "fill_rows", "equity"):
        assert getattr(results[0], name).tobytes() == getattr(results[1], name).tobytes(), name
    assert results[0].state == results[1].state
