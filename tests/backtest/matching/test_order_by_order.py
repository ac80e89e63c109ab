"""The venue on order by order data: against a slow one, order by order, and in both hosts to the byte."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrt.backtest.matching import match
from pyrt.types import Flag, Kind
from tests.backtest.matching.fill_streams import INSTRUMENTS, counted, engine_answers
from tests.backtest.matching.order_reference import GTD, LIMIT, STOP, STOP_LIMIT, TRAILING, Own, Venue
from tests.backtest.matching.order_streams import INSTANT, simulation_of, stream

EACH = 4_000


def usable(commands):
    """Those whose numbers a slow venue need not check."""
    new, good = commands["action"] == 1, np.ones(len(commands), bool)
    for name in ("price", "qty", "trigger", "trail", "display"):
        good &= (commands[name] >= 0) & (commands[name] < 2**40)
    for name in ("price", "qty", "trigger", "trail"):
        good &= ~new | (commands[name] > 0)
    _, first = np.unique(commands["client_order_id"], return_index=True)
    good[new & ~np.isin(np.arange(len(commands)), first)] = False
    return commands[good]


def tell(venue, what, of, last, time):
    if what in ("state", "trade", "order"):
        of = {"snapshot": False, **of} if what == "order" else of
        venue.record(what, time, last, **of)


def send(venue, command):
    number, time = int(command["client_order_id"]), int(command["time"])
    price, qty, trigger = (int(command[name]) for name in ("price", "qty", "trigger"))
    if command["action"] == 2:
        venue.cancel(time, number)
    elif command["action"] == 3:
        venue.modify(time, number, price, qty, trigger)
    else:
        kind, limit = int(command["type"]), command["type"] in (LIMIT, STOP_LIMIT)
        display = int(command["display"]) if limit and command["display"] < qty else 0
        venue.new(
            time,
            Own(
                number,
                int(command["side"]),
                kind,
                int(command["tif"]),
                price if limit else 0,
                qty,
                bool(command["flags"] & 1),
                display,
                trigger if kind in (STOP, STOP_LIMIT) else None,
                int(command["trail"]) if kind == TRAILING else 0,
                int(command["expiry"]) if command["tif"] == GTD else 0,
                time,
            ),
        )


def slow_answers(told, events, commands, look=lambda venue: None):
    """What a slow venue says; `look` is called after each thing that happens."""
    venue, todo = Venue(), list(commands)
    end = max(int(events["words"][-1, 0]), int(commands["time"][-1]) if len(commands) else 0)
    for (what, of, last), event in zip(told, events, strict=True):
        time = int(event["words"][0])
        while todo and todo[0]["time"] < time:
            venue.expire(int(todo[0]["time"]), inclusive=True)
            send(venue, todo.pop(0))
            look(venue)
        venue.expire(time, inclusive=False)
        tell(venue, what, of, last, time)
        look(venue)
    for command in todo:
        venue.expire(int(command["time"]), inclusive=True)
        send(venue, command)
    venue.expire(end, inclusive=True)
    return venue.said


def readable_of(answers, instrument):
    """Answers as a slow venue says them."""
    tick, lot = instrument.tick, instrument.lot
    said = []
    for answer in answers:
        time, number = int(answer["event_time"]), int(answer["words"][3])
        price = int(tick.to_steps(answer["words"][1:2].view(np.float64)[0]))
        qty = int(lot.to_steps(answer["words"][2:3].view(np.float64)[0]))
        if answer["kind"] == Kind.FILL:
            said.append((time, number, "fill", price, qty, bool(answer["flags"] & Flag.MAKER)))
        else:
            filled = int(lot.to_steps(answer["words"][4:5].view(np.float64)[0]))
            flags = int(answer["flags"])
            said.append((time, number, "update", flags >> 12, flags & 0xFF, price, qty, filled))
    return said


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_fills_are_those_of_a_slow_venue(seed):
    told, events, commands = stream(seed, 400)
    commands = usable(commands)
    ours = readable_of(match(events, commands, INSTRUMENTS, INSTANT), INSTRUMENTS[0])
    slow = slow_answers(told, events, commands)
    assert ours == slow


@pytest.mark.engine
@pytest.mark.parametrize("seed", range(12))
def test_both_hosts_say_the_same(seed, engine_binary, tmp_path):
    _, events, commands = stream(seed, EACH)
    terms = simulation_of(np.random.default_rng(seed))
    ours = match(events, commands, INSTRUMENTS, terms)
    theirs = engine_answers(engine_binary, tmp_path, events, commands, terms)
    different = np.flatnonzero(ours[: len(theirs)] != theirs[: len(ours)])
    assert not different.size, f"answer {different[0]}:\n{ours[different[0]]}\n{theirs[different[0]]}"
    assert ours.tobytes() == theirs.tobytes()


def test_the_streams_meet_every_rule():
    every = np.concatenate([match(*stream(seed, EACH)[1:], INSTRUMENTS, INSTANT) for seed in range(8)])
    statuses, reasons, fills = counted(every)
    assert set(statuses) == {1, 2, 3, 4, 5, 6}
    assert set(reasons) == {*range(11), *range(12, 17)}
    assert min(fills.values()) > 1000
