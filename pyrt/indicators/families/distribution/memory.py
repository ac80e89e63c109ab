"""What a series remembers: how its changes grow with the time that they span, and whether it comes back."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.distribution.memory as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["half_life", "hurst", "variance_ratio"]

GROUP = "Statistic Functions"


@indicator(
    GROUP,
    ext.half_life,
    ext.half_life_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (3, LONGEST)},
    talib=None,
    source="E. P. Chan, Algorithmic Trading (2013), chapter 2",
)
def half_life(
    real: Any, timeperiod: int = 100, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Half-life of mean reversion in rows: how long the distance of a price or spread from its mean takes to halve.

    ``-log(2) / k`` where k is the slope of ``x[t] - x[t-1]`` on ``x[t-1]`` over the last `timeperiod` values (least
    squares, with an intercept): the process of Ornstein and Uhlenbeck in steps of a row. Negative where the window does
    not come back but runs away, the rows then in which a distance doubles; infinite where k is 0, NaN where nothing
    moves. A random walk has short half-lives in short windows.

    >>> half_life([1.0, 3.0, 2.0, 2.5, 2.25], timeperiod=4)
    array([       nan,        nan,        nan, 0.46209812, 0.46209812])
    """


@indicator(
    GROUP,
    ext.hurst,
    ext.hurst_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (8, LONGEST)},
    talib=None,
    source="T. Di Matteo, Multi-Scaling in Finance, Quantitative Finance 7 (2007): the generalized exponent of order 2",
)
def hurst(real: Any, timeperiod: int = 100, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Hurst's exponent of the last `timeperiod` values: 0.5 of a random walk, more of trends, less of what comes back.

    Changes grow as ``lag ** H``: H is half of the slope of ``log(mean((x[t] - x[t-lag]) ** 2))`` on ``log(lag)``, by
    least squares, for all changes within the window over 1, 2, 4 ... rows, up to a quarter of the window. Give
    logarithms of prices where moves are relative. NaN where the values of one of these distances do not differ.

    >>> hurst([1.0, 2.0, 4.0, 3.0, 5.0, 4.0, 6.0, 7.0, 6.0], timeperiod=8)
    array([        nan,         nan,         nan,         nan,         nan,
                   nan,         nan,  0.34091202, -0.03858393])
    """


@indicator(
    GROUP,
    ext.variance_ratio,
    ext.variance_ratio_formula,
    warmup=lambda timeperiod, lag: timeperiod,
    ranges={"timeperiod": (4, LONGEST), "lag": (2, LONGEST)},
    outputs=("ratio", "z"),
    talib=None,
    source="A. W. Lo, A. C. MacKinlay, Stock Market Prices Do Not Follow Random Walks, Review of Financial Studies 1 "
    "(1988)",
)
def variance_ratio(
    real: Any, timeperiod: int = 100, lag: int = 2, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Variance of changes over `lag` rows beside `lag` times that over one, in the last `timeperiod` changes.

    `ratio` is near 1 in a random walk, above it in trends, below it in what comes back; overlapping changes, with the
    corrections for the bias of both variances. `z` says how sure that is: by a normal distribution of deviation 1 in a
    random walk, whose steps may be of changing size (the paper's heteroscedasticity-consistent statistic). Give
    logarithms of prices where moves are relative. NaN where no change differs from the mean, and where `lag` is not
    below `timeperiod`.

    >>> variance_ratio([1.0, 2.0, 4.0, 3.0, 5.0, 4.0], timeperiod=5).ratio
    array([       nan,        nan,        nan,        nan,        nan,
           0.30434783])
    """
