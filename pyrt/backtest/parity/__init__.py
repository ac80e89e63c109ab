"""The same decisions in both halves, to the last byte, or the place where they part.

===================  ==================================================================================================
``check_parity``     one strategy on a recording: the backtest and the engine's replay
``decide_again``     a session's journal: each of its strategies told again, in Python, what it was told then
``Telling``          a journal as what its strategies were told, by ``pyrt-engine convert``
===================  ==================================================================================================
"""

from __future__ import annotations

from .journal import Decided, Verdict, decide_again
from .replay import HostRun, Parity, check_parity, compare, parting, run_backtest, run_replay
from .telling import Telling, ToldStrategy, read_telling, tell

__all__ = [
    "Decided",
    "HostRun",
    "Parity",
    "Telling",
    "ToldStrategy",
    "Verdict",
    "check_parity",
    "compare",
    "decide_again",
    "parting",
    "read_telling",
    "run_backtest",
    "run_replay",
    "tell",
]
