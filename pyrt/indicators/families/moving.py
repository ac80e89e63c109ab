"""Moving averages."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.moving as ext

from ..door import NanPolicy, Out
from ..registry import indicator

__all__ = ["dema", "ema", "hma", "kama", "ma", "mavp", "rma", "sma", "t3", "tema", "trima", "wma", "zlema"]

GROUP = "Overlap Studies"


def average_warmup(timeperiod: int, matype: int) -> int:
    """Count the values that an average of TA-Lib's kind takes before its first."""
    if matype == 10 or timeperiod == 1:
        return 0
    own = {6: timeperiod, 7: 32, 9: timeperiod + int(timeperiod**0.5) - 2, 12: (timeperiod - 1) // 2 + timeperiod - 1}
    return own.get(matype, {3: 2, 4: 3, 8: 6}.get(matype, 1) * (timeperiod - 1))


@indicator(GROUP, ext.sma, ext.sma_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib SMA")
def sma(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Average the last `timeperiod` values (simple moving average).

    No value outside the window has any influence, not even by rounding: the sum is never carried along by adding and
    subtracting.

    >>> sma([1.0, 2.0, 6.0, 7.0], timeperiod=3)
    array([nan, nan,  3.,  5.])
    """


@indicator(
    GROUP, ext.ema, ext.ema_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib EMA, classic start"
)
def ema(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Exponential moving average: ``y[t] = y[t-1] + k * (x[t] - y[t-1])`` with ``k = 2 / (timeperiod + 1)``.

    It starts with the mean of the first `timeperiod` values, at row ``timeperiod - 1``.

    >>> ema([1.0, 2.0, 3.0, 5.0], timeperiod=3)
    array([nan, nan, 2. , 3.5])
    """


@indicator(GROUP, ext.wma, ext.wma_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib WMA")
def wma(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Weighted moving average: weights ``1, 2 ... timeperiod``, the newest value's being the largest.

    >>> wma([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=2)
    array([       nan, 1.66666667, 3.33333333, 3.33333333, 4.33333333])
    """


@indicator(GROUP, ext.rma, ext.rma_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib RMA")
def rma(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Wilder's moving average: ``y[t] = y[t-1] + (x[t] - y[t-1]) / timeperiod``.

    It starts with the mean of the first `timeperiod` values.

    >>> rma([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=2)
    array([   nan, 1.5   , 2.75  , 2.875 , 3.9375])
    """


@indicator(
    GROUP,
    ext.dema,
    ext.dema_formula,
    warmup=lambda timeperiod: 2 * (timeperiod - 1),
    source="P. Mulloy, Technical Analysis of Stocks and Commodities 12:1 (1994); TA-Lib DEMA",
)
def dema(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Double exponential moving average: ``2 * e1 - e2``, where `e1` is the `ema` of the values and `e2` that of `e1`.

    >>> dema([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=2)
    array([       nan,        nan, 4.        , 3.2962963 , 4.86419753])
    """


@indicator(
    GROUP,
    ext.tema,
    ext.tema_formula,
    warmup=lambda timeperiod: 3 * (timeperiod - 1),
    source="P. Mulloy, Technical Analysis of Stocks and Commodities 12:1 (1994); TA-Lib TEMA",
)
def tema(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Triple exponential moving average: ``3 * e1 - 3 * e2 + e3``, each the `ema` of the one before.

    >>> tema([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=2)
    array([       nan,        nan,        nan, 3.2962963 , 4.95473251])
    """


@indicator(GROUP, ext.trima, ext.trima_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib TRIMA")
def trima(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Triangular moving average: a mean of means, so that weights rise to the middle of the window and fall again.

    The first mean is of ``(timeperiod + 1) // 2`` values; that of those means completes the window.

    >>> trima([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=3)
    array([ nan,  nan, 2.25, 3.25, 3.75])
    """


@indicator(
    GROUP,
    ext.kama,
    ext.kama_formula,
    warmup=lambda timeperiod: timeperiod if timeperiod > 1 else 0,
    source="P. J. Kaufman, Smarter Trading (1995); TA-Lib KAMA",
)
def kama(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Adaptive moving average of Kaufman: fast where prices go straight, slow where they wander.

    ``y[t] = y[t-1] + s**2 * (x[t] - y[t-1])``, ``s = e * (2/3 - 2/31) + 2/31``, and `e` is the distance over the last
    `timeperiod` rows divided by the way; 1 where there is no way. It starts from the value before the first output;
    with `timeperiod` 1 it is `real` itself.

    >>> kama([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=2)
    array([       nan,        nan, 2.88888889, 2.89670539, 3.04466908])
    """


@indicator(
    GROUP,
    ext.t3,
    ext.t3_formula,
    warmup=lambda timeperiod, vfactor: 6 * (timeperiod - 1),
    source="T. Tillson, Technical Analysis of Stocks and Commodities 16:1 (1998); TA-Lib T3",
)
def t3(
    real: Any,
    timeperiod: int = 5,
    vfactor: float = 0.7,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Smoothed moving average of Tillson: six `ema` of each other, weighted by powers of `vfactor`.

    ``(1+v)**3 * e3 - 3*v*(1+v)**2 * e4 + 3*v**2*(1+v) * e5 - v**3 * e6``.

    >>> t3([1.0, 2.0, 4.0, 3.0, 5.0, 7.0, 6.0, 8.0], timeperiod=2)
    array([       nan,        nan,        nan,        nan,        nan,
                  nan, 6.27656871, 7.31073044])
    """


@indicator(
    GROUP,
    ext.hma,
    ext.hma_formula,
    warmup=lambda timeperiod: timeperiod - 1 + int(timeperiod**0.5) - 1,
    source="A. Hull (2005); TA-Lib HMA",
)
def hma(real: Any, timeperiod: int = 20, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Hull moving average: the `wma` over the root of the length of ``2 * wma(half) - wma(whole)``.

    >>> hma([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=3)
    array([       nan,        nan, 5.16666667, 2.83333333, 5.83333333])
    """


@indicator(
    GROUP,
    ext.zlema,
    ext.zlema_formula,
    warmup=lambda timeperiod: (timeperiod - 1) // 2 + timeperiod - 1,
    source="J. Ehlers, R. Way (2010); TA-Lib ZLEMA",
)
def zlema(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Zero-lag exponential moving average: the `ema` of ``2 * x[t] - x[t - (timeperiod - 1) // 2]``.

    >>> zlema([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=3)
    array([       nan,        nan,        nan, 3.66666667, 5.33333333])
    """


@indicator(
    GROUP,
    ext.ma,
    ext.ma_formula,
    warmup=average_warmup,
    source="TA-Lib MA",
)
def ma(
    real: Any, timeperiod: int = 30, matype: int = 0, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Average of the kind that `matype` says.

    >>> ma([1.0, 2.0, 3.0, 5.0], timeperiod=3, matype=1)
    array([nan, nan, 2. , 3.5])
    """


@indicator(
    GROUP,
    ext.mavp,
    ext.mavp_formula,
    warmup=lambda minperiod, maxperiod, matype: average_warmup(maxperiod, matype),
    ordered=("minperiod", "maxperiod"),
    source="TA-Lib MAVP",
)
def mavp(
    real: Any,
    periods: Any,
    minperiod: int = 2,
    maxperiod: int = 30,
    matype: int = 0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Average over a period of each row's own, of the kind that `matype` says.

    The period is the integer part of `periods`, at least `minperiod` and at most `maxperiod`. Averages that remember
    begin so that each has its first value where that over `maxperiod` has it. A stream takes time and memory for all
    periods from `minperiod` to `maxperiod`.

    >>> mavp([1.0, 2.0, 6.0, 7.0], [1.0, 2.0, 2.0, 3.0], minperiod=1, maxperiod=3)
    array([nan, nan,  4.,  5.])
    """
