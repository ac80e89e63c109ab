"""A recording through simulator, WebSocket, engine, ring and SharedFeed, against the venue's own quotes."""

import gzip
import json
import subprocess
from bisect import bisect
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from pyrt.data import OrderBook, read_recording
from pyrt.live import SharedFeed
from pyrt.types import RECORDS, Flag, Kind, Side, State
from tests.integration.stack import running, simulated

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_binary")]
SYMBOLS = {"NKNUSDT": "NKN-USDT", "BLZETH": "BLZ-ETH", "LRCBTC": "LRC-BTC", "RUNEEUR": "RUNE-EUR"}


def quotes_of(path):
    """The venue's own best prices by symbol: update id, bid, bid size, ask, ask size."""
    quotes = defaultdict(list)
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    for line in text.splitlines():
        message = json.loads(line.split("\t", 1)[1])
        if message.get("stream", "").endswith("@bookTicker"):
            q = message["data"]
            quotes[q["s"]].append((q["u"], *(float(q[key]) for key in "bBaA")))
    return quotes


def tops_after_messages(records):
    """Rebuild books from the ring: (instrument, first id, last id, top) after each whole depth message."""
    books = defaultdict(lambda: ({}, {}))
    in_snapshot = False
    for record in records:
        if record["kind"] != Kind.DELTA:
            continue
        snapshot = bool(record["flags"] & Flag.SNAPSHOT)
        if snapshot and not in_snapshot:
            books[record["instrument"]] = ({}, {})
        in_snapshot = snapshot
        first, last, price, qty = record["first_id"], record["last_id"], record["price"], record["qty"]
        side = books[record["instrument"]][0 if record["side"] == Side.BUY else 1]
        if qty == 0:
            side.pop(price, None)
        else:
            side[price] = qty
        if record["flags"] & Flag.LAST:
            in_snapshot = False
            bids, asks = books[record["instrument"]]
            if bids and asks and not snapshot:
                best_bid, best_ask = max(bids), min(asks)
                yield record["instrument"], first, last, (best_bid, bids[best_bid], best_ask, asks[best_ask])


def as_dicts(window):
    """Records as plain values, deltas with their fields."""
    rows = np.asarray(window)
    deltas = rows.view(RECORDS[Kind.DELTA])
    names = [name for name in deltas.dtype.names if not name.startswith("_")]
    return [dict(zip(names, row, strict=False)) for row in deltas[names].tolist()]


def read_to_the_end(venue, feed):
    """Return the records until the recording has ended, and the symbols by instrument."""
    assert venue.read_json(timeout=60) == {"event": "end"}
    windows = [feed.poll(copy=True)]
    windows += [window.copy() for window in feed.follow(timeout=0.5)]
    assert feed.lost == 0
    names = {instrument.id: instrument.symbol for instrument in feed.instruments}
    return [record for window in windows for record in as_dicts(window)], names


def compare(records, names, quotes):
    """Count the books that equal the venue's last quote of the same message, and all that have one."""
    compared = equal = 0
    for instrument, first, last, top in tops_after_messages(records):
        ids = [quote[0] for quote in quotes[names[instrument]]]
        known = bisect(ids, last)
        if known > bisect(ids, first):
            compared += 1
            bid, bid_qty, ask, ask_qty = top
            equal += (bid, bid_qty, ask, ask_qty) == quotes[names[instrument]][known - 1][1:]
    return equal, compared


def test_books_equal_the_venues_own_quotes(shared_data, name):
    folder = shared_data / "ws"
    streams, snapshots = folder / "binance_spot_streams.tsv", folder / "binance_spot_snapshots.tsv"
    quotes = quotes_of(streams)
    symbols = f"venues.binance.symbols={','.join(SYMBOLS.values())}"
    with (
        simulated("--recording", streams, snapshots, "--speed", "max") as (venue, address),
        running(name, address, symbols),
        SharedFeed.open(name, start="oldest") as feed,
    ):
        records, names = read_to_the_end(venue, feed)
    states = [record["flags"] & 0xFF for record in records if record["kind"] == Kind.STATE]
    after_sync = states[states.index(State.SYNCED) :]
    assert State.RESYNCING not in after_sync or after_sync.count(State.RESYNCING) <= len(SYMBOLS) - 1
    assert compare(records, names, quotes) == (35, 35)


@pytest.mark.parametrize(
    ("recording", "begin", "seconds", "speed", "messages"),
    [("made", 60, 30, "20", 250), ("binance_spot_btcusdt_20240808.tsv.gz", 200, 40, "max", 300)],
)
def test_a_slice_has_the_books_of_the_whole_recording(request, name, recording, begin, seconds, speed, messages):
    if recording == "made":
        path = Path(__file__).parents[2] / "examples" / "data" / "btc_made.tsv.gz"
    else:
        path = request.getfixturevalue("shared_data") / "ws" / recording
    slice_of = ("--from", begin, "--for", seconds, "--speed", speed)
    with (
        simulated("--recording", path, *slice_of) as (venue, address),
        running(name, address, "venues.binance.symbols=BTC-USDT", "shared_memory.ring_capacity=1048576") as engine,
        SharedFeed.open(name, start="oldest") as feed,
    ):
        records, names = read_to_the_end(venue, feed)
        engine.check()
    states = [record["flags"] & 0xFF for record in records if record["kind"] == Kind.STATE]
    assert states.count(State.RESYNCING) <= 1, "the snapshot did not join the messages that follow it"
    equal, compared = compare(records, names, quotes_of(path))
    assert equal == compared >= messages


def test_coinbases_orders_lead_to_coinbases_own_book(shared_data, tmp_path, engine_binary):
    source = shared_data / "l3" / "coinbase_full_btcusd_20160312_a.tsv"
    out = tmp_path / "orders.npy"
    subprocess.run([engine_binary, "convert", source, "-o", out], check=True, stdout=subprocess.DEVNULL)
    recording = read_recording(out)
    instrument = recording.instruments[0]
    book = OrderBook(instrument)
    # The recording's last record says that the connection is gone; the book stands as it was.
    book.apply(recording.events)
    truth = json.loads(source.with_name("coinbase_full_btcusd_20160312_a_expected.json").read_text())
    assert [list(level) for level in book.bids(50)] == truth["bids"]
    assert [list(level) for level in book.asks(50)] == truth["asks"]
