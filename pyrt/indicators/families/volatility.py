"""Volatility: true ranges and their averages."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.volatility as ext

from ..door import NanPolicy, Out
from ..registry import indicator

__all__ = ["adr", "atr", "natr", "trange"]

GROUP = "Volatility Indicators"
WILDER = "J. W. Wilder, New Concepts in Technical Trading Systems (1978)"


@indicator(GROUP, ext.trange, ext.trange_formula, warmup=lambda: 1, source=f"{WILDER}; TA-Lib TRANGE")
def trange(high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Range of a bar and the close before it: the largest of ``high - low``, ``|high - c|`` and ``|low - c|``.

    >>> trange([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0])
    array([nan,  2.,  3.,  2.])
    """


@indicator(GROUP, ext.atr, ext.atr_formula, warmup=lambda timeperiod: timeperiod, source=f"{WILDER}; TA-Lib ATR")
def atr(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Average true range, smoothed as Wilder does.

    The mean of the first `timeperiod` true ranges, then ``y[t] = y[t-1] + (trange[t] - y[t-1]) / timeperiod``.

    >>> atr([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([ nan,  nan, 2.5 , 2.25])
    """


@indicator(GROUP, ext.natr, ext.natr_formula, warmup=lambda timeperiod: timeperiod, source="TA-Lib NATR")
def natr(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Average true range in percent of the close, ``100 * atr / close``; 0 where the close is 0.

    >>> natr([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([        nan,         nan, 41.66666667, 56.25      ])
    """


@indicator(GROUP, ext.adr, ext.adr_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib ADR")
def adr(
    high: Any, low: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Average range of bars: the mean of the last `timeperiod` ``high - low``.

    >>> adr([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], timeperiod=2)
    array([nan, 2. , 2. , 1.5])
    """
