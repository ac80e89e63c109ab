"""Averages with weights of their own: ALMA, McGinley's dynamic."""

from __future__ import annotations

import math
from typing import Any

import pyrt_ext.indicators.studies.smoothing as ext

from ...door import NanPolicy, Out
from ...registry import indicator

__all__ = ["alma", "mcginley"]

GROUP = "Overlap Studies"


def _one_less(timeperiod: int, **_: float) -> int:
    return timeperiod - 1


@indicator(
    GROUP,
    ext.alma,
    ext.alma_formula,
    warmup=_one_less,
    talib=None,
    source="A. Legoux and D. Kouzis Loukas (2009), as TradingView's ta.alma: the curve's middle is not rounded to a"
    " value's place",
)
def alma(
    real: Any,
    timeperiod: int = 9,
    offset: float = 0.85,
    sigma: float = 6.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Arnaud Legoux moving average: weights are a bell curve whose middle is nearer to the newest value.

    A value in place i, the oldest in 0, weighs ``exp(-(i - m)**2 / (2 * s**2))`` with ``m = offset * (timeperiod - 1)``
    and ``s = timeperiod / sigma``; weights add up to 1. It takes time in proportion to the window.

    >>> alma([1.0, 2.0, 4.0, 3.0], timeperiod=3)
    array([       nan,        nan, 3.37389214, 3.30669158])
    """


@indicator(
    GROUP,
    ext.mcginley,
    ext.mcginley_formula,
    warmup=_one_less,
    ranges={"kfactor": (1e-6, math.inf)},
    talib=None,
    source="J. McGinley, Journal of Technical Analysis (1997); TradingView and talipp begin with the mean of the first"
    " window, Stock.Indicators has a factor of 0.6",
)
def mcginley(
    real: Any,
    timeperiod: int = 14,
    kfactor: float = 1.0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """McGinley's dynamic: an average that follows a falling market faster than a rising one.

    It begins with the first value, and moves by ``(real - y) / (kfactor * timeperiod * (real / y)**4)``, where y is the
    average before, but never past the price. Where one of the two is not above 0 their ratio counts as 1. McGinley
    takes 60 % of the length of the simple average that it stands for: ``kfactor=0.6``.

    >>> mcginley([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([       nan, 1.03125   , 1.03780782, 1.0518584 ])
    """
