"""Reads the cases of tests/golden/fills; taking.toml there says how they are written."""

import tomllib
from pathlib import Path

import numpy as np

from pyrt.backtest.matching import COMMAND, Simulation
from pyrt.grid import Grid
from pyrt.types import EVENT, RECORDS, Flag, Instrument, Kind, State

FOLDER = Path(__file__).parents[2] / "golden" / "fills"
SIDES = {"none": 0, "buy": 1, "sell": 2, "bid": 1, "ask": 2}
ACTIONS = {"add": 1, "modify": 2, "delete": 3, "execute": 4}
FLAGS = {"post": 1, "last": Flag.LAST, "snapshot": Flag.SNAPSHOT}
STATUSES = {"new": 1, "partially_filled": 2, "filled": 3, "canceled": 4, "rejected": 5, "expired": 6}
REASONS = {
    "none": 0,
    "bad_quantity": 1,
    "bad_price": 2,
    "duplicate_id": 3,
    "no_book": 4,
    "would_cross": 5,
    "no_margin": 20,
    "liquidated": 21,
    "not_enough": 6,
    "ioc_rest": 7,
    "no_liquidity": 8,
    "too_late": 9,
    "unknown_order": 10,
    "triggered": 12,
    "bad_trigger": 13,
    "modified": 14,
    "bad_expiry": 15,
    "time_up": 16,
}
TYPES = {"market": 1, "limit": 2, "stop": 3, "stop_limit": 4, "trailing": 5}
TIFS = {"gtc": 1, "ioc": 2, "fok": 3, "gtd": 4, "day": 5}


def cases(host):
    """Every case that a host must answer, by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        golden = tomllib.loads(path.read_text())
        for case in golden["case"]:
            if host in case["hosts"]:
                settings = golden["defaults"]["settings"] | case.get("settings", {})
                found[f"{path.stem}: {case['name']}"] = golden["defaults"] | case | {"settings": settings}
    return found


def instruments_of(case):
    rows = [row.split() for row in case["instruments"]]
    return [Instrument("test:A-B", tick=Grid.parse(tick), lot=Grid.parse(lot)) for tick, lot in rows]


def settings_of(case):
    return Simulation.from_table(case["settings"])


def lines_of(text, instruments):
    """Words of each line, the row of its instrument, and that instrument's grids."""
    for line in filter(str.strip, text.splitlines()):
        words = line.split()
        row = int(words.pop()[1:]) if words[-1].startswith("@") else 0
        instrument = instruments[row] if row < len(instruments) else instruments[0]
        yield words, row, instrument.tick, instrument.lot


def number(word, grid):
    try:
        return grid.to_double(int(word))
    except ValueError:
        return float(word)


def code(word, names):
    return names[word] if word in names else int(word)


def flags(words):
    return sum(code(word, FLAGS) for word in words)


def one(kind, row, time, **values):
    record = np.zeros(1, RECORDS[kind])
    record["kind"], record["instrument"], record["event_time"], record["receive_time"] = kind, row, time, time
    for name, value in values.items():
        record[name] = value
    return record.view(EVENT)


def event(words, row, tick, lot):
    happened, _, received = words[0].partition(">")
    record = event_at(int(happened), words[1:], row, tick, lot)
    record["words"][:, 0] = int(received or happened)
    return record


def event_at(time, words, row, tick, lot):
    what, *rest = words
    if what == "trade":
        side, price, qty, *more = rest
        values = {"side": code(side, SIDES), "price": number(price, tick), "qty": number(qty, lot)}
        return one(Kind.TRADE, row, time, **values, flags=flags(more))
    if what == "order":
        action, name, side, price, qty, *more = rest
        values = {"side": code(side, SIDES), "price": number(price, tick), "qty": number(qty, lot)}
        low, high = np.uint64(int(name) & (2**64 - 1)), np.uint64(int(name) >> 64)
        return one(
            Kind.ORDER,
            row,
            time,
            **values,
            flags=ACTIONS[action] | flags(more),
            order_id_low=low,
            order_id_high=high,
        )
    if what == "quote":
        bid, ask = (np.nan if word == "-" else number(word, tick) for word in rest[::2])
        return one(Kind.QUOTE, row, time, bid=bid, ask=ask, bid_qty=number(rest[1], lot), ask_qty=number(rest[3], lot))
    if not rest:
        return one(Kind.STATE, row, time, flags=State[what.upper()])
    side, price, qty, *more = rest if what == "level" else [what, *rest]
    return one(
        Kind.DELTA,
        row,
        time,
        side=code(side, SIDES),
        price=number(price, tick),
        qty=number(qty, lot),
        flags=flags(more),
    )


def command(words, row):
    record = np.zeros(1, COMMAND)
    record["time"], record["client_order_id"], record["instrument"] = int(words[0]), int(words[2]), row
    record["action"] = code(words[1], {"new": 1, "cancel": 2, "modify": 3})
    for word in [word for word in words if "=" in word]:
        field, _, value = word.partition("=")
        record[field] = int(value)
    words = [word for word in words if "=" not in word]
    if words[1] == "modify":
        record["price"], record["qty"] = int(words[3]), int(words[4])
    elif len(words) > 3:
        record["side"], record["type"] = code(words[3], SIDES), code(words[4], TYPES)
        record["price"], record["qty"] = int(words[5]), int(words[6])
        record["tif"], record["flags"] = code(words[7], TIFS), flags(words[8:])
    return record


def answer(words, row, tick, lot, response):
    time, _, received = words[0].partition(">")
    kind, name = words[1], words[2]
    values = {"client_order_id": np.uint64(int(name)), "receive_time": int(received or int(time) + response)}
    if kind == "update":
        status, reason, side, price, qty, filled = words[3:]
        values |= {"flags": STATUSES[status] << 12 | REASONS[reason], "filled_qty": number(filled, lot)}
    else:
        side, price, qty, fee, liquidity = words[3:]
        values |= {"flags": Flag.MAKER if liquidity == "maker" else 0, "fee": float(fee) / 1e8}
    values |= {"side": SIDES[side], "price": number(price, tick), "qty": number(qty, lot)}
    return one(Kind.ORDER_UPDATE if kind == "update" else Kind.FILL, row, int(time), **values)


def numbered(records):
    joined = np.concatenate([np.zeros(0, EVENT), *records])
    joined["stamp"] = np.arange(len(joined))
    return joined


def inputs_of(case):
    """The arrays that a host gets: events, commands, instruments, settings."""
    instruments = instruments_of(case)
    text = case.get("book", "") + "\n" + case.get("events", "")
    events = numbered([event(words, row, tick, lot) for words, row, tick, lot in lines_of(text, instruments)])
    commands = [command(words, row) for words, row, _, _ in lines_of(case.get("commands", ""), instruments)]
    return events, np.concatenate([np.zeros(0, COMMAND), *commands]), instruments, settings_of(case)


def expected_of(case):
    """The answers worked by hand."""
    instruments = instruments_of(case)
    response = settings_of(case).response_latency_ns
    lines = lines_of(case.get("expect", ""), instruments)
    return numbered([answer(words, row, tick, lot, response) for words, row, tick, lot in lines])
