"""Rows of a sweep on the disk."""

from __future__ import annotations

import json
import math
from pathlib import Path

from ...errors import DataError, InputError
from ..results.sweep import SWEPT
from .grid import Parameters, key_of, storable

__all__ = ["Log", "Row"]

Row = dict[str, float]


class Log:
    """Rows on the disk: a line each, behind a first one that says of what."""

    def __init__(self, path: Path | None, rows: dict[str, Row]) -> None:
        self.path, self.rows = path, rows

    @classmethod
    def open(cls, path: Path | None, of: str) -> Log:
        """Read what is there, if it is `of` this sweep; a last line that was not written whole is cut."""
        if path is None:
            return cls(None, {})
        head = {"format": "pyrt sweep", "major": 1, "of": of}
        if not path.exists():
            path.write_text(json.dumps(head) + "\n", encoding="utf-8")
            return cls(path, {})
        first, *lines = path.read_text(encoding="utf-8").split("\n")
        try:
            told = json.loads(first)
            whole = [json.loads(line) for line in lines[:-1]]
            rows = {key_of(line["parameters"]): {n: float(line["measures"][n]) for n in SWEPT} for line in whole}
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"resume: {path} is not a sweep's file ({error!r}); name a new one") from None
        if not isinstance(told, dict) or told.get("format") != head["format"] or told.get("major") != 1:
            raise DataError(f"resume: {path} is not a sweep's file; name a new one")
        if told["of"] != head["of"]:
            raise InputError(
                f"resume: {path} is of other data, terms or another strategy; name a new file, or delete that one"
            )
        if lines and lines[-1]:
            path.write_text("\n".join([first, *lines[:-1], ""]), encoding="utf-8")
        return cls(path, rows)

    def keep(self, parameters: Parameters, row: Row) -> None:
        """Append a row."""
        if self.path is None:
            return
        kept = {name: value if math.isfinite(value) else str(value) for name, value in row.items()}
        line = json.dumps({"parameters": storable(parameters), "measures": kept})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
