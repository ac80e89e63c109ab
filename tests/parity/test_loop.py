"""The loop's rules on small streams worked by hand: proto/MATCHING.md, The loop."""

import numpy as np
import pytest

import pyrt
from pyrt.errors import DataError, InputError
from pyrt.strategy import StrategyFault
from pyrt.types import RECORDS, Flag, Kind, Side, State
from tests.parity import strategies
from tests.parity.market import BTC, ETH, START, Tape
from tests.parity.stage import MS, ms, run


@pytest.fixture
def tape(quiet):
    return quiet


def at(result):
    """Fills as (ms after START, price, qty, maker)."""
    return [
        (ms(f["receive_time"]), float(f["price"]), float(f["qty"]), bool(f["flags"] & Flag.MAKER)) for f in result.fills
    ]


class Once(pyrt.Strategy):
    """One order at the first trade."""

    kind: int = 0
    qty: float = 0.5
    price: float = 100.01

    def start(self, ctx):
        self.done: int = 0

    def on_trade(self, ctx, trade):
        if self.done == 0:
            self.done = 1
            if self.kind == 0:
                ctx.market(self.qty)
            else:
                ctx.limit(self.qty, self.price)


@pytest.mark.parametrize("jit", [True, False])
def test_an_order_pays_both_ways_of_latency(tape, jit):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)  # known at 11 ms; the order is there at 13, its answer here at 16
    tape.trade(START + 50 * MS, 100.01, 0.1, 1)
    result = run(tape, Once, jit=jit)
    assert at(result) == [(16, 100.02, 0.5, False)]
    assert result.commands["time"].tolist() == [START + 11 * MS]
    assert result.commands["client_order_id"].tolist() == [(1 << 48) + (1 << 32) + 1]
    assert result.totals["cash"] == (1000 * 100 - 5001) * 10**16
    assert result.totals["equity"] == (1000_000 - 50_010 + 50_005) * 10**15  # marked at the last trade, 100.01
    assert result.equity_at_fills.tolist() == [999.995]


def test_a_resting_order_fills_behind_the_queue(tape):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)  # a buy of 0.5 at 100.00 joins behind 1.0
    tape.trade(START + 20 * MS, 100.00, 1.2, 2)  # the first unit is before it: 0.2 for us
    tape.trade(START + 30 * MS, 99.99, 0.1, 2)  # beyond our price: the rest
    result = run(tape, Once, kind=1, price=100.0)
    assert at(result) == [(23, 100.0, 0.2, True), (33, 100.0, 0.3, True)]


def test_prices_go_to_the_passive_side_and_quantities_down(tape):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    tape.trade(START + 90 * MS, 100.01, 0.1, 1)
    buy = run(tape, Once, kind=1, qty=0.50009, price=99.997)
    sell = run(tape, Once, kind=1, qty=-0.50009, price=100.023)
    assert (buy.orders["price"].tolist(), sell.orders["price"].tolist()) == ([9999], [10003])
    assert (buy.orders["qty"].tolist(), sell.orders["qty"].tolist()) == ([5000], [5000])
    assert (buy.totals["rounded_prices"], buy.totals["rounded_quantities"]) == (1, 1)
    assert "1 orders were still live at the end" in buy.warnings


class Sizer(pyrt.Strategy):
    """Asks for a target, twice at once, then reduces by more than it has."""

    def start(self, ctx):
        self.trades: int = 0

    def on_trade(self, ctx, trade):
        self.trades += 1
        if self.trades == 1:
            ctx.target(0.5)
            ctx.target(0.5)
        elif self.trades == 2:
            ctx.market(-2.0, reduce_only=True)
            ctx.close()


def test_targets_and_reduce_only_count_what_is_on_its_way(tape):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    tape.trade(START + 50 * MS, 100.01, 0.1, 1)
    result = run(tape, Sizer)
    assert result.orders[["side", "qty"]].tolist() == [(1, 5000), (2, 5000)]
    assert result.totals["not_sent"] == 2
    assert result.totals["positions"] == [0]


class Barred(pyrt.Strategy):
    """Keeps what the bars of a second said, and when."""

    bars = "1s"
    history = 8

    def start(self, ctx):
        self.ends = np.zeros(8)
        self.closes = np.zeros(8)
        self.volumes = np.zeros(8)
        self.shown: int = 0

    def on_bar(self, ctx, bar):
        self.ends[self.shown] = (bar.event_time - 1_700_000_000_000_000_000) / 1e9
        self.closes[self.shown] = ctx.bar(0).close
        self.volumes[self.shown] = bar.volume
        self.shown += 1
        ctx.signal(bar.open, bar.high)


def test_bars_close_on_the_first_record_at_their_end_and_may_be_empty(tape):
    second = 1_000 * MS
    tape.trade(START + 100 * MS, 100.01, 0.1, 1)
    tape.trade(START + 900 * MS, 100.03, 0.2, 1)
    tape.quote(START + second, 100.0, 100.02)  # exactly at the end: closes the first
    tape.trade(START + 950 * MS + 2 * MS, 100.05, 0.4, 1, late=100 * MS)  # late: joins the second
    tape.synced(START + 4 * second + 5)  # closes the second, and an empty third and fourth
    result = run(tape, Barred)
    ends, closes, volumes = (np.frombuffer(result.state, np.float64)[-24:].reshape(3, 8)[k] for k in range(3))
    assert ends.tolist()[:5] == [1, 2, 3, 4, 0]
    assert closes.tolist()[:4] == [100.03, 100.05, 100.05, 100.05]
    assert volumes.tolist()[:4] == [0.1 + 0.2, 0.4, 0.0, 0.0]
    assert result.signals["value"].tolist() == [100.01, 100.05, 100.05, 100.05]
    sent = (result.signals["receive_time"] - START) // MS
    assert sent.tolist() == [1001, 4001, 4001, 4001]  # what a bar leads to is sent when it is known
    assert result.totals["late_trades"] == 1


class Watch(pyrt.Strategy):
    """Sets a timer at every trade; says when bars came, what they were, and when timers came."""

    bars = "1s"

    def on_trade(self, ctx, trade):
        ctx.timer(ctx.now + 1_500_000_000)

    def on_bar(self, ctx, bar):
        ctx.signal(bar.close, (bar.event_time - 1_700_000_000_000_000_000) / 1e9)
        ctx.timer(ctx.now + 300_000_000, tag=1)

    def on_timer(self, ctx, timer):
        ctx.signal(-1.0 - timer.tag, 0.0)


YEAR = 31_536_000_000 * MS


@pytest.mark.parametrize("lag", [2 * YEAR, MS, 0, -1_300 * MS, -YEAR])
@pytest.mark.parametrize("jit", [True, False])
def test_timers_close_bars_by_the_venues_clock_however_far_ours_is_off(lag, jit):
    tape = Tape()

    def put(kind, time, own_time=True, **fields):
        """A record that we receive at `time` + lag, with the venue's time or without."""
        late = {"late": lag} if own_time else {"late": 0}
        tape.put(kind, time if own_time else time + lag, flags=fields.pop("flags", int(Flag.LAST)), **late, **fields)

    levels = {"price": 100.0, "qty": 1.0, "side": 1}
    put(Kind.DELTA, START, own_time=False, **levels)  # a snapshot's, which carries no time of the venue
    put(Kind.TRADE, START + 100 * MS, price=100.01, qty=0.1, side=1)
    put(Kind.QUOTE, START + 200 * MS, own_time=False, bid=100.0, ask=100.02, bid_qty=1.0, ask_qty=1.0)
    put(Kind.STATE, START + 300 * MS, own_time=False, flags=int(State.SYNCED))
    # The timer of the trade comes 1.6 s after START: the bar of the first second ends with it.
    put(Kind.DELTA, START + 1_900 * MS, **levels)
    put(Kind.QUOTE, START + 2_100 * MS, own_time=False, bid=100.0, ask=100.02, bid_qty=1.0, ask_qty=1.0)
    put(Kind.STATE, START + 2_900 * MS, flags=int(State.SYNCED))
    result = run(tape, Watch, jit=jit)
    times = (result.signals["receive_time"] - lag - START) // MS
    said = zip(times.tolist(), result.signals["value"].tolist(), result.signals["confidence"].tolist(), strict=True)
    assert list(said) == [
        (1600, 100.01, 1.0),  # the bar, before the timer
        (1600, -1.0, 0.0),
        (1900, -2.0, 0.0),  # what a bar asks for counts from when it came
        (2100, 100.01, 2.0),  # a quote without a time of its own
        (2400, -2.0, 0.0),
    ]


def test_clocks_that_cannot_be_do_not_wrap(tape):
    far = 2**63 - 1
    tape.trade(START, 100.01, 0.1, 1)
    tape.put(Kind.QUOTE, -far, late=far + START + 2 * MS, bid=100.0, ask=100.02, bid_qty=1.0, ask_qty=1.0)
    tape.synced(START + 5_000 * MS)
    result = run(tape, Watch)  # the lag ends at the greatest number: the timer closes nothing, the last record does
    assert result.signals["value"].tolist() == [-1.0, *[100.01] * 5]


class Alarm(pyrt.Strategy):
    """Timers in the order (time, asking), one of them in the past, one beyond the end."""

    def start(self, ctx):
        self.armed: int = 0

    def on_trade(self, ctx, trade):
        if self.armed == 0:
            self.armed = 1
            ctx.timer(ctx.now + 5_000_000, tag=1)
            ctx.timer(ctx.now + 2_000_000, tag=2)
            ctx.timer(ctx.now + 5_000_000, tag=3)
            ctx.timer(0, tag=4)
            ctx.timer(ctx.now + 900_000_000, tag=5)

    def on_timer(self, ctx, timer):
        ctx.signal(timer.tag * 1.0, 1.0)


def test_timers_come_by_time_then_by_asking(tape):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    tape.trade(START + 50 * MS, 100.01, 0.1, 1)
    result = run(tape, Alarm)
    assert result.signals["value"].tolist() == [4, 2, 1, 3]
    assert ((result.signals["receive_time"] - START) // MS).tolist() == [11, 13, 16, 16]


class Canceler(pyrt.Strategy):
    """Rests an order and cancels it at every trade that follows."""

    def start(self, ctx):
        self.order: int = 0
        self.seen: int = 0

    def on_trade(self, ctx, trade):
        if self.order == 0:
            self.order = ctx.limit(0.5, 99.0)
        else:
            ctx.cancel(self.order)
            ctx.cancel_all()
            if ctx.order_count > 0:
                self.seen = ctx.order(0).status

    def on_order(self, ctx, update):
        ctx.signal(update.status * 1.0 + ctx.working_buy, 0.0)


def test_a_cancel_goes_out_once_and_the_order_lives_until_it_is_answered(tape):
    for after in (10, 20, 21, 22, 60):
        tape.trade(START + after * MS, 100.01, 0.1, 1)
    result = run(tape, Canceler)
    assert result.commands["action"].tolist() == [1, 2]
    assert result.signals["value"].tolist() == [1.5, 4.0]  # new with 0.5 working, canceled with none
    assert result.totals["live_orders"] == 0


class TooLarge(pyrt.Strategy):
    """Asks for numbers that no grid has."""

    which: int = 0

    def on_trade(self, ctx, trade):
        if self.which == 0:
            ctx.limit(1.0, 1e300)
        elif self.which == 1:
            ctx.stop(1e300, 100.0)
        elif self.which == 2:
            ctx.trailing_stop(1.0, 1e300)
        elif self.which == 3:
            ctx.stop_limit(1.0, 1e300, 100.0)
        elif self.which == 4:
            ctx.limit(1.0, 100.0, display=1e300)
        else:
            ctx.modify(1, trigger=1e300)


@pytest.mark.parametrize("which", range(6))
def test_what_is_too_large_is_refused(tape, which):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    with pytest.raises(StrategyFault, match="too large to be exact") as caught:
        run(tape, TooLarge, which=which)
    assert "record with stamp 2" in str(caught.value)


class Broken(pyrt.Strategy):
    """Divides by zero at the second trade."""

    def start(self, ctx):
        self.left = 1.0

    def on_trade(self, ctx, trade):
        self.left = 1.0 / self.left - 1.0


@pytest.mark.parametrize("jit", [True, False])
def test_a_fault_names_time_record_and_line(tape, jit):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    tape.trade(START + 20 * MS, 100.01, 0.1, 1)
    with pytest.raises(
        StrategyFault, match=rf"at {START + 21 * MS} ns, record with stamp 3: Broken.*, line \d\d+: div"
    ):
        run(tape, Broken, jit=jit)


class Restless(pyrt.Strategy):
    """Answers every timer with a timer at once."""

    def on_trade(self, ctx, trade):
        ctx.timer(0)

    def on_timer(self, ctx, timer):
        ctx.timer(0)


def test_a_strategy_that_calls_itself_without_end_is_stopped(tape):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    with pytest.raises(StrategyFault, match="without end"):
        run(tape, Restless, jit=True)


class Late(pyrt.Strategy):
    """Orders again at every answer."""

    def on_trade(self, ctx, trade):
        if ctx.order_count == 0:
            ctx.limit(0.1, 90.0)

    def on_order(self, ctx, update):
        ctx.market(0.1)


def test_after_the_last_record_requests_are_dropped_and_counted(tape):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    result = run(tape, Late)
    assert len(result.orders) == 1
    assert result.totals["after_the_end"] == 1
    assert any("after the last record" in warning for warning in result.warnings)


class EthOnly(pyrt.Strategy):
    """Sees its own instrument alone, as slot 0."""

    instruments = ("binance:ETH-USDT",)

    def on_trade(self, ctx, trade):
        ctx.signal(trade.price + ctx.slot + ctx.at(0).tick, 0.0)


def test_a_strategy_sees_the_instruments_that_it_names(tape):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    tape.trade(START + 11 * MS, 2000.05, 0.1, 1, instrument=1)
    result = run(tape, EthOnly, instruments=(BTC, ETH))
    assert result.signals["value"].tolist() == [2000.05 + 0.05]
    assert result.signals["instrument"].tolist() == [1]
    with pytest.raises(InputError, match="ETH-USDT' is not in the data, which has binance:BTC-USDT"):
        run(tape, EthOnly)


class Unmarked(pyrt.Strategy):
    """Buys on the book, and says what its position is worth."""

    def start(self, ctx):
        self.asked: int = 0

    def on_book(self, ctx, delta):
        if self.asked == 0:
            self.asked = 1
            ctx.market(0.5)
        else:
            ctx.signal(ctx.unrealized_pnl, ctx.equity)


def test_before_the_first_trade_a_position_is_marked_at_its_own_side(tape):
    tape.book(START + 20 * MS, [(99.9, 1.0)], [])
    tape.book(START + 30 * MS, [(100.0, 0.0), (99.9, 0.0)], [])
    result = run(tape, Unmarked)
    assert result.signals["value"].tolist() == [-0.01, 0.0]  # at the bid of 100.00; without one at cost
    assert result.signals["confidence"].tolist() == [999.99, 1000.0]


def test_data_that_cannot_be_is_refused(tape):
    tape.trade(START + 10 * MS, 100.013, 0.1, 1)
    with pytest.raises(DataError, match="stamp 2"):
        run(tape, Once)
    bars = Tape()
    bars.put(Kind.DELTA, START, side=1, flags=Flag.LAST, price=1.0, qty=1.0)
    bar = np.zeros(1, RECORDS[Kind.BAR])
    bar["kind"], bar["event_time"], bar["stamp"] = Kind.BAR, START + MS, 1
    bars.rows.append(bar.view(bars.rows[0].dtype))
    with pytest.raises(DataError, match="stamp 1: a bar"):
        run(bars, Once)
    leap = Tape()
    leap.trade(START, 100.0, 1.0, 1)
    leap.synced(START + 10**16, state=State.SYNCED)
    with pytest.raises(DataError, match="more than a million bars"):
        run(leap, Barred)


def test_a_backtest_on_events_refuses_what_is_of_bars(tape):
    events = tape.events()
    with pytest.raises(InputError, match="fees_bps"):
        pyrt.Backtest(events, instruments=[BTC], fees_bps=5)
    with pytest.raises(InputError, match="instruments"):
        pyrt.Backtest(events)
    test = pyrt.Backtest(events, instruments=[BTC])
    with pytest.raises(InputError, match="there are no bars"):
        test.run_signals([True], [False])
    for cash in (0, -1, float("nan"), 1e-9):
        with pytest.raises(InputError, match="cash"):
            pyrt.Backtest(events, instruments=[BTC], cash=cash)


def test_results_are_read_only_and_repeat(tape):
    tape.trade(START + 10 * MS, 100.01, 0.1, 1)
    first, second = run(tape, Once), run(tape, Once)
    assert first.commands.tobytes() == second.commands.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        first.commands["qty"][0] = 1
    assert first.to_frame("orders")["qty"].tolist() == [0.5]
    assert list(first.to_frame()["side"]) == ["buy"]
    assert set(strategies.ALL) == {"Cross", "Quoter", "Clock", "Ties", "Stopper"}


class Looker(pyrt.Strategy):
    """Says the best bid of the first instrument when the second one trades."""

    def on_trade(self, ctx, trade):
        if ctx.slot == 1:
            ctx.signal(ctx.at(0).bid, 0.0)


@pytest.mark.parametrize("jit", [True, False])
def test_half_a_message_is_not_seen(tape, jit):
    """Nobody has looked since the last whole message when the next one begins."""
    tape.book(START + 10 * MS, [(100.00, 2.0)], [(100.02, 2.0)])
    words = {"price": 100.01, "qty": 1.0, "last_id": START + 20 * MS}
    tape.put(Kind.DELTA, START + 20 * MS, side=Side.BUY, **words)
    tape.trade(START + 20 * MS, 50.00, 1.0, 1, instrument=1)
    tape.put(Kind.DELTA, START + 20 * MS, side=Side.SELL, flags=Flag.LAST, **words | {"price": 100.03})
    tape.trade(START + 30 * MS, 50.00, 1.0, 1, instrument=1)
    result = run(tape, Looker, jit=jit, instruments=(BTC, ETH))
    assert result.signals["value"].tolist() == [100.00, 100.01]


class Touch:
    """Looks at a book for others."""

    @staticmethod
    def of(ctx):
        return ctx.best_bid


class ByClass(pyrt.Strategy):
    """Says the best bid at each trade, by a function of a class."""

    def on_trade(self, ctx, trade):
        ctx.signal(Touch.of(ctx), 0.0)


class Parent(pyrt.Strategy):
    """Says the best bid at each trade."""

    def on_trade(self, ctx, trade):
        ctx.signal(ctx.best_bid, 0.0)


class ByParent(Parent):
    """Says the same by the handler that it replaces."""

    def on_trade(self, ctx, trade):
        Parent.on_trade(self, ctx, trade)


@pytest.mark.parametrize("strategy", [Parent, ByClass, ByParent])
@pytest.mark.parametrize("jit", [True, False])
def test_what_a_handler_reaches_by_a_class_sees_the_book(tape, strategy, jit):
    tape.book(START + 10 * MS, [(100.01, 2.0)], [])
    tape.trade(START + 20 * MS, 100.01, 1.0, 1)
    assert run(tape, strategy, jit=jit).signals["value"].tolist() == [100.01]


LIMITS = np.array([0.5, 1.5])


class OfArray(pyrt.Strategy):
    """Names an array of its module."""

    def on_trade(self, ctx, trade):
        ctx.signal(LIMITS.size * 1.0, 0.0)


def test_a_handler_may_name_an_array(tape):
    tape.trade(START + 20 * MS, 100.01, 1.0, 1)
    assert run(tape, OfArray).signals["value"].tolist() == [2.0]
