"""Random order by order markets, of messages that their own book allows, and commands around them."""

import numpy as np

from pyrt.backtest.matching import Simulation
from pyrt.types import EVENT, RECORDS, Flag, Kind

from .fill_streams import DAY, INSTRUMENTS, commands_of

MIDDLE = 1000
ACTIONS = {"add": 1, "modify": 2, "delete": 3, "execute": 4}


class Market:
    """Messages of one instrument, and who stands where."""

    def __init__(self, rng):
        self.rng, self.orders, self.next = rng, {}, 1
        self.kinds = ["add", "modify", "delete", "sweep", "lone", "hidden", "auction", "snapshot", "state", "noise"]
        self.shares = np.array([0.36, 0.12, 0.14, 0.18, 0.06, 0.05, 0.02, 0.01, 0.02, 0.04])

    def message(self):
        """Records of one message: what, and of what."""
        kind = self.rng.choice(self.kinds, p=self.shares) if len(self.orders) > 12 else "add"
        return list(getattr(self, kind)())

    def price(self, side):
        away = int(self.rng.geometric(0.4)) - int(self.rng.random() < 0.1) * 4
        return MIDDLE - away if side == 1 else MIDDLE + away

    def some(self):
        return int(self.rng.choice(list(self.orders)))

    def put(self, number, side, price, lots):
        self.orders.pop(number, None)
        self.orders[number] = [side, price, lots]

    def less(self, number, lots):
        self.orders[number][2] -= lots
        if self.orders[number][2] == 0:
            del self.orders[number]

    def add(self, **flags):
        side, number = int(self.rng.integers(1, 3)), self.next
        self.next += 1
        # Some ids differ in the upper half alone.
        number = number << 64 | 7 if number % 5 == 0 else number
        self.put(number, side, self.price(side), int(self.rng.integers(1, 12)))
        yield "order", {"action": "add", "number": number, **self.of(number), **flags}

    def of(self, number):
        return dict(zip(("side", "price", "lots"), self.orders[number], strict=True))

    def modify(self):
        number = self.some()
        side, price, lots = self.orders[number]
        if self.rng.random() < 0.6:
            price = self.price(side)
        new = int(self.rng.integers(1, 12))
        if price == self.orders[number][1] and new <= lots:
            self.orders[number][2] = new
        else:
            self.put(number, side, price, new)
        yield "order", {"action": "modify", "number": number, "side": side, "price": price, "lots": new}

    def delete(self):
        number = self.some()
        side, price, lots = self.orders[number]
        gone = int(self.rng.integers(0, lots + 1))
        yield "order", {"action": "delete", "number": number, "side": side, "price": price, "lots": gone}
        self.less(number, gone or lots)

    def sweep(self):
        """A taker: one trade a price, and an execution of each order that it hit, from the front."""
        side = int(self.rng.integers(1, 3))
        left, records, trades = int(self.rng.integers(1, 25)), [], {}
        standing = [
            (price if side == 2 else -price, k, number)
            for k, (number, (of, price, _)) in enumerate(self.orders.items())
            if of == side
        ]
        for _, _, number in sorted(standing):
            if not left:
                break
            _, price, lots = self.orders[number]
            got = min(left, lots)
            left -= got
            trades[price] = trades.get(price, 0) + got
            records.append(
                ("order", {"action": "execute", "number": number, "side": side, "price": price, "lots": got})
            )
            self.less(number, got)
        hidden = int(self.rng.random() < 0.15) * 3
        for price, lots in trades.items():
            yield "trade", {"taker": 3 - side, "price": price, "lots": lots + hidden}
        yield from records

    def lone(self):
        """An execution of any order, with no trade beside it."""
        number = self.some()
        side, price, lots = self.orders[number]
        got = int(self.rng.integers(1, lots + 1))
        yield "order", {"action": "execute", "number": number, "side": side, "price": price, "lots": got}
        self.less(number, got)

    def hidden(self):
        side = int(self.rng.integers(0, 3))
        yield (
            "trade",
            {"taker": side, "price": self.price(3 - side if side else 1), "lots": int(self.rng.integers(0, 15))},
        )

    def auction(self):
        yield "trade", {"taker": 0, "price": MIDDLE, "lots": int(self.rng.integers(1, 30))}
        for number in [number for number in self.orders if self.rng.random() < 0.1]:
            side, _, lots = self.orders[number]
            yield "order", {"action": "execute", "number": number, "side": side, "price": MIDDLE, "lots": lots}
            self.less(number, lots)

    def snapshot(self):
        kept = [(number, *order) for number, order in self.orders.items() if self.rng.random() < 0.8]
        self.orders = {}
        if self.rng.random() < 0.3:
            yield "order", {"action": "delete", "number": 0, "side": 0, "price": 0, "lots": 0, "snapshot": True}
            return
        for number, side, price, lots in kept:
            self.put(number, side, price, lots)
            yield "order", {"action": "add", "number": number, **self.of(number), "snapshot": True}
        yield from self.add()

    def state(self):
        yield "state", {"code": int(self.rng.choice([1, 1, 1, 2, 6]))}

    def noise(self):
        yield str(self.rng.choice(["delta", "quote"])), {}


def records_of(market, n):
    """Messages up to n records: what, of what, and whether each is the last of its message."""
    told = []
    while len(told) < n:
        message = market.message()
        split = market.rng.random() < 0.1  # a message whose end was not said
        told += [(what, of, k == len(message) - 1 and not split) for k, (what, of) in enumerate(message)]
    return told


def events_of(told, times, row=0):
    """What was told as records."""
    instrument = INSTRUMENTS[row]
    tick, lot = instrument.tick, instrument.lot
    events = np.zeros(len(told), RECORDS[Kind.ORDER])
    kinds = {"order": Kind.ORDER, "trade": Kind.TRADE, "state": Kind.STATE, "delta": Kind.DELTA, "quote": Kind.QUOTE}
    for event, (what, of, last) in zip(events, told, strict=True):
        event["kind"], event["flags"] = kinds[what], Flag.LAST if last and what != "state" else 0
        if what == "state":
            event["flags"] = of["code"]
        elif what == "quote":  # its bid and ask lie where others have price and quantity
            event["price"], event["qty"] = tick.to_double(MIDDLE - 1), tick.to_double(MIDDLE + 1)
        elif what in ("order", "trade"):
            event["price"], event["qty"] = tick.to_double(of["price"]), lot.to_double(of["lots"])
            event["side"] = of["side"] if what == "order" else of["taker"]
        if what == "order":
            event["flags"] |= ACTIONS[of["action"]] | (Flag.SNAPSHOT if of.get("snapshot") else 0)
            event["order_id_low"], event["order_id_high"] = of["number"] & (2**64 - 1), of["number"] >> 64
    events["event_time"] = events["receive_time"] = times
    events["instrument"], events["stamp"] = row, np.arange(len(told))
    return events.view(EVENT)


def stream(seed, n):
    """One stream, from its seed alone: what was told, events, commands."""
    rng = np.random.default_rng(seed)
    told = records_of(Market(rng), n)
    times = np.cumsum(rng.choice([0, 0, 1, 2, 9], len(told)))
    times += DAY - times[len(told) // 2]  # a day ends in the middle
    events = events_of(told, times)
    commands = commands_of(rng, n // 4, events, middle=np.full(len(told), MIDDLE))
    commands["instrument"] = 0
    return told, events, commands


def orders_alone(seed, n, step=10, start=0):
    """What was told, and events without deltas, of which a run makes a book of orders; a record every `step` ns."""
    told, events, _ = stream(seed, n)
    kept = events["kind"] != Kind.DELTA
    told, events = [one for one, keep in zip(told, kept, strict=True) if keep], events[kept]
    events["stamp"] = np.arange(len(events))
    events["words"][:, 0] = events["event_time"] = start + step * np.arange(1, len(events) + 1)
    return told, events


def simulation_of(rng):
    """Any terms of a venue of orders."""
    latencies = {f"{leg}_latency_ns": int(rng.choice([0, 1, 40])) for leg in ("feed", "order", "response")}
    fees = {f"{side}_fee": int(rng.integers(-30_000, 200_000)) for side in ("maker", "taker")}
    jitter = int(rng.choice([0, 25]))
    return Simulation(**latencies, **fees, jitter_ns=jitter, seed=int(rng.integers(2**63)), book="orders")


INSTANT = Simulation(
    feed_latency_ns=0, order_latency_ns=0, response_latency_ns=0, maker_fee=0, taker_fee=0, book="orders"
)
