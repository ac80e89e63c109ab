"""Strategy classes on bars of one or several instruments; ``proto/BARS.md`` has the rules.

``data``    checked bars and terms, and the clock that they share
``run``     a run, and what is said of it
``tables``  orders, fills and trades as arrays
``result``  what came of it
"""

from __future__ import annotations

from .data import BarSet, are_several
from .result import BarResult
from .run import BarRun, run_class

__all__ = ["BarResult", "BarRun", "BarSet", "are_several", "run_class"]
