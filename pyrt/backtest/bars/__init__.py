"""Strategy classes on bars of one or several instruments; ``proto/BARS.md`` has the rules.

``data``    checked bars and terms, and the clock that they share
``run``     a run, and what is said of it
``tables``  orders, fills and trades as arrays
``result``  what came of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .data import BarSet, are_several
from .result import BarResult

if TYPE_CHECKING:
    from .run import BarRun, run_class

__all__ = ["BarResult", "BarRun", "BarSet", "are_several", "run_class"]


def __getattr__(name: str) -> object:
    """Import what runs a class when one is run: signals on bars do without the strategies' compiler."""
    if name not in ("BarRun", "run_class"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import run

    value: object = getattr(run, name)
    return value
