"""Momentum smoothed twice, and a place between extremes with its averages."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.momentum_strength as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator
from ..oscillators import slow_warmup

__all__ = ["kdj", "smi", "tsi"]

GROUP = "Momentum Indicators"


@indicator(
    GROUP,
    ext.tsi,
    ext.tsi_formula,
    warmup=lambda firstperiod, secondperiod: firstperiod + secondperiod - 1,
    ranges={"firstperiod": (2, LONGEST), "secondperiod": (2, LONGEST)},
    source="W. Blau, Momentum, Direction, and Divergence (1995); TA-Lib TSI",
)
def tsi(
    real: Any,
    firstperiod: int = 25,
    secondperiod: int = 13,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Strength index (the "true" one): smoothed changes in percent of their smoothed sizes; 0 where nothing moves.

    Smoothed twice: they go through an `ema` of `firstperiod` and that through one of `secondperiod`, and so do the
    changes without their signs.

    >>> tsi([1.0, 2.0, 4.0, 3.0, 5.0], firstperiod=2, secondperiod=2)
    array([        nan,         nan,         nan, 50.        , 67.44186047])
    """


@indicator(
    GROUP,
    ext.smi,
    ext.smi_formula,
    outputs=("smi", "smisignal"),
    warmup=lambda timeperiod, fastperiod, slowperiod, signalperiod: (
        timeperiod + fastperiod + slowperiod + signalperiod - 4
    ),
    ranges=dict.fromkeys(("timeperiod", "fastperiod", "slowperiod", "signalperiod"), (2, LONGEST)),
    source="W. Blau, Momentum, Direction, and Divergence (1995); TA-Lib SMI",
)
def smi(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 13,
    fastperiod: int = 2,
    slowperiod: int = 25,
    signalperiod: int = 9,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Stochastic momentum index: the close's distance from the middle of its window in half of the window's range.

    In percent, 0 where there is no range. The middle and the range are of the highest high and the lowest low of the
    last `timeperiod` rows. Distance and half range each go through an `ema` of `slowperiod` and that through one of
    `fastperiod`. `smisignal` is the `ema` of the index; both outputs begin with it.

    >>> high, low, close = [3.0, 4.0, 6.0, 5.0, 7.0], [1.0, 2.0, 4.0, 3.0, 4.0], [2.0, 3.0, 6.0, 4.0, 7.0]
    >>> smi(high, low, close, 2, 2, 2, 2).smi
    array([        nan,         nan,         nan,         nan, 62.88659794])
    """


@indicator(
    GROUP,
    ext.kdj,
    ext.kdj_formula,
    outputs=("k", "d", "j"),
    warmup=slow_warmup,
    source="TA-Lib KDJ",
)
def kdj(
    high: Any,
    low: Any,
    close: Any,
    fastk_period: int = 9,
    slowk_period: int = 3,
    slowk_matype: int = 13,
    slowd_period: int = 3,
    slowd_matype: int = 13,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Slow stochastic oscillator, its average, and ``j = 3 * k - 2 * d``.

    `k` and `d` are `slowk` and `slowd` of `stoch`, here with Wilder's averages.

    >>> high, low, close = [3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 4.0], [2.0, 3.0, 6.0, 4.0]
    >>> kdj(high, low, close, fastk_period=2, slowk_period=1, slowd_period=2).j
    array([         nan,          nan, 133.33333333, -83.33333333])
    """
