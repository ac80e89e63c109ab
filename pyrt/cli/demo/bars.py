"""The demo's first part: bars to a tear sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..backtest import Crossover, cross, figures, prepare

__all__ = ["offline"]


def offline(out: Path, data: Path | None, step: Callable[[str], None]) -> dict[str, Any]:
    """Load, clean, backtest, report; return the figures."""
    step("load")
    rule = Crossover()
    step("clean")
    bars, log = prepare(data)
    step("indicators and backtest")
    result = cross(bars, rule)
    step("report")
    title = f"{data.stem if data else 'S&P 500'}: moving averages {rule.fast}/{rule.slow}"
    page = result.report(out, title=title)
    return {"data": str(data or "S&P 500, daily"), "report": str(page), **figures(result, log, rule)}
