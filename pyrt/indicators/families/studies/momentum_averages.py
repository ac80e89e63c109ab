"""Momentum of averages: how far they are apart from each other, or from a price."""
# ruff: noqa: A002  # a bar's first price is its open

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.momentum_averages as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["ac", "ao", "awesome", "coppock", "dpo", "eri", "fosc", "qstick"]

GROUP = "Momentum Indicators"
FROM_TWO = {"timeperiod": (2, LONGEST)}
LINES = {"fastperiod": (2, LONGEST), "slowperiod": (2, LONGEST), "signalperiod": (2, LONGEST)}
WILLIAMS = "B. Williams, New Trading Dimensions (1998); TA-Lib"


def longer(fastperiod: int, slowperiod: int) -> int:
    """Count the rows before the longer average begins."""
    return max(fastperiod, slowperiod) - 1


@indicator(GROUP, ext.ao, ext.ao_formula, warmup=longer, ranges=LINES, source=f"{WILLIAMS} AO", aliases=("awesome",))
def ao(
    high: Any,
    low: Any,
    fastperiod: int = 5,
    slowperiod: int = 34,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Awesome oscillator: a fast `sma` of the bars' middles, ``(high + low) / 2``, less a slow one.

    >>> ao([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], fastperiod=2, slowperiod=3)
    array([       nan,        nan, 0.66666667, 0.58333333])
    """


awesome = ao


@indicator(
    GROUP,
    ext.ac,
    ext.ac_formula,
    warmup=lambda fastperiod, slowperiod, signalperiod: longer(fastperiod, slowperiod) + signalperiod - 1,
    ranges=LINES,
    source=f"{WILLIAMS} AC",
)
def ac(
    high: Any,
    low: Any,
    fastperiod: int = 5,
    slowperiod: int = 34,
    signalperiod: int = 5,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Accelerator oscillator: `ao` less its `sma` over `signalperiod` rows.

    >>> ac([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], fastperiod=2, slowperiod=3, signalperiod=2)
    array([        nan,         nan,         nan, -0.04166667])
    """


@indicator(
    GROUP,
    ext.coppock,
    ext.coppock_formula,
    warmup=lambda wmaperiod, roc1period, roc2period: max(roc1period, roc2period) + wmaperiod - 1,
    source="E. S. C. Coppock (1962); TA-Lib COPPOCK",
)
def coppock(
    real: Any,
    wmaperiod: int = 10,
    roc1period: int = 11,
    roc2period: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Coppock's curve: the `wma` of the sum of two rates of change in percent, `roc`.

    >>> coppock([1.0, 2.0, 4.0, 3.0], wmaperiod=2, roc1period=1, roc2period=2)
    array([ nan,  nan,  nan, 150.])
    """


@indicator(
    GROUP,
    ext.dpo,
    ext.dpo_formula,
    warmup=lambda timeperiod: max(timeperiod - 1, timeperiod // 2 + 1),
    ranges=FROM_TWO,
    source="TA-Lib DPO",
)
def dpo(real: Any, timeperiod: int = 20, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Detrended price oscillator: ``x[t - (timeperiod // 2 + 1)] - sma(x)[t]``.

    The form that looks back. Where a chart draws the price less an average that is moved to the left, a value stands in
    the row of the price; here it stands where it is known, ``timeperiod // 2 + 1`` rows later.

    >>> dpo([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=3)
    array([        nan,         nan, -1.33333333, -1.        ,  0.        ])
    """


@indicator(
    GROUP,
    ext.eri,
    ext.eri_formula,
    outputs=("bullpower", "bearpower"),
    warmup=lambda timeperiod: timeperiod - 1,
    source="A. Elder, Trading for a Living (1993); TA-Lib ERI",
)
def eri(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 13,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Elder's ray: how far the high and the low are above the `ema` of closes, the power of bulls and of bears.

    >>> eri([3.0, 4.0, 6.0], [1.0, 2.0, 4.0], [2.0, 3.0, 6.0], timeperiod=2).bullpower
    array([       nan, 1.5       , 1.16666667])
    """


@indicator(
    GROUP,
    ext.fosc,
    ext.fosc_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges=FROM_TWO,
    source="T. Chande, S. Kroll, The New Technical Trader (1994); TA-Lib FOSC",
)
def fosc(real: Any, timeperiod: int = 5, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Forecast oscillator: how far a price is above what `tsf` forecast a row before, in percent of the price.

    ``100 * (x[t] - tsf(x)[t-1]) / x[t]``; 0 where it would divide by 0.

    >>> fosc([1.0, 2.0, 4.0, 5.0], timeperiod=2)
    array([ nan,  nan,  25., -20.])
    """


@indicator(
    GROUP,
    ext.qstick,
    ext.qstick_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    source="T. Chande, S. Kroll, The New Technical Trader (1994); TA-Lib QSTICK",
)
def qstick(
    open: Any, close: Any, timeperiod: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Qstick: the `sma` of the bars' bodies, ``close - open``.

    >>> qstick([1.0, 2.0, 4.0, 6.0], [2.0, 4.0, 5.0, 4.0], timeperiod=2)
    array([ nan,  1.5,  1.5, -0.5])
    """
