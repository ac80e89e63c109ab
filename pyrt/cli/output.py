"""How every verb speaks: tables for people, ``--json`` for scripts, errors on stderr with an exit code."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console

from .. import errors

__all__ = ["EXIT_CODES", "Json", "console", "failures", "print_json"]

EXIT_CODES = """\
Exit codes: 0 done · 1 input or data cannot be used · 2 wrong usage · 3 something is missing (a build, a package, a
feed) · 4 the engine or its feed failed."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts instead of tables.")]

console = Console()
_stderr = Console(stderr=True)


def exit_code(error: Exception) -> int:
    """Return the exit code that stands for an error."""
    if isinstance(error, (errors.MissingPiece, errors.FeedNotFound)):
        return 3
    return 4 if isinstance(error, (errors.EngineError, errors.FeedError)) else 1


@contextmanager
def failures() -> Iterator[None]:
    """Turn errors on purpose, and files that cannot be read, into a message and an exit code."""
    try:
        yield
    except (errors.PyrtError, FileNotFoundError, PermissionError) as error:
        _stderr.print(f"[bold red]error[/] {type(error).__name__}:", end=" ")
        _stderr.print(str(error), markup=False, highlight=False)
        raise typer.Exit(exit_code(error)) from None
    except KeyboardInterrupt:
        _stderr.print("stopped")
        raise typer.Exit(130) from None


def print_json(value: object) -> None:
    """Print a value as one line of JSON; NaN and infinities become null."""
    sys.stdout.write(json.dumps(plain(value), allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """Return a value in JSON's terms."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
