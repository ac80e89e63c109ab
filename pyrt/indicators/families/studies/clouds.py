"""How far a market has come, and how wide it is."""

from __future__ import annotations

import math
from typing import Any

import pyrt_ext.indicators.studies.clouds as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["chop", "choppiness", "ichimoku", "squeeze", "ttm_squeeze", "ulcer_index"]

GROUP = "Volatility Indicators"


def _ichimoku_warmup(conversionperiod: int, baseperiod: int, spanperiod: int, displacement: int) -> int:
    return max(conversionperiod, baseperiod, spanperiod) + displacement - 2


@indicator(
    "Overlap Studies",
    ext.ichimoku,
    ext.ichimoku_formula,
    outputs=("tenkan", "kijun", "senkou_a", "senkou_b", "lead_a", "lead_b"),
    warmup=_ichimoku_warmup,
    talib=None,
    source="G. Hosoda (1969), displaced as on TradingView: the present row is one of the 26; pandas-ta and"
    " Stock.Indicators displace by one row more",
)
def ichimoku(
    high: Any,
    low: Any,
    conversionperiod: int = 9,
    baseperiod: int = 26,
    spanperiod: int = 52,
    displacement: int = 26,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Ichimoku's lines and cloud, as far as they are known at each row.

    Lines are halfway between the highest high and the lowest low of a window: `tenkan` of `conversionperiod` rows,
    `kijun` of `baseperiod`. Leading spans are the mean of the two, `lead_a`, and halfway in `spanperiod` rows,
    `lead_b`; a chart draws them ``displacement - 1`` rows later. The cloud that it shows at a row is `senkou_a` and
    `senkou_b`, the leading spans of so many rows before. The lagging span is no more than the close, drawn where it was
    not known yet: there is none.

    >>> high, low = [3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0]
    >>> found = ichimoku(high, low, conversionperiod=1, baseperiod=2, spanperiod=2, displacement=2)
    >>> found.kijun, found.lead_a, found.senkou_a
    (array([nan, nan, 4. , 4.5]), array([ nan,  nan, 4.5 , 4.25]), array([ nan,  nan, 2.75, 4.5 ]))
    """


@indicator(
    GROUP,
    ext.squeeze,
    ext.squeeze_formula,
    outputs=("momentum", "on"),
    warmup=lambda timeperiod, **_: 2 * timeperiod - 2,
    ranges={"timeperiod": (2, LONGEST), "nbdev": (0.0, math.inf)},
    aliases=("ttm_squeeze",),
    talib=None,
    source="J. Carter, Mastering the Trade (2005), with the momentum of thinkorswim and of LazyBear's on TradingView;"
    " true ranges are averaged simply, as there",
)
def squeeze(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 20,
    nbdev: float = 2.0,
    nbrange: float = 1.5,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Squeeze: whether Bollinger's bands are inside Keltner's channel, and the momentum that it is left with.

    `on` is 1 where `nbdev` standard deviations of the closes are less than `nbrange` means of the true ranges (by more
    than a rounding error), else 0. `momentum` is where the regression line on time ends of
    ``close - ((highest + lowest) / 2 + mean) / 2``, of the extremes of the bars and the mean of the closes. All windows
    have `timeperiod` rows.

    >>> high, low, close = [3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0]
    >>> squeeze(high, low, close, timeperiod=2)
    SqueezeResult(momentum=array([  nan,   nan,  1.75, -0.75]), on=array([nan, nan,  1.,  1.]))
    """


ttm_squeeze = squeeze


@indicator(
    GROUP,
    ext.choppiness,
    ext.choppiness_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges={"timeperiod": (2, LONGEST)},
    aliases=("chop",),
    talib=None,
    source="E. W. Dreiss (1993), as TradingView's, pandas-ta's and talipp's; Stock.Indicators takes the closes before"
    " the bars into the extremes",
)
def choppiness(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Choppiness: how much longer than the range of a window the way through it was, 0 a line and 100 no progress.

    ``100 * log(sum(trange) / (highest - lowest)) / log(timeperiod)``, over `timeperiod` rows; 0 where they have no
    range.

    >>> choppiness([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0], timeperiod=2)
    array([        nan,         nan, 32.19280949, 100.        ])
    """


chop = choppiness


@indicator(
    GROUP,
    ext.ulcer_index,
    ext.ulcer_index_formula,
    warmup=lambda timeperiod: 2 * timeperiod - 2,
    talib=None,
    source="P. Martin (1987), as TradingView's, StockCharts' and pandas-ta's; Stock.Indicators looks for the highest"
    " value from where the mean's window begins",
)
def ulcer_index(
    real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Ulcer index: the root mean square of how far prices are below their highest, in percent.

    Of ``100 * (real - highest) / highest``, where the highest is that of the last `timeperiod` rows, over as many rows.

    >>> ulcer_index([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([        nan,         nan,  0.        , 17.67766953])
    """
