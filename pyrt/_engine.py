"""The engine's binary, where it is and how it is asked, and the library that it runs models with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from .errors import MissingPiece

__all__ = ["EngineAnswer", "ask_engine", "engine_environment", "find_engine", "find_onnx_runtime"]


def find_engine() -> Path:
    """Return the path of the engine's binary.

    Looked for in the environment variable ``PYRT_ENGINE``, in the source tree that this package runs from, and on
    ``PATH``.

    Raises
    ------
    MissingPiece
        If it is in none of them; the message says how to build it.
    """
    named = os.environ.get("PYRT_ENGINE")
    if named:
        if not os.access(named, os.X_OK):
            raise MissingPiece(f"PYRT_ENGINE names {named!r}, which is no executable; correct it or unset it")
        return Path(named)
    built = Path(__file__).parents[1] / "engine-rs" / "target" / "release" / "pyrt-engine"
    if built.exists():
        return built
    on_path = shutil.which("pyrt-engine")
    if on_path:
        return Path(on_path)
    raise MissingPiece(
        "the engine (pyrt-engine) is not built: with a Rust toolchain (https://rustup.rs) run 'make engine' in the "
        "source tree, or name a binary in PYRT_ENGINE"
    )


def find_onnx_runtime() -> Path | None:
    """Return the library in this Python's onnxruntime, which the engine can load as well; None if there is none."""
    import importlib.metadata  # every start of pyrt imports this module, and few ask for models

    try:
        files = importlib.metadata.files("onnxruntime") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    names = ("libonnxruntime.so", "libonnxruntime.dylib")
    return next((Path(str(file.locate())) for file in files if file.name.startswith(names)), None)


def engine_environment() -> dict[str, str]:
    """Return the variables for an engine: this process's, and ONNX Runtime's library unless it is named there."""
    library = find_onnx_runtime()
    return {**({"ORT_DYLIB_PATH": str(library)} if library else {}), **os.environ}


class EngineAnswer(NamedTuple):
    """What a verb of the engine came to: its exit status, what it printed, and what it complained of."""

    status: int
    output: str
    complaint: str


def ask_engine(*words: object) -> EngineAnswer:
    """Run the engine with these arguments to its end.

    Raises
    ------
    MissingPiece
        If there is no engine.
    """
    command = [str(find_engine()), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=engine_environment())
    return EngineAnswer(done.returncode, done.stdout, done.stderr.strip().removeprefix("pyrt-engine: "))
