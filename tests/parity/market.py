"""A small market of our own making: a book, quotes and trades that a real venue could have sent."""

import numpy as np

from pyrt.grid import Grid
from pyrt.types import EVENT, RECORDS, Flag, Instrument, Kind, Side, State

BTC = Instrument("binance:BTC-USDT", tick=Grid.parse("0.01"), lot=Grid.parse("0.0001"), symbol="BTCUSDT", id=0)
ETH = Instrument("binance:ETH-USDT", tick=Grid.parse("0.05"), lot=Grid.parse("0.001"), symbol="ETHUSDT", id=1)
START = 1_700_000_000_000_000_000


class Tape:
    """Records in the order of receipt."""

    def __init__(self):
        self.rows = []

    def put(self, kind, time, *, instrument=0, side=0, flags=0, late=1_000_000, **fields):
        """Append a record whose event was at `time`; it is received `late` ns after it."""
        row = np.zeros(1, RECORDS[kind])
        row["stamp"], row["kind"], row["event_time"] = len(self.rows), kind, time
        row["instrument"], row["side"], row["flags"], row["receive_time"] = instrument, side, flags, time + late
        for name, value in fields.items():
            row[name] = value
        self.rows.append(row.view(EVENT))

    def book(self, time, bids, asks, *, instrument=0, flags=0):
        """Append one message of levels (price, qty)."""
        levels = [(Side.BUY, *level) for level in bids] + [(Side.SELL, *level) for level in asks]
        for k, (side, price, qty) in enumerate(levels):
            words = {"side": side, "price": price, "qty": qty, "last_id": time}
            last = Flag.LAST if k == len(levels) - 1 else 0
            self.put(Kind.DELTA, time, instrument=instrument, flags=flags | last, **words)

    def trade(self, time, price, qty, side, *, instrument=0, late=1_000_000):
        """Append a trade; `side` is the taker's."""
        words = {"side": side, "price": price, "qty": qty, "late": late}
        self.put(Kind.TRADE, time, instrument=instrument, flags=Flag.LAST, **words)

    def quote(self, time, bid, ask, sizes=(1.0, 1.0), *, instrument=0):
        """Append a quote."""
        fields = {"bid": bid, "ask": ask, "bid_qty": sizes[0], "ask_qty": sizes[1]}
        self.put(Kind.QUOTE, time, instrument=instrument, flags=Flag.LAST, **fields)

    def synced(self, time, *, instrument=0, state=State.SYNCED):
        """Append a state."""
        self.put(Kind.STATE, time, instrument=instrument, flags=int(state))

    def events(self):
        """All records."""
        return np.concatenate(self.rows)


def random_market(seed, count=4000):
    """Two books that wander, with quotes and trades of both sides, resyncs, gaps in time and ties."""
    rng = np.random.default_rng(seed)
    tape, time = Tape(), START
    mids, instruments = [2_000_000, 40_000], (BTC, ETH)
    for row in (0, 1):
        tape.synced(time, instrument=row, state=State.FEED_UP)
        _snapshot(tape, rng, time, mids[row], row, instruments[row])
        tape.synced(time, instrument=row)
    for _ in range(count):
        time += int(rng.choice([0, 1_000, 1_000_000, 20_000_000, 900_000_000], p=[0.15, 0.2, 0.4, 0.24, 0.01]))
        row = int(rng.integers(2))
        instrument = instruments[row]
        step = rng.integers(-3, 4) if rng.random() < 0.4 else 0
        mids[row] += int(step)
        draw = rng.random()
        if draw < 0.45:
            _move(tape, rng, time, mids[row], row, instrument)
        elif draw < 0.6:
            price = instrument.tick.to_double
            tape.quote(time, price(mids[row] - 1), price(mids[row] + 1), rng.integers(1, 50, 2) / 10, instrument=row)
        elif draw < 0.995:
            side = int(rng.integers(1, 3))
            ticks = mids[row] + (1 if side == Side.BUY else -1) * int(rng.integers(0, 3))
            lots = int(rng.integers(1, 3000))
            tape.trade(time, instrument.tick.to_double(ticks), instrument.lot.to_double(lots), side, instrument=row)
        else:
            tape.synced(time, instrument=row, state=State.RESYNCING)
            _snapshot(tape, rng, time, mids[row], row, instrument)
            tape.synced(time, instrument=row)
    return tape.events(), instruments


def _levels(rng, mid, instrument, sign, count):
    prices = [instrument.tick.to_double(mid + sign * (1 + k)) for k in range(count)]
    return [(p, instrument.lot.to_double(int(rng.integers(1, 5000)))) for p in prices]


def _snapshot(tape, rng, time, mid, row, instrument):
    bids, asks = _levels(rng, mid, instrument, -1, 12), _levels(rng, mid, instrument, 1, 12)
    tape.book(time, bids, asks, instrument=row, flags=Flag.SNAPSHOT)


def _move(tape, rng, time, mid, row, instrument):
    """One message: levels across the mid vanish, those near it get new sizes."""
    price = instrument.tick.to_double
    gone = [(price(mid + k), 0.0) for k in range(4)], [(price(mid - k), 0.0) for k in range(4)]
    bids, asks = _levels(rng, mid, instrument, -1, 3), _levels(rng, mid, instrument, 1, 3)
    tape.book(time, gone[0] + bids, gone[1] + asks, instrument=row)
