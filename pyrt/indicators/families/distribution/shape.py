"""The shape of a window's distribution: how far out its last value is, how lopsided it is, how heavy its tails are."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.distribution.shape as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["kurtosis", "skew", "zscore"]

GROUP = "Statistic Functions"


@indicator(
    GROUP,
    ext.zscore,
    ext.zscore_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (2, LONGEST)},
    talib=None,
    source="as scipy.stats.zscore",
)
def zscore(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Distance of a value from the mean of the last `timeperiod`, in their standard deviations.

    ``(x - mean(x)) / sqrt(mean((x - mean(x)) ** 2))``: the deviation is `stddev`'s, which divides by `timeperiod`; for
    the sample's, which divides by one less, multiply by ``sqrt((timeperiod - 1) / timeperiod)``. NaN where the window
    does not move.

    >>> zscore([1.0, 2.0, 4.0, 4.0], timeperiod=3)
    array([       nan,        nan, 1.33630621, 0.70710678])
    """


@indicator(
    GROUP,
    ext.skew,
    ext.skew_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (3, LONGEST)},
    talib=None,
    source="as pandas' rolling skew; D. N. Joanes, C. A. Gill, Comparing Measures of Sample Skewness and Kurtosis, The "
    "Statistician 47 (1998)",
)
def skew(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Skewness of the last `timeperiod` values, with the correction for the bias of small samples.

    ``sqrt(n * (n - 1)) / (n - 2) * m3 / m2 ** 1.5`` with the moments ``mk = mean((x - mean(x)) ** k)`` and n values:
    pandas' (SciPy's with ``bias=False``). NaN where the window does not move.

    >>> skew([1.0, 2.0, 4.0, 4.0], timeperiod=3)
    array([       nan,        nan,  0.93521953, -1.73205081])
    """


@indicator(
    GROUP,
    ext.kurtosis,
    ext.kurtosis_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (4, LONGEST)},
    talib=None,
    source="as pandas' rolling kurt; D. N. Joanes, C. A. Gill, Comparing Measures of Sample Skewness and Kurtosis, The "
    "Statistician 47 (1998)",
)
def kurtosis(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Excess kurtosis of the last `timeperiod` values (a normal distribution's is 0), corrected for small samples.

    ``(n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * m4 / m2 ** 2 - 3 * (n - 1))`` with the moments ``mk = mean((x -
    mean(x)) ** k)`` and n values: pandas' (SciPy's with ``bias=False``). NaN where the window does not move.

    >>> kurtosis([1.0, 2.0, 4.0, 4.0, 5.0], timeperiod=4)
    array([        nan,         nan,         nan, -3.90123457,  2.22714681])
    """
