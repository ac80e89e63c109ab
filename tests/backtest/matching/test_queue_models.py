"""Models of the queue against the published formulas, written down once more in plain Python."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pyrt.backtest.matching import COMMAND, QUEUES, Simulation, match
from pyrt.grid import Grid
from pyrt.types import EVENT, RECORDS, Flag, Instrument, Kind, of_kind

LOT = 0.25
ONE = Instrument("test:A-B", tick=Grid.parse("1"), lot=Grid.parse("0.25"))


def part_behind(queue, n, front, back):
    """P(what left was behind), as Rigtorp and hftbacktest give it; 1 where it is none."""
    f = (lambda x: math.pow(x, n)) if queue.startswith("power") else (lambda x: math.log(1.0 + x * LOT))
    try:
        p = {
            "power_prob": lambda: f(back) / (f(back) + f(front)),
            "power_prob2": lambda: f(back) / f(back + front),
            "power_prob3": lambda: 1.0 - f(front / (front + back)),
            "log_prob": lambda: f(back) / (f(back) + f(front)),
            "log_prob2": lambda: f(back) / f(back + front),
        }[queue]()
    except (ValueError, ZeroDivisionError, OverflowError):
        return 1.0
    return p if math.isfinite(p) else 1.0


def fills_of(queue, n, displayed, happenings, qty):
    """What an order that joins behind `displayed` lots is filled by each happening."""
    level, front, traded, left, fills = displayed, float(displayed), 0, qty, []
    for kind, lots in happenings:
        got = 0
        if kind == "trade":
            front, traded = front - lots, traded + lots
            beyond = math.floor(-front + 0.5) if front < 0 else 0
            if beyond > 0:
                got, front = min(left, beyond, lots), 0.0
        else:
            gone, traded = level - lots - traded, 0
            if gone > 0:
                back = level - front
                p = part_behind(queue, n, front, back)
                front = front - (1.0 - p) * gone + min(back - p * gone, 0.0)
            front, level = min(front, float(lots)), lots
        left -= got
        fills.append(got)
    return fills


happenings = st.lists(
    st.tuples(st.sampled_from(["trade", "level"]), st.integers(0, 40)).filter(lambda it: it[0] == "level" or it[1]),
    max_size=40,
)


@given(st.sampled_from(QUEUES[1:]), st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0]), st.integers(0, 50), happenings)
def test_an_order_moves_up_as_published(queue, power, displayed, happening):
    records = np.zeros(len(happening) + 1, RECORDS[Kind.DELTA])
    records["stamp"] = np.arange(len(records))
    records["receive_time"] = records["event_time"] = [0, *range(10, len(happening) + 10)]
    records["price"], records["side"], records["flags"] = 100.0, 1, Flag.LAST
    records["kind"] = [Kind.DELTA, *(Kind.TRADE if kind == "trade" else Kind.DELTA for kind, _ in happening)]
    records["qty"] = [displayed * LOT, *(lots * LOT for _, lots in happening)]
    trades = records["kind"] == Kind.TRADE
    records["side"][trades], records["flags"][trades] = 2, 0
    order = np.zeros(1, COMMAND)
    order[["time", "client_order_id", "action", "side", "type", "tif", "price", "qty"]] = (5, 1, 1, 1, 2, 1, 100, 60)
    latencies = dict.fromkeys(("feed_latency_ns", "order_latency_ns", "response_latency_ns"), 0)
    settings = Simulation(**latencies, queue=queue, queue_power=power)
    fills = of_kind(match(records.view(EVENT), order, [ONE], settings), "fill")
    expected = fills_of(queue, power, displayed, happening, 60)
    times = 10 + np.flatnonzero(expected)
    assert fills["event_time"].tolist() == times.tolist()
    assert (fills["qty"] / LOT).tolist() == [lots for lots in expected if lots]
