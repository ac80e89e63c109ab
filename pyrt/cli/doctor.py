"""``pyrt doctor``: what is there, what is missing, and the command that brings it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer
from rich.markup import escape
from rich.table import Table

from .._engine import find_engine, find_onnx_runtime
from ..errors import MissingPiece
from .output import Json, console, print_json

__all__ = ["Finding", "doctor", "examine"]

Status = Literal["ok", "warning", "missing"]
SHM = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    status: Status
    detail: str
    mend: str = ""


def doctor(json: Json = False) -> None:
    """Say what is there and what is missing: toolchain, extensions, CPU, shared memory, ONNX Runtime, engine.

    Exit code 0 if the research half works, 3 if a piece of it is missing. What only the live half needs is a warning.
    """
    findings = examine()
    broken = any(f.status == "missing" for f in findings)
    if json:
        print_json({"ok": not broken, "findings": findings})
    else:
        table = Table(title="pyrt doctor", title_justify="left", show_edge=False, pad_edge=False)
        for column in ("", "piece", "found", "mend"):
            table.add_column(column, overflow="fold")
        marks = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "missing": "[red]missing[/]"}
        for finding in findings:
            table.add_row(marks[finding.status], finding.name, escape(finding.detail), escape(finding.mend))
        console.print(table)
    raise typer.Exit(3 if broken else 0)


def examine() -> list[Finding]:
    """Look at everything that pyrt needs; a look never raises."""
    looks: list[Callable[[], Finding]] = [
        _python, _extensions, _compiler, _rust, _cpu, _shared_memory, _onnx_runtime, _engine,
    ]  # fmt: skip
    return [look() for look in looks]


def _python() -> Finding:
    missing = [name for name in ("numpy", "pandas", "scipy", "pyarrow", "matplotlib") if not _version(name)]
    detail = f"Python {platform.python_version()} on {platform.machine()}, numpy {_version('numpy')}"
    if missing:
        return Finding("Python", "missing", f"{detail}; without {', '.join(missing)}", "pip install pyrt")
    return Finding("Python", "ok", f"{detail}, pandas {_version('pandas')}")


def _extensions() -> Finding:
    import importlib

    import pyrt_ext

    home = Path(pyrt_ext.__path__[0])
    built = sorted({_module(path, home) for path in home.rglob("*.so")})
    wanted = {_module(path, home) for path in home.rglob("*.pyx")} or set(built)
    mend = "make ext  (or: pip install -e .)"
    for name in sorted(wanted):
        try:
            importlib.import_module(f"pyrt_ext.{name}")
        except ImportError as error:
            return Finding("Cython extensions", "missing", f"{name}: {error}", mend)
    if not built:
        return Finding("Cython extensions", "missing", f"none built in {home}", mend)
    return Finding("Cython extensions", "ok", ", ".join(built))


def _module(path: Path, home: Path) -> str:
    """Name the module of a file below the package."""
    return ".".join([*path.relative_to(home).parent.parts, path.name.partition(".")[0]])


def _compiler() -> Finding:
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and shutil.which(name):
            return Finding("C compiler", "ok", _first_line([name, "--version"]))
    return Finding(
        "C compiler", "warning", "none: pyrt cannot be built from source here", "apt install build-essential"
    )


def _rust() -> Finding:
    if shutil.which("cargo"):
        return Finding("Rust toolchain", "ok", _first_line(["cargo", "--version"]))
    return Finding(
        "Rust toolchain", "warning", "none: the engine cannot be built here", "https://rustup.rs, then make engine"
    )


def _cpu() -> Finding:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return Finding("CPU", "ok", f"{platform.machine()}, {os.cpu_count()} cores")
    flags = next(
        (set(line.partition(":")[2].split()) for line in lines if line.startswith(("flags", "Features"))), set()
    )
    vector = [flag for flag in ("sse4_2", "avx2", "avx512f", "asimd", "sve") if flag in flags]
    return Finding("CPU", "ok", f"{platform.machine()}, {os.cpu_count()} cores, {' '.join(vector) or 'baseline'}")


def _shared_memory() -> Finding:
    if not SHM.is_dir() or not os.access(SHM, os.W_OK):
        return Finding(
            "shared memory", "warning", f"{SHM} is not writable: no live feed", "mount -t tmpfs tmpfs /dev/shm"
        )
    free = shutil.disk_usage(SHM).free
    segments = sorted(path.name.removeprefix("pyrt-") for path in SHM.glob("pyrt-*"))
    detail = f"{SHM}, {free / 2**20:,.0f} MiB free, feeds: {', '.join(segments) or 'none'}"
    if free < 64 * 2**20:
        return Finding("shared memory", "warning", detail, "mount -o remount,size=1G /dev/shm")
    return Finding("shared memory", "ok", detail)


def _onnx_runtime() -> Finding:
    mend = "pip install 'pyrt[ml]'"
    version = _version("onnxruntime")
    if not version:
        return Finding("ONNX Runtime", "warning", "not installed: models cannot be run", mend)
    library = find_onnx_runtime()
    if library is None:
        return Finding("ONNX Runtime", "warning", f"{version}, without libonnxruntime.so", mend)
    if version.startswith(("1.26.", "1.27.")):
        return Finding("ONNX Runtime", "warning", f"{version} computes random forests wrongly", mend)
    return Finding("ONNX Runtime", "ok", f"{version}, {library}")


def _engine() -> Finding:
    try:
        path = find_engine()
    except MissingPiece as error:
        return Finding("engine", "warning", "not built: no live half", str(error).partition(": ")[2])
    return Finding("engine", "ok", f"{_first_line([str(path), '--version'])}, {path}")


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]} does not run: {error}"
    return (done.stdout or done.stderr).partition("\n")[0]
