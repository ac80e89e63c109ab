"""A run on bars as sessions step it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...strategy import Hosted
from ..sessions.run import FOREVER, Kept
from .data import BarSet
from .run import BarRun
from .tables import public_fills, public_orders

__all__ = ["BarSteps"]

Records = npt.NDArray[np.void]

NEVER = -(2**63)


class BarSteps:
    """A :class:`~pyrt.backtest.sessions.session.Run` of a strategy on bars.

    Parameters
    ----------
    data : BarSet
        Bars and terms.
    instance : Hosted
        The strategy, with a state of its own.
    """

    def __init__(self, data: BarSet, instance: Hosted) -> None:
        self._run = BarRun(data, instance)
        self.seats, self.instances = (self._run.seat,), (instance,)
        self._reached = NEVER

    @property
    def passed(self) -> int:
        """How many times of the clock have passed."""
        return int(self._run.loop.at)

    @property
    def time(self) -> int:
        """Up to when everything has happened, ns UTC; the smallest int64 before the first bar."""
        return max(int(self._run.loop.time), self._reached) if self.passed else NEVER

    @property
    def done(self) -> bool:
        """Whether all bars have passed."""
        return bool(self._run.loop.ended)

    @property
    def cash(self) -> float:
        """Money."""
        return float(self.seats[0].context["cash"][0])

    @property
    def equity(self) -> float:
        """Cash and positions at the last closes."""
        return float(self.seats[0].context["equity"][0])

    def go(self, until: int = FOREVER, records: int = -1) -> None:
        """Go on to a time, or to a number of times of the clock; errors as of :meth:`BarRun.run_until`."""
        self._run.run_until(until, FOREVER if records < 0 else max(0, records - self.passed))
        if until < FOREVER:
            self._reached = max(self._reached, until)

    def ask(self) -> str:
        """Carry out what stands in the context, as of now; return why it is refused, empty if it is not."""
        return str(self._run.loop.ask(self.time)) if self.seats[0].context["request_count"][0] else ""

    def positions(self) -> dict[str, float]:
        """Signed units held of each instrument that is traded."""
        held = self.seats[0].slots["position"].tolist()
        return {self._run.data.names[row]: qty for row, qty in zip(self._run.rows, held, strict=True)}

    def orders(self) -> Records:
        """Return orders so far, as in the result."""
        return public_orders(self._run.asked())

    def fills(self) -> Records:
        """Return fills so far, as in the result."""
        return public_fills(self._run.made())

    def queue_ahead(self) -> dict[int, float]:
        """Return nothing: orders on bars stand in no queue."""
        return {}

    def identity(self) -> list[Any]:
        """Return what the run is of, but for the bars between the first and the last, and the strategy."""
        data = self._run.data
        spans = [(len(bars), *bars.time[[0, -1]].tolist()) for bars in data.bars]
        return [spans, len(self._run.times), *data.identity()]

    def save(self) -> Kept:
        """Return the present state."""
        return replace(self._run.save(), rows=(self.passed, self._reached))

    def restore(self, kept: Kept) -> None:
        """Take back a state that :meth:`save` has returned."""
        self._run.restore(kept)
        self._reached = kept.rows[1]

    def result(self) -> Any:
        """Return the result."""
        return self._run.result()
