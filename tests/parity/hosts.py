"""One strategy in three hosts: compiled in Python, plain in Python, compiled in the engine."""

import json
import subprocess

import numpy as np

import pyrt
from pyrt.backtest.matching import COMMAND, Simulation
from pyrt.strategy import build
from pyrt.types import EVENT, RECORDS, Kind

OUTPUTS = ("commands", "answers", "signals", "equity")


def save(folder, events, instruments):
    """Write records and table as ``pyrt-engine convert`` does; returns the records' path."""
    path = folder / "events.npy"
    np.save(path, events)
    grid = lambda g: {"mantissa": g.mantissa, "exponent": g.exponent}  # noqa: E731
    rows = [
        {"id": i.id, "name": i.name, "symbol": i.symbol, "tick": grid(i.tick), "lot": grid(i.lot)} for i in instruments
    ]
    path.with_suffix(".json").write_text(json.dumps({"instruments": rows}))
    return path


def in_python(events, instruments, cls, simulation=None, *, jit=True, cash=100_000, **parameters):
    """Run a backtest; returns outputs as bytes, and exact words."""
    test = pyrt.Backtest(events, instruments=instruments, cash=cash, simulation=simulation)
    result = test.run(cls, jit=jit, **parameters)
    arrays = (result.commands, result.answers, result.signals, result.equity_at_fills)
    summary = dict(result.summary)
    summary["positions_in_lots"] = summary.pop("positions")
    for name in ("cash", "realized", "fees", "equity"):
        summary[name] = str(summary[name])
    outputs = {name: array.tobytes() for name, array in zip(OUTPUTS, arrays, strict=True)}
    return outputs, {**summary, "state_sha256": result.state_sha256}, result


def in_engine(binary, path, cls, folder, simulation=None, *, cash=100_000, **parameters):
    """Build the strategy's object and replay it; returns outputs as bytes, and exact words."""
    shared = folder / f"{cls.__name__}.so"
    build(cls, shared, **parameters)
    settings = folder / "simulation.toml"
    settings.write_text((simulation or Simulation()).to_toml())
    command = [binary, "replay", "--events", path, "--strategy", shared, "--settings", settings]
    command += ["--cash", str(cash), "-o", folder / "out"]
    answer = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    arrays = {name: np.load(folder / "out" / f"{name}.npy") for name in OUTPUTS}
    return {name: array.tobytes() for name, array in arrays.items()}, json.loads(answer.stdout)


def parting(ours, theirs, names):
    """Say where two hosts part first, with what both did there; empty if they do not."""
    dtypes = {"commands": COMMAND, "answers": EVENT, "signals": RECORDS[Kind.SIGNAL], "equity": np.dtype("<f8")}
    said = []
    for output, dtype in dtypes.items():
        a, b = (np.frombuffer(host[0][output], dtype) for host in (ours, theirs))
        both = min(len(a), len(b))
        size = dtype.itemsize
        same = a[:both].view(f"V{size}") == b[:both].view(f"V{size}")
        row = int(np.argmin(same)) if both and not same.all() else both
        if row < max(len(a), len(b)):
            here = [_readable(array[row]) if row < len(array) else "nothing more" for array in (a, b)]
            time = min(_time(array[row], output) for array in (a, b) if row < len(array))
            said.append((time, f"{output}[{row}]: {names[0]} has {here[0]}; {names[1]} has {here[1]}"))
    words = {name: (ours[1][name], theirs[1][name]) for name in ours[1] if ours[1][name] != theirs[1].get(name)}
    if not said and not words:
        return ""
    first = min(said)[1] if said else "all outputs are equal"
    return f"{names[0]} and {names[1]} part. First: {first}. At the end ({names[0]}, {names[1]}): {words}"


def _readable(row):
    if row.dtype == EVENT:
        kind = Kind(int(row["kind"]))
        row = np.array([row]).view(RECORDS[kind])[0]
    return str(row)


def _time(row, output):
    if output == "equity":
        return 2**62
    return int(row["time"] if output == "commands" else np.array([row]).view(EVENT)["words"][0][0])
