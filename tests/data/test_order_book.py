"""Books of orders: against LOBSTER's own book row by row, a slow book, and the files of others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrt.data import OrderBook, load_lobster, load_mbo
from pyrt.errors import DataError, DTypeError, InputError
from pyrt.grid import Grid
from pyrt.types import EVENT, RECORDS, Flag, Instrument, Kind

NASDAQ = Instrument("nasdaq:X-USD", tick=Grid.parse("0.0001"), lot=Grid.parse("1"))
CENTS = Instrument("test:A-B", tick=Grid.parse("0.01"), lot=Grid.parse("1"))
NOTHING = 9_999_999_999


@pytest.mark.parametrize(("name", "depth"), [("lobster_msft_20120621_50_1000rows", 50), ("lobster_amzn_20120621_5", 5)])
def test_lobsters_books_are_equal_row_by_row(name, depth, shared_data):
    parquet = pytest.importorskip("pyarrow.parquet")
    files = [shared_data / "l3" / f"{name}_{kind}.parquet" for kind in ("message", "orderbook")]
    events = load_lobster(files[0], NASDAQ, date="2012-06-21", orderbook=files[1])
    levels = OrderBook(NASDAQ).levels(events, depth)
    table = parquet.read_table(files[1])
    truth = np.column_stack([column.to_numpy() for column in table.columns])
    truth[np.abs(truth) == NOTHING] = 0
    whole = levels[(events["flags"] & Flag.LAST) > 0]
    assert whole.shape == truth.shape
    assert np.array_equal(whole, truth)
    # What came into sight at the deep end was told from the truth; nearly all the rest came from messages.
    told = (events["kind"] == Kind.ORDER) & (events.view(RECORDS[Kind.ORDER])["order_id_high"] == 1)
    assert 0 < (told & (events["flags"] & 0xFF == 1)).sum() < 0.25 * len(events)


def test_a_market_by_order_file_makes_a_book(shared_data):
    es = Instrument("cme:ES-USD", tick=Grid.parse("0.25"), lot=Grid.parse("1"))
    events = load_mbo(shared_data / "l3" / "esh4_mbo_20231225.parquet", es)
    book = OrderBook(es)
    book.apply(events)
    slow = Slow()
    for record in events[events["kind"] == Kind.ORDER].view(RECORDS[Kind.ORDER]):
        slow.apply(record)
    for side, levels in ((1, book.bids(10**6)), (2, book.asks(10**6))):
        assert dict(levels) == slow.levels(side)
    best = book.bids(1)[0][0]
    assert [number for number, _ in book.queue("buy", best)] == slow.queue(1, best)


def test_snapshots_one_after_the_other_each_begin_anew():
    orders = np.zeros(6, RECORDS[Kind.ORDER])
    orders["kind"] = Kind.ORDER
    orders["flags"] = np.array([3, 1, 1, 3, 1, 1]) | Flag.SNAPSHOT
    orders["side"], orders["order_id_low"] = [0, 1, 1, 0, 1, 2], [0, 7, 8, 0, 7, 9]
    orders["price"], orders["qty"] = [0, 1, 1, 0, 1, 2], [0, 5, 6, 0, 4, 3]
    book = OrderBook(CENTS)
    book.apply(orders)
    assert (book.bids(), book.asks(), book.queue("buy", 1.0)) == ([(1.0, 4.0)], [(2.0, 3.0)], [(7, 4.0)])
    book.apply(orders[3:4])
    assert len(book) == 0


class Slow:
    """A book as a dict of side, price and quantity by id, the earliest first."""

    def __init__(self):
        self.orders = {}

    def apply(self, record):
        number, side, price, qty = (record[name].item() for name in ("order_id_low", "side", "price", "qty"))
        action = int(record["flags"]) & 0xFF
        if record["flags"] & Flag.SNAPSHOT:
            self.orders = {}
        elif action == 1:
            self.orders[number] = [side, price, qty]
        elif action == 2:
            order = self.orders[number]
            if price != order[1] or qty > order[2]:
                self.orders[number] = self.orders.pop(number)
            order[1:] = price, qty
        else:
            self.orders[number][2] -= qty or self.orders[number][2]
            if not self.orders[number][2]:
                del self.orders[number]

    def levels(self, side):
        found = {}
        for own, price, qty in self.orders.values():
            if own == side:
                found[price] = found.get(price, 0.0) + qty
        return found

    def queue(self, side, price):
        return [number for number, (own, at, _) in self.orders.items() if (own, at) == (side, price)]


def record(action, number, side=1, price=1.0, qty=1.0, flags=0):
    made = np.zeros(1, RECORDS[Kind.ORDER])
    made["kind"], made["side"], made["flags"], made["order_id_low"] = Kind.ORDER, side, action | flags, number
    made["price"], made["qty"] = price, qty
    return made.view(EVENT)


steps = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 40), st.integers(1, 2), st.integers(95, 105), st.integers(0, 9)),
    max_size=120,
)


@given(steps)
def test_a_book_equals_a_slow_one(steps):
    book, slow = OrderBook(CENTS), Slow()
    for action, number, drawn, price, qty in steps:
        there = slow.orders.get(number)
        one = record(action, number, there[0] if there else drawn, price / 100, float(qty))
        wrong = (there is not None) == (action == 1) or (action <= 2 and qty == 0)
        if wrong or (action > 2 and there is not None and qty > there[2]):
            with pytest.raises(DataError, match="row 0"):
                book.apply(one)
            continue
        book.apply(one)
        slow.apply(one.view(RECORDS[Kind.ORDER])[0])
        assert dict(book.bids(100)) == slow.levels(1)
        assert dict(book.asks(100)) == slow.levels(2)
        assert len(book) == len(slow.orders)
        for at in slow.levels(1):
            assert [found for found, _ in book.queue("buy", at)] == slow.queue(1, at)


def test_many_orders_are_found_again():
    book, rng = OrderBook(CENTS), np.random.default_rng(0)
    ids = rng.permutation(5000)
    book.apply(np.concatenate([record(1, int(i), price=1.0 + (int(i) % 50) / 100) for i in ids]))
    gone = rng.permutation(ids)[:4000]
    book.apply(np.concatenate([record(3, int(i), qty=0.0) for i in gone]))
    left = [i for i in ids.tolist() if i not in set(gone.tolist())]
    assert len(book) == 1000
    assert [i for i, _ in book.queue("buy", 1.07)] == [i for i in left if i % 50 == 7]


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (record(3, 5), "row 0: order 5 is not in the book"),
        (np.concatenate([record(1, 5), record(1, 5)]), "row 1: order 5 is in the book already"),
        (record(1, 5, price=1.005), r"row 0: price 1\.005 or quantity 1\.0 is off the grid"),
        (np.concatenate([record(1, 5), record(4, 5, qty=2.0)]), r"row 1: order 5 has not so much as 2\.0"),
        (record(1, 5, side=0), "row 0: side 0 or action 1 is none of an order's"),
    ],
)
def test_what_cannot_be_is_named_with_its_row(events, words):
    with pytest.raises(DataError, match=words):
        OrderBook(CENTS).apply(events)


def test_a_snapshot_empties_the_book():
    book = OrderBook(CENTS)
    book.apply(np.concatenate([record(1, 5), record(1, 6, price=1.01, flags=Flag.SNAPSHOT)]))
    assert book.bids() == [(1.01, 1.0)]
    with pytest.raises(DTypeError, match="must be an array of EVENT records"):
        book.apply(np.zeros(3))
    with pytest.raises(InputError, match="depth: must be at least 1"):
        book.levels(record(1, 7), depth=0)


def test_lobsters_own_files_are_read(tmp_path):
    (tmp_path / "m.csv").write_text(
        "34200.000000001,1,5,10,2238100,1\n34200.5,2,5,4,2238100,1\n34201,5,0,3,2238050,-1\n"
    )
    (tmp_path / "b.csv").write_text("2239500,100,2238100,10\n2239500,100,2238100,6\n2239500,100,2238100,6\n")
    events = load_lobster(tmp_path / "m.csv", NASDAQ, date="2012-06-21", orderbook=tmp_path / "b.csv")
    book = OrderBook(NASDAQ)
    book.apply(events)
    assert (book.bids(), book.asks()) == ([(223.81, 6.0)], [(223.95, 100.0)])
    assert events[events["kind"] == Kind.TRADE]["side"].tolist() == [1]  # a hidden ask was hit: the taker bought
    begin = np.datetime64("2012-06-21T13:30:00", "ns").astype(np.int64)  # 9:30 in New York
    assert (events["event_time"] - begin).tolist() == [1, 1, 500_000_000, 1_000_000_000]


def test_what_lobster_says_was_filled_is_a_trade_and_an_execution():
    table = {"time_ns": [1, 2, 3], "type": [1, 4, 4], "order_id": [5, 5, 8], "size": [9, 4, 3]}
    table |= {"price": [10_000] * 3, "direction": [1, 1, -1]}
    events = load_lobster(table, NASDAQ, date="2012-06-21")
    # Of order 8 nobody knows where it stood; that it traded is known.
    assert events["kind"].tolist() == [Kind.ORDER, Kind.TRADE, Kind.ORDER, Kind.TRADE]
    assert (events["flags"] & Flag.LAST > 0).tolist() == [True, False, True, True]
    assert events["side"].tolist() == [1, 2, 1, 1]  # a seller hit the bid; a buyer the unknown ask
    assert events["flags"][2] & 0xFF == 4


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"type": [9]}, "row 0 is of type 9"),
        (
            {"type": [1], "price": [223.81]},
            r"messages: price\[0\] is 223.81, and LOBSTER's are whole: prices in 1/10,000",
        ),
        ({"type": [1, 1], "size": [1.0, np.nan]}, r"messages: size\[1\] is nan"),
        ({"type": [1, 1], "order_id": [5, 5]}, "row 1 adds order 5, which is there already"),
        ({"type": [1, 4], "size": [1, 2]}, "row 1 takes 2 of order 5"),
        ({"type": [1, 3], "time_ns": [5, 4]}, "row 1 is earlier than the row before"),
    ],
)
def test_messages_that_cannot_be_are_named(rows, words):
    n = len(rows["type"])
    table = {"time_ns": [1] * n, "order_id": [5] * n, "size": [1] * n, "price": [10_000] * n, "direction": [1] * n}
    with pytest.raises(DataError, match=words):
        load_lobster(table | rows, NASDAQ, date="2012-06-21")
    with pytest.raises(DataError, match="no column time_ns"):
        load_lobster({"type": [1]}, NASDAQ, date="2012-06-21")


def test_fills_of_an_mbo_table_are_executions_and_what_follows_takes_no_more():
    rows = [  # order, action, side, size, last
        (1, "A", "B", 5, 128),
        (2, "A", "B", 2, 128),
        (0, "T", "A", 6, 0),
        (1, "F", "B", 5, 0),
        (2, "F", "N", 1, 0),
        (9, "F", "A", 4, 0),  # nobody has seen it
        (1, "C", "B", 5, 0),
        (2, "C", "B", 1, 128),  # the message ends with what is kept of it
        (0, "T", "A", 1, 0),
        (2, "F", "B", 1, 0),
        (2, "M", "B", 2, 128),  # it was filled, and shows its next part
        (0, "T", "A", 1, 0),
        (2, "F", "B", 1, 0),
        (2, "C", "B", 2, 128),  # one of them was canceled
    ]
    ids, action, side, size, flags = (list(column) for column in zip(*rows, strict=True))
    n = len(rows)
    table = {"ts_event": [1] * n, "ts_recv": [1] * n, "order_id": ids, "action": action, "side": side}
    events = load_mbo(table | {"price": [1.0] * n, "size": size, "flags": flags}, CENTS)
    orders = events.view(RECORDS[Kind.ORDER])
    codes, last = orders["flags"] & 0xFF, orders["flags"] & Flag.LAST > 0
    told = list(zip(codes.tolist(), orders["qty"].astype(int).tolist(), last.tolist(), strict=True))
    assert told == [
        (1, 5, True),
        (1, 2, True),
        (0, 6, False),
        (4, 5, False),
        (4, 1, True),
        (0, 1, False),
        (4, 1, False),
        (1, 2, True),
        (0, 1, False),
        (4, 1, False),
        (3, 1, True),
    ]
    assert orders["side"].tolist() == [1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1]
    book = OrderBook(CENTS)
    book.apply(events)
    assert len(book) == 0


def test_a_market_by_order_file_has_its_fills_as_executions(shared_data):
    es = Instrument("cme:ES-USD", tick=Grid.parse("0.25"), lot=Grid.parse("1"))
    events = load_mbo(shared_data / "l3" / "esh4_mbo_20231225.parquet", es)
    orders = events[events["kind"] == Kind.ORDER].view(RECORDS[Kind.ORDER])
    executed = orders["qty"][orders["flags"] & 0xFF == 4].sum()
    traded = events.view(RECORDS[Kind.ORDER])["qty"][events["kind"] == Kind.TRADE].sum()
    # An auction at the opening is told once, and fills both sides; a few fills are of orders that never rested.
    assert 0.98 * traded < executed < 1.05 * traded


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_times_of_an_mbo_table_may_be_datetimes(unit):
    pd = pytest.importorskip("pandas")
    table = {"ts_recv": [10**18, 10**18 + 7000], "ts_event": [10**18 - 5000, 10**18 - 4000], "order_id": [1, 2]}
    table |= {"action": ["A", "A"], "side": ["B", "A"], "price": [1.0, 2.0], "size": [1, 1], "flags": [128, 128]}
    expected = load_mbo(table, CENTS)
    frame = pd.DataFrame(table)
    for name in ("ts_recv", "ts_event"):
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit(unit)
    naive = frame.assign(ts_recv=frame["ts_recv"].dt.tz_localize(None))
    for table in (frame, naive, frame.set_index("ts_recv")):  # the last one is as Databento's to_df leaves it
        assert load_mbo(table, CENTS).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"action": ["X"]}, "row 0: action 'X' is none of"),
        ({"side": ["Q"]}, "row 0: side 'Q' is none of"),
        ({"size": [np.nan]}, "row 0: size of action 'A' is nan; drop that row"),
        ({"size": [-1]}, "row 0: size of action 'A' is -1; drop that row"),
        ({"price": [np.nan]}, "row 0: price of action 'A' is nan; drop that row"),
        ({"ts_recv": np.array(["NaT"], "M8[ns]")}, "row 0 has no ts_recv; drop that row"),
        ({"ts_recv": [1_703_512_800_000]}, "ts_recv: integers are nanoseconds UTC, and 1703512800000 would be"),
    ],
)
def test_mbo_rows_that_cannot_be_are_named(rows, words):
    table = {"ts_event": [1], "ts_recv": [1], "order_id": [1], "action": ["A"], "side": ["B"], "price": [1.0]}
    table |= {"size": [1], "flags": [0]}
    with pytest.raises(DataError, match=words):
        load_mbo(table | rows, CENTS)
    with pytest.raises(DataError, match="no column ts_event"):
        load_mbo({"action": ["A"]}, CENTS)
    empties = load_mbo(table | {"action": ["R"], "side": ["N"]}, CENTS)
    book = OrderBook(CENTS)
    book.apply(np.concatenate([record(1, 5), empties]))
    assert len(book) == 0
