"""Directional movement, by J. W. Wilder."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.directional as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator

__all__ = ["adx", "adxr", "dx", "minus_di", "minus_dm", "plus_di", "plus_dm"]

GROUP = "Momentum Indicators"
FROM_TWO = {"timeperiod": (2, LONGEST)}
WILDER = "J. W. Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib"


def dm_warmup(timeperiod: int) -> int:
    """Count the rows before the first sum of movements."""
    return max(timeperiod - 1, 1)


@indicator(GROUP, ext.plus_dm, ext.plus_dm_formula, warmup=dm_warmup, source=f"{WILDER} PLUS_DM")
def plus_dm(
    high: Any, low: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Upward directional movement, summed as Wilder does.

    A bar's upward movement is how far its high is above the last, the downward one how far its low is below the last;
    the smaller of both counts 0.
    Sums start with the first ``timeperiod - 1`` bars, then ``s[t] = s[t-1] - s[t-1] / timeperiod + x[t]``.

    >>> plus_dm([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([ nan, 1.  , 2.5 , 1.25])
    """


@indicator(GROUP, ext.minus_dm, ext.minus_dm_formula, warmup=dm_warmup, source=f"{WILDER} MINUS_DM")
def minus_dm(
    high: Any, low: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Downward directional movement, summed as Wilder does.

    A bar's upward movement is how far its high is above the last, the downward one how far its low is below the last;
    the smaller of both counts 0.
    Sums start with the first ``timeperiod - 1`` bars, then ``s[t] = s[t-1] - s[t-1] / timeperiod + x[t]``.

    >>> minus_dm([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([nan,  0.,  0.,  1.])
    """


@indicator(GROUP, ext.plus_di, ext.plus_di_formula, warmup=lambda timeperiod: timeperiod, source=f"{WILDER} PLUS_DI")
def plus_di(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Upward directional indicator: upward movement in percent of the true range, both summed as in `plus_dm`.

    >>> plus_di([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([ nan,  nan, 62.5, 25. ])
    """


@indicator(GROUP, ext.minus_di, ext.minus_di_formula, warmup=lambda timeperiod: timeperiod, source=f"{WILDER} MINUS_DI")
def minus_di(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Downward directional indicator: downward movement in percent of the true range, both summed as in `plus_dm`.

    >>> minus_di([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([nan, nan,  0., 20.])
    """


@indicator(GROUP, ext.dx, ext.dx_formula, warmup=lambda timeperiod: timeperiod, ranges=FROM_TWO, source=f"{WILDER} DX")
def dx(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Directional index: ``100 * |plus - minus| / (plus + minus)`` of both indicators; 0 without movement.

    >>> dx([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([         nan,          nan, 100.        ,  11.11111111])
    """


@indicator(
    GROUP,
    ext.adx,
    ext.adx_formula,
    warmup=lambda timeperiod: 2 * timeperiod - 1,
    ranges=FROM_TWO,
    source=f"{WILDER} ADX",
)
def adx(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Average directional index: the mean of the first `timeperiod` values of `dx`, then smoothed as Wilder does.

    >>> adx([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([        nan,         nan,         nan, 55.55555556])
    """


@indicator(
    GROUP,
    ext.adxr,
    ext.adxr_formula,
    warmup=lambda timeperiod: 3 * timeperiod - 2,
    ranges=FROM_TWO,
    source=f"{WILDER} ADXR",
)
def adxr(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Average directional index rating: the mean of `adx` and that of ``timeperiod - 1`` rows before.

    >>> adxr([3.0, 4.0, 6.0, 5.0, 7.0], [1.0, 2.0, 4.0, 3.0, 3.5], [2.0, 3.0, 6.0, 4.0, 5.0], timeperiod=2)
    array([        nan,         nan,         nan,         nan, 58.66666667])
    """
