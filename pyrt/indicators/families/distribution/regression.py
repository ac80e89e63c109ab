"""Lines through windows: on time, on another series, on the series' own past."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.distribution.regression as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["autocorr", "ols", "rsquared"]

GROUP = "Statistic Functions"


@indicator(
    GROUP,
    ext.rsquared,
    ext.rsquared_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (2, LONGEST)},
    talib=None,
    source="the square of the correlation with time",
)
def rsquared(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Share of the variance of the last `timeperiod` values that their regression line on time explains, from 0 to 1.

    The line is that of `linearreg`, its slope `linearreg_slope`. NaN where the window does not move.

    >>> rsquared([1.0, 2.0, 4.0, 3.0], timeperiod=3)
    array([       nan,        nan, 0.96428571, 0.25      ])
    """


@indicator(
    GROUP,
    ext.autocorr,
    ext.autocorr_formula,
    warmup=lambda timeperiod, lag: timeperiod + lag - 1,
    ranges={"timeperiod": (2, LONGEST)},
    talib=None,
    source="as pandas' Series.autocorr",
)
def autocorr(
    real: Any, timeperiod: int = 30, lag: int = 1, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Correlation (Pearson) of the last `timeperiod` values with those that stood `lag` rows before each of them.

    The window reaches over ``timeperiod + lag`` rows. NaN where one of the two sides does not move. Of prices it is
    near 1; give returns to see what they remember.

    >>> autocorr([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=3)
    array([        nan,         nan,         nan,  0.32732684, -0.5       ])
    """


@indicator(
    GROUP,
    ext.ols,
    ext.ols_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (2, LONGEST)},
    outputs=("beta", "alpha", "rsquared"),
    talib=None,
    source="ordinary least squares",
)
def ols(
    real0: Any, real1: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Line through the last `timeperiod` values of `real1` on those of `real0`: ``real1 = alpha + beta * real0``.

    The values themselves are fitted by least squares (`beta`, the function, is TA-Lib's and fits relative changes): of
    two prices `beta` is the hedge ratio and ``real1 - alpha - beta * real0`` the spread. `rsquared` is the share of the
    variance of `real1` that the line explains. `beta` and `alpha` are NaN where `real0` does not move, `rsquared` where
    one of them does not.

    >>> ols([1.0, 2.0, 4.0], [3.0, 5.0, 9.0], timeperiod=3)
    OlsResult(beta=array([nan, nan,  2.]), alpha=array([nan, nan,  1.]), rsquared=array([nan, nan,  1.]))
    """
