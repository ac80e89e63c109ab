"""When a reader looks, when it waits, and when it stops: the same for loops and for coroutines."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Literal

from ..._validate import choice, number
from ..segment import Pulse
from ..window import Window

__all__ = ["OnOverrun", "Patience", "Pursuit", "pursue"]

OnOverrun = Literal["raise", "count"]

Pursuit = Generator[Window | float, bool | None, Pulse]
"""Yields windows and waits, is told whether a wait ended early, returns how the engine was at the end."""

PULSE_EVERY = 0.1
"""Seconds between two looks at the engine's pulse while nothing arrives."""

_GONE = (Pulse.CLOSED, Pulse.DEAD)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a reader waits for something new, in seconds, and what it does about overwritten windows."""

    seconds: float
    on_overrun: OnOverrun

    @classmethod
    def of(cls, timeout: float | None, on_overrun: OnOverrun) -> Patience:
        """Check what a user gives."""
        choice(on_overrun, "on_overrun", ("raise", "count"))
        return cls(math.inf if timeout is None else number(timeout, "timeout", low=0.0), on_overrun)


def pursue(
    poll: Callable[[], Window | None],
    pulse_of: Callable[[], Pulse],
    settle: Callable[[Window, OnOverrun], None],
    patience: Patience,
) -> Pursuit:
    """Yield windows that hold something, and between them the seconds to wait at most.

    Whoever drives it answers a wait with whether something has come. `poll` gives None once the reader is closed.
    Returns how the engine was at the end: alive, if it was patience that ended.
    """
    quiet_since = time.monotonic()
    pulse = before = Pulse.ALIVE
    while (window := poll()) is not None:
        passed = window.stop > window.first  # a selection may have left nothing of it
        if passed:
            pulse = Pulse.ALIVE
        if len(window):
            yield window
            settle(window, patience.on_overrun)
            quiet_since = time.monotonic()
            continue
        if not passed and (pulse in _GONE or pulse is before is Pulse.SILENT):
            return pulse
        left = quiet_since + patience.seconds - time.monotonic()
        if passed:
            if left <= 0:
                return Pulse.ALIVE
        elif not (yield max(0.0, min(left, PULSE_EVERY))):
            # One more poll takes what came before the end. Silence counts when it is seen twice: after a pause of the
            # whole machine this process may be the first to wake.
            pulse, before = pulse_of(), pulse
            if pulse is Pulse.ALIVE and time.monotonic() - quiet_since >= patience.seconds:
                return pulse
    return Pulse.CLOSED
