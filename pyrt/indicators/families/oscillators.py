"""Oscillators: where a price stands in what its window has reached."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.oscillators as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator
from .moving import average_warmup

__all__ = [
    "aroon", "aroonosc", "cci", "donchian", "mfi", "midpoint", "midprice", "stoch", "stochf", "stochrsi", "ultosc",
    "willr",
]  # fmt: skip

MOMENTUM = "Momentum Indicators"
OVERLAP = "Overlap Studies"
FROM_TWO = {"timeperiod": (2, LONGEST)}
LANE = "G. Lane (1984); TA-Lib"


def fast_warmup(fastk_period: int, fastd_period: int, fastd_matype: int) -> int:
    """Count the rows before the average of the places begins."""
    return fastk_period - 1 + average_warmup(fastd_period, fastd_matype)


def slow_warmup(fastk_period: int, slowk_period: int, slowk_matype: int, slowd_period: int, slowd_matype: int) -> int:
    """Count the rows before the second average begins."""
    return fast_warmup(fastk_period, slowk_period, slowk_matype) + average_warmup(slowd_period, slowd_matype)


@indicator(
    MOMENTUM,
    ext.willr,
    ext.willr_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="L. Williams (1973); TA-Lib WILLR",
)
def willr(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Williams' %R: ``-100 * (h - close) / (h - l)``, `h` and `l` the extremes of the last `timeperiod` bars.

    0 where they are equal; a close outside of its bar counts as its end.

    >>> willr([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([          nan,  -33.33333333,   -0.        , -100.        ])
    """


@indicator(
    MOMENTUM, ext.stoch, ext.stoch_formula, outputs=("slowk", "slowd"), warmup=slow_warmup, source=f"{LANE} STOCH"
)
def stoch(
    high: Any,
    low: Any,
    close: Any,
    fastk_period: int = 5,
    slowk_period: int = 3,
    slowk_matype: int = 0,
    slowd_period: int = 3,
    slowd_matype: int = 0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Stochastic oscillator: the close's place between the extremes of its window, smoothed, and smoothed again.

    The place is ``100 * (close - l) / (h - l)``, 0 where both are equal; `slowk` is its average,
    `slowd` that of `slowk`.

    >>> high, low, close = [3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0]
    >>> stoch(high, low, close, fastk_period=2, slowk_period=1, slowd_period=2).slowd
    array([        nan,         nan, 83.33333333, 50.        ])
    """


@indicator(
    MOMENTUM, ext.stochf, ext.stochf_formula, outputs=("fastk", "fastd"), warmup=fast_warmup, source=f"{LANE} STOCHF"
)
def stochf(
    high: Any,
    low: Any,
    close: Any,
    fastk_period: int = 5,
    fastd_period: int = 3,
    fastd_matype: int = 0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Fast stochastic oscillator: the close's place between the extremes of its window, and the average of that.

    The place is ``100 * (close - l) / (h - l)``, 0 where both are equal.

    >>> stochf([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0], fastk_period=2, fastd_period=2).fastk
    array([ nan,  nan, 100.,   0.])
    """


@indicator(
    MOMENTUM,
    ext.stochrsi,
    ext.stochrsi_formula,
    outputs=("fastk", "fastd"),
    warmup=lambda timeperiod, **fast: timeperiod + fast_warmup(**fast),
    ranges=FROM_TWO,
    source="T. Chande, S. Kroll, The New Technical Trader (1994); TA-Lib STOCHRSI",
)
def stochrsi(
    real: Any,
    timeperiod: int = 14,
    fastk_period: int = 5,
    fastd_period: int = 3,
    fastd_matype: int = 0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Fast stochastic oscillator of the relative strength index: `stochf` with `rsi` for high, low and close.

    >>> stochrsi([1.0, 2.0, 1.0, 4.0, 3.0], timeperiod=2, fastk_period=2, fastd_period=1).fastk
    array([ nan,  nan,  nan, 100.,   0.])
    """


@indicator(
    MOMENTUM,
    ext.aroon,
    ext.aroon_formula,
    outputs=("aroondown", "aroonup"),
    warmup=lambda timeperiod: timeperiod,
    ranges=FROM_TWO,
    source="T. Chande (1995); TA-Lib AROON",
)
def aroon(
    high: Any, low: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Aroon: how recent the lowest low and the highest high are, ``100 * (timeperiod - rows since) / timeperiod``.

    Of the last ``timeperiod + 1`` bars; the newest of equals counts.

    >>> aroon([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], timeperiod=2)
    AroonResult(aroondown=array([nan, nan,  0.,  0.]), aroonup=array([ nan,  nan, 100.,  50.]))
    """


@indicator(
    MOMENTUM,
    ext.aroonosc,
    ext.aroonosc_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges=FROM_TWO,
    source="T. Chande (1995); TA-Lib AROONOSC",
)
def aroonosc(
    high: Any, low: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Aroon oscillator: `aroonup` less `aroondown` of `aroon`.

    >>> aroonosc([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], timeperiod=2)
    array([ nan,  nan, 100.,  50.])
    """


@indicator(
    MOMENTUM,
    ext.cci,
    ext.cci_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="D. Lambert (1980); TA-Lib CCI",
)
def cci(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Commodity channel index: the typical price's distance from its mean, in 0.015 of its mean distances.

    0 where the window does not move.

    >>> cci([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([         nan,  66.66666667,  66.66666667, -66.66666667])
    """


@indicator(
    MOMENTUM,
    ext.mfi,
    ext.mfi_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges=FROM_TWO,
    source="G. Quong, A. Soudack (1989); TA-Lib MFI",
)
def mfi(
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Money flow index: the share of money that came with rising prices, ``100 * up / (up + down)``.

    Sums over the last `timeperiod` bars of typical price times volume, by whether that price rose or fell. 0 where
    no money came.

    >>> mfi([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0], [5.0, 5.0, 5.0, 5.0], timeperiod=2)
    array([         nan,          nan, 100.        ,  55.17241379])
    """


@indicator(
    MOMENTUM,
    ext.ultosc,
    ext.ultosc_formula,
    warmup=lambda **timeperiods: max(timeperiods.values()),
    source="L. Williams (1985); TA-Lib ULTOSC",
)
def ultosc(
    high: Any,
    low: Any,
    close: Any,
    timeperiod1: int = 7,
    timeperiod2: int = 14,
    timeperiod3: int = 28,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Ultimate oscillator: buying pressure in the true range over three windows, weighted 4, 2, 1 from the shortest.

    Pressure is ``close - min(low, close before)``; a window without any range counts 0.

    >>> ultosc([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0], 1, 2, 3)
    array([        nan,         nan,         nan, 25.30612245])
    """


@indicator(
    OVERLAP,
    ext.midpoint,
    ext.midpoint_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="TA-Lib MIDPOINT",
)
def midpoint(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Middle of the highest and the lowest of the last `timeperiod` values.

    >>> midpoint([1.0, 3.0, 2.0, 5.0], timeperiod=2)
    array([nan, 2. , 2.5, 3.5])
    """


@indicator(
    OVERLAP,
    ext.midprice,
    ext.midprice_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="TA-Lib MIDPRICE",
)
def midprice(
    high: Any, low: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Middle of the highest high and the lowest low of the last `timeperiod` bars.

    >>> midprice([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], timeperiod=2)
    array([nan, 2.5, 4. , 5. ])
    """


@indicator(
    OVERLAP,
    ext.donchian,
    ext.donchian_formula,
    outputs=("upperband", "middleband", "lowerband"),
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="R. Donchian; TA-Lib DONCHIAN",
)
def donchian(
    high: Any, low: Any, timeperiod: int = 20, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Channel of the highest high and the lowest low of the last `timeperiod` bars, and their middle.

    >>> donchian([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], timeperiod=2).middleband
    array([nan, 2.5, 4. , 5. ])
    """
