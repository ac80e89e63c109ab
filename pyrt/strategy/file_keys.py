"""Typed values out of a strategy file; what is wrong is collected, for its author wants to hear all of it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ConfigError

__all__ = ["Keys"]

_REQUIRED: Any = object()


class Keys:
    """Hands out values by dotted key, and remembers what was asked for and what is wrong.

    Parameters
    ----------
    path : Path
        Of the file, for errors.
    raw : dict
        Its content.
    """

    def __init__(self, path: Path, raw: dict[str, Any]) -> None:
        self.path = path
        self.settings: list[tuple[str, Any, bool]] = []
        self._problems: list[str] = []
        self._left: dict[str, Any] = {}
        for table, content in raw.items():
            if isinstance(content, dict):
                self._left |= {f"{table}.{name}": value for name, value in content.items()}
            else:
                self._left[table] = content
        self._known: list[str] = []

    def text(
        self,
        key: str,
        default: Any = _REQUIRED,
        *,
        check: Callable[[str], Any] = bool,
        allowed: str = "a text that is not empty",
    ) -> Any:
        """Return a text that passes `check`; `allowed` says what does."""

        def convert(value: Any) -> str | None:
            return value if isinstance(value, str) and check(value) else None

        found = self._value(key, default, convert, f"must be {allowed}")
        return "" if found is None and default is not None else found

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list of at least one text."""

        def convert(value: Any) -> tuple[str, ...] | None:
            fine = isinstance(value, list) and value and all(isinstance(v, str) for v in value)
            return tuple(value) if fine else None

        found: tuple[str, ...] | None = self._value(key, _REQUIRED, convert, "must be a list of at least one text")
        return found or ()

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        """Return an integer from `low` to `high`."""

        def convert(value: Any) -> int | None:
            return value if type(value) is int and low <= value <= high else None

        return int(self._value(key, default, convert, f"must be an integer from {low} to {high}") or default)

    def number(self, key: str, default: Any = _REQUIRED, *, range_: tuple[float, float, bool]) -> float:
        """Return a number within a range: lowest, highest, and whether the lowest itself is excluded."""
        low, high, above = range_

        def convert(value: Any) -> float | None:
            if type(value) not in (int, float) or not math.isfinite(value):
                return None
            fine = (low < value if above else low <= value) and value <= high
            return float(value) if fine else None

        allowed = f"must be a number {'above' if above else 'from'} {low:g} {'and at most' if above else 'to'} {high:g}"
        found = self._value(key, default, convert, allowed)
        if found is None:
            found = math.nan if default is _REQUIRED else default
        return float(found)

    def numbers(self, table: str) -> dict[str, float]:
        """Return every number of a table whose names are the strategy's own."""
        names = [key for key in self._left if key.startswith(f"{table}.")]
        found = {}
        for key in sorted(names):
            value = self.number(key, range_=(-math.inf, math.inf, False))
            found[key.partition(".")[2]] = value
        return found

    def complain(self, key: str, value: Any, expected: str) -> None:
        """Note what is wrong with a value that is fine by itself."""
        self._problems.append(f"{self.path}: {key} = {value!r}: {expected}")

    def finish(self) -> None:
        """Raise an error about all that was wrong, keys that nobody asked for included."""
        for key, value in self._left.items():
            near = difflib.get_close_matches(key, self._known, n=1, cutoff=0.6)
            self.complain(key, value, f"no such key; did you mean {near[0]}?" if near else "no such key")
        if self._problems:
            raise ConfigError("\n".join(self._problems))

    def _value(self, key: str, default: Any, convert: Callable[[Any], Any], allowed: str) -> Any:
        self._known.append(key)
        given = key in self._left
        if not given and default is _REQUIRED:
            self._problems.append(f"{self.path}: {key}: is missing; it {allowed}")
            return None
        raw = self._left.pop(key, None)
        value = convert(raw) if given else default
        if given and value is None:
            self.complain(key, raw, allowed)
            return None
        if value is not None:
            self.settings.append((key, value, not given))
        return value
