"""Moving averages."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.moving as ext

from ..door import NanPolicy, Out
from ..registry import indicator

__all__ = ["ema", "sma"]

GROUP = "Overlap Studies"


@indicator(GROUP, ext.sma, ext.sma_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib SMA")
def sma(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None) -> Any:
    """Average the last `timeperiod` values (simple moving average).

    No value outside the window has any influence, not even by rounding: the sum is never carried along by adding and
    subtracting.

    >>> sma([1.0, 2.0, 6.0, 7.0], timeperiod=3)
    array([nan, nan,  3.,  5.])
    """


@indicator(
    GROUP, ext.ema, ext.ema_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib EMA, classic start"
)
def ema(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None) -> Any:
    """Exponential moving average: ``y[t] = y[t-1] + k * (x[t] - y[t-1])`` with ``k = 2 / (timeperiod + 1)``.

    It starts with the mean of the first `timeperiod` values, at row ``timeperiod - 1``.

    >>> ema([1.0, 2.0, 3.0, 5.0], timeperiod=3)
    array([nan, nan, 2. , 3.5])
    """
