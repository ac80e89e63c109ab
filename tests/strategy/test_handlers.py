"""What handlers see and ask for, in both modes: every method of ctx, every kind of record, every way to fail."""

import importlib.util

import numpy as np
import pytest

from pyrt.strategy import Host, StrategyFault, prepare
from pyrt.strategy.abi import STRUCTS, Action, OrderFlag, Sizing, Status, TimeInForce
from pyrt.types import EVENT, RECORDS, Flag, Kind

BOTH = pytest.mark.parametrize("jit", [True, False], ids=["compiled", "plain"])


def strategy(body, start="pass", head=""):
    indent = "\n        "
    return (
        f"class S(pyrt.Strategy):\n    {head}\n    def start(self, ctx):\n        {start}\n"
        f"    def on_trade(self, ctx, trade):\n        {indent.join(body.splitlines())}\n"
    )


def crossover(prices, fast, slow):
    """Rows and quantities of a crossover's orders, by NumPy alone."""

    def mean(n):
        total = np.convolve(prices, np.ones(n), "valid") / n
        return np.concatenate([np.full(n - 1, np.nan), total])

    difference, position, found = mean(fast) - mean(slow), 0.0, []
    for row, d in enumerate(difference):
        if d > 0 and position == 0:
            position = 0.01
            found.append((row, 1, 0.01))
        elif d < 0 and position > 0:
            found.append((row, 2, position))
            position = 0.0
    return found


@BOTH
def test_a_crossover_gives_the_orders_that_numpy_computes(load_class, trades, jit):
    cls = load_class("""
        class S(pyrt.Strategy):
            fast: int = 10
            slow: int = 30
            def start(self, ctx):
                self.f, self.s = ta.sma.stream(self.fast), ta.sma.stream(self.slow)
            def on_trade(self, ctx, trade):
                f, s = self.f.update(trade.price), self.s.update(trade.price)
                if f > s and ctx.position == 0: ctx.market(0.01)
                elif f < s and ctx.position > 0: ctx.close()
    """)
    events = trades(5000)
    answers = Host(prepare(cls, jit=jit, fast=7)).run(events)
    expected = crossover(events["price"], 7, 30)
    assert len(expected) > 100
    made = list(zip(answers.rows, answers.requests["side"], answers.requests["qty"], strict=True))
    assert made == expected
    assert (answers.requests["order_id"] == np.arange(1, len(made) + 1)).all()


REQUESTS = {
    "ctx.market(2)": {"action": Action.MARKET, "side": 1, "qty": 2.0, "order_id": 1},
    "ctx.market(-0.5, sizing='fraction', tag=7)": {"side": 2, "qty": 0.5, "sizing": Sizing.FRACTION, "tag": 7},
    "ctx.market(-1.0, reduce_only=True)": {"flags": OrderFlag.REDUCE_ONLY},
    "ctx.limit(1.0, 99.5)": {"action": Action.LIMIT, "price": 99.5, "tif": TimeInForce.GTC},
    "ctx.limit(1.0, 99.5, 'ioc')": {"tif": TimeInForce.IOC},
    "ctx.limit(1.0, 99.5, tif='fok', post_only=True)": {"tif": TimeInForce.FOK, "flags": OrderFlag.POST_ONLY},
    "ctx.limit(1.0, 99.5, expiry=ctx.now + 5)": {"tif": TimeInForce.GTD, "expiry": 1005},
    "ctx.limit(9.0, 99.5, display=1.0)": {"display": 1.0},
    "ctx.stop(-1.0, 95.0)": {"action": Action.STOP, "side": 2, "trigger": 95.0},
    "ctx.stop_limit(-1.0, 95.0, 94.0)": {"action": Action.STOP_LIMIT, "trigger": 95.0, "price": 94.0},
    "ctx.trailing_stop(-1.0, 2.5)": {"action": Action.TRAILING_STOP, "trail": 2.5},
    "ctx.target(-3.0)": {"sizing": Sizing.TARGET, "side": 2, "qty": 3.0},
    "ctx.cancel(17)": {"action": Action.CANCEL, "order_id": 17},
    "ctx.cancel(self.x)": {"order_id": 3},
    "ctx.cancel_all()": {"action": Action.CANCEL_ALL},
    "ctx.modify(17, 2.0, 98.0)": {"action": Action.MODIFY, "order_id": 17, "qty": 2.0, "price": 98.0},
    "ctx.signal(-1.0, 0.25)": {"action": Action.SIGNAL, "value": -1.0, "confidence": 0.25},
    "ctx.timer(ctx.now + 1_000, tag=2)": {"action": Action.TIMER, "expiry": 2_000, "tag": 2},
}


@BOTH
@pytest.mark.parametrize("call", REQUESTS)
def test_requests(load_class, trades, call, jit):
    request = Host(prepare(load_class(strategy(call, "self.x = 3")), jit=jit)).run(trades(1)).requests[0]
    assert request["size"] == 128
    for name, value in REQUESTS[call].items():
        assert request[name] == value, name


@BOTH
def test_a_bracket_is_three_requests_that_know_each_other(load_class, trades, jit):
    cls = load_class(strategy("ctx.bracket(2.0, 100.0, 110.0, 95.0)"))
    entry, profit, loss = Host(prepare(cls, jit=jit)).run(trades(1)).requests
    assert (entry["action"], entry["side"], entry["order_id"], entry["parent"]) == (Action.LIMIT, 1, 1, 0)
    assert (profit["action"], profit["side"], profit["price"], profit["parent"]) == (Action.LIMIT, 2, 110.0, 1)
    assert (loss["action"], loss["side"], loss["trigger"], loss["order_id"]) == (Action.STOP, 2, 95.0, 3)
    assert profit["group"] == loss["group"] == 1
    assert profit["flags"] == loss["flags"] == OrderFlag.REDUCE_ONLY | OrderFlag.OCO


FAULTS = {
    "x = 1 / (trade.price - trade.price)": Status.DIVISION,
    "x = self.n // self.n": Status.DIVISION,
    "x = 1.0 % self.x": Status.DIVISION,
    "x = self.w[4]": Status.INDEX,
    "self.w[-5] = 1.0": Status.INDEX,
    "x = 1 << (self.n + 64)": Status.OVERFLOW,
    "x = int(math.inf * trade.price)": Status.CONVERSION,
    "x = round(math.nan * trade.price)": Status.CONVERSION,
    "x = math.floor(1e300 * trade.price)": Status.CONVERSION,
    "assert trade.price < 0": Status.ASSERTION,
    "raise ValueError('on purpose')": Status.RAISED,
    "for i in range(100):\n    ctx.market(1.0)": Status.BUFFER_FULL,
    "ctx.market(1.0, slot=1)": Status.UNKNOWN_SLOT,
    "x = ctx.at(-1).position": Status.UNKNOWN_SLOT,
    "ctx.market(math.nan)": Status.BAD_REQUEST,
    "ctx.limit(1.0, ctx.best_bid)": Status.BAD_REQUEST,
    "ctx.signal(math.inf)": Status.BAD_REQUEST,
    "x = ctx.bid(0).price": Status.HISTORY,
    "x = ctx.order(0).qty": Status.HISTORY,
    "x = ctx.bar(0).close": Status.HISTORY,
}


@BOTH
def test_an_integer_of_the_state_that_outgrows_64_bits_is_a_fault(load_class, trades, jit):
    cls = load_class(strategy("self.n *= 2", "self.n: int = 2**61"))
    with pytest.raises(StrategyFault, match=r"event 1: .*does not fit into 64 bits") as caught:
        Host(prepare(cls, jit=jit)).run(trades(3))
    assert caught.value.status == Status.OVERFLOW


@BOTH
@pytest.mark.parametrize("body", FAULTS)
def test_faults_name_the_line(load_class, trades, body, jit):
    if not jit and "<<" in body:
        pytest.skip("Python's integers have no end")
    cls = load_class(
        strategy(body, "self.n: int = 0\n        self.x = 0.0\n        self.w = np.zeros(4)", "history = 3")
    )
    with pytest.raises(StrategyFault) as caught:
        Host(prepare(cls, jit=jit)).run(trades(3))
    assert caught.value.status == FAULTS[body]
    assert str(caught.value).startswith("event 0: ")
    if jit:
        line = cls.on_trade.__code__.co_firstlineno + len(body.splitlines())
        assert caught.value.line == line
        assert f"S.on_trade, line {line}" in str(caught.value)
    else:
        frames = []
        trace = caught.value.__cause__.__traceback__
        while trace:
            frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
            trace = trace.tb_next
        lines = {n for name, n in frames if name == cls.on_trade.__code__.co_filename}
        first = cls.on_trade.__code__.co_firstlineno
        assert lines <= set(range(first, first + 3))
        assert lines


def test_a_while_loop_without_end_stops(load_class, trades):
    cls = load_class(strategy("while True:\n    self.x += 1", "self.x = 0"))
    with pytest.raises(StrategyFault, match="10,000,000 turns") as caught:
        Host(prepare(cls)).run(trades(1))
    assert caught.value.status == Status.LOOP


EVENTS = """
class S(pyrt.Strategy):
    bars = ("1m", "5m")
    history = 3
    UNIT = 10
    def start(self, ctx):
        self.seen = np.zeros(16)
        self.asked: int = 0
    def note(self, place, value):
        self.seen[place] += value
    def on_bar(self, ctx, bar):
        if bar.period == 0:
            self.note(0, bar.close - bar.open)
            if ctx.bar_count() == 3:
                self.note(1, ctx.bar(2).close * self.UNIT)
                self.note(2, ctx.bar().volume + ctx.last_price)
    def on_quote(self, ctx, quote):
        self.note(3, ctx.spread)
        self.note(4, ctx.mid)
        self.note(5, quote.bid_qty + ctx.ask_qty)
    def on_book(self, ctx, delta):
        self.note(6, delta.qty)
    def on_order(self, ctx, update):
        self.note(7, update.order_id)
        self.note(8, update.status + 0.01 * update.reason)
    def on_fill(self, ctx, fill):
        self.note(9, fill.qty * fill.price - fill.fee)
        if fill.is_maker and fill.order_id == self.asked:
            self.note(10, 1)
    def on_timer(self, ctx, timer):
        self.note(11, timer.tag)
    def on_signal(self, ctx, signal):
        self.note(12, signal.value * signal.confidence)
        self.asked = ctx.market(1)
"""


def record(kind, **fields):
    made = np.zeros(1, RECORDS[kind] if isinstance(kind, Kind) else STRUCTS[kind])
    made["kind"] = kind if isinstance(kind, Kind) else 10
    for name, value in fields.items():
        made[name] = value
    return made


def call(host, name, event):
    """Call one handler as a host does."""
    from pyrt.strategy.abi import HANDLERS
    from pyrt.strategy.instance import Handler

    host.context["request_count"] = 0
    address = int(host.instance.table[list(HANDLERS).index(name)])
    return Handler(address)(host.context.ctypes.data, event.ctypes.data)


@BOTH
def test_every_handler_reads_its_record(load_class, jit):
    instance = prepare(load_class(EVENTS), jit=jit)
    host = Host(instance)
    rows = [record(Kind.BAR, open=1.0, close=10.0 + i, volume=2.0) for i in range(4)]
    rows += [record(Kind.QUOTE, bid=9.0, ask=11.0, bid_qty=3.0, ask_qty=4.0)]
    rows += [record(Kind.DELTA, qty=5.0), record(Kind.DELTA, qty=7.0, flags=Flag.LAST)]
    host.run(np.concatenate([row.view(EVENT) for row in rows]))
    own = 3 << 48 | 2 << 32
    assert call(host, "on_signal", record(Kind.SIGNAL, value=-2.0, confidence=0.5)) == 0
    assert host.context["request_count"] == 1
    assert call(host, "on_order", record(Kind.ORDER_UPDATE, client_order_id=own | 9, flags=2 << 12 | 4)) == 0
    fill = record(Kind.FILL, client_order_id=own | 1, qty=2.0, price=50.0, fee=1.0, flags=Flag.MAKER)
    assert call(host, "on_fill", fill) == 0
    assert call(host, "on_timer", record("timer", tag=6)) == 0
    seen = np.frombuffer(instance.image()[-16 * 8 :], np.float64)
    closes = [10.0, 11.0, 12.0, 13.0]
    np.testing.assert_array_equal(
        seen[:13],
        [
            sum(c - 1 for c in closes),
            (10 + 11) * 10,
            2 * 2 + 12 + 13,
            2.0,
            10.0,
            7.0,
            7.0,
            9.0,
            2.04,
            99.0,
            1.0,
            6.0,
            -1.0,
        ],
    )


@BOTH
def test_depth_orders_and_other_instruments(load_class, trades, jit):
    body = """
self.x = ctx.bid(1).price * ctx.ask().qty + ctx.bid_levels
for i in range(ctx.order_count):
    order = ctx.order(i)
    if order.price > ctx.bid(0).price:
        ctx.cancel(order.order_id)
ctx.market(1.0, slot=1)
self.x += ctx.at(1).position + ctx.slot_count
if ctx.warming_up:
    self.x += 0.5
"""
    instance = prepare(load_class(strategy(body.strip(), "self.x = 0")), jit=jit)
    host = Host(instance)
    bids, asks = np.zeros(2, STRUCTS["level"]), np.zeros(1, STRUCTS["level"])
    bids["price"], asks["qty"] = [100.0, 99.0], 2.0
    orders = np.zeros(3, STRUCTS["order"])
    orders["order_id"], orders["price"] = [5, 6, 7], [101.0, 99.0, 102.0]
    slots = np.zeros(2, STRUCTS["slot"])
    slots["bids"], slots["bid_count"], slots["asks"], slots["ask_count"] = bids.ctypes.data, 2, asks.ctypes.data, 1
    slots["position"] = [0.0, 40.0]
    host.context["slots"], host.context["slot_count"] = slots.ctypes.data, 2
    host.context["orders"], host.context["order_count"] = orders.ctypes.data, 3
    host.context["flags"] = 1
    assert call(host, "on_trade", trades(1)) == 0
    assert host.context["request_count"] == 3
    assert list(host.requests["order_id"][:3]) == [5, 7, 1]
    assert list(host.requests["slot"][:3]) == [0, 0, 1]
    assert np.frombuffer(instance.image(), np.float64) == [99.0 * 2 + 2 + 40 + 2 + 0.5]


@BOTH
def test_inheritance_helpers_constants_and_closures(load_class, trades, jit):
    cls = load_class("""
        from pyrt.types import Side
        SCALE = 3
        def scaled(x, by=SCALE, *, plus=0.5):
            return x * by + plus
        class Base(pyrt.Strategy):
            a: float = 1.0
            b: float = 2.0
            def size(self, ctx):
                return self.a
            def on_trade(self, ctx, trade):
                if trade.side == Side.BUY:
                    ctx.market(scaled(self.size(ctx), plus=self.b))
        def make():
            offset = 0.25
            def shifted(x):
                return x + offset
            class S(Base):
                b: float = 7.0
                TWICE = 2.0
                def size(self, ctx):
                    return shifted(self.a) * self.TWICE
            return S
        S = make()
    """)
    events = trades(50)
    answers = Host(prepare(cls, jit=jit, a=2.0)).run(events)
    assert (answers.requests["qty"] == (2.25 * 2.0) * 3 + 7.0).all()
    assert len(answers.rows) == (events["side"] == 1).sum() > 0


@BOTH
def test_annotations_may_be_text(tmp_path, trades, jit):
    path = tmp_path / "later.py"
    path.write_text(
        "from __future__ import annotations\nimport pyrt\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from nowhere import Context\n"
        "class S(pyrt.Strategy):\n    fast: int = 2\n    size: float = 1\n"
        "    def start(self, ctx: Context) -> None:\n        self.n: int = 0\n"
        "    def on_trade(self, ctx: Context, trade) -> None:\n        self.n += self.fast\n"
        "        if self.n % 4 == 0:\n            ctx.market(self.size)\n"
    )
    spec = importlib.util.spec_from_file_location("later", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    answers = Host(prepare(module.S, jit=jit)).run(trades(6))
    assert list(answers.rows) == [1, 3, 5]
