"""Runs of strategies a stretch at a time.

============  =========================================================================================================
``session``   a run that is stepped: looked at, steered, kept and put back
``run``       the loop, the seats of its strategies, and what came out
``seat``      the memory around one strategy
============  =========================================================================================================
"""

from __future__ import annotations

from .run import EventRun, run_class, run_file
from .session import Session, Snapshot

__all__ = ["EventRun", "Session", "Snapshot", "run_class", "run_file"]
