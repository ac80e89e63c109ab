"""Order statistics: what stands where when a window is put in order."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.distribution.ranks as ext

from ...door import NanPolicy, Out
from ...registry import indicator

__all__ = ["mad", "median", "quantile", "rank"]

GROUP = "Statistic Functions"


@indicator(
    GROUP,
    ext.quantile,
    ext.quantile_formula,
    warmup=lambda timeperiod, q: timeperiod - 1,
    talib=None,
    source="R. J. Hyndman, Y. Fan, Sample Quantiles in Statistical Packages, The American Statistician 50 (1996), "
    "definition 7; as numpy.quantile",
)
def quantile(
    real: Any, timeperiod: int = 30, q: float = 0.5, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Quantile of the last `timeperiod` values, between two of them in proportion.

    Of the values in order, counted from 0, the one in place ``q * (timeperiod - 1)``; where that is no integer, on the
    line from the value before to the value after: NumPy's and pandas' default. `percentile` is TA-Lib's, without
    lines.

    >>> quantile([5.0, 1.0, 2.0, 4.0, 3.0], timeperiod=4, q=0.25)
    array([ nan,  nan,  nan, 1.75, 1.75])
    """


@indicator(
    GROUP,
    ext.median,
    ext.median_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    talib=None,
    source="as numpy.median",
)
def median(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Middle of the last `timeperiod` values in order; of an even number, the mean of the two in the middle.

    >>> median([5.0, 1.0, 2.0, 4.0, 3.0], timeperiod=4)
    array([nan, nan, nan, 3. , 2.5])
    """


@indicator(
    GROUP,
    ext.mad,
    ext.mad_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    talib=None,
    source="F. R. Hampel, The Influence Curve and Its Role in Robust Estimation, Journal of the American Statistical "
    "Association 69 (1974); as scipy.stats.median_abs_deviation",
)
def mad(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Median absolute deviation of the last `timeperiod` values: ``median(abs(x - median(x)))``.

    Multiplied by 1.4826 it is the standard deviation of a normal distribution. The mean of distances from the mean is
    `avgdev`.

    >>> mad([5.0, 1.0, 2.0, 4.0, 3.0], timeperiod=3)
    array([nan, nan,  1.,  1.,  1.])
    """


@indicator(
    GROUP,
    ext.rank,
    ext.rank_formula,
    warmup=lambda timeperiod, pct: timeperiod - 1,
    talib=None,
    source="as pandas' rolling rank",
)
def rank(
    real: Any, timeperiod: int = 30, pct: int = 0, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Place of a value among the last `timeperiod`, itself included: 1 the lowest; of equals, the mean of their places.

    With ``pct=1`` divided by `timeperiod`. `percentrank` is TA-Lib's, among the values before.

    >>> rank([5.0, 1.0, 2.0, 2.0, 3.0], timeperiod=3)
    array([nan, nan, 2. , 2.5, 3. ])
    """
