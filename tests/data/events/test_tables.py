"""Tables of trades, quotes and deltas become the records that they describe, whatever holds them."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyrt
from pyrt.data import load_ticks
from pyrt.data.events import are_events, events_from
from pyrt.errors import DataError, DTypeError, InputError
from pyrt.types import EVENT, RECORDS, Flag, Kind, Side, of_kind
from tests.parity.market import BTC, ETH, START, Tape, random_market

STAMPS = START + 10**9 * np.arange(4)
TRADES = {"time": STAMPS, "price": [10.0, 11.0, 10.5, 10.0], "size": [1.0, 2.0, 3.0, 0.5]}
QUOTES = {"time": STAMPS, "bid": [9.0, 9.5, np.nan, 9.0], "ask": [11.0, 11.5, 11.0, 12.0]}

HOLDERS = {
    "dict": dict,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrow": pa.table,
    "structured": lambda columns: np.rec.fromarrays([np.asarray(c) for c in columns.values()], names=list(columns)),
    "times": lambda columns: pd.DataFrame({**columns, "time": pd.to_datetime(columns["time"], utc=True)}),
    "index": lambda columns: pd.DataFrame(columns).set_index(pd.to_datetime(columns["time"])).drop(columns="time"),
    "polars times": lambda columns: pl.DataFrame(columns).with_columns(pl.col("time").cast(pl.Datetime("ns"))),
}


@pytest.mark.parametrize("hold", HOLDERS.values(), ids=HOLDERS)
def test_trades_are_the_same_in_every_holder(hold):
    columns = {**TRADES, "side": ["buy", "Sell", "S", "none"], "trade_id": [7, 8, 9, 10], "noise": list("abcd")}
    assert are_events(hold(columns))
    events = events_from(hold(columns), [BTC])
    assert events.dtype == EVENT
    trades = of_kind(events, Kind.TRADE)
    assert len(trades) == 4
    assert trades["receive_time"].tolist() == trades["event_time"].tolist() == STAMPS.tolist()
    assert trades["price"].tolist() == TRADES["price"]
    assert trades["qty"].tolist() == TRADES["size"]
    assert trades["side"].tolist() == [Side.BUY, Side.SELL, Side.SELL, Side.NONE]
    assert trades["trade_id"].tolist() == [7, 8, 9, 10]
    assert trades["stamp"].tolist() == [0, 1, 2, 3]
    assert set(trades["flags"].tolist()) == {int(Flag.LAST)}
    assert not trades["instrument"].any()


@pytest.mark.parametrize("hold", HOLDERS.values(), ids=HOLDERS)
def test_quotes_may_lack_a_side_and_sizes(hold):
    quotes = of_kind(events_from(hold(QUOTES), [BTC]), Kind.QUOTE)
    np.testing.assert_array_equal(quotes["bid"], QUOTES["bid"])
    assert quotes["ask"].tolist() == QUOTES["ask"]
    assert set(quotes["bid_qty"].tolist()) == {1.0}
    sized = of_kind(events_from(hold({**QUOTES, "bid_size": [1, 2, 0, 4], "ask_size": [5, 6, 7, 8]}), [BTC]), "quote")
    assert sized["bid_qty"].tolist() == [1, 2, 0, 4]
    assert sized["ask_qty"].tolist() == [5, 6, 7, 8]


def test_binance_says_who_made_the_market():
    columns = {"time": STAMPS, "price": TRADES["price"], "qty": TRADES["size"]}
    events = events_from({**columns, "isBuyerMaker": [True, False, True, True]}, [BTC])
    assert events["side"].tolist() == [2, 1, 2, 2]


@pytest.mark.parametrize(
    "given",
    [
        ["True", "False", "False", "True"],  # as polars reads the spot market's files
        pl.Series(["true", "false", "false", "true"]),
        [1, 0, 0, 1],
        np.array([1.0, 0.0, 0.0, 1.0]),
        np.array([True, False, False, True], object),
    ],
)
def test_makers_in_words_and_numbers(given):
    told = events_from({**TRADES, "is_buyer_maker": given}, [BTC])
    assert told["side"].tolist() == [Side.SELL, Side.BUY, Side.BUY, Side.SELL]


def test_sides_and_makers_that_are_not_known():
    for name, codes in (("is_buyer_maker", [1.0, np.nan, 0.0, 1.0]), ("side", [-1.0, np.nan, 1.0, 2.0])):
        told = events_from({**TRADES, name: np.array(codes)}, [BTC])
        assert told["side"].tolist() == [Side.SELL, Side.NONE, Side.BUY, Side.SELL]
    told = events_from({**TRADES, "is_buyer_maker": np.array([True, None, False, True], object)}, [BTC])
    assert told["side"].tolist() == [Side.SELL, Side.NONE, Side.BUY, Side.SELL]


def test_trades_with_the_quote_beside_them_are_not_taken_for_quotes_alone():
    table = {**TRADES, "bid": np.full(4, 1.0), "ask": np.full(4, 2.0)}
    with pytest.raises(
        DataError, match=r"price, .*, bid, ask are of trades and of quotes; leave the columns of one out"
    ):
        events_from(table, [BTC])
    ticker = {name: column for name, column in table.items() if name in ("bid", "ask", "time", "ts")}
    ticker |= {"last": table["price"], "volume": np.ones(4)}
    assert set(events_from(ticker, [BTC])["kind"].tolist()) == {Kind.QUOTE}


def test_numbers_of_trades_keep_all_their_bits():
    ids = np.array([2**60 + 1, 2**60 + 2, 2**60 + 3, 2**64 - 1], np.uint64)
    told = of_kind(events_from({**TRADES, "trade_id": ids}, [BTC]), Kind.TRADE)
    assert told["trade_id"].tolist() == ids.tolist()


def test_times_of_the_venue_and_of_receipt():
    columns = {"event_time": STAMPS, "receive_time": STAMPS + 5, "price": TRADES["price"], "size": TRADES["size"]}
    trades = of_kind(events_from(columns, [BTC]), Kind.TRADE)
    assert trades["event_time"].tolist() == STAMPS.tolist()
    assert trades["receive_time"].tolist() == (STAMPS + 5).tolist()


def test_ticks_that_were_loaded_and_cleaned():
    ticks = load_ticks({**TRADES, "id": [4, 5, 6, 7]})
    trades = of_kind(events_from(ticks, [BTC]), Kind.TRADE)
    assert trades["price"].tolist() == TRADES["price"]
    assert trades["trade_id"].tolist() == [4, 5, 6, 7]


def test_instruments_by_name_symbol_row_or_table():
    names = {**TRADES, "symbol": ["BTCUSDT", "binance:ETH-USDT", "ETHUSDT", "BTCUSDT"]}
    assert events_from(pd.DataFrame(names), [BTC, ETH])["instrument"].tolist() == [0, 1, 1, 0]
    rows = {**TRADES, "instrument": [1, 0, 1, 1]}
    assert events_from(pd.DataFrame(rows), [BTC, ETH])["instrument"].tolist() == [1, 0, 1, 1]
    tables = {"ETHUSDT": pd.DataFrame(TRADES), "binance:BTC-USDT": pd.DataFrame(QUOTES)}
    merged = events_from(tables, [BTC, ETH])
    assert merged["instrument"].tolist() == [1, 0] * 4
    assert merged["kind"].tolist() == [1, 2] * 4
    assert merged["stamp"].tolist() == list(range(8))


def test_a_column_mixes_kinds():
    columns = {
        "time": STAMPS,
        "kind": ["quote", "delta", "Delta", "trade"],
        "price": [np.nan, 10.0, 11.0, 10.5],
        "qty": [np.nan, 4.0, 5.0, 1.0],
        "side": [None, "bid", "ask", "buy"],
        "bid": [9.0, np.nan, np.nan, np.nan],
        "ask": [12.0, np.nan, np.nan, np.nan],
        "bid_qty": [1.0, np.nan, np.nan, np.nan],
        "ask_qty": [2.0, np.nan, np.nan, np.nan],
        "trade_id": [0, 0, 0, 99],
    }
    events = events_from(pd.DataFrame(columns), [BTC])
    assert events["kind"].tolist() == [Kind.QUOTE, Kind.DELTA, Kind.DELTA, Kind.TRADE]
    assert of_kind(events, Kind.QUOTE)[["bid", "ask", "bid_qty", "ask_qty"]].tolist() == [(9.0, 12.0, 1.0, 2.0)]
    assert of_kind(events, Kind.DELTA)[["price", "qty", "side"]].tolist() == [(10.0, 4.0, 1), (11.0, 5.0, 2)]
    assert of_kind(events, Kind.TRADE)[["price", "qty", "trade_id"]].tolist() == [(10.5, 1.0, 99)]


def test_records_written_as_a_table_are_the_records():
    events, instruments = random_market(seed=9, count=400)
    assert set(np.unique(events["kind"])) == {1, 2, 3, 9}
    again = events_from(as_table(events), instruments)
    for name in ("event_time", "instrument", "kind", "side", "flags"):
        assert again[name].tolist() == events[name].tolist(), name
    for kind in (Kind.TRADE, Kind.QUOTE, Kind.DELTA):
        ours, theirs = of_kind(again, kind), of_kind(events, kind)
        fields = ["bid", "ask", "bid_qty", "ask_qty"] if kind == Kind.QUOTE else ["price", "qty"]
        assert ours[fields].tolist() == theirs[fields].tolist()


def as_table(events):
    """Records as columns by their names."""
    columns = {name: events[name] for name in ("event_time", "instrument", "kind", "side", "flags")}
    columns["receive_time"] = events["words"][:, 0]
    floats = events["words"].view(np.float64)
    quotes = events["kind"] == Kind.QUOTE
    for place, name in enumerate(("bid", "ask", "bid_qty", "ask_qty"), start=1):
        columns[name] = np.where(quotes, floats[:, place], np.nan)
    priced = np.isin(events["kind"], (Kind.TRADE, Kind.DELTA))
    for place, name in enumerate(("price", "qty"), start=1):
        columns[name] = np.where(priced, floats[:, place], 0.0)
    return pd.DataFrame(columns)


def test_the_last_delta_of_a_time_ends_its_message():
    deltas = {"time": [START, START, START + 1], "side": [1, 2, 1], "price": [9.0, 10.0, 9.5], "qty": [1.0, 1.0, 0.0]}
    table = {**deltas, "kind": ["delta"] * 3}
    assert events_from(pd.DataFrame(table), [BTC])["flags"].tolist() == [0, Flag.LAST, Flag.LAST]


def test_a_message_ends_whatever_else_came_at_its_time():
    """Rows of several kinds at one time: each delta but the last of its instrument and time goes on."""
    kinds = ["delta", "trade", "delta", "trade", "delta", "delta", "trade", "order", "delta", "order"]
    table = {
        "time": [1, 1, 1, 1, 2, 2, 2, 3, 3, 3], "kind": kinds, "side": 1, "price": 100.0, "qty": 1.0,
        "action": "add", "order_id": np.arange(10),
    }  # fmt: skip
    flags = events_from(pd.DataFrame(table), [BTC])["flags"] & Flag.LAST
    assert (flags != 0).tolist() == [False, True, True, True, False, True, True, False, True, True]


def test_a_run_on_a_table_is_a_run_on_its_records():
    tape = Tape()
    for k in range(40):
        tape.quote(START + k * 10**8, 99.0 + k % 7, 99.5 + k % 7)
        tape.trade(START + k * 10**8 + 5_000, 99.0 + k % 7, 0.5, 1 + k % 2)
    events = tape.events()
    tables = [as_table(events[events["kind"] == kind]) for kind in (Kind.QUOTE, Kind.TRADE)]
    terms = {"instruments": [BTC], "cash": 1000, "simulation": pyrt.backtest.Simulation(book="quotes")}
    of_records = pyrt.Backtest(events, **terms).run(Flip, jit=False)
    of_tables = pyrt.Backtest(tables, **terms).run(Flip, jit=False)
    assert len(of_records.fills) > 5
    assert of_tables.answers.tobytes() == of_records.answers.tobytes()
    assert of_tables.equity_curve.tobytes() == of_records.equity_curve.tobytes()


class Flip(pyrt.Strategy):
    """Buys at each third trade, sells at the next."""

    def start(self, ctx):
        self.seen: int = 0

    def on_trade(self, ctx, trade):
        self.seen += 1
        if self.seen % 3 == 0:
            ctx.target(0.1 if ctx.position == 0.0 else 0.0)


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=1, max_size=4))
def test_tables_are_merged_by_time_and_then_by_their_order(times):
    times = [sorted(some) for some in times if some]
    tables = [
        {"time": START + np.array(some), "price": np.full(len(some), 1.0 + k), "size": np.ones(len(some))}
        for k, some in enumerate(times)
    ]
    if not tables:
        return
    merged = of_kind(events_from(tables, [BTC]), Kind.TRADE)
    expected = sorted((time, k) for k, some in enumerate(times) for time in some)
    assert [(int(r["receive_time"]) - START, int(r["price"]) - 1) for r in merged] == expected


BAD = {
    "no time": ({"price": [1.0], "size": [1.0]}, DataError, "data: no time"),
    "no price": ({"time": STAMPS[:1], "size": [1.0]}, DataError, "or tables with a time and a price"),
    "no size": ({"time": STAMPS[:1], "price": [1.0]}, DataError, "trades need a column qty or size"),
    "missing time": (
        {**TRADES, "time": STAMPS.view("M8[ns]").copy()},
        DataError,
        r"data: row 2 has no time",
    ),
    "unsorted": (
        {**TRADES, "time": STAMPS[[0, 2, 1, 3]]},
        DataError,
        r"data: row 2 \(2023.*\) is earlier than the row",
    ),
    "NaN price": ({**TRADES, "price": [1.0, np.nan, 1.0, 1.0]}, DataError, r"price\[1\] is nan"),
    "infinite size": ({**TRADES, "size": [1.0, 1.0, np.inf, 1.0]}, DataError, r"size\[2\] is inf"),
    "seconds": ({**TRADES, "time": STAMPS // 10**9}, DataError, "integers are nanoseconds UTC"),
    "side": ({**TRADES, "side": ["buy", "up", "buy", "buy"]}, DataError, "side 'up' is none of"),
    "side in parts": ({**TRADES, "side": [1.0, 1.5, 2.0, 1.0]}, DataError, "row 1: a side is 1 or 'buy'.* not 1.5"),
    "maker": ({**TRADES, "is_buyer_maker": [0, 1, 2, 1]}, DataError, "is_buyer_maker '2' is none of 0, 0.0, 1"),
    "side code": ({**TRADES, "side": [1, 2, 3, 1]}, DataError, "a side is 1 or 'buy'"),
    "kind": ({**TRADES, "kind": ["trade", "bar", "tick", "trade"]}, DataError, "kind 'tick' is none of"),
    "symbol": ({**TRADES, "symbol": ["BTCUSDT", "X", "BTCUSDT", "X"]}, DataError, "instrument 'X' is none of"),
    "row": ({**TRADES, "instrument": [0, 0, 2, 0]}, DataError, "instrument 2 is not in the table of 1"),
    "text": ({**TRADES, "price": ["a", "b", "c", "d"]}, DTypeError, "price"),
    "another length": ({**TRADES, "price": [1.0]}, InputError, "lengths differ"),
    "no rows": ({"time": STAMPS[:0], "price": [], "size": []}, DataError, "holds no events"),
    "unknown name": ({"LTC": pd.DataFrame(TRADES)}, InputError, "'LTC' is none of the instruments"),
    "a path": (["trades.parquet"], Exception, "."),
}
BAD["missing time"][0]["time"][2] = "NaT"


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_what_cannot_be_events_is_refused_by_name(case):
    data, error, words = case
    with pytest.raises(error, match=words):
        pyrt.Backtest(data, instruments=[BTC])


def test_several_instruments_need_to_be_told_apart():
    with pytest.raises(DataError, match="2 instruments, and no column symbol"):
        pyrt.Backtest(pd.DataFrame(TRADES), instruments=[BTC, ETH])


def test_bars_are_no_events():
    bars = {"time": STAMPS, **dict.fromkeys(("open", "high", "low", "close"), np.ones(4)), "price": np.ones(4)}
    assert not are_events(bars)
    assert not are_events(pd.DataFrame(bars))
    assert not are_events("bars.parquet")
    assert not are_events([])
    assert are_events(np.zeros(1, RECORDS[Kind.TRADE]))
