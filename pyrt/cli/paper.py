"""Paper trading: the engine, over real sockets, at a venue that plays a recording, followed from Python."""

from __future__ import annotations

import json as json_module
import math
import os
import re
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from rich.markup import escape
from rich.table import Table

from .._engine import ask_engine
from ..errors import EngineError, InputError
from ..types import Kind, of_kind
from .output import console

if TYPE_CHECKING:
    from ..live import EngineClient, EngineProcess, SharedFeed
    from ..strategy import Strategy
    from ..types import Events

__all__ = ["HOME", "Piece", "engine_settings", "paper", "paper_table", "rehearse"]

HOME = Path(__file__).parents[2]
COUNTS = ("signals", "orders", "cancels", "fills", "refusals")
ORDERS_A_MINUTE = 1_000_000
"""Recorded time may run fast: the limit on the rate of orders is for real time."""


class Piece(NamedTuple):
    """What of a recording is traded, and what comes before: seconds, or a file of converted records."""

    start: float = 0.0
    seconds: float | None = None
    warm_up: float | None = None
    """Of the time before `start`; None: all of it."""
    history: Path | None = None

    @property
    def arguments(self) -> list[str]:
        """Of ``pyrt-engine simulate``."""
        length = [] if self.seconds is None else ["--for", repr(self.seconds)]
        return [*(["--from", repr(self.start)] if self.start or length else []), *length]

    def settings(self, recording: Path, opens_at: int | None, folder: Path) -> dict[str, str]:
        """Return the engine's setting of its history; what comes before `opens_at` is written to `folder`."""
        from ..data import read_recording, save_recording

        path = self.history
        if path is None:
            first = None if self.warm_up is None or opens_at is None else opens_at - round(self.warm_up * 1e9)
            if not self.start or first == opens_at:
                return {}
            path = save_recording(folder / "history.npy", read_recording(recording).between(first, opens_at))
        return {"trading.history": str(path.resolve())}


def paper(
    strategies: Mapping[str, tuple[type[Strategy] | Path, dict[str, Any]]],
    recording: Path,
    *,
    cash: float,
    speed: float,
    piece: Piece = Piece(),
) -> dict[str, Any]:
    """Trade strategies on paper, classes and strategy files, and return what was seen; see :func:`run`.

    Returns
    -------
    dict
        Counts of what shared memory showed (signals, orders, cancels, fills, refusals), the same with the profit by
        strategy (``strategies``), messages received, positions, account, records lost, when what was played began
        (``opens_at``, ns UTC by the recording; None: at its beginning), what the engine said of strategies that were
        warmed up or failed (``said``), whether the journal decided again came to the same, by the engine
        (``retraced``) and in Python (``decided_in_python``), and by stage how long messages that led to an order or a
        cancel took to its bytes, ns (``latency``).
    """
    from ..live import EngineClient, EngineProcess, SharedFeed

    if not recording.exists():
        raise InputError(f"recording: there is no file {recording}")
    if piece.warm_up is not None and not 0 <= piece.warm_up < math.inf:
        raise InputError(f"warm_up: must be a number of seconds, 0 or more, got {piece.warm_up}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pyrt-run-")))
        name = f"paper-{os.getpid()}"
        stack.enter_context(_environment("PYRT_RUNTIME_DIR", str(folder / "sockets")))
        config = _configure(folder, name, strategies, cash)
        arguments = ["simulate", "--listen", "127.0.0.1:0", "--recording", str(recording), "--speed", f"{speed:g}"]
        venue = stack.enter_context(EngineProcess(*arguments, "--held", *piece.arguments))
        ready = venue.read_json()
        source = ready["source"]
        more = {"venues.binance.symbols": ",".join(source["symbols"]), "shared_memory.ring_capacity": 1 << 20}
        more |= piece.settings(recording, source["opens_at"], folder)
        settings = engine_settings(name, ready["listening"], **more)
        report, log = folder / "report.json", folder / "engine.log"
        arguments = ["run", "--config", str(config), "--report", str(report), *settings]
        engine = stack.enter_context(EngineProcess(*arguments, log=log))
        engine.wait_for_feed(name)
        engine.wait_for_messages(name)
        with (
            SharedFeed.open(name, start="oldest") as feed,
            EngineClient(name, topics=("signal.", "order.", "fill.", "account.", "status.")) as client,
        ):
            venue.release()  # not before all of this: a message that nobody listens to is lost
            seen = _follow(feed, client, _Processes(engine, venue, source["seconds"] / speed + 60.0), list(strategies))
        status = {"engine": engine.stop(), "simulator": venue.stop()}
        if any(status.values()):
            raise EngineError(f"the engine did not stop cleanly: {status}\n{engine.log_tail()}")
        journal = _journal(folder)
        seen["retraced"] = _retrace(journal, config, settings)
        seen["decided_in_python"] = seen["retraced"] and _decide_in_python(journal, config, settings, strategies)
        seen["speed"], seen["opens_at"] = speed, source["opens_at"]
        seen["said"] = _said_of_strategies(log.read_text())
        seen["latency"] = json_module.loads(report.read_text())["latency"]["sent"]
    return seen


def rehearse(
    strategies: Mapping[str, tuple[type[Strategy] | Path, dict[str, Any]]],
    recording: Path,
    symbols: Sequence[str],
    *,
    cash: float,
    warm: int = 0,
) -> dict[str, Any]:
    """Play a recording through the engine without sockets, as fast as it goes; return what it says.

    The first `warm` messages are left out of the latencies: caches are cold.

    Returns
    -------
    dict
        Counts, the account at the end, and under ``latency`` nanoseconds by stage: ``sent`` of messages that led to an
        order or a cancel, ``all`` of every message.
    """
    with tempfile.TemporaryDirectory(prefix="pyrt-rehearse-") as folder:
        config = _configure(Path(folder), f"rehearsal-{os.getpid()}", strategies, cash)
        settings = ["--warm", warm, "--set", f"venues.binance.symbols={','.join(symbols)}"]
        answer = ask_engine("rehearse", "--recording", recording, "--config", config, *settings)
    if answer.status:
        raise EngineError(answer.complaint)
    said: dict[str, Any] = json_module.loads(answer.output)
    return said


def paper_table(done: Mapping[str, Any]) -> Table:
    """Draw what a run on paper showed."""
    account = done["account"]
    table = Table(title="on paper, live", title_justify="left", show_header=False, show_edge=False, pad_edge=False)
    table.add_row("seen in shared memory", ", ".join(f"{done[name]:,} {name}" for name in COUNTS))
    table.add_row("received as messages", ", ".join(f"{n:,} {kind}" for kind, n in done["messages"].items()))
    if total := done["latency"].get("total"):
        times = ", ".join(f"{total[p] / 1e3:,.1f} µs ({p})" for p in ("p50", "p99"))
        table.add_row("message in to order bytes out", f"{times} of {total['n']:,}")
    table.add_row("account", f"cash {account['cash']:,.8f}, equity {account['equity']:,.8f} {account['currency']}")
    for line in done["said"]:
        table.add_row("strategy", escape(line))
    for name, host in (("retraced", "by the engine"), ("decided_in_python", "in Python")):
        verdict = "the same to the last byte" if done[name] else "[red]another result[/]"
        table.add_row(f"journal decided again {host}", verdict)
    return table


def _configure(
    folder: Path, name: str, strategies: Mapping[str, tuple[type[Strategy] | Path, dict[str, Any]]], cash: float
) -> Path:
    from ..strategy import build

    blocks = []
    for called, (strategy, parameters) in strategies.items():
        head = f'[[strategies]]\nname = "{called}"\n'
        if isinstance(strategy, Path):
            values = ", ".join(f"{key} = {float(value)!r}" for key, value in parameters.items())
            blocks.append(f'{head}file = "{strategy.resolve()}"\nparameters = {{ {values} }}\n')
        else:
            build(strategy, folder / f"{called}.so", **parameters)
            blocks.append(f'{head}code = "{called}.so"\n')
    limits = (HOME / "config" / "risk_limits.toml").read_text()
    rate = "max_order_rate_per_min = 60"
    (folder / "risk_limits.toml").write_text(limits.replace(rate, f"max_order_rate_per_min = {ORDERS_A_MINUTE}"))
    config = folder / "engine.toml"
    text = [
        f'include = ["{HOME / "config" / "venues" / "binance.toml"}"]\n[engine]\nname = "{name}"\n',
        *blocks,
        f'[trading]\nmode = "paper"\nrisk = "risk_limits.toml"\ncash = {float(cash)}\n[trading.usd]\nUSDT = 1.0\n',
        f'[journal]\ndirectory = "{folder / "journal"}"\ncapacity_mb = 256\n',
    ]
    config.write_text("\n".join(text))
    return config


def engine_settings(name: str, address: str, **more: object) -> list[str]:
    """Return the options that name an engine and point it at a simulator's address."""
    values: dict[str, object] = {
        "engine.name": name,
        "venues.binance.websocket": f"ws://{address}",
        "venues.binance.rest": f"http://{address}",
        **more,
    }
    return [part for key, value in values.items() for part in ("--set", f"{key}={value}")]


class _environment:  # noqa: N801 (a context manager that reads as a verb)
    """Set a variable of this process for a while: where engine and client meet."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def __enter__(self) -> None:
        self.before = os.environ.get(self.name)
        os.environ[self.name] = self.value

    def __exit__(self, *_: object) -> None:
        if self.before is None:
            del os.environ[self.name]
        else:
            os.environ[self.name] = self.before


class _Processes(NamedTuple):
    engine: EngineProcess
    venue: EngineProcess
    patience: float

    def end(self) -> threading.Event:
        """Return what is set when the recording has ended."""
        ended = threading.Event()

        def wait() -> None:
            try:
                self.venue.read_json(timeout=self.patience)
            finally:
                ended.set()

        threading.Thread(target=wait, daemon=True).start()
        return ended


def _follow(feed: SharedFeed, client: EngineClient, processes: _Processes, names: Sequence[str]) -> dict[str, Any]:
    """Follow records and messages until the recording has ended and all is quiet."""
    ended = processes.end()
    seen = {name: dict.fromkeys(COUNTS, 0) for name in names}
    signals = 0
    messages: dict[str, int] = {}
    while True:
        last = ended.is_set()
        for window in feed.follow(timeout=0.2, on_overrun="count"):
            signals += int(np.count_nonzero(window["kind"] == Kind.SIGNAL))
            _count(seen, names, window)
        for topic, message in client.messages(timeout=0.0):
            kind = topic.partition(".")[0]
            messages[kind] = messages.get(kind, 0) + 1
            if kind == "signal":  # its record does not say whose it is
                seen[message.strategy]["signals"] += 1
        processes.engine.check()
        if last:
            break
    account = feed.account
    if account is None:
        raise EngineError(f"the engine has no account\n{processes.engine.log_tail()}")
    positions = [{"strategy": p.strategy, "instrument": p.instrument.name, "qty": p.qty} for p in feed.positions]
    strategies = {name: {**seen[name], "pnl": 0.0} for name in names}
    for held in feed.positions:
        strategies[held.strategy]["pnl"] += held.realized_pnl + held.unrealized_pnl
    counts = {count: sum(one[count] for one in seen.values()) for count in COUNTS} | {"signals": signals}
    shown = {field: getattr(account, field) for field in account.__slots__}
    found = {"strategies": strategies, "messages": messages, "positions": positions}
    return {**counts, **found, "account": shown, "lost": feed.lost}


def _said_of_strategies(log: str) -> list[str]:
    """Return what the log has of strategies that were warmed up, or failed, be it before anybody could listen."""
    lines = (re.sub(r"^\S+ +(INFO|ERROR) +", "", line) for line in log.splitlines())
    return [line for line in lines if line.startswith(("warmed up with", "strategy stopped"))]


def _count(seen: dict[str, dict[str, int]], names: Sequence[str], window: Events) -> None:
    """Count orders and cancels as they are sent, refusals and fills as they come."""
    updates, fills = of_kind(window, Kind.ORDER_UPDATE), of_kind(window, Kind.FILL)
    status, whose = updates["flags"] >> 12, updates["client_order_id"] >> 48
    for number, name in enumerate(names):
        of = status[whose == number]
        for count, code in (("orders", 0), ("cancels", 7), ("refusals", 5)):
            seen[name][count] += int(np.count_nonzero(of == code))
        seen[name]["fills"] += int(np.count_nonzero(fills["client_order_id"] >> 48 == number))


def _journal(folder: Path) -> Path:
    return min((folder / "journal").glob("*.pyrt"), key=lambda path: len(path.name))  # further parts are numbered


def _decide_in_python(
    journal: Path,
    config: Path,
    settings: list[str],
    strategies: Mapping[str, tuple[type[Strategy] | Path, dict[str, Any]]],
) -> bool:
    from ..backtest.parity import decide_again

    sources = {name: source for name, (source, _) in strategies.items()}
    found = decide_again(journal, sources, config=config, settings=settings)
    if not found.equal:
        console.print(found.difference, markup=False)
    return found.equal


def _retrace(journal: Path, config: Path, settings: list[str]) -> bool:
    answer = ask_engine("replay", journal, "--config", config, *settings)
    if not answer.output.strip():
        raise EngineError(answer.complaint)
    said: dict[str, Any] = json_module.loads(answer.output)
    return answer.status == 0 and said.get("equal", True) is not False
