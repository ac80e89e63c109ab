"""Random market records and commands that meet every rule of filling, and both hosts' answers to them."""

import subprocess
from collections import Counter
from pathlib import Path

import numpy as np

from pyrt.backtest.matching import COMMAND, QUEUES, Simulation, match
from pyrt.grid import Grid
from pyrt.types import EVENT, RECORDS, Flag, Instrument, Kind, State

GRIDS = [("0.01", "0.001"), ("0.5", "1"), ("0.00000001", "0.00025")]
INSTRUMENTS = [Instrument(f"test:A{i}-B", tick=Grid.parse(t), lot=Grid.parse(q)) for i, (t, q) in enumerate(GRIDS)]
SHARES = {Kind.TRADE: 0.25, Kind.DELTA: 0.55, Kind.QUOTE: 0.177, Kind.STATE: 0.003, Kind.BAR: 0.02}
QUEUE_SHARES = [0.3, 0.14, 0.14, 0.14, 0.14, 0.14]
CALM = 400  # records between two jumps of the market
DAY = 86_400_000_000_000


def settings_of(rng):
    """A simulation of any kind."""
    latencies = {f"{leg}_latency_ns": int(rng.choice([0, 1, 40])) for leg in ("feed", "order", "response")}
    fees = {f"{side}_fee": int(rng.integers(-30_000, 200_000)) for side in ("maker", "taker")}
    jitter = int(rng.choice([0, 25]))
    book = str(rng.choice(["deltas", "deltas", "quotes"]))
    common = {**latencies, **fees, "jitter_ns": jitter, "seed": int(rng.integers(2**63)), "book": book}
    queue, power = str(rng.choice(QUEUES, p=QUEUE_SHARES)), float(rng.choice([0.5, 1.0, 2.0, 3.0, 2.7]))
    feed = {"feed": str(rng.choice(["constant", "normal", "recorded"])), "feed_deviation_ns": int(rng.choice([3, 60]))}
    return Simulation(**common, **feed, queue=queue, queue_power=power)


def market_of(rng, n, spread=1):
    """Where the middle of the market is at each record: it jumps now and then."""
    return spread * (1000 + np.cumsum(rng.integers(-6, 7, n // CALM + 1))[np.arange(n) // CALM])


def events_of(rng, n, spread=1):
    """Trades, deltas, quotes and states of three instruments: small sizes near the middle, some across it.

    With a spread above 1 the market jumps so much farther, and every fifth level lies anywhere.
    """
    middle = market_of(rng, n, spread)
    kinds = rng.choice(
        [Kind.TRADE, Kind.DELTA, Kind.QUOTE, Kind.STATE, Kind.BAR], n, p=[0.25, 0.55, 0.177, 0.003, 0.02]
    )
    rows = rng.integers(0, len(INSTRUMENTS), n)
    side = rng.integers(1, 3, n)
    away = rng.geometric(0.35, n) - np.where(rng.random(n) < 0.03, 5, 0)
    if spread > 1:
        away += np.where(rng.random(n) < 0.2, rng.integers(0, 20 * spread, n), 0)
    price = middle + np.where(side == 1, -away, away)
    size = np.where(rng.random(n) < 0.25, 0, rng.integers(1, 12, n))
    records = np.zeros(n, EVENT)
    times = np.cumsum(rng.choice([0, 0, 1, 2, 9], n))
    times += DAY - times[n // 2]  # a day ends in the middle
    happened = times - rng.choice([5, 5, 5, 2, 60, -3], n)  # some late, some by a clock that runs ahead
    records["stamp"], records["event_time"], records["instrument"] = np.arange(n), happened, rows
    records["kind"], records["side"] = kinds, side
    for row, instrument in enumerate(INSTRUMENTS):
        tick, lot = instrument.tick, instrument.lot
        here = (rows == row) & ((kinds == Kind.TRADE) | (kinds == Kind.DELTA))
        some = records[here].view(RECORDS[Kind.DELTA])
        some["price"], some["qty"] = tick.to_double(price[here]), lot.to_double(size[here])
        records[here] = some.view(EVENT)
        here = (rows == row) & (kinds == Kind.QUOTE)
        some = records[here].view(RECORDS[Kind.QUOTE])
        some["bid"], some["ask"] = tick.to_double(middle[here] - away[here]), tick.to_double(middle[here] + away[here])
        some["bid"][rng.random(len(some)) < 0.03] = np.nan
        some["bid_qty"], some["ask_qty"] = lot.to_double(size[here]), lot.to_double(size[::-1][here])
        records[here] = some.view(EVENT)
    records["words"][:, 0] = times
    records["event_time"][kinds == Kind.BAR] = times[kinds == Kind.BAR]  # a bar has no receive time but its end
    trades = kinds == Kind.TRADE
    records["side"][trades] = rng.integers(0, 3, trades.sum())
    deltas = kinds == Kind.DELTA
    last = rng.random(n) < 0.4
    fresh = np.isin(np.arange(n) % CALM, range(3 * len(INSTRUMENTS)))  # a snapshot after a jump
    records["flags"][deltas] = (last * Flag.LAST + fresh * Flag.SNAPSHOT)[deltas]
    states = kinds == Kind.STATE
    records["flags"][states] = rng.choice([State.SYNCED] * 9 + list(State), states.sum())
    return records


def commands_of(rng, n, events, spread=1, middle=None):
    """New orders of every kind around the middle, cancels and changes of recent ones, and some that are refused."""
    commands = np.zeros(n, COMMAND)
    times = np.sort(rng.choice(events["words"][:, 0], n))
    # Not where the market is, but near.
    middle = market_of(rng, len(events), spread) if middle is None else middle
    commands["time"] = times
    commands["client_order_id"] = np.arange(n) + (7 << 48)
    action = rng.choice([1, 2, 3], n, p=[0.55, 0.25, 0.2])
    old = rng.random(n) < 0.01
    back = rng.integers(1, 40, n)
    commands["client_order_id"][(action > 1) | old] -= back[(action > 1) | old].astype(np.uint64)
    commands["action"] = action
    commands["instrument"] = rng.integers(0, len(INSTRUMENTS), n)
    recent = (action > 1) & (rng.random(n) < 0.9)  # most name the right instrument
    commands["instrument"][recent] = commands["instrument"][np.maximum(np.arange(n) - back, 0)[recent]]
    commands["side"] = rng.integers(1, 3, n)
    commands["type"] = rng.choice([1, 2, 3, 4, 5], n, p=[0.08, 0.62, 0.1, 0.12, 0.08])
    commands["tif"] = rng.choice([1, 2, 3, 4, 5], n, p=[0.5, 0.1, 0.1, 0.2, 0.1])
    commands["flags"] = rng.random(n) < 0.2
    near = middle[np.searchsorted(events["words"][:, 0], times)]
    commands["price"] = near + rng.integers(-4, 5, n)
    if spread > 1:  # some reach deep
        deep = rng.random(n) < 0.2
        commands["price"][deep] += rng.integers(-20 * spread, 20 * spread, deep.sum())
    commands["qty"] = rng.integers(1, 15, n)
    commands["trigger"] = near + rng.integers(-6, 7, n)
    commands["trail"] = rng.integers(1, 6, n)
    commands["expiry"] = times + rng.integers(-5, 800, n)
    commands["display"] = rng.choice([0, 0, 1, 2, 3, 9], n)
    for field in ("price", "qty", "trigger"):
        kept = (action == 3) & (rng.random(n) < 0.5)
        commands[field][kept] = 0
    for field in ("price", "qty", "trigger", "trail", "display"):
        odd = rng.random(n) < (0.005 if field in ("price", "qty") else 0.02)
        commands[field][odd] = rng.choice([0, -3, 2**51, 2**62], odd.sum())
    return commands


def stream(seed, n, spread=1):
    """One stream, from its seed alone: events, commands, settings."""
    rng = np.random.default_rng(seed)
    events = events_of(rng, n, spread)
    return events, commands_of(rng, n // 5, events, spread), settings_of(rng)


def python_answers(events, commands, settings):
    return match(events, commands, INSTRUMENTS, settings)


def engine_answers(binary, folder, events, commands, settings):
    folder = Path(folder)
    rows = zip(INSTRUMENTS, GRIDS, strict=True)
    tables = [f'[[instrument]]\nname = "{i.name}"\ntick = "{tick}"\nlot = "{lot}"' for i, (tick, lot) in rows]
    (folder / "run.toml").write_text("\n".join([settings.to_toml(), *tables]))
    np.save(folder / "events.npy", events)
    np.save(folder / "commands.npy", commands)
    files = {"--settings": "run.toml", "--events": "events.npy", "--commands": "commands.npy", "--output": "out.npy"}
    arguments = [word for option, file in files.items() for word in (option, folder / file)]
    subprocess.run([binary, "match", *arguments], check=True, capture_output=True, text=True)
    return np.load(folder / "out.npy")


def counted(answers):
    """How often each status, reason, and kind of fill came."""
    updates = answers[answers["kind"] == Kind.ORDER_UPDATE]
    fills = answers[answers["kind"] == Kind.FILL]
    statuses = Counter((updates["flags"] >> 12).tolist())
    reasons = Counter((updates["flags"] & 0xFF).tolist())
    return statuses, reasons, Counter(((fills["flags"] & Flag.MAKER) > 0).tolist())
