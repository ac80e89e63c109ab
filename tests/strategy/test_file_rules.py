"""What holds for every stream of events: one order at a time, nothing before it is warm, and nothing of the future."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pyrt.strategy.abi import Action
from pyrt.strategy.file import load_strategy_file
from pyrt.strategy.file_runtime import FileStrategy, View
from pyrt.types import Side

SHIPPED = Path(__file__).parents[2] / "config" / "strategies" / "btc_momentum.toml"
FILE = load_strategy_file(SHIPPED)
MINUTE = FILE.period

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["trade", "trade", "trade", "quiet", "timer", "fill", "part", "cancel", "reject", "warming"]),
        st.integers(-MINUTE // 2, 3 * MINUTE),
        st.integers(9_000, 11_000),
    ),
    min_size=80,
    max_size=160,
)


class Bands:
    """High between the bands: in; low: out."""

    def predict_row(self, row):
        return min(max(float(row[3]), 0.0), 1.0)


class Desk:
    """A host that fills, cancels and rejects as the stream says, and checks what it is asked for."""

    def __init__(self):
        self.strategy = FileStrategy(FILE, Bands())
        self.position, self.live, self.now, self.decisions = 0.0, None, 0, []

    def take(self, decisions):
        for decision in decisions:
            self.decisions.append(decision)
            if decision.action in (Action.LIMIT, Action.MARKET):
                assert self.live is None, "one order at a time"
                assert self.strategy.warm
                assert not self.strategy.warming_up
                assert decision.qty > 0
                assert (decision.side == Side.BUY) == (self.position == 0.0)
                assert decision.side == Side.BUY or decision.qty == self.position
                self.live = decision
            elif decision.action == Action.CANCEL:
                assert self.live is not None
                assert decision.order_id == self.live.order_id

    def end(self, filled, status):
        order, self.live = self.live, None
        self.position += filled if order.side == Side.BUY else -filled
        self.strategy.on_order(order.order_id, status)
        assert self.strategy.order is None

    def event(self, kind, step, price):
        self.now += max(step, 0)
        cents = price / 100
        view = View(self.now, self.position, 1e5, cents - 0.01, cents)
        if kind == "trade":
            self.take(self.strategy.on_trade(self.now + min(step, 0), cents, 0.5, view))
        elif kind == "quiet":
            self.take(self.strategy.on_time(self.now, view))
        elif kind == "warming":
            self.strategy.warming_up = not self.strategy.warming_up
        elif self.live is not None:
            if kind == "timer":
                self.take(self.strategy.on_timer(self.live.order_id))
            elif kind == "part":
                self.end(self.live.qty / 2, 4)
            else:
                self.end(*{"fill": (self.live.qty, 3), "cancel": (0.0, 4), "reject": (0.0, 5)}[kind])


@given(events=EVENTS)
def test_the_rules_hold_for_every_stream(events):
    desk = Desk()
    for event in events:
        desk.event(*event)
    counts = desk.strategy.counts
    signals = sum(decision.action == Action.SIGNAL for decision in desk.decisions)
    assert counts.bars == counts.no_row + signals
    assert desk.strategy.fault is None


@given(events=EVENTS, cut=st.integers(1, 79))
def test_decisions_do_not_depend_on_what_comes_later(events, cut):
    whole, head = Desk(), Desk()
    for number, event in enumerate(events):
        if number == cut:
            assert whole.decisions == head.decisions
        whole.event(*event)
        if number < cut:
            head.event(*event)
    assert whole.decisions[: len(head.decisions)] == head.decisions


def test_the_streams_above_do_trade():
    desk = Desk()
    for number in range(600):
        desk.event("trade", MINUTE // 2, 10_000 + (number * 7919) % 301)
        desk.event("fill", 0, 10_000)
    assert sum(decision.action == Action.LIMIT for decision in desk.decisions) > 20
