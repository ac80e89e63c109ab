"""Volatility from the range of bars: what a bar tells beyond its close."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.distribution.ohlc as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["garman_klass", "parkinson", "rogers_satchell", "yang_zhang"]

GROUP = "Volatility Indicators"


@indicator(
    GROUP,
    ext.parkinson,
    ext.parkinson_formula,
    warmup=lambda timeperiod, periods_per_year: timeperiod - 1,
    talib=None,
    source="M. Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of Return, Journal of "
    "Business 53 (1980)",
)
def parkinson(
    high: Any,
    low: Any,
    timeperiod: int = 20,
    periods_per_year: float = 1.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Parkinson's volatility, ``sqrt(periods_per_year * mean(log(high / low) ** 2) / (4 * log(2)))``.

    Of one bar, as a fraction, unless `periods_per_year` says how many bars a year has. It takes prices to move without
    drift and without gaps between bars. NaN where the window holds a price that is not above 0.

    >>> parkinson([102.0, 103.0, 105.0], [100.0, 101.0, 101.0], timeperiod=2)
    array([       nan, 0.01183453, 0.01847653])
    """


@indicator(
    GROUP,
    ext.garman_klass,
    ext.garman_klass_formula,
    warmup=lambda timeperiod, periods_per_year: timeperiod - 1,
    talib=None,
    source="M. B. Garman, M. J. Klass, On the Estimation of Security Price Volatilities from Historical Data, Journal "
    "of Business 53 (1980)",
)
def garman_klass(
    open: Any,  # noqa: A002  # as TA-Lib names it
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 20,
    periods_per_year: float = 1.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Volatility of Garman and Klass, from ranges and from changes within bars.

    ``sqrt(periods_per_year * mean(log(high / low) ** 2 / 2 - (2 * log(2) - 1) * log(close / open) ** 2))``. Of one bar,
    as a fraction, unless `periods_per_year` says how many bars a year has. It takes prices to move without drift and
    without gaps between bars. NaN where the window holds a price that is not above 0; 0 where bars that cannot be (a
    close outside the range) make the mean negative.

    >>> garman_klass([100.0, 102.0], [102.0, 103.0], [100.0, 101.0], [101.0, 101.5], timeperiod=2)
    array([       nan, 0.01305265])
    """


@indicator(
    GROUP,
    ext.rogers_satchell,
    ext.rogers_satchell_formula,
    warmup=lambda timeperiod, periods_per_year: timeperiod - 1,
    talib=None,
    source="L. C. G. Rogers, S. E. Satchell, Estimating Variance from High, Low and Closing Prices, Annals of Applied "
    "Probability 1 (1991)",
)
def rogers_satchell(
    open: Any,  # noqa: A002  # as TA-Lib names it
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 20,
    periods_per_year: float = 1.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Volatility of Rogers and Satchell, which a drift of prices does not raise.

    ``sqrt(periods_per_year * mean(log(high / close) * log(high / open) + log(low / close) * log(low / open)))``. Of one
    bar, as a fraction, unless `periods_per_year` says how many bars a year has. It knows nothing of gaps between bars.
    NaN where the window holds a price that is not above 0; 0 where bars that cannot be (a close outside the range) make
    the mean negative.

    >>> rogers_satchell([100.0, 102.0], [102.0, 103.0], [100.0, 101.0], [101.0, 101.5], timeperiod=2)
    array([       nan, 0.01390827])
    """


@indicator(
    GROUP,
    ext.yang_zhang,
    ext.yang_zhang_formula,
    warmup=lambda timeperiod, periods_per_year: timeperiod,
    ranges={"timeperiod": (2, LONGEST)},
    talib=None,
    source="D. Yang, Q. Zhang, Drift-Independent Volatility Estimation Based on High, Low, Open, and Close Prices, "
    "Journal of Business 73 (2000)",
)
def yang_zhang(
    open: Any,  # noqa: A002  # as TA-Lib names it
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 20,
    periods_per_year: float = 1.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Volatility of Yang and Zhang, which takes in the gaps between bars and no drift.

    ``sqrt(periods_per_year * (o + k * c + (1 - k) * rs))`` with the variances (dividing by ``timeperiod - 1``) `o` of
    ``log(open[t] / close[t-1])`` and `c` of ``log(close / open)``, the mean `rs` of `rogers_satchell`, and ``k = 0.34 /
    (1.34 + (timeperiod + 1) / (timeperiod - 1))``. Of one bar, as a fraction, unless `periods_per_year` says how many
    bars a year has. NaN where the window holds a price that is not above 0.

    >>> opens, closes = [100.0, 102.0, 99.0], [101.0, 101.5, 100.0]
    >>> yang_zhang(opens, [102.0, 103.0, 101.0], [99.0, 101.0, 98.0], closes, timeperiod=2)
    array([       nan,        nan, 0.02980929])
    """
