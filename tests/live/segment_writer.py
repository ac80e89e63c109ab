"""A second writer of segments, made from ``proto/SHM_LAYOUT.md`` alone: it shares no code with pyrt or the engine.

Tests use the class in their own process, where nothing happens by itself, or run the file as a program
(``python segment_writer.py NAME``), which beats its heart, obeys one command a line and answers each with a line::

    publish 100        records whose words are functions of their sequence
    stream 2.5         as fast as it can for so many seconds, in batches
    books 2.5          rewrite row 0 of the books for so many seconds
    close              set the closed flag and remove the name

Stores reach other processes in program order on x86-64, which is what the protocol's releases ask for; on other CPUs
the interpreter's own barriers between two stores are relied on, which is good enough for a test.
"""

import fcntl
import json
import mmap
import os
import struct
import sys
import threading
import time
from pathlib import Path

import numpy as np

EVENT = [
    ("stamp", "<u8"),
    ("event_time", "<i8"),
    ("instrument", "<u4"),
    ("kind", "u1"),
    ("side", "u1"),
    ("flags", "<u2"),
    ("words", "<i8", (5,)),
]
INSTRUMENT = [
    ("id", "<u4"),
    ("kind", "u1"),
    ("tick_exponent", "u1"),
    ("lot_exponent", "u1"),
    ("reserved", "u1"),
    ("tick_mantissa", "<i8"),
    ("lot_mantissa", "<i8"),
    ("multiplier", "<f8"),
    ("min_qty", "<f8"),
    ("min_notional", "<f8"),
    ("expiry", "<i8"),
    ("name", "S48"),
    ("symbol", "S32"),
    ("venue", "S16"),
    ("quote", "S16"),
    ("settlement", "S16"),
    ("reserved2", "V72"),
]
BTC = (0, 1, 2, 5, 0, 1, 1, 1.0, 1e-5, 5.0, 0, b"binance:BTC-USDT", b"BTCUSDT", b"binance", b"USDT", b"USDT", b"")
ETH = (1, 1, 2, 4, 0, 1, 1, 1.0, 1e-4, 5.0, 0, b"binance:ETH-USDT", b"ETHUSDT", b"binance", b"USDT", b"USDT", b"")
LEDGER = [("realized_pnl", "<f8"), ("unrealized_pnl", "<f8"), ("fees", "<f8")]
POSITION = [
    ("stamp", "<u8"),
    ("instrument", "<u4"),
    ("reserved", "<u4"),
    ("time", "<i8"),
    ("qty", "<f8"),
    ("average_cost", "<f8"),
    *LEDGER,
    ("strategy", "S32"),
    ("reserved2", "V32"),
]
ACCOUNT = [("stamp", "<u8"), ("time", "<i8"), ("cash", "<f8"), ("equity", "<f8"), *LEDGER, ("currency", "S16")]
ACCOUNT = [*ACCOUNT, ("reserved", "V56")]
COUNTS = (
    *("frames", "gaps", "crossed", "checksums", "checksums_wrong", "duplicates", "rejected", "unknown", "staled"),
    *("resyncs", "snapshots", "refused", "clock_jumps", "connects", "disconnects", "overflows", "rate_limited"),
    *("malformed", "silences", "requests"),
)
HEALTH = [("stamp", "<u8"), ("state", "u1"), ("leading", "u1"), ("switches", "<u2"), ("books", "<u4")]
HEALTH += [("synced", "<u4"), ("stale", "<u4")]
HEALTH += [("reason", "<u8"), *((n, "<i8") for n in ("trouble_time", "since", "last_frame", "clock_offset"))]
HEALTH += [*((n, "<u8") for n in COUNTS), ("venue", "S32")]
KINDS = (1, 2, 3)
TABLE, RING, ROWS = 1, 2, 3
FOREVER = 1 << 61  # a heartbeat that never ages, so that tests do not hang on the machine's load


def book_layout(depth, nested=True):
    """Return the layout of a book's row, and its size."""
    levels = [("price", "<f8"), ("qty", "<f8")]
    side = (levels, (depth,)) if nested else ("<f8", (depth, 2))
    fields = [
        ("stamp", "<u8"),
        ("instrument", "<u4"),
        ("state", "u1"),
        ("bid_levels", "u1"),
        ("ask_levels", "u1"),
        ("reserved", "u1"),
        ("event_time", "<i8"),
        ("receive_time", "<i8"),
        ("last_id", "<u8"),
        ("reason", "<u8"),
        ("since", "<i8"),
        ("reserved2", "V8"),
        ("bids", *side),
        ("asks", *side),
    ]
    size = -(-np.dtype(fields).itemsize // 64) * 64
    return fields, size


def records(first, n):
    """Make records whose every field is a function of the sequence; their stamps are those of whole records."""
    sequence = np.arange(first, first + n, dtype=np.uint64)
    made = np.zeros(n, EVENT)
    made["stamp"] = 2 * sequence + 2
    made["event_time"] = sequence * 10
    made["instrument"] = sequence % 2
    made["kind"] = 1 + sequence % 3
    made["side"] = 1 + sequence % 2
    made["flags"] = 0x100
    made["words"] = sequence.astype(np.int64)[:, None] * 8 + np.arange(5)
    return made


class SegmentWriter:
    """Writes a segment; every knob that a broken or newer writer could turn is a keyword."""

    def __init__(
        self,
        name,
        capacity=1024,
        *,
        depth=10,
        nested=True,
        instruments=(BTC, ETH),
        major=1,
        minor=0,
        heartbeat=FOREVER,
        lock=True,
        layouts=None,
        extra_regions=(),
        magic=b"PYRTSEG1",
        first=0,
    ):
        self.name, self.capacity, self.closed = name, capacity, False
        self.path = Path("/dev/shm") / f"pyrt-{name}"
        book_fields, self.book_bytes = book_layout(depth, nested)
        self.book_dtype = np.dtype(
            {
                "names": (made := np.dtype(book_fields)).names,
                "formats": [made.fields[n][0] for n in made.names],
                "offsets": [made.fields[n][1] for n in made.names],
                "itemsize": self.book_bytes,
            }
        )
        regions = {
            "instruments": (TABLE, 256, 64, INSTRUMENT),
            "events": (RING, 64, capacity, EVENT),
            "books": (ROWS, self.book_bytes, 16, book_fields),
            **{extra: (9, 64, 64, [("what", "<u8")]) for extra in extra_regions},
        }
        if minor >= 1:
            regions |= {"positions": (ROWS, 128, 32, POSITION), "account": (ROWS, 128, 1, ACCOUNT)}
        if minor >= 2:
            regions |= {"venues": (ROWS, 256, 16, HEALTH)}
        self._lay_out(regions, layouts or {})
        temporary = self.path.with_name(f".pyrt-{name}.{os.getpid()}")
        self.fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        os.ftruncate(self.fd, self.size)
        self.map = mmap.mmap(self.fd, self.size)
        self.map[256 : 256 + len(self.directory)] = self.directory
        self.map[2048 : 2048 + len(self.text)] = self.text
        now = time.time_ns(), time.monotonic_ns()
        header = (major, minor, 4096, self.size, now[0], os.getpid(), 0, *now, len(regions), 256)
        struct.pack_into("<HHIQQIIqqII", self.map, 8, *header)
        self.words = np.frombuffer(self.map, "<u8")
        self._events = np.frombuffer(self.map, EVENT, capacity, self.places["events"][1])
        self._books = np.frombuffer(self.map, self.book_dtype, 16, self.places["books"][1])
        self._intent = self.places["events"][0] // 8
        self.words[self._intent] = self.words[self._intent + 1] = self.head = first
        self.beat(heartbeat)
        for row in instruments:
            self.add_instrument(row)
        if lock:
            self._lock(fcntl.F_WRLCK)
        self.map[0:8] = magic
        temporary.rename(self.path)

    def _lay_out(self, regions, layouts):
        """Place the regions: control words in the second page, data behind, texts in the first page."""
        self.places, self.directory, self.text, end = {}, b"", b"", 8192
        for index, (name, (form, record_bytes, capacity, fields)) in enumerate(regions.items()):
            text = layouts.get(name, json.dumps(fields, separators=(",", ":"))).encode()
            control = 4096 + 128 * index
            place = (control, end, capacity, 2048 + len(self.text), len(text))
            self.directory += struct.pack("<24sIIQQQII32x", name.encode(), form, record_bytes, *place)
            self.places[name] = (control, end)
            self.text += text
            end += -(-capacity * record_bytes // 4096) * 4096
        self.size = end

    def _lock(self, kind):
        fcntl.fcntl(self.fd, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", kind, 0, 0, 1, 0))

    def beat(self, at=None):
        self.words[16] = time.monotonic_ns() if at is None else at

    def add_instrument(self, row):
        control, data = self.places["instruments"]
        count = int(self.words[control // 8])
        table = np.frombuffer(self.map, INSTRUMENT, 64, data)
        table[count] = row
        self.words[control // 8] = count + 1

    def publish(self, n=1):
        """Publish n records one by one, by the letter."""
        for record in records(self.head, n):
            sequence, slot = self.head, self.head % self.capacity
            self.words[self._intent] = sequence + 1
            self._events["stamp"][slot] = 2 * sequence + 1
            for field in ("event_time", "instrument", "kind", "side", "flags", "words"):
                self._events[field][slot] = record[field]
            self._events["stamp"][slot] = 2 * sequence + 2
            self.head = sequence + 1
            self.words[self._intent + 1] = self.head

    def publish_batch(self, made):
        """Publish many at once: the intent covers them all before the first is touched, the head follows the last."""
        n, slot = len(made), self.head % self.capacity
        self.words[self._intent] = self.head + n
        before_wrap = min(n, self.capacity - slot)
        for target, part in ((slot, made[:before_wrap]), (0, made[before_wrap:])):
            self._events["stamp"][target : target + len(part)] = part["stamp"] - np.uint64(1)
            for field in ("event_time", "instrument", "kind", "side", "flags", "words"):
                self._events[field][target : target + len(part)] = part[field]
            self._events["stamp"][target : target + len(part)] = part["stamp"]
        self.head += n
        self.words[self._intent + 1] = self.head

    def start_record(self):
        """Begin to write the next record and stop in the middle of it."""
        self.words[self._intent] = self.head + 1
        slot = self.head % self.capacity
        self._events["stamp"][slot] = 2 * self.head + 1
        self._events["words"][slot] = -1

    def write_book(self, row, value, levels=3, *, state=1, finish=True):
        """Write a book whose every number is made of `value`, so that a torn copy shows."""
        book = self._books[row]
        stamp = int(book["stamp"])
        book["stamp"] = stamp + 1
        book["instrument"], book["state"], book["bid_levels"], book["ask_levels"] = row, state, levels, levels
        for field in ("event_time", "receive_time", "last_id", "reason", "since"):
            book[field] = value
        for side in ("bids", "asks"):
            flat = book[side].view("<f8").reshape(-1, 2)
            flat[:levels] = value
            flat[levels:] = (np.nan, 0.0)
        if finish:
            book["stamp"] = stamp + 2

    def write_ledger(self, region, row, **fields):
        """Write a row of positions, of the account or of venues."""
        form, rows = {"positions": (POSITION, 32), "account": (ACCOUNT, 1), "venues": (HEALTH, 16)}[region]
        place = np.frombuffer(self.map, form, rows, self.places[region][1])[row]
        stamp = int(place["stamp"])
        place["stamp"] = stamp + 1
        for name, value in fields.items():
            place[name] = value
        place["stamp"] = stamp + 2

    def close(self):
        """End cleanly: closed flag, name removed, lock dropped."""
        if not self.closed:
            self.words[4] |= np.uint64(1 << 32)
            self.abandon()

    def abandon(self):
        """End as a crash does: the lock is free, no flag is set. The name goes too, if it is still ours."""
        self.closed = True
        self.path.unlink(missing_ok=True)
        self.crash()

    def crash(self):
        """Die without a word; the file stays."""
        if self.fd >= 0:
            self._lock(fcntl.F_UNLCK)  # the mapping holds a copy of the descriptor, so closing it frees nothing
            os.close(self.fd)
            self.fd = -1


def _stream(writer, seconds):
    batch, end = max(1, writer.capacity // 16), time.monotonic() + seconds
    while time.monotonic() < end:
        writer.publish_batch(records(writer.head, batch))


def _rewrite_books(writer, seconds):
    value, end = 1, time.monotonic() + seconds
    while time.monotonic() < end:
        writer.write_book(0, value)
        value += 1
        time.sleep(1e-5)  # this interpreter is slow: without a pause the row would hardly ever be at rest


def answer(what):
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main():
    """Obey commands from standard input."""
    name, capacity = sys.argv[1], int(sys.argv[2])
    writer = SegmentWriter(name, capacity, heartbeat=time.monotonic_ns())

    def beat():
        while True:
            writer.beat()
            time.sleep(0.05)

    threading.Thread(target=beat, daemon=True).start()
    answer("ready")
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "publish":
            writer.publish(int(argument))
        elif command == "stream":
            _stream(writer, float(argument))
        elif command == "books":
            _rewrite_books(writer, float(argument))
        elif command == "close":
            writer.close()
        writer.beat()
        answer(writer.head)


if __name__ == "__main__":
    main()
