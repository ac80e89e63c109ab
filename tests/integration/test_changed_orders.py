"""Orders that a strategy changes, live: stops, stop-limits, icebergs and a bracket over real sockets.

The market stands still but for one event at a time, half a second apart, so that what the strategy asks for has
arrived before the next one in any host: then the engine's fills are the backtester's.
"""

import itertools
import json

import numpy as np
import pytest

import pyrt
from pyrt.backtest.parity import decide_again, tell
from pyrt.cli.paper import _configure, engine_settings
from pyrt.data import read_recording
from pyrt.live import EngineProcess
from pyrt.types import Flag, Kind, of_kind

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
STEPS = [
    # price, quantity, taker: what trades between two looks at the book
    (100.00, 0.00001, "sell"),
    (100.00, 0.00001, "buy"),
    (99.55, 0.3, "sell"),  # half of the bid
    (99.65, 0.1, "sell"),
    (100.30, 0.00001, "buy"),  # the stop's trigger
    (100.00, 0.00001, "sell"),
    (100.05, 0.1, "buy"),  # what the iceberg shows
    (100.05, 0.1, "buy"),
    (100.07, 0.5, "buy"),
    (100.00, 0.00001, "sell"),
    (100.00, 0.00001, "sell"),
    (99.45, 0.00001, "sell"),  # the bracket's stop
    (100.00, 0.00001, "sell"),
    (100.00, 0.00001, "sell"),
    (99.20, 0.00001, "sell"),  # the stop-limit's trigger
    (100.00, 0.00001, "sell"),
    (100.04, 0.1, "buy"),
    (100.00, 0.00001, "sell"),
    (100.06, 0.3, "buy"),
    (100.00, 0.00001, "sell"),
]


class Changing(pyrt.Strategy):
    """Does one thing a trade: a stop, a bid, an iceberg, a bracket, a stop-limit, and changes of each."""

    def start(self, ctx):
        self.step: int = 0
        self.stop: int = 0
        self.bid: int = 0
        self.other: int = 0
        self.modified: int = 0

    def on_order(self, ctx, order):
        if order.flags & 255 == 14:
            self.modified += 1
            ctx.signal(float(self.modified))

    def on_trade(self, ctx, trade):
        self.step += 1
        if self.step == 1:
            self.stop = ctx.stop(0.5, 100.50)
            self.bid = ctx.limit(1.0, 99.55)
        elif self.step == 2:
            ctx.modify(self.stop, trigger=100.30)
            ctx.modify(self.bid, qty=0.6)
        elif self.step == 3:
            ctx.modify(self.bid, price=99.65)
        elif self.step == 6:
            self.other = ctx.limit(-0.4, 100.05, display=0.1)
        elif self.step == 8:
            ctx.modify(self.other, price=100.07)
        elif self.step == 10:
            ctx.cancel_all()
            self.other = ctx.bracket(0.5, 100.10, 101.0, 99.40)
        elif self.step == 11:
            ctx.modify(self.other + 2, trigger=99.45)
        elif self.step == 13:
            self.other = ctx.stop_limit(-0.3, 99.00, 100.08)
        elif self.step == 14:
            ctx.modify(self.other, trigger=99.20, price=100.06)
        elif self.step == 16:
            ctx.modify(self.other, price=100.04)
        elif self.step == 17:
            ctx.modify(self.other, qty=0.25)
        elif self.step == 18:
            ctx.modify(self.other, qty=0.2, price=100.06)


def recording(path):
    """Write what Binance could have sent: a book that stands, and between two of its messages one trade."""
    ids = itertools.count(11)
    lines = []

    def say(at, message):
        lines.append(f"{START + at}\t{json.dumps(message, separators=(',', ':'))}\n")

    def stream(at, kind, **data):
        ms = (START + at) // 1_000_000
        say(at, {"stream": f"btcusdt@{kind}", "data": {**data, "s": "BTCUSDT"} | ({"E": ms} if "e" in data else {})})

    def levels(first, step):
        return [[f"{first + step * k:.2f}", "5.00000"] for k in range(8)]

    body = {"lastUpdateId": 10, "bids": levels(99.90, -0.1), "asks": levels(100.10, 0.1)}
    say(0, {"url": "/api/v3/depth?symbol=BTCUSDT&limit=1000", "body": body})

    def look(at):
        number = next(ids)
        size = f"{1 + number % 2}.00000"
        stream(at, "depth@100ms", e="depthUpdate", U=number, u=number, b=[["90.00", size]], a=[])
        stream(at + 1_000_000, "bookTicker", u=number, b="99.90", B="5.00000", a="100.10", A="5.00000")

    for k in range(4):
        look((k + 1) * SECOND // 2)
    for k, (price, qty, taker) in enumerate(STEPS):
        at = (3 + k) * SECOND
        trade = {
            "p": f"{price:.2f}",
            "q": f"{qty:.5f}",
            "T": (START + at) // 1_000_000,
            "m": taker == "sell",
            "M": True,
        }
        stream(at, "trade", e="trade", t=1 + k, **trade)
        look(at + SECOND // 2)
    path.write_text("".join(lines))
    return path


def fills_of(records):
    """Return order, side, price, quantity and whether it rested, of each fill."""
    fills = of_kind(records, Kind.FILL)
    maker = (fills["flags"] & Flag.MAKER) != 0
    return list(
        zip(
            (fills["client_order_id"] & 0xFFFF_FFFF).tolist(),
            fills["side"].tolist(),
            fills["price"].tolist(),
            fills["qty"].tolist(),
            maker.tolist(),
            strict=True,
        )
    )


@pytest.mark.engine
@pytest.mark.usefixtures("engine_binary")
def test_changed_orders_fill_live_as_in_the_backtester(tmp_path, name, monkeypatch):
    monkeypatch.setenv("PYRT_RUNTIME_DIR", str(tmp_path / "sockets"))
    path = recording(tmp_path / "still.tsv")
    config = _configure(tmp_path, name, {"changing": (Changing, {})}, 50_000.0)
    arguments = ["simulate", "--listen", "127.0.0.1:0", "--recording", str(path), "--speed", "1", "--held"]
    with EngineProcess(*arguments) as venue:
        ready = venue.read_json()
        settings = engine_settings(name, ready["listening"], **{"venues.binance.symbols": "BTC-USDT"})
        with EngineProcess("run", "--config", str(config), *settings) as engine:
            engine.wait_for_feed(name)
            engine.wait_for_messages(name)
            venue.release()
            venue.read_json(timeout=60.0)
            assert (engine.stop(), venue.stop()) == (0, 0)
    (journal,) = (tmp_path / "journal").glob("*.pyrt")
    telling = tell(journal, config, settings)
    live = fills_of(telling.records)

    found = pyrt.Backtest(read_recording(path), cash=50_000.0).run(Changing)
    backtest = fills_of(found.answers)
    assert live == backtest
    assert {fill[0] for fill in live} >= {1, 2, 3, 4, 6, 7}, "each of them has filled"

    again = decide_again(telling, {"changing": Changing})
    assert again.equal, again.difference
    counts = again.strategies["changing"].counts
    assert counts["modifies"] == 9
    assert counts["refused"] == 0
    assert counts["signals"] == len(found.signals), "told of each change, once"
    assert np.array_equal(found.signals["value"], np.arange(1.0, counts["signals"] + 1))
