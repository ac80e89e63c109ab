"""A result as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from .measures import MEASURES

if TYPE_CHECKING:
    from .result import Result

__all__ = ["headline", "span", "summary"]

WIDTH = 26


def span(result: Result) -> str:
    """Say how many bars there are and when: dates, or minutes for less than ten days."""
    first, last = result.timestamps[0], result.timestamps[-1]
    unit: Literal["D", "m"] = "D" if last - first >= np.timedelta64(10, "D") else "m"
    return f"{len(result.bars):,} bars, {np.datetime_as_string(first, unit)} to {np.datetime_as_string(last, unit)} UTC"


def headline(result: Result) -> str:
    """Say in one line what came of it."""
    shown = ("total_return", "sharpe", "max_drawdown")
    figures = ", ".join(
        f"{MEASURES[name].label.lower()} {MEASURES[name].write(result.metrics[name])}" for name in shown
    )
    n_trades = len(result.trades)
    return f"{span(result)}; {n_trades:,} trade{'s' * (n_trades != 1)}, {figures}"


def summary(result: Result) -> str:
    """Write metrics, warnings and assumptions."""
    lines = [span(result), ""]
    lines += [f"{m.label:<{WIDTH}}{m.write(result.metrics[name]):>16}" for name, m in MEASURES.items()]
    if result.warnings:
        lines += ["", "Warnings", *(f"  ! {warning}" for warning in result.warnings)]
    lines += ["", "Assumptions", *(f"  {name}: {words}" for name, words in result.assumptions.items())]
    return "\n".join(lines)
