"""One strategy, the same events, two hosts: the same orders and fills to the last bit, or the place where they part.

The engine's ``replay`` runs the object that ``pyrt strategy build`` makes of the very class; here its answers are
compared with those of the backtest, byte for byte.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._engine import ask_engine
from ...data.recordings import Recording, read_recording, save_recording
from ...errors import EngineError, InputError
from ...strategy import Strategy, StrategyFault, build
from ...types import EVENT, RECORDS, Kind
from ..account import Account
from ..account.events import RAW_PAID, contracts_of, event_terms
from ..engine import Backtest
from ..matching import COMMAND, Simulation, contract_of
from .states import Namer, names_of_state, side_by_side, until

__all__ = ["HostRun", "Parity", "check_parity", "compare", "parting", "run_backtest", "run_replay"]

OUTPUTS: Mapping[str, np.dtype[Any]] = MappingProxyType(
    {
        "commands": COMMAND,
        "answers": EVENT,
        "signals": RECORDS[Kind.SIGNAL],
        "equity": np.dtype("<f8"),
        "paid": RAW_PAID,
    }
)
"""What a host writes: commands sent, answers received, signals, equity after each fill, payments of an account."""

LAST = 2**63 - 1
"""A time after all records."""
STRATEGY_FAILED = 6
"""Exit code of ``pyrt-engine replay``."""


@dataclass(frozen=True, eq=False)
class HostRun:
    """What one host did: its arrays by name (:data:`OUTPUTS`), exact words about the end, the strategy's state then."""

    host: str
    arrays: Mapping[str, npt.NDArray[Any]]
    words: Mapping[str, Any]
    state: bytes

    @property
    def counts(self) -> dict[str, int | float]:
        """Signals, orders, fills, and the final cash as a number to read."""
        commands, answers = self.arrays["commands"], self.arrays["answers"]
        return {
            "signals": len(self.arrays["signals"]),
            "orders": int(np.count_nonzero(commands["action"] == 1)),
            "cancels": int(np.count_nonzero(commands["action"] == 2)),
            "fills": int(np.count_nonzero(answers["kind"] == Kind.FILL)),
            "cash": int(self.words["cash"]) / 1e18,
            "equity": int(self.words["equity"]) / 1e18,
        }


Host = Callable[[Recording], HostRun]


@dataclass(frozen=True, eq=False)
class Parity:
    """Two runs side by side.

    Attributes
    ----------
    runs : tuple of HostRun
        The backtest's and the engine's.
    difference : str
        Where they part first, with what both did there, and a table of both states at that time: account, positions,
        live orders, the strategy's state; empty if they do not part.
    """

    runs: tuple[HostRun, HostRun]
    difference: str

    @property
    def equal(self) -> bool:
        """Whether every byte of all outputs and every word about the end is the same."""
        return not self.difference


def check_parity(
    recording: Recording,
    strategy: type[Strategy] | str | Path,
    *,
    cash: float = 100_000,
    simulation: Simulation | None = None,
    trade_from: int | None = None,
    account: Account | None = None,
    actions: Any = None,
    **parameters: Any,
) -> Parity:
    """Run a strategy in the backtester and in the engine's replay, and compare everything.

    Parameters
    ----------
    recording : Recording
        Events and instruments, see :func:`pyrt.data.read_recording`.
    strategy : class or path
        A :class:`pyrt.Strategy`, or a strategy file (``.toml``).
    cash : float
        Money at the start.
    simulation : Simulation, optional
        The simulated venue, the same for both.
    trade_from : int, optional
        What was received before this time (ns UTC) is history, see :class:`pyrt.Backtest`.
    account, actions : optional
        Margin, financing and currency, and dividends, see :class:`pyrt.Backtest`.
    **parameters
        Of the strategy.

    Raises
    ------
    MissingPiece
        Without an engine or a C compiler.
    StrategyFault
        If the strategy fails, in the one host or in the other.
    EngineError
        If the engine refuses the run; with its words.
    """
    kept = {"account": account, "actions": actions}
    terms: dict[str, Any] = {"cash": cash, "trade_from": trade_from, **kept, **parameters}

    def ours(part: Recording) -> HostRun:
        return run_backtest(part, strategy, simulation, **terms)

    def theirs(part: Recording) -> HostRun:
        with tempfile.TemporaryDirectory(prefix="pyrt-parity-") as folder:
            home = Path(folder)
            return run_replay(save_recording(home / "events.npy", part), strategy, home, simulation, **terms)

    return compare(recording, (ours, theirs), names_of_state(strategy, parameters))


def compare(recording: Recording, hosts: tuple[Host, Host], namer: Namer) -> Parity:
    """Run two hosts on a recording; where they part, run both again up to there and set their states side by side."""
    ours, theirs = (host(recording) for host in hosts)
    first, difference = _first_difference(ours, theirs)
    if difference:
        part = until(recording, first)
        ours_then, theirs_then = (host(part) for host in hosts)
        told = f"{len(part.events):,} of {len(recording.events):,} records told, up to {first} ns"
        difference += f"\nBoth with {told}, and answers under way arrived:\n"
        difference += side_by_side(ours_then, theirs_then, recording.instruments, namer, first)
    return Parity((ours, theirs), difference)


def run_backtest(
    recording: Recording,
    strategy: type[Strategy] | str | Path,
    simulation: Simulation | None = None,
    *,
    cash: float = 100_000,
    trade_from: int | None = None,
    account: Account | None = None,
    actions: Any = None,
    jit: bool = True,
    **parameters: Any,
) -> HostRun:
    """Run the backtest as one of two hosts; `jit` False runs the class as plain Python."""
    events, instruments = recording
    kept: Any = {"account": account, "actions": actions}
    terms: Any = {"cash": cash, "simulation": simulation, "trade_from": trade_from, **kept}
    test = Backtest(events, instruments=instruments, **terms)
    result: Any = (
        test.run_file(strategy, **parameters)
        if isinstance(strategy, (str, Path))
        else test.run(strategy, jit=jit, **parameters)
    )
    summary = dict(result.totals)
    summary["positions_in_lots"] = summary.pop("positions")
    exact = {name: str(summary[name]) for name in ("cash", "realized", "fees", "equity", "paid") if name in summary}
    paid = np.frombuffer(result.paid_exactly, RAW_PAID)
    arrays = (result.commands, result.answers, result.signals, result.equity_at_fills, paid)
    words = {**summary, **exact, "state_sha256": result.state_sha256}
    return HostRun("backtest" if jit else "plain", dict(zip(OUTPUTS, arrays, strict=True)), words, result.state)


def run_replay(
    events: Path,
    strategy: type[Strategy] | str | Path,
    folder: Path,
    simulation: Simulation | None = None,
    *,
    cash: float = 100_000,
    trade_from: int | None = None,
    account: Account | None = None,
    actions: Any = None,
    **parameters: Any,
) -> HostRun:
    """Replay the saved events with the engine: a strategy file, or a class, whose object is built in `folder`."""
    settings, out = folder / "simulation.toml", folder / "replay"
    given = [f"--set={name}={float(value)!r}" for name, value in parameters.items()]
    if isinstance(strategy, (str, Path)):
        source = Path(strategy)
    else:
        source, given = folder / f"{strategy.__name__}.so", []
        build(strategy, source, **parameters)
    settings.write_text((simulation or Simulation()).to_toml())
    command = ["replay", "--events", events, "--strategy", source, "--settings", settings, *given]
    if account is not None:
        command += ["--account", _write_account(folder / "account.toml", read_recording(events), account, actions)]
    command += ["--cash", cash, "-o", out, *([] if trade_from is None else ["--trade-from", trade_from])]
    answer = ask_engine(*command)
    if answer.status:
        raise (StrategyFault if answer.status == STRATEGY_FAILED else EngineError)(answer.complaint)
    arrays = {name: np.load(out / f"{name}.npy").view(dtype) for name, dtype in OUTPUTS.items()}
    return HostRun("replay", arrays, json.loads(answer.output), (out / "state.bin").read_bytes())


def _write_account(path: Path, recording: Recording, account: Account, actions: Any) -> Path:
    """Write an account's terms for the engine, whose multipliers are those of its instruments table."""
    table = contracts_of(recording.instruments, account)
    if [contract_of(one) for one in table] != [contract_of(one) for one in recording.instruments]:
        raise InputError(
            "account: multiplier is the backtester's; give the instruments theirs (details) for both hosts"
        )
    span = (int(recording.events["words"][0, 0]), int(recording.events["words"][-1, 0]))
    path.write_text(event_terms(account, actions, table, span).to_toml(table))
    return path


def parting(ours: HostRun, theirs: HostRun) -> str:
    """Say where two runs part first, with what both did there; empty if they are the same to the last bit."""
    return _first_difference(ours, theirs)[1]


def _first_difference(ours: HostRun, theirs: HostRun) -> tuple[int, str]:
    """Return the time at which two runs part, and what :func:`parting` says."""
    said = []
    for output, dtype in OUTPUTS.items():
        a, b = ours.arrays[output], theirs.arrays[output]
        both = min(len(a), len(b))
        bits = f"V{dtype.itemsize}"
        same = np.ascontiguousarray(a[:both]).view(bits) == np.ascontiguousarray(b[:both]).view(bits)
        row = int(np.argmin(same)) if both and not same.all() else both
        if row < max(len(a), len(b)):
            here = [_readable(array[row]) if row < len(array) else "nothing more" for array in (a, b)]
            time = min(_time(run, output, row) for run in (ours, theirs) if row < len(run.arrays[output]))
            said.append((time, f"{output}[{row}]: {ours.host} has {here[0]}; {theirs.host} has {here[1]}"))
    apart = {n: (v, theirs.words.get(n)) for n, v in ours.words.items() if v != theirs.words.get(n)}
    if not said and not apart:
        return 0, ""
    time, first = min(said) if said else (LAST, "all outputs are equal")
    return time, f"{ours.host} and {theirs.host} part. First: {first}. At the end ({ours.host}, {theirs.host}): {apart}"


def _readable(row: Any) -> str:
    if row.dtype == EVENT:
        row = np.array([row]).view(RECORDS[Kind(int(row["kind"]))])[0]
    return str(row)


def _time(run: HostRun, output: str, row: int) -> int:
    rows = run.arrays[output]
    if output == "commands":
        return int(rows["time"][row])
    if output == "equity":  # one after each fill
        rows = run.arrays["answers"][run.arrays["answers"]["kind"] == Kind.FILL]
    return int(np.ascontiguousarray(rows[row : row + 1]).view(EVENT)["words"][0][0])
