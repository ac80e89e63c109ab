"""Strategy classes on bars of one or several instruments; ``proto/BARS.md`` has the rules.

``data``    checked bars and terms, and the clock that they share
``run``     a run, and what is said of it
``streamed``  runs on bars in files, a stretch at a time; ``coarse`` is what is kept of them
``tables``  orders, fills and trades as arrays
``result``  what came of it
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from .data import BarSet, are_several

if TYPE_CHECKING:
    from .result import BarResult
    from .run import BarRun, run_class

__all__ = ["BarResult", "BarRun", "BarSet", "are_several", "run_class"]

_HOMES = {"BarResult": "result", "BarRun": "run", "run_class": "run"}


def __getattr__(name: str) -> object:
    """Import what runs a class when one is run: signals on bars do without it, and without the compiler."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
