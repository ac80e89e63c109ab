"""DBN files, encoded by Databento's own library."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from pyrt import Grid, Instrument
from pyrt.data import OrderBook, load_databento, load_databento_bars, load_mbo
from pyrt.errors import DataError, MissingPiece
from pyrt.types import RECORDS, Kind, of_kind

dbn = pytest.importorskip("databento_dbn")
T0 = 1_703_512_800_000_000_000


def metadata(schema, **symbols):
    first, end = dt.date(2023, 12, 25), dt.date(2023, 12, 26)
    mappings = [
        SimpleNamespace(
            raw_symbol=name, intervals=[SimpleNamespace(start_date=first, end_date=end, symbol=str(number))]
        )
        for name, number in symbols.items()
    ]
    made = dbn.Metadata(
        "GLBX.MDP3", T0, dbn.SType.RAW_SYMBOL, dbn.SType.INSTRUMENT_ID, schema, [*symbols], [], [], mappings
    )
    return bytes(made)


def trade(number, after, price, size, side="A", sequence=1):
    price = round(price * 1e9)
    side = dbn.Side.ASK if side == "A" else dbn.Side.BID if side == "B" else dbn.Side.NONE
    return bytes(
        dbn.TradeMsg(1, number, T0 + after, price, size, dbn.Action.TRADE, side, 0, T0 + after + 50, sequence=sequence)
    )


def top(number, after, bid, ask, action=None, price=0.0, size=0):
    level = dbn.BidAskPair(
        dbn.UNDEF_PRICE if bid is None else round(bid * 1e9), round(ask * 1e9), 0 if bid is None else 3, 4, 1, 1
    )
    return bytes(
        dbn.MBP1Msg(
            1, number, T0 + after, round(price * 1e9), size, action or dbn.Action.ADD, dbn.Side.BID, 0, T0 + after + 50,
            levels=level,
        )
    )  # fmt: skip


def order(number, after, action, side, price, size, order_id, flags=0):
    made = dbn.MBOMsg(
        1, number, T0 + after, order_id, dbn.UNDEF_PRICE if price is None else round(price * 1e9), size, action, side,
        T0 + after + 50, flags=flags,
    )  # fmt: skip
    return bytes(made)


@pytest.fixture
def file(tmp_path):
    def write(*parts, name="day.dbn"):
        path, text = tmp_path / name, b"".join(parts)
        if path.suffix == ".zst":
            with pa.CompressedOutputStream(str(path), "zstd") as out:
                out.write(text)
        else:
            path.write_bytes(text)
        return path

    return write


@pytest.mark.parametrize("name", ["day.dbn", "day.dbn.zst"])
def test_trades(file, name):
    tape = load_databento(
        file(
            metadata(dbn.Schema.TRADES, ESH4=5602, NQH4=77),
            trade(5602, 0, 4822.25, 3, "A", 10),
            trade(77, 5, 17000.5, 1, "B", 11),
            trade(5602, 9, 4822.75, 2, "N", 12),
            trade(77, 9, 17000.5, 1, "B", 13),
            trade(5602, 9, 4822.75, 1, "B", 14),
            name=name,
        )
    )
    assert [one.name for one in tape.instruments] == ["glbx:NQH4-USD", "glbx:ESH4-USD"]
    assert [(one.tick.step, one.lot.step, one.symbol) for one in tape.instruments] == [
        (17000.5, 1.0, "NQH4"),
        (0.25, 1.0, "ESH4"),
    ]
    rows = tape.events.view(RECORDS[Kind.TRADE])
    fields = ["stamp", "event_time", "instrument", "side", "receive_time", "price", "qty", "trade_id"]
    assert rows[fields].tolist() == [
        (0, T0, 1, 2, T0 + 50, 4822.25, 3.0, 10),
        (1, T0 + 5, 0, 1, T0 + 55, 17000.5, 1.0, 11),
        (2, T0 + 9, 1, 0, T0 + 59, 4822.75, 2.0, 12),
        (3, T0 + 9, 0, 1, T0 + 59, 17000.5, 1.0, 13),
        (4, T0 + 9, 1, 1, T0 + 59, 4822.75, 1.0, 14),
    ]


def test_best_prices_and_the_trades_among_them(file):
    path = file(
        metadata(dbn.Schema.MBP_1, ESH4=5602),
        top(5602, 0, 4822.25, 4822.5),
        top(5602, 5, 4822.25, 4822.5, dbn.Action.TRADE, 4822.5, 2),
        top(5602, 9, None, 4822.5),
    )
    tape = load_databento(path, instruments={"ESH4": Instrument("cme:ES-USD-H4", Grid.parse("0.25"), Grid.parse("1"))})
    assert tape.instruments[0].name == "cme:ES-USD-H4"
    assert tape.events["kind"].tolist() == [Kind.QUOTE, Kind.TRADE, Kind.QUOTE, Kind.QUOTE]
    quotes = of_kind(tape.events, "quote")
    np.testing.assert_array_equal(quotes["bid"], [4822.25, 4822.25, np.nan])
    assert quotes["bid_qty"].tolist() == [3.0, 3.0, 0.0]
    assert quotes["ask_qty"].tolist() == [4.0, 4.0, 4.0]
    assert of_kind(tape.events, "trade")[["side", "price", "qty"]].tolist() == [(1, 4822.5, 2.0)]


def test_prices_of_a_second_without_a_trade_happened_when_they_were_received(file):
    level = dbn.BidAskPair(10**9, 2 * 10**9, 3, 4, 1, 1)
    body = [
        bytes(dbn.BBOMsg(0xC3, 1, 5602, event, 0, 0, dbn.Side.NONE, T0 + after, levels=level))
        for event, after in ((T0, 10**9), (dbn.UNDEF_TIMESTAMP, 2 * 10**9))
    ]
    quotes = of_kind(load_databento(file(metadata(dbn.Schema.BBO_1S, ESH4=5602), *body)).events, "quote")
    assert quotes["receive_time"].tolist() == [T0 + 10**9, T0 + 2 * 10**9]
    assert quotes["event_time"].tolist() == [T0, T0 + 2 * 10**9]


def test_orders_are_those_of_load_mbo(file):
    add, take, clear, trade_, fill = (dbn.Action.from_str(one) for one in "ACRTF")
    bid, ask, none = dbn.Side.BID, dbn.Side.ASK, dbn.Side.NONE
    big = 2**63 + 5
    rows = [
        (5602, 0, clear, none, None, 0, 0, 8),
        (77, 1, add, ask, 17000.5, 2, 9, 128),
        (5602, 2, add, bid, 4822.25, 3, big, 128),
        (5602, 3, trade_, ask, 4822.25, 1, 0, 0),
        (5602, 3, fill, bid, 4822.25, 1, big, 0),
        (5602, 3, take, bid, 4822.25, 1, big, 128),
    ]
    head = metadata(dbn.Schema.MBO, ESH4=5602, NQH4=77)
    tape = load_databento(file(head, *(order(*row) for row in rows)))
    assert [(one.symbol, one.tick.step, one.lot.step) for one in tape.instruments] == [
        ("NQH4", 17000.5, 2.0),
        ("ESH4", 4822.25, 1.0),
    ]
    made = tape.events.view(RECORDS[Kind.ORDER])
    assert made["stamp"].tolist() == [0, 1, 2, 3, 4]
    for row, (symbol, number) in enumerate([("NQH4", 77), ("ESH4", 5602)]):
        mine = [one for one in rows if one[0] == number]
        table = {
            "ts_event": [T0 + one[1] for one in mine],
            "ts_recv": [T0 + one[1] + 50 for one in mine],
            "order_id": np.array([one[6] for one in mine], np.uint64),
            "action": [str(one[2]) for one in mine],
            "side": [str(one[3]) for one in mine],
            "price": [np.nan if one[4] is None else one[4] for one in mine],
            "size": [one[5] for one in mine],
            "flags": [one[7] for one in mine],
        }
        expected = load_mbo(table, tape.instruments[row]).view(RECORDS[Kind.ORDER])
        got = made[made["instrument"] == row]
        for name in set(got.dtype.names) - {"stamp", "instrument"}:
            np.testing.assert_array_equal(got[name], expected[name], err_msg=f"{symbol} {name}")
    book = OrderBook(tape.instruments[1])
    book.apply(tape.events[tape.events["instrument"] == 1])
    assert book.queue("buy", 4822.25) == [(big, 2.0)]
    with pytest.raises(DataError, match="ts_recv of ESH4's orders goes back"):
        load_databento(file(head, order(*rows[2]), order(*rows[0])))


def test_bars(file):
    bar = dbn.OHLCVMsg(0x21, 1, 5602, T0, *(round(price * 1e9) for price in (1.5, 3.0, 1.0, 2.0)), 12)
    path = file(metadata(dbn.Schema.OHLCV_1M, ESH4=5602), bytes(bar))
    bars = load_databento_bars(path)
    assert bars.time.tolist() == [T0 + 60_000_000_000]
    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0], bars.volume[0]) == (1.5, 3.0, 1.0, 2.0, 12.0)
    with pytest.raises(DataError, match="holds bars of ESH4; name one as symbol="):
        load_databento_bars(path, "NQH4")
    with pytest.raises(DataError, match="holds OHLCVMsg records; read here are trades, mbp-1"):
        load_databento(path)


def test_what_cannot_be_read(file, monkeypatch):
    head = metadata(dbn.Schema.TRADES, ESH4=5602)
    with pytest.raises(DataError, match="ends in the middle of a record, 20 bytes are left"):
        load_databento(file(head, trade(5602, 0, 1.0, 1)[:20]))
    with pytest.raises(DataError, match="holds no trade, no best price and no order"):
        load_databento(file(head))
    with pytest.raises(DataError, match=r"cannot be read as DBN|is no DBN file"):
        load_databento(file(b"PK\x03\x04 something else altogether, long enough to be a header of some kind"))
    with pytest.raises(DataError, match="is no DBN file, or ends in its header"):
        load_databento(file(head[:40]))
    with pytest.raises(DataError, match="holds TradeMsg records, no bars"):
        load_databento_bars(file(head, trade(5602, 0, 1.0, 1)))
    monkeypatch.setitem(__import__("sys").modules, "databento_dbn", None)
    with pytest.raises(MissingPiece, match="pip install databento-dbn"):
        load_databento(file(head))
