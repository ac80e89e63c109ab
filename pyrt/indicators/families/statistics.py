"""Statistic Functions: deviations, regressions on time, two series beside each other."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.statistics as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator

__all__ = [
    "avgdev", "beta", "correl", "linearreg", "linearreg_angle", "linearreg_intercept", "linearreg_slope", "stddev",
    "tsf", "var",
]  # fmt: skip

GROUP = "Statistic Functions"
FROM_TWO = {"timeperiod": (2, LONGEST)}


@indicator(GROUP, ext.var, ext.var_formula, warmup=lambda timeperiod, nbdev: timeperiod - 1, source="TA-Lib VAR")
def var(
    real: Any, timeperiod: int = 5, nbdev: float = 1.0, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Variance of the last `timeperiod` values, ``mean((x - mean(x)) ** 2)``.

    As in TA-Lib, `nbdev` has no influence.

    >>> var([1.0, 2.0, 4.0, 4.0], timeperiod=2)
    array([ nan, 0.25, 1.  , 0.  ])
    """


@indicator(
    GROUP,
    ext.stddev,
    ext.stddev_formula,
    warmup=lambda timeperiod, nbdev: timeperiod - 1,
    ranges=FROM_TWO,
    source="TA-Lib STDDEV",
)
def stddev(
    real: Any, timeperiod: int = 5, nbdev: float = 1.0, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Deviation (standard) of the last `timeperiod` values, times `nbdev`: ``nbdev * sqrt(mean((x - mean(x)) ** 2))``.

    >>> stddev([1.0, 2.0, 4.0, 4.0], timeperiod=2)
    array([nan, 0.5, 1. , 0. ])
    """


@indicator(
    "Price Transform",
    ext.avgdev,
    ext.avgdev_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="TA-Lib AVGDEV",
)
def avgdev(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Mean distance of the last `timeperiod` values from their mean, ``mean(abs(x - mean(x)))``.

    >>> avgdev([1.0, 2.0, 4.0, 4.0], timeperiod=2)
    array([nan, 0.5, 1. , 0. ])
    """


@indicator(
    GROUP,
    ext.linearreg,
    ext.linearreg_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="TA-Lib LINEARREG",
)
def linearreg(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Regression line of the last `timeperiod` values on time, at the last of them.

    The line is fitted by least squares on ``0 ... timeperiod - 1``, the oldest value's place being 0.

    >>> linearreg([1.0, 2.0, 4.0, 3.0], timeperiod=3)
    array([       nan,        nan, 3.83333333, 3.5       ])
    """


@indicator(
    GROUP,
    ext.linearreg_slope,
    ext.linearreg_slope_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="TA-Lib LINEARREG_SLOPE",
)
def linearreg_slope(
    real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Slope of the regression line of the last `timeperiod` values on time, per row.

    The line is fitted by least squares on ``0 ... timeperiod - 1``, the oldest value's place being 0.

    >>> linearreg_slope([1.0, 2.0, 4.0, 3.0], timeperiod=3)
    array([nan, nan, 1.5, 0.5])
    """


@indicator(
    GROUP,
    ext.linearreg_angle,
    ext.linearreg_angle_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="TA-Lib LINEARREG_ANGLE",
)
def linearreg_angle(
    real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Slope of the regression line of the last `timeperiod` values on time, as an angle in degrees.

    The line is fitted by least squares on ``0 ... timeperiod - 1``, the oldest value's place being 0.

    >>> linearreg_angle([1.0, 2.0, 3.0], timeperiod=2)
    array([nan, 45., 45.])
    """


@indicator(
    GROUP,
    ext.linearreg_intercept,
    ext.linearreg_intercept_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="TA-Lib LINEARREG_INTERCEPT",
)
def linearreg_intercept(
    real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Regression line of the last `timeperiod` values on time, at the first of them.

    The line is fitted by least squares on ``0 ... timeperiod - 1``, the oldest value's place being 0.

    >>> linearreg_intercept([1.0, 2.0, 4.0, 3.0], timeperiod=3)
    array([       nan,        nan, 0.83333333, 2.5       ])
    """


@indicator(
    GROUP, ext.tsf, ext.tsf_formula, warmup=lambda timeperiod: timeperiod - 1, ranges=FROM_TWO, source="TA-Lib TSF"
)
def tsf(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Time series forecast: the regression line of the last `timeperiod` values on time, one row ahead.

    The line is fitted by least squares on ``0 ... timeperiod - 1``, the oldest value's place being 0. It reads no row
    ahead.

    >>> tsf([1.0, 2.0, 4.0, 3.0], timeperiod=3)
    array([       nan,        nan, 5.33333333, 4.        ])
    """


@indicator(GROUP, ext.correl, ext.correl_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib CORREL")
def correl(
    real0: Any, real1: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Correlation (Pearson) of the last `timeperiod` values of two series; 0 where one of them does not move.

    >>> correl([1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 5.0, 6.0], timeperiod=3)
    array([       nan,        nan, 1.        , 0.65465367])
    """


@indicator(GROUP, ext.beta, ext.beta_formula, warmup=lambda timeperiod: timeperiod, source="TA-Lib BETA")
def beta(
    real0: Any, real1: Any, timeperiod: int = 5, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Slope of the changes of `real1` on those of `real0` over the last `timeperiod` changes.

    Changes are relative, ``x[t] / x[t-1] - 1``, and 0 where ``x[t-1]`` is 0. The slope is
    ``cov(real0, real1) / var(real0)``, and 0 where `real0` does not move.

    >>> beta([1.0, 2.0, 1.0, 3.0], [1.0, 3.0, 1.0, 3.0], timeperiod=2)
    array([       nan,        nan, 1.77777778, 1.06666667])
    """
