"""One record of 64 bytes from a Python process to another: the feed's ring, iceoryx2, ZeroMQ, TCP; and by the engine.

    python benchmarks/peers/rings.py [--records 20000] [--rounds 3]

iceoryx2 and pyzmq run in the interpreter that PYRT_PEERS_RINGS names. Every side is a writer that stamps a record with
the monotonic clock and sends it, and a reader that looks all the time and compares: both spin, each on a processor of
its own, so the machine needs two to spare. The sides take turns, so that all of them meet the same machine. The ring is
written from here by the letter of `proto/SHM_LAYOUT.md` and read by `SharedFeed.follow(spin=True)`. TCP is half of a
round trip, a bare ping-pong.

`engine` is the whole way of a trade: from before a venue on loopback sends it as a WebSocket frame, through
`pyrt-engine run` (socket, parse, ring), until the reader has the record; beside it stand the two hops that no engine
can save, TCP and the ring. Its venue sleeps between trades and, unless there are four processors, its reader too: the
engine's threads need some. Then how many records a second a reader takes from a full ring, validated.
"""

import argparse
import ctypes
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = os.environ.get("PYRT_PEERS_RINGS", sys.executable)
SIDES = {"pyrt": sys.executable, "iceoryx2": PEERS, "zeromq": PEERS, "tcp": sys.executable, "engine": sys.executable}
PAUSE_NS = 50_000
CAPACITY = 1 << 16


def paced(records, send):
    """Send so many records, a pause apart, each with the time at which it leaves."""
    for _ in range(records):
        until = time.monotonic_ns() + PAUSE_NS
        while time.monotonic_ns() < until:
            pass
        send(time.monotonic_ns())


def segment_writer(name):
    """Make a segment as the tests do, and return it with a function that publishes one record."""
    sys.path.insert(0, str(ROOT / "tests" / "live"))
    from segment_writer import SegmentWriter

    writer = SegmentWriter(name, CAPACITY)
    words, control = memoryview(writer.map).cast("Q"), writer.places["events"][0] // 8
    first, sequence = writer.places["events"][1] // 8, 0

    def publish(now):
        nonlocal sequence
        slot = first + 8 * (sequence % CAPACITY)
        words[control] = sequence + 1
        words[slot] = 2 * sequence + 1
        words[slot + 1] = now
        words[slot + 2] = 1 << 32  # a trade of the first instrument
        words[slot] = 2 * sequence + 2
        sequence += 1
        words[control + 1] = sequence

    return writer, publish


def write_pyrt(name, records):
    """Write the ring, by the letter."""
    writer, publish = segment_writer(name)
    print("ready", flush=True)
    sys.stdin.readline()
    paced(records, publish)
    sys.stdin.readline()
    del writer


def read_pyrt(name, records):
    """Follow the ring, spinning."""
    from pyrt.live import SharedFeed

    times = []
    with SharedFeed.open(name) as feed:
        go()
        for window in feed.follow(timeout=10.0, spin=True):
            now = time.monotonic_ns()
            times += [now - int(sent) for sent in window["event_time"]]
            if len(times) >= records:
                break
    return times


class Record(ctypes.Structure):
    """The same size as the feed's."""

    _fields_ = (("time", ctypes.c_uint64), ("rest", ctypes.c_uint64 * 7))

    @staticmethod
    def type_name():
        return "Record"


def iceoryx2_service(name):
    """Open the same service from both sides."""
    import iceoryx2 as iox2

    iox2.set_log_level(iox2.LogLevel.Error)
    node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
    builder = node.service_builder(iox2.ServiceName.new(name)).publish_subscribe(Record)
    return node, builder.subscriber_max_buffer_size(4096).open_or_create()


def write_iceoryx2(name, records):
    """Publish through iceoryx2."""
    _node, service = iceoryx2_service(name)
    publisher = service.publisher_builder().create()

    def send(now):
        publisher.loan_uninit().write_payload(Record(time=now)).send()

    print("ready", flush=True)
    sys.stdin.readline()
    paced(records, send)
    sys.stdin.readline()


def read_iceoryx2(name, records):
    """Receive from iceoryx2, looking all the time."""
    _node, service = iceoryx2_service(name)
    subscriber, times = service.subscriber_builder().create(), []
    go()
    while len(times) < records:
        sample = subscriber.receive()
        if sample is not None:
            times.append(time.monotonic_ns() - sample.payload().contents.time)
    return times


def write_zeromq(name, records):
    """Publish on a PUB socket."""
    import zmq

    publisher = zmq.Context().socket(zmq.PUB)
    publisher.bind(f"ipc:///tmp/{name}")
    print("ready", flush=True)
    sys.stdin.readline()
    rest = bytes(56)
    paced(records, lambda now: publisher.send(now.to_bytes(8, "little") + rest))
    sys.stdin.readline()


def read_zeromq(name, records):
    """Receive from a SUB socket, looking all the time."""
    import zmq

    subscriber, times = zmq.Context().socket(zmq.SUB), []
    subscriber.connect(f"ipc:///tmp/{name}")
    subscriber.subscribe(b"")
    time.sleep(0.3)  # a subscription is a message of its own
    go()
    while len(times) < records:
        try:
            message = subscriber.recv(zmq.DONTWAIT)
        except zmq.Again:
            continue
        times.append(time.monotonic_ns() - int.from_bytes(message[:8], "little"))
    return times


def write_tcp(name, records):
    """Send back what comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        Path(f"/tmp/{name}").write_text(str(server.getsockname()[1]))
        print("ready", flush=True)
        peer, _ = server.accept()
    with peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(records):
            peer.sendall(peer.recv(64, socket.MSG_WAITALL))


def read_tcp(name, records):
    """Send and wait, again and again."""
    place = Path(f"/tmp/{name}")
    times, message = [], bytes(64)
    with socket.create_connection(("127.0.0.1", int(place.read_text()))) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(records):
            start = time.monotonic_ns()
            peer.sendall(message)
            peer.recv(64, socket.MSG_WAITALL)
            times.append((time.monotonic_ns() - start) // 2)
    place.unlink()
    return times


def write_engine(name, records):
    """Be the venue of an engine: a trade's id is the time at which it leaves."""
    from venue import Venue

    from pyrt.live.process import EngineProcess

    venue = Venue()
    settings = [f"venues.binance.websocket=ws://{venue.address}", f"venues.binance.rest=http://{venue.address}"]
    settings += ["venues.binance.symbols=BTC-USDT", "logging.level=error"]
    with EngineProcess("run", "--name", name, *(part for one in settings for part in ("--set", one))):
        assert venue.connected.wait(30), "the engine does not come"
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(records):
            time.sleep(PAUSE_NS * 20 / 1e9)
            venue.trade(time.monotonic_ns())
        sys.stdin.readline()


def read_engine(name, records):
    """Follow the engine's ring."""
    from pyrt.live import SharedFeed

    times, spin = [], len(os.sched_getaffinity(0)) > 3
    with SharedFeed.open(name) as feed:
        go()
        for window in feed.follow(timeout=30.0, spin=spin):
            now = time.monotonic_ns()
            times += [now - int(trade["trade_id"]) for trade in window.of("trade")]
            if len(times) >= records:
                break
    return times


def go():
    """Tell the driver that this reader listens."""
    print("listening", flush=True)


def ask(side, role, name, records):
    """Start one side's writer or reader."""
    command = [SIDES[side], __file__, "--role", role, "--side", side, "--name", name, "--records", str(records)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def measure(side, records, turn):
    """Return p50, p90 and p99 of one side's times, in microseconds."""
    name = f"bench-{side}-{os.getpid()}-{turn}"
    writer = ask(side, "write", name, records)
    assert writer.stdout.readline() == "ready\n", side
    reader = ask(side, "read", name, records)
    if side != "tcp":
        assert reader.stdout.readline() == "listening\n", side
        writer.stdin.write("\n")
        writer.stdin.flush()
    said, _ = reader.communicate(timeout=120)
    writer.communicate("\n", timeout=30)
    Path(f"/dev/shm/pyrt-{name}").unlink(missing_ok=True)
    return [float(word) for word in said.split()]


def take(records):
    """Return millions of records a second that a reader takes from a full ring, validated, in windows of 4096."""
    from pyrt.live import SharedFeed

    name = f"bench-take-{os.getpid()}"
    _writer, publish = segment_writer(name)
    for now in range(CAPACITY):
        publish(now)
    with SharedFeed.open(name) as feed:
        begun, total = time.perf_counter(), 0
        while total < records:
            feed._ring.seek(CAPACITY - 4096)
            window = feed.poll()
            window["event_time"].sum()
            window.check()
            total += len(window)
        rate = total / (time.perf_counter() - begun) / 1e6
    Path(f"/dev/shm/pyrt-{name}").unlink(missing_ok=True)
    return rate


def main():
    """Measure, or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--role", choices=("write", "read"))
    parser.add_argument("--side", choices=tuple(SIDES))
    parser.add_argument("--name")
    options = parser.parse_args()
    if options.role and options.side not in ("tcp", "engine"):
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {processors[0 if options.role == "read" else -1]})
    if options.role == "write":
        globals()[f"write_{options.side}"](options.name, options.records)
        return
    if options.role == "read":
        times = sorted(globals()[f"read_{options.side}"](options.name, options.records))
        print(*(times[int((len(times) - 1) * share)] / 1e3 for share in (0.5, 0.9, 0.99)))
        return
    found = {side: [] for side in SIDES}
    for turn in range(options.rounds):
        for side in SIDES:
            found[side].append(measure(side, options.records // (10 if side == "engine" else 1), turn))
    print(f"one way, microseconds, medians of {options.rounds} rounds of {options.records} records (engine: a tenth)")
    for side, rounds in found.items():
        p50, p90, p99 = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{side:<10} p50 {p50:8.2f}   p90 {p90:8.2f}   p99 {p99:8.2f}")
    print(f"a reader takes {take(20_000_000):.0f} million records a second from a full ring, validated")


if __name__ == "__main__":
    main()
