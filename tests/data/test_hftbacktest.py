"""hftbacktest's rows as records."""

import numpy as np
import pytest

from pyrt import Backtest, Strategy
from pyrt.backtest import Simulation
from pyrt.data.importers.hftbacktest import HFT_EVENT, load_hftbacktest
from pyrt.errors import DataError, DTypeError, InputError
from pyrt.grid import Grid
from pyrt.types import RECORDS, Flag, Instrument, Kind

BTC = Instrument("binance:BTC-USDT", tick=Grid.parse("0.5"), lot=Grid.parse("0.1"))
BOTH, VENUE, STRATEGY, BUY, SELL = 3 << 30, 1 << 31, 1 << 30, 1 << 29, 1 << 28
DEPTH, TRADE, CLEAR, SNAPSHOT, BBO = range(1, 6)


def rows_of(*rows):
    """One row each: ev, exch_ts, local_ts, px, qty."""
    made = np.zeros(len(rows), HFT_EVENT)
    for place, row in enumerate(rows):
        made[place] = (*row, 0, 0, 0.0)
    return made


def told(events):
    """Kind, side, flags, times, price and quantity of each record."""
    names = ("event_time", "receive_time", "price", "qty")
    rows = events.view(RECORDS[Kind.DELTA])
    heads = ((Kind(row["kind"]).name, int(row["side"]), Flag(int(row["flags"]))) for row in rows)
    return [(*head, *row.tolist()) for head, row in zip(heads, rows[list(names)], strict=True)]


def test_a_message_is_whole_after_its_last_level():
    rows = rows_of(
        (BOTH | BUY | DEPTH, 10, 15, 99.5, 1.0),
        (BOTH | SELL | DEPTH, 10, 15, 100.0, 2.0),
        (BOTH | BUY | TRADE, 10, 15, 100.0, 0.5),
        (BOTH | SELL | DEPTH, 10, 15, 100.0, 1.5),
        (BOTH | SELL | DEPTH, 10, 16, 100.5, 1.5),
        (BOTH | TRADE, 12, 16, 100.0, 0.1),
    )
    last, none = Flag.LAST, Flag(0)
    assert told(load_hftbacktest(rows, BTC)) == [
        ("DELTA", 1, none, 10, 15, 99.5, 1.0),
        ("DELTA", 2, last, 10, 15, 100.0, 2.0),
        ("TRADE", 1, none, 10, 15, 100.0, 0.5),
        ("DELTA", 2, last, 10, 15, 100.0, 1.5),
        ("DELTA", 2, last, 10, 16, 100.5, 1.5),
        ("TRADE", 0, none, 12, 16, 100.0, 0.1),
    ]


def test_records_are_numbered_and_of_their_instrument():
    events = load_hftbacktest(rows_of(*[(BOTH | BUY | DEPTH, t, t, 99.5, 1.0) for t in range(5)]), BTC, row=3)
    assert events["stamp"].tolist() == list(range(5))
    assert set(events["instrument"].tolist()) == {3}


def test_a_snapshot_is_told_as_the_whole_book_after_it():
    rows = rows_of(
        (BOTH | BUY | DEPTH, 1, 1, 99.0, 1.0),
        (BOTH | BUY | DEPTH, 1, 1, 98.0, 2.0),
        (BOTH | SELL | DEPTH, 1, 1, 101.0, 3.0),
        (BOTH | BUY | CLEAR, 5, 6, 98.5, 0.0),  # bids from the best to 98.5: 98 stands
        (BOTH | BUY | SNAPSHOT, 5, 6, 99.5, 0.7),
        (BOTH | BUY | DEPTH, 7, 8, 99.5, 0.6),
    )
    snapshot = Flag.SNAPSHOT
    assert told(load_hftbacktest(rows, BTC))[3:] == [
        ("DELTA", 1, snapshot, 5, 6, 0.0, 0.0),
        ("DELTA", 1, snapshot, 5, 6, 98.0, 2.0),
        ("DELTA", 1, snapshot, 5, 6, 99.5, 0.7),
        ("DELTA", 2, snapshot | Flag.LAST, 5, 6, 101.0, 3.0),
        ("DELTA", 1, Flag.LAST, 7, 8, 99.5, 0.6),
    ]


@pytest.mark.parametrize(
    ("clear", "left"),
    [
        ((BOTH | CLEAR, 0.0), []),
        ((BOTH | BUY | CLEAR, np.inf), [(2, 101.0), (2, 102.0)]),
        ((BOTH | SELL | CLEAR, 101.0), [(1, 98.0), (1, 99.0), (2, 102.0)]),
    ],
)
def test_what_is_cleared_is_gone(clear, left):
    levels = [(BUY, 99.0), (BUY, 98.0), (SELL, 101.0), (SELL, 102.0)]
    rows = rows_of(*[(BOTH | side | DEPTH, 1, 1, px, 1.0) for side, px in levels], (clear[0], 5, 5, clear[1], 0.0))
    after = [(side, price) for _, side, _, _, _, price, qty in told(load_hftbacktest(rows, BTC))[4:] if qty]
    assert sorted(after) == left


def test_a_first_snapshot_and_best_prices_need_no_book():
    rows = rows_of(
        (BOTH | CLEAR, 1, 1, 0.0, 0.0),
        (BOTH | BUY | SNAPSHOT, 1, 1, 99.0, 1.0),
        (BOTH | SELL | SNAPSHOT, 1, 1, 101.0, 1.0),
        (BOTH | BUY | BBO, 2, 2, 99.0, 5.0),
    )
    assert told(load_hftbacktest(rows, BTC)) == [
        ("DELTA", 1, Flag(0), 1, 1, 99.0, 1.0),
        ("DELTA", 2, Flag.LAST, 1, 1, 101.0, 1.0),
    ]


def test_rows_apart_for_venue_and_strategy_are_joined():
    first, second = (BUY | DEPTH, 10, 30, 99.0, 1.0), (BUY | DEPTH, 20, 25, 99.0, 2.0)
    rows = rows_of((VENUE | first[0], *first[1:]), (BOTH | second[0], *second[1:]), (STRATEGY | first[0], *first[1:]))
    assert [row[3:] for row in told(load_hftbacktest(rows, BTC))] == [(20, 25, 99.0, 2.0), (10, 30, 99.0, 1.0)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(BUY | DEPTH, 1, 1, 99.0, 1.0)], "row 0: ev 0x20000001 has neither the flag of the venue"),
        ([(BOTH | DEPTH, 1, 1, 99.0, 1.0)], "row 0: ev 0xc0000001 is a level without a side"),
        ([(BOTH | BUY | 10, 1, 1, 99.0, 1.0)], "row 0: ev 0xe000000a is of kind 10"),
        ([(BOTH | TRADE, 1, 5, 99.0, 1.0), (BOTH | TRADE, 2, 4, 99.0, 1.0)], "row 1: local_ts 4 is earlier"),
        ([(BOTH | TRADE, 1, 1, 9.0, 1.0), (VENUE | TRADE, 2, 4, 99.0, 1.0)], "2 rows are for the venue and 1 for the"),
        ([(STRATEGY | TRADE, 1, 1, 9.0, 1.0), (VENUE | TRADE, 1, 1, 9.0, 2.0)], "row 0 has no row of the same event"),
        (
            [(BOTH | BUY | DEPTH, 1, 1, 99.3, 1.0), (BOTH | CLEAR, 2, 2, 0.0, 0.0)],
            r"row 0: price 99.3 or quantity 1.0 lies between two steps of binance:BTC-USDT \(tick 0.5, lot 0.1\)",
        ),
    ],
)
def test_what_cannot_be_read_is_named_with_its_row(rows, words):
    with pytest.raises(DataError, match=words):
        load_hftbacktest(rows_of(*rows), BTC)


def test_files_are_read_and_follow_each_other(tmp_path):
    days = [rows_of((BOTH | BUY | TRADE, t, t, 99.0, 1.0)) for t in (1, 2)]
    np.savez(tmp_path / "a.npz", data=days[0])
    np.save(tmp_path / "b.npy", days[1])
    events = load_hftbacktest([tmp_path / "a.npz", str(tmp_path / "b.npy")], BTC)
    assert events["event_time"].tolist() == [1, 2]
    (tmp_path / "c.npz").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"c\.npz: cannot be read"):
        load_hftbacktest(tmp_path / "c.npz", BTC)
    with pytest.raises(DataError, match="no such file"):
        load_hftbacktest(tmp_path / "d.npz", BTC)
    with pytest.raises(DTypeError, match="must be an array of hftbacktest's rows"):
        load_hftbacktest(np.zeros(3), BTC)
    with pytest.raises(InputError, match="has no tick and lot"):
        load_hftbacktest(days[0], Instrument("SPX"))


class Buyer(Strategy):
    """Buys at the market as soon as there is a book."""

    def start(self, ctx):
        self.asked = 0

    def on_book(self, ctx, delta):
        if self.asked == 0:
            self.asked = 1
            ctx.market(1.0)


def test_a_backtest_takes_the_rows_with_their_own_latency(tmp_path):
    rows = rows_of(
        (BOTH | BUY | DEPTH, 1_000, 9_000, 99.0, 5.0),
        (BOTH | SELL | DEPTH, 1_000, 9_000, 101.0, 5.0),
        (BOTH | SELL | DEPTH, 508_000, 520_000, 100.5, 5.0),  # there before the order, sent at 9,000, arrives
        (BOTH | SELL | DEPTH, 510_000, 530_000, 100.0, 5.0),
    )
    np.savez(tmp_path / "day.npz", data=rows)
    for data in (rows, tmp_path / "day.npz", str(tmp_path / "day.npz")):
        result = Backtest(data, instruments=[BTC]).run(Buyer)
        assert result.fills[["event_time", "price"]].tolist() == [(509_000, 100.5)]
        assert "event_time to receive_time" in result.assumptions["latency"]
    with pytest.raises(InputError, match="hftbacktest's rows are of one"):
        Backtest(rows, instruments=[BTC, BTC])


class Quoter(Strategy):
    """One lot at the best bid and ask, looked at ten times a second; trades only wake it up."""

    size: float = 0.1

    def start(self, ctx):
        self.begun = 0

    def on_trade(self, ctx, trade):
        if self.begun == 0:
            self.begun = 1
            ctx.timer(ctx.now + 100_000)

    def on_timer(self, ctx, event):
        for i in range(ctx.order_count):
            order = ctx.order(i)
            if order.price != (ctx.best_bid if order.side == 1 else ctx.best_ask):
                ctx.cancel(order.order_id)
        if ctx.order_count == 0 and ctx.bid_qty > 0.0 and ctx.ask_qty > 0.0:
            ctx.limit(self.size, ctx.best_bid, post_only=True)
            ctx.limit(-self.size, ctx.best_ask, post_only=True)
        ctx.timer(ctx.now + 100_000)


class Watching(Quoter):
    """Whose trades look at the book and the account, and do nothing with them."""

    def start(self, ctx):
        self.begun = 0
        self.seen = 0.0

    def on_trade(self, ctx, trade):
        self.seen = ctx.mid + ctx.equity
        if self.begun == 0:
            self.begun = 1
            ctx.timer(ctx.now + 100_000)


class Reading(Quoter):
    """Who is told of every change."""

    def start(self, ctx):
        self.begun = 0
        self.count = 0

    def on_book(self, ctx, delta):
        self.count += 1


def random_rows(n, late):
    """Levels around a price and trades, each its own message; some sizes are beyond 32 bits, some trades sideless."""
    rng = np.random.default_rng(7)
    buy, trade = rng.random(n) < 0.5, rng.random(n) < 0.1
    rows = np.zeros(n, HFT_EVENT)
    side = np.where(buy ^ trade, BUY, SELL) * ~(trade & (rng.random(n) < 0.05))
    rows["ev"] = np.where(trade, TRADE, DEPTH) | side | BOTH
    rows["px"] = (200 + np.where(buy, -1, 1) * np.where(trade, 1, rng.integers(1, 8, n))) * 0.5
    rows["qty"] = np.where(rng.random(n) < 0.001, 3e9, rng.integers(0, 30, n)) / 10
    rows["exch_ts"] = np.cumsum(rng.integers(1, 40_000, n))
    rows["local_ts"] = np.maximum.accumulate(rows["exch_ts"] + rng.integers(1, late, n))
    return rows


@pytest.mark.parametrize("strategy", [Quoter, Watching, Reading])
@pytest.mark.parametrize("late", [20_000, 200_000_000])  # one record is under way, or more than are kept in mind
def test_a_run_on_rows_is_the_run_on_their_records(strategy, late):
    rows = random_rows(30_000, late)
    runs = [
        Backtest(rows, instruments=[BTC]).run(strategy),
        Backtest(load_hftbacktest(rows, BTC), instruments=[BTC], simulation=Simulation(feed="recorded")).run(strategy),
    ]
    first, second = ([a.tobytes() for a in (r.commands, r.answers, r.equity_at_fills)] for r in runs)
    assert first == second
    assert dict(runs[0].totals) == dict(runs[1].totals)
    assert len(runs[0].fills) > 100


def test_what_handlers_look_at_changes_nothing():
    rows = random_rows(30_000, 50_000)
    looks, blind = (Backtest(rows, instruments=[BTC]).run(strategy) for strategy in (Watching, Quoter))
    assert looks.answers.tobytes() == blind.answers.tobytes()
    assert looks.equity_at_fills.tobytes() == blind.equity_at_fills.tobytes()
