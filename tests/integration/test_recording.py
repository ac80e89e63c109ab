"""A recording through simulator, WebSocket, engine, ring and SharedFeed, against the venue's own quotes."""

import json
from collections import defaultdict

import numpy as np
import pytest

from pyrt.live import SharedFeed
from pyrt.types import RECORDS, Flag, Kind, Side, State
from tests.integration.stack import running, simulated

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_binary")]
SYMBOLS = {"NKNUSDT": "NKN-USDT", "BLZETH": "BLZ-ETH", "LRCBTC": "LRC-BTC", "RUNEEUR": "RUNE-EUR"}


def quotes_of(path):
    """The venue's own best prices by symbol: update id, bid, bid size, ask, ask size."""
    quotes = defaultdict(list)
    for line in path.read_text().splitlines():
        message = json.loads(line.split("\t", 1)[1])
        if message["stream"].endswith("@bookTicker"):
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
        assert venue.read_json(timeout=60) == {"event": "end"}
        windows = [feed.poll(copy=True)]
        windows += [window.copy() for window in feed.follow(timeout=0.5)]
        assert feed.lost == 0
        names = {instrument.id: instrument.symbol for instrument in feed.instruments}
    records = [record for window in windows for record in as_dicts(window)]
    states = [record["flags"] & 0xFF for record in records if record["kind"] == Kind.STATE]
    after_sync = states[states.index(State.SYNCED) :]
    assert State.RESYNCING not in after_sync or after_sync.count(State.RESYNCING) <= len(SYMBOLS) - 1
    compared = equal = 0
    for instrument, first, last, top in tops_after_messages(records):
        known = [quote for quote in quotes[names[instrument]] if first < quote[0] <= last]
        if known:
            compared += 1
            bid, bid_qty, ask, ask_qty = top
            equal += (bid, bid_qty, ask, ask_qty) == known[-1][1:]
    assert (equal, compared) == (35, 35)
