"""Binance's public files: rows as the venue's documentation of them prints them."""

import zipfile

import numpy as np
import pytest

from pyrt import Grid, Instrument
from pyrt.backtest import Backtest
from pyrt.data import load_binance, load_binance_klines
from pyrt.errors import DataError, InputError
from pyrt.strategy import Strategy
from pyrt.types import RECORDS, InstrumentKind, Kind

SPOT = "28457,4.00000100,12.00000000,48.000012,1499865549590,True,True\n28458,4.10,1.5,6.15,1499865549590,False,True\n"
SPOT_US = "28457,4.00000100,12.00000000,48.000012,1735689600010866,True,True\n"
AGGREGATE = "26129,0.01633102,4.70443515,27781,27781,1498793709153,True,True\n"
FUTURES = "id,price,qty,quote_qty,time,is_buyer_maker\n5,29000.1,0.003,87.0003,1690848000071,false\n"
FUTURES_AGGREGATE = (
    "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n"
    "9,29000.10,0.003,5,5,1690848000071,true\n"
)
TICKER = (
    "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n"
    "1,29000.1,3.5,29000.2,0.25,1690848000071,1690848000075\n2,29000.1,3.25,29000.2,0.25,1690848000081,1690848000085\n"
)
KLINES = (
    "1499040000000,0.01634790,0.80000000,0.01575800,0.01577100,148976.11427815,1499644799999,2434.19055334,308,"
    "1756.87402397,28.46694368,0\n"
)


@pytest.fixture
def file(tmp_path):
    def write(name, text):
        path = tmp_path / name
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(f"{path.stem}.csv", text)
        else:
            path.write_text(text)
        return path

    return write


def rows(recording, kind, *fields):
    return recording.events.view(RECORDS[kind])[[*fields]].tolist()


@pytest.mark.parametrize("suffix", ["csv", "zip"])
def test_trades_of_the_spot_market(file, suffix):
    tape = load_binance(file(f"ETHBTC-trades-2017-07-12.{suffix}", SPOT))
    assert rows(tape, Kind.TRADE, "event_time", "receive_time", "side", "price", "qty", "trade_id") == [
        (1499865549590_000_000, 1499865549590_000_000, 2, 4.000001, 12.0, 28457),
        (1499865549590_000_000, 1499865549590_000_000, 1, 4.1, 1.5, 28458),
    ]
    (instrument,) = tape.instruments
    assert (instrument.name, instrument.symbol, instrument.kind) == ("binance:ETH-BTC", "ETHBTC", InstrumentKind.SPOT)
    assert (instrument.tick.step, instrument.lot.step) == (1e-6, 0.5)
    assert tape.events["stamp"].tolist() == [0, 1]


def test_microseconds_of_the_spot_market_since_2025(file):
    tape = load_binance(file("BTCUSDT-trades-2025-01-01.csv", SPOT_US))
    assert tape.events["event_time"].tolist() == [1735689600010866_000]


def test_other_kinds_and_markets(file):
    tape = load_binance(file("BNBBTC-aggTrades-2017-06.csv", AGGREGATE))
    assert rows(tape, Kind.TRADE, "side", "price", "qty", "trade_id") == [(2, 0.01633102, 4.70443515, 26129)]
    tape = load_binance(file("BTCUSDT-trades-2023-08-01.zip", FUTURES), market="usd-m")
    assert (tape.instruments[0].name, tape.instruments[0].kind) == ("binance:BTC-USDT-PERP", InstrumentKind.PERPETUAL)
    tape = load_binance(file("BTCUSD_PERP-aggTrades-2023-08-01.csv", FUTURES_AGGREGATE), market="coin-m")
    assert (tape.instruments[0].name, tape.instruments[0].kind) == ("binance:BTC-USD-PERP", InstrumentKind.INVERSE)
    assert tape.instruments[0].details["multiplier"] == 100.0
    tape = load_binance(file("ETHUSD_231229-trades-2023-08-01.csv", FUTURES), market="coin-m")
    assert (tape.instruments[0].name, tape.instruments[0].kind) == ("binance:ETH-USD-231229", InstrumentKind.INVERSE)
    assert tape.instruments[0].details["multiplier"] == 10.0
    tape = load_binance(file("BTCUSDT_231229-trades-2023-08-01.csv", FUTURES), market="usd-m")
    assert (tape.instruments[0].name, tape.instruments[0].kind) == ("binance:BTC-USDT-231229", InstrumentKind.FUTURE)
    assert not tape.instruments[0].details
    tape = load_binance(file("BTCUSDT-bookTicker-2023-08-01.zip", TICKER), market="usd-m")
    assert rows(tape, Kind.QUOTE, "event_time", "receive_time", "bid", "ask", "bid_qty", "ask_qty")[0] == (
        1690848000071_000_000,
        1690848000075_000_000,
        29000.1,
        29000.2,
        3.5,
        0.25,
    )


def test_several_files_and_a_given_instrument(file):
    btc = Instrument("binance:BTC-USDT", tick=Grid.parse("0.01"), lot=Grid.parse("0.001"))
    first = file("BTCUSDT-trades-2024-01-01.csv", "1,10.5,1,10.5,1704067200000,True,True\n")
    second = file("BTCUSDT-trades-2024-01-02.csv", "2,10.6,1,10.6,1704153600000,True,True\n")
    tape = load_binance(first, second, instrument=btc)
    assert tape.instruments == (btc,)
    assert rows(tape, Kind.TRADE, "price") == [(10.5,), (10.6,)]
    with pytest.raises(DataError, match=r"01-01.csv, row 0: is earlier than the one before; give the files in order"):
        load_binance(second, first)
    with pytest.raises(DataError, match=r"01-01.csv, row 0: has a number that came before"):
        load_binance(first, first)
    coarse = Instrument("binance:BTC-USDT", tick=Grid.parse("1"), lot=Grid.parse("1"))
    with pytest.raises(DataError, match="lies off the tick"):
        load_binance(first, instrument=coarse)


class Taker(Strategy):
    def on_trade(self, ctx, trade):
        ctx.signal(trade.price)


def test_a_strategy_runs_on_them(file):
    tape = load_binance(file("ETHBTC-trades-2017-07-12.csv", SPOT))
    assert Backtest(tape).run(Taker).signals["value"].tolist() == [4.000001, 4.1]


def test_klines_end_where_the_next_begins(file):
    bars = load_binance_klines(file("BNBBTC-1w-2017-07.csv", KLINES))
    assert bars.time.tolist() == [1499644800000_000_000]
    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0]) == (0.0163479, 0.8, 0.015758, 0.015771)
    assert bars.volume[0] == 148976.11427815


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "BTCUSDT-trades-2024-01-01.csv",
            "1,-3,1,1,1704067200000,True,True\n",
            r"row 0: price is -3.0; it must be above",
        ),
        ("BTCUSDT-trades-2024-01-01.csv", "1,3,nan,1,1704067200000,True,True\n", "row 0: qty is"),
        ("BTCUSDT-trades-2024-01-01.csv", "1,3,1,1,1704067200,True,True\n", "neither milliseconds nor microseconds"),
        ("BTCUSDT-trades-2024-01-01.csv", "1,3,1,1,1704067200000,maybe,True\n", "'maybe', neither true nor false"),
        ("BTCUSDT-trades-2024-01-01.csv", "1,3,1\n", "has 3 columns, trades have at least 6"),
        ("BTCUSDT-trades-2024-01-01.csv", "1,x,1,1,1704067200000,True,True\n", "cannot be read as trades: .*'x'"),
        ("BTCUSDT-trades-2024-01-01.csv", "", "is empty"),
        ("BTCUSDT-trades-2024-01-01.zip.csv", "PK\x03\x04", "has 1 columns"),
        ("BTCUSDT-1m-2024-01-01.csv", KLINES, "does not say what it holds; pass kind="),
        ("something.csv", SPOT, "does not say what it holds"),
        ("XYZABC-trades-2024-01-01.csv", SPOT, "does not say where its base ends"),
    ],
)
def test_what_cannot_be_read(file, name, text, words):
    with pytest.raises((DataError, InputError), match=words):
        load_binance(file(name, text))


def test_what_is_not_there(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        load_binance(tmp_path / "BTCUSDT-trades-2024-01-01.csv")
    with pytest.raises(InputError, match="give at least one file"):
        load_binance()
    with pytest.raises(InputError, match="market: must be one of 'spot', 'usd-m', 'coin-m', got 'futures'"):
        load_binance("x", market="futures")
    assert np.dtype(RECORDS[Kind.TRADE]).itemsize == 64
