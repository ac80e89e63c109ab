"""Two hosts at the moment at which they part: accounts, positions, live orders and strategies' states side by side."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...data.recordings import Recording
from ...strategy import Strategy
from ...strategy.file import load_strategy_file
from ...strategy.file_runtime import FINAL
from ...strategy.state import Member, start
from ...types import Instrument, Kind

__all__ = ["names_of_state", "side_by_side", "until"]

Namer = Callable[[bytes], dict[str, Any]]
"""Reads a strategy's state: names and values."""

MOST = 12
"""Words of arrays and windows that are shown, of those that differ."""
_SIDES = {1: "buy", 2: "sell"}
_STATUSES = (
    "pending",
    "new",
    "partially filled",
    "filled",
    "canceled",
    "rejected",
    "expired",
    "pending cancel",
    "unknown",
)


def until(recording: Recording, time: int) -> Recording:
    """Return what was received up to a time, that time included."""
    events, instruments = recording
    return Recording(events[: max(1, int(np.searchsorted(events["words"][:, 0], time, side="right")))], instruments)


def names_of_state(strategy: type[Strategy] | str | Path, parameters: Mapping[str, Any]) -> Namer:
    """Return what reads the state of a class, member by member, or of a strategy file, word by word."""
    if not isinstance(strategy, (str, Path)):
        members = start(strategy, dict(parameters)).members
        return lambda state: dict(_members(state, members))
    rules = load_strategy_file(Path(strategy)).rules
    if rules is None:  # the members of a built object are in its class
        return lambda state: {f"word[{k}]": word for k, (word,) in enumerate(struct.iter_unpack("<q", state))}
    counts = ("bars", "no_row", "no_quote", "no_size", "live_order", "next_order")
    return lambda state: dict(
        zip([*counts, *rules.features], struct.unpack(f"<6q{len(rules.features)}d", state), strict=True)
    )


def _members(state: bytes, members: tuple[Member, ...]) -> Iterator[tuple[str, Any]]:
    for member in members:
        at, name = member.offset, member.name
        if member.kind in ("float", "int", "bool"):
            yield name, struct.unpack_from("<d" if member.kind == "float" else "<q", state, at)[0]
            continue
        distance, count = struct.unpack_from("<qq", state, at)
        if member.kind == "stream":
            record = np.frombuffer(state, member.formula.dtype, 1, at + 16)[0]
            yield from ((f"{name}.{field}", record[field].item()) for field in record.dtype.names)
            name += ".window"
        kind = np.int64 if member.kind == "array int" else np.float64
        for k, value in enumerate(np.frombuffer(state, kind, count, at + distance).tolist()):
            yield f"{name}[{k}]", value


def side_by_side(ours: Any, theirs: Any, instruments: tuple[Instrument, ...], namer: Namer, time: int) -> str:
    """Return a table of two runs (:class:`HostRun`) that end at `time`; lines that differ are marked with ``*``.

    Of arrays and windows only what differs is shown.
    """
    columns = [_seen(run, instruments, namer, time) for run in (ours, theirs)]
    lines, hidden = [("", ours.host, theirs.host)], 0
    for name in dict.fromkeys([*columns[0], *columns[1]]):
        here, there = (_shown(column.get(name, "-")) for column in columns)
        if "[" in name and not name.startswith(("position", "live order")):
            hidden += here != there
            if here == there or hidden > MOST:
                continue
        lines.append((f"{'*' if here != there else ' '} {name}", here, there))
    first, second = (max(len(line[k]) for line in lines) for k in (0, 1))
    rows = [f"{name:<{first}}  {here:<{second}}  {there}".rstrip() for name, here, there in lines]
    if hidden > MOST:
        rows.append(f"* and {hidden - MOST} more words of arrays and windows")
    return "\n".join(rows)


def _seen(run: Any, instruments: tuple[Instrument, ...], namer: Namer, time: int) -> dict[str, Any]:
    words = run.words
    seen: dict[str, Any] = {name: int(words[name]) / 1e18 for name in ("cash", "realized", "fees", "equity")}
    for slot, lots in enumerate(words["positions_in_lots"]):
        seen[f"position[{slot}], lots"] = lots
    for order, what in _live(run, instruments, time):
        seen[f"live order {order}"] = what
    return {**seen, **{f"state.{name}": value for name, value in namer(run.state).items()}}


def _live(run: Any, instruments: tuple[Instrument, ...], time: int) -> Iterator[tuple[int, str]]:
    """Yield the orders that lived at a time: sent by then, and not known to have ended."""
    status: dict[int, int] = {}
    filled: dict[int, float] = {}
    for update in run.arrays["answers"]:
        if update["kind"] == Kind.ORDER_UPDATE and int(update["words"][0]) <= time:
            order = int(update["words"][3])
            status[order] = int(update["flags"]) >> 12
            filled[order] = float(update["words"][4:5].view(np.float64)[0])
    for command in run.arrays["commands"]:
        order = int(command["client_order_id"])
        now = status.get(order, 0)
        if command["action"] == 1 and command["time"] <= time and now not in FINAL:
            market = instruments[command["instrument"]]
            price = market.tick.to_double(int(command["price"])) if market.tick else command["price"]
            qty = market.lot.to_double(int(command["qty"])) if market.lot else command["qty"]
            at = f"at {price}" if command["type"] == 2 else "at the market"
            side, word = _SIDES[int(command["side"])], _STATUSES[now]
            yield order & 0xFFFF_FFFF, f"{side} {qty} {at}, {word}, {filled.get(order, 0.0)} filled"


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)
