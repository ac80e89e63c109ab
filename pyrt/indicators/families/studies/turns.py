"""Oscillators that look for turns."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.turns as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["connors_rsi", "crsi", "fisher", "kst", "qqe", "stc"]

GROUP = "Momentum Indicators"


def _kst_warmup(signalperiod: int, **lengths: int) -> int:
    return max(lengths[f"timeperiod{i}"] + lengths[f"avgperiod{i}"] for i in (1, 2, 3, 4)) + signalperiod - 2


@indicator(
    GROUP,
    ext.kst,
    ext.kst_formula,
    outputs=("kst", "signal"),
    warmup=_kst_warmup,
    talib=None,
    source="M. J. Pring, Stocks & Commodities (1992), the lengths for days",
)
def kst(  # noqa: PLR0917  # Pring's lengths
    real: Any,
    timeperiod1: int = 10,
    timeperiod2: int = 15,
    timeperiod3: int = 20,
    timeperiod4: int = 30,
    avgperiod1: int = 10,
    avgperiod2: int = 10,
    avgperiod3: int = 10,
    avgperiod4: int = 15,
    signalperiod: int = 9,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Know sure thing: averages of four rates of change, weighed 1 to 4, and a signal that is the average of their sum.

    Of `roc` over `timeperiod1` rows the mean of `avgperiod1` values, and so on; all means are simple.

    >>> ones = {f"{name}period{i}": 1 for name in ("time", "avg") for i in (1, 2, 3, 4)}
    >>> kst([1.0, 2.0, 3.0, 3.0], **ones, signalperiod=2)
    KstResult(kst=array([ nan,  nan, 500.,   0.]), signal=array([ nan,  nan, 750., 250.]))
    """


@indicator(
    GROUP,
    ext.fisher,
    ext.fisher_formula,
    outputs=("fisher", "trigger"),
    warmup=lambda timeperiod: timeperiod,
    talib=None,
    source="J. F. Ehlers, Stocks & Commodities (2002); TradingView and pandas-ta begin with a length of 9",
)
def fisher(
    high: Any, low: Any, timeperiod: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Ehlers' Fisher transform of where the middle of a bar stands in its window, and its value of the row before.

    The place, -0.5 at the lowest ``(high + low) / 2`` of the window and 0.5 at the highest (0 where they are equal), is
    smoothed, ``v[t] = 0.66 * place + 0.67 * v[t-1]``, and beyond -0.99 or 0.99 it is -0.999 or 0.999; the transform is
    ``y[t] = 0.5 * log((1 + v[t]) / (1 - v[t])) + 0.5 * y[t-1]``. Both begin from 0 with the first window.

    >>> fisher([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], timeperiod=2).fisher
    array([       nan,        nan, 0.79137387, 0.43494409])
    """


@indicator(
    GROUP,
    ext.connors_rsi,
    ext.connors_rsi_formula,
    warmup=lambda timeperiod, streakperiod, rankperiod: max(timeperiod, streakperiod, rankperiod + 1),
    ranges={"timeperiod": (2, LONGEST), "streakperiod": (2, LONGEST)},
    aliases=("crsi",),
    talib=None,
    source="L. Connors and C. Alvarez, An Introduction to ConnorsRSI (2012); TradingView's percentrank counts equal"
    " changes too",
)
def connors_rsi(
    real: Any,
    timeperiod: int = 3,
    streakperiod: int = 2,
    rankperiod: int = 100,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Connors' index: the mean of `rsi`, of `rsi` of streaks, and of the rank of the last change.

    A streak counts the rows since which prices rise (above 0) or fall (below 0) row by row. The rank is how many of the
    `rankperiod` changes before, ``real[t] / real[t-1] - 1``, are below the last one, in percent.

    >>> connors_rsi([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=2, streakperiod=2, rankperiod=2)
    array([        nan,         nan,         nan, 28.33333333, 65.70512821])
    """


crsi = connors_rsi


@indicator(
    GROUP,
    ext.stc,
    ext.stc_formula,
    warmup=lambda cycleperiod, fastperiod, slowperiod, smoothing: max(fastperiod, slowperiod) + 2 * cycleperiod - 3,
    ranges={"cycleperiod": (2, LONGEST), "fastperiod": (2, LONGEST), "slowperiod": (2, LONGEST)},
    talib=None,
    source="D. Schaff (1999), as TradingView's; pandas-ta keeps the place before where the lowest difference is not"
    " above 0, Stock.Indicators and talipp take simple averages of places",
)
def stc(
    real: Any,
    cycleperiod: int = 10,
    fastperiod: int = 23,
    slowperiod: int = 50,
    smoothing: float = 0.5,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Schaff's trend cycle: where a difference of averages stands in its window, smoothed, taken twice.

    A fast exponential average less a slow one (the shorter is the fast one); its place between the extremes of
    `cycleperiod` values in percent, or the place before where they are equal but for rounding; that smoothed,
    ``y[t] = y[t-1] + smoothing * (place - y[t-1])``. Then place and smoothing once more.

    >>> stc([1.0, 2.0, 4.0, 3.0, 5.0, 6.0, 2.0, 1.0], cycleperiod=2, fastperiod=2, slowperiod=3)
    array([ nan,  nan,  nan,  nan, 100., 100.,  50.,  25.])
    """


@indicator(
    GROUP,
    ext.qqe,
    ext.qqe_formula,
    outputs=("rsima", "stop"),
    warmup=lambda timeperiod, smoothperiod, factor: 5 * timeperiod + smoothperiod - 4,
    ranges={"timeperiod": (2, LONGEST)},
    talib=None,
    source="I. Livshin (2002), as TradingView's and pandas-ta's",
)
def qqe(
    real: Any,
    timeperiod: int = 14,
    smoothperiod: int = 5,
    factor: float = 4.236,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Quantitative qualitative estimation: a smoothed `rsi`, and a stop that follows it.

    The average is exponential, over `smoothperiod` rows. Its moves from row to row, without sign, are averaged by
    Wilder's rule over `timeperiod` rows, twice, and `factor` of that is the distance of two stops, one below and one
    above, which never move away while the average stays on their side. Shown is the lower one from where the average
    rises above the upper one, and the upper one from where it falls below the lower one.

    >>> qqe([1.0, 2.0, 4.0, 3.0, 5.0, 4.0, 6.0, 4.0, 7.0], timeperiod=2, smoothperiod=1, factor=1.0).stop
    array([        nan,         nan,         nan,         nan,         nan,
                   nan,         nan,  3.33579069, 40.15655406])
    """
