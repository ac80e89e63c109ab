"""Signals of several instruments at a time.

``columns``  what was given, as the signals of each instrument's own bars
``run``      each instrument in an account of its own, or several in one
``shared``   one account: the kernel (``pyrt_ext/accounts/shared.pyx``), and what is said of a run
``result``   results by name, and their table
"""

from __future__ import annotations

from .result import PanelResult
from .run import Sharing, run_panel

__all__ = ["PanelResult", "Sharing", "run_panel"]
