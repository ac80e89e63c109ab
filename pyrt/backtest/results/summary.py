"""A result as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from .measures import MEASURES

__all__ = ["Measured", "headline", "span", "summary"]

WIDTH = 28


class Measured(Protocol):
    """What both kinds of result have."""

    @property
    def span(self) -> str:
        """What the data is and when it was."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """Measures by name."""

    @property
    def trades(self) -> Sized:
        """Trades from entry to exit."""

    @property
    def assumptions(self) -> Mapping[str, str]:
        """What was simulated."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What looks wrong."""


def span(n: int, what: str, times: npt.NDArray[np.datetime64]) -> str:
    """Say how much data there is and when: dates, or minutes for less than ten days."""
    first, last = times[0], times[-1]
    unit: Literal["D", "m"] = "D" if last - first >= np.timedelta64(10, "D") else "m"
    return f"{n:,} {what}, {np.datetime_as_string(first, unit)} to {np.datetime_as_string(last, unit)} UTC"


def headline(result: Measured) -> str:
    """Say in one line what came of it."""
    shown = ("total_return", "sharpe", "max_drawdown")
    figures = ", ".join(
        f"{MEASURES[name].label.lower()} {MEASURES[name].write(result.metrics[name])}" for name in shown
    )
    n_trades = len(result.trades)
    return f"{result.span}; {n_trades:,} trade{'s' * (n_trades != 1)}, {figures}"


def summary(result: Measured) -> str:
    """Write metrics, warnings and assumptions."""
    lines, group = [result.span], ""
    for name, value in result.metrics.items():
        if MEASURES[name].group != group:
            group = MEASURES[name].group
            lines += ["", group]
        lines.append(f"  {MEASURES[name].label:<{WIDTH}}{MEASURES[name].write(value):>16}")
    if result.warnings:
        lines += ["", "Warnings", *(f"  ! {warning}" for warning in result.warnings)]
    lines += ["", "Assumptions", *(f"  {name}: {words}" for name, words in result.assumptions.items())]
    return "\n".join(lines)
