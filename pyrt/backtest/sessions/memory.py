"""How many records a run may hold at a time, so that it stays within the memory that it was given."""

from __future__ import annotations

import re
from typing import Any

from ..._validate import integer
from ...errors import DTypeError, InputError

__all__ = ["Memory", "bytes_of"]

UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
BASE = 288 * 10**6
"""What the interpreter takes with the libraries that a run needs, in bytes; measured: 190 MB, and 90 more where
a file's row groups are of a million rows."""
A_ROW = 480
"""Bytes that a record in a stretch takes: columns as they are read, the record, and the stretch before it; measured:
400 at most, and the rest for what allocators keep."""
LEAST, MOST = 4096, 1 << 19
"""Records in a stretch: fewer cost more than they are worth, more gain nothing."""
RESULTS = 3
"""What has come out is held once while it grows, and twice more while the result is made of it."""


class Memory:
    """What a run may hold.

    Parameters
    ----------
    limit : int
        Bytes, with the interpreter and its libraries; 0: what it takes.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def rows(self, held: int) -> int:
        """Return how many records a stretch may have when so many bytes have come out of the run.

        Raises
        ------
        InputError
            If there is no room even for a short one.
        """
        if not self.limit:
            return MOST
        rows = (self.limit - BASE - RESULTS * held) // A_ROW
        if rows < LEAST:
            need = BASE + RESULTS * held + LEAST * A_ROW
            raise InputError(
                f"max_memory: orders, fills and signals take {held / 1e6:,.0f} MB so far, which needs a limit of "
                f"{need / 1e6:,.0f} MB or more; {self.limit / 1e6:,.0f} MB were given"
            )
        return int(min(rows, MOST))


def bytes_of(limit: Any) -> int:
    """Convert an amount of memory to bytes: ``"2GB"``, ``"512MiB"``, or an integer.

    Examples
    --------
    >>> bytes_of("2GB"), bytes_of("512 MiB"), bytes_of(10**9)
    (2000000000, 536870912, 1000000000)
    """
    if isinstance(limit, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b?)\s*", limit.lower())
        if not match or match[2] not in UNITS:
            raise InputError(f"max_memory: must be an amount such as '2GB' or '512MB', got {limit!r}")
        size = int(float(match[1]) * UNITS[match[2]])
    elif isinstance(limit, (int, float)):
        size = integer(limit, "max_memory")
    else:
        raise DTypeError(f"max_memory: must be an amount such as '2GB', got {limit!r} ({type(limit).__name__})")
    if size < BASE + LEAST * A_ROW:
        raise InputError(
            f"max_memory: the interpreter and its libraries take {BASE / 1e6:.0f} MB alone; give "
            f"{(BASE + LEAST * A_ROW) / 1e6:.0f} MB or more, got {limit!r}"
        )
    return size
