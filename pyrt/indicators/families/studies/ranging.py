"""Channels around prices, and what the ranges of bars tell."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.ranging as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["accbands", "cvi", "ha", "heikin_ashi", "kc", "keltner", "mass_index", "massi", "rvi", "supertrend"]

OVERLAP = "Overlap Studies"
VOLATILITY = "Volatility Indicators"
BANDS = ("upperband", "middleband", "lowerband")
SHORTEST = {"timeperiod": (2, LONGEST)}


@indicator(
    OVERLAP,
    ext.accbands,
    ext.accbands_formula,
    outputs=BANDS,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=SHORTEST,
    source="P. Headley, Big Trends in Trading (2002); TA-Lib ACCBANDS",
)
def accbands(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 20,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Acceleration bands: means of highs and lows that are moved apart the more, the wider the bars.

    Means of ``high * (1 + w)``, of the close, and of ``low * (1 - w)`` over `timeperiod` rows, with
    ``w = 4 * (high - low) / (high + low)``; 0 where high and low are 0.

    >>> accbands([3.0, 4.0, 6.0], [1.0, 2.0, 4.0], [2.0, 3.0, 6.0], timeperiod=2).upperband
    array([       nan, 9.16666667, 10.06666667])
    """


@indicator(
    OVERLAP,
    ext.kc,
    ext.kc_formula,
    outputs=BANDS,
    warmup=lambda timeperiod, atrperiod, nbdev: max(timeperiod - 1, atrperiod),
    ranges=SHORTEST,
    source="C. Keltner (1960), L. B. Raschke; TA-Lib KC",
    aliases=("keltner",),
)
def kc(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 20,
    atrperiod: int = 10,
    nbdev: float = 2.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Keltner channels: an exponential average of typical prices, and lines `nbdev` average true ranges around it.

    ``ema((high + low + close) / 3, timeperiod)`` and ``atr(high, low, close, atrperiod)``; both begin in the first row
    in which both can, each with the mean of the rows up to there.

    >>> kc([3.0, 4.0, 6.0], [1.0, 2.0, 4.0], [2.0, 3.0, 6.0], timeperiod=2, atrperiod=1).upperband
    array([       nan, 6.5       , 10.38888889])
    """


keltner = kc


@indicator(
    OVERLAP,
    ext.supertrend,
    ext.supertrend_formula,
    outputs=("supertrend", "trend"),
    warmup=lambda timeperiod, multiplier: timeperiod,
    ranges=SHORTEST,
    source="O. Seban (2009); TA-Lib SUPERTREND",
)
def supertrend(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 10,
    multiplier: float = 3.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Stop that follows a trend at some average true ranges, and the trend: 1 rising, -1 falling, 0 in the warm-up.

    Bands are ``(high + low) / 2`` plus and less ``multiplier * atr``. The lower one rises and does not fall until a
    close was below it, the upper one falls and does not rise until a close was above it. A rising trend ends with a
    close below the lower band, a falling one with a close above the upper; the stop is the lower band in a rising
    trend, the upper in a falling one. The first trend rises.

    >>> bars = [3.0, 4.0, 6.0, 5.0, 3.0], [1.0, 2.0, 4.0, 3.0, 1.0], [2.0, 3.0, 6.0, 4.0, 1.0]
    >>> supertrend(*bars, timeperiod=2, multiplier=1.0).trend
    array([ 0,  0,  1,  1, -1])
    """


@indicator(
    "Price Transform",
    ext.ha,
    ext.ha_formula,
    outputs=("haopen", "hahigh", "halow", "haclose"),
    source="TA-Lib HA",
    aliases=("heikin_ashi",),
)
def ha(
    open: Any,  # noqa: A002  # TA-Lib's name
    high: Any,
    low: Any,
    close: Any,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Heikin-Ashi candles: bars of averages.

    The close is the mean of a bar's four prices, the open the middle of the candle before, ``(haopen + haclose) / 2``
    (the bar's own ``(open + close) / 2`` in the first row); high and low are the bar's, or those two where they reach
    further.

    >>> ha([2.0, 3.0], [4.0, 5.0], [1.0, 2.0], [3.0, 4.0]).haopen
    array([2.5, 2.5])
    """


heikin_ashi = ha


@indicator(
    VOLATILITY,
    ext.cvi,
    ext.cvi_formula,
    warmup=lambda timeperiod, rocperiod: timeperiod - 1 + rocperiod,
    ranges=SHORTEST,
    source="M. Chaikin; TA-Lib CVI",
)
def cvi(
    high: Any,
    low: Any,
    timeperiod: int = 10,
    rocperiod: int = 10,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Volatility of Chaikin: how much the average range of bars grew over `rocperiod` rows, in percent.

    ``100 * (e[t] - e[t - rocperiod]) / e[t - rocperiod]`` with ``e = ema(high - low, timeperiod)``; 0 where the average
    was 0.

    >>> cvi([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 3.0, 3.0], timeperiod=2, rocperiod=1)
    array([        nan,         nan, 33.33333333, -16.66666667])
    """


@indicator(
    VOLATILITY,
    ext.massi,
    ext.massi_formula,
    warmup=lambda fastperiod, slowperiod: 2 * (fastperiod - 1) + slowperiod - 1,
    ranges={"fastperiod": (2, LONGEST), "slowperiod": (2, LONGEST)},
    source="D. Dorsey, Technical Analysis of Stocks and Commodities 10:6 (1992); TA-Lib MASSI",
    aliases=("mass_index",),
)
def massi(
    high: Any,
    low: Any,
    fastperiod: int = 9,
    slowperiod: int = 25,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Mass index: the average range of bars in its own average, summed up over `slowperiod` rows.

    ``e / ema(e, fastperiod)`` with ``e = ema(high - low, fastperiod)``; 1 where that average is 0.

    >>> massi([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 3.0, 3.0], fastperiod=2, slowperiod=2)
    array([      nan,       nan,       nan, 2.1264637])
    """


mass_index = massi


@indicator(
    VOLATILITY,
    ext.rvi,
    ext.rvi_formula,
    warmup=lambda timeperiod, stddevperiod: stddevperiod + timeperiod - 2,
    ranges={"stddevperiod": (2, LONGEST)},
    source="D. Dorsey, Technical Analysis of Stocks and Commodities 11:6 (1993); TA-Lib RVI",
)
def rvi(
    real: Any,
    timeperiod: int = 14,
    stddevperiod: int = 10,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Relative volatility index: the share of rising rows in the deviation of prices, in percent.

    The standard deviation of the last `stddevperiod` values counts up in a row that is higher than the one before, down
    in one that is lower; both are averaged as Wilder does over `timeperiod` rows: ``100 * up / (up + down)``. 50 where
    nothing has moved.

    >>> rvi([1.0, 2.0, 4.0, 3.0], timeperiod=2, stddevperiod=2)
    array([ nan,  nan, 100.,  60.])
    """
