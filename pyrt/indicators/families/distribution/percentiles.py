"""Where values stand among those of their window."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.distribution.percentiles as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["percentile", "percentrank"]

GROUP = "Statistic Functions"


@indicator(
    GROUP,
    ext.percentile,
    ext.percentile_formula,
    warmup=lambda timeperiod, percentile: timeperiod - 1,
    ranges={"timeperiod": (2, LONGEST)},
    source="TA-Lib PERCENTILE",
)
def percentile(
    real: Any,
    timeperiod: int = 30,
    percentile: float = 50.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Percentile of the last `timeperiod` values by nearest rank: one of them, and nothing in between.

    Of the values in order it is the one in place ``ceil(percentile / 100 * timeperiod)``, counted from 1; the lowest
    for 0.

    >>> percentile([5.0, 1.0, 2.0, 4.0, 3.0], timeperiod=4, percentile=75.0)
    array([nan, nan, nan,  4.,  3.])
    """


@indicator(
    GROUP,
    ext.percentrank,
    ext.percentrank_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges={"timeperiod": (2, LONGEST)},
    source="TA-Lib PERCENTRANK",
)
def percentrank(
    real: Any, timeperiod: int = 100, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Percent of the `timeperiod` values before this one that are below it.

    >>> percentrank([5.0, 1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([ nan,  nan,  50., 100.,  50.])
    """
