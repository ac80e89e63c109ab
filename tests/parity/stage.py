"""How the loop's small streams are run, and times on them."""

import pyrt
from pyrt.backtest.matching import Simulation
from tests.parity.market import BTC, START

MS = 1_000_000
FREE = Simulation(feed_latency_ns=MS, order_latency_ns=2 * MS, response_latency_ns=3 * MS, maker_fee=0, taker_fee=0)
"""What happens at t is known at t + 1 ms; an order of then is there at t + 3 ms, and heard of at t + 6 ms."""


def run(tape, cls, *, jit=False, instruments=(BTC,), simulation=FREE, **parameters):
    test = pyrt.Backtest(tape.events(), instruments=instruments, cash=1000, simulation=simulation)
    return test.run(cls, jit=jit, **parameters)


def ms(time):
    """Milliseconds after START."""
    return (int(time) - START) / MS


def number_of(order):
    """The number of an order within its strategy, of a record that names it."""
    return int(order["client_order_id"]) & 0xFFFFFFFF
