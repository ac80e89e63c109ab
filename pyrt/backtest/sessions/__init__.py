"""Runs of strategies a stretch at a time.

============  =========================================================================================================
``session``   a run that is stepped: looked at, steered, kept and put back
``pace``      the data's time at a speed
``run``       the loop, the seats of its strategies, and what came out
``memory``    how many records it may hold at a time
``seat``      the memory around one strategy
============  =========================================================================================================
"""

from __future__ import annotations

from .run import EventRun, begin, run_class, run_file, run_portfolio
from .session import Session, Snapshot

__all__ = ["EventRun", "Session", "Snapshot", "begin", "run_class", "run_file", "run_portfolio"]
