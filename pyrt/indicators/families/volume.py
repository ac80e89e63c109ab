"""Volume: what was traded as prices rose and fell."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.momentum as ext_momentum
import pyrt_ext.indicators.volume as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator
from .momentum import apart_warmup

__all__ = ["ad", "adosc", "obv", "pvo"]

GROUP = "Volume Indicators"


@indicator(GROUP, ext.obv, ext.obv_formula, source="J. Granville (1963); TA-Lib OBV")
def obv(real: Any, volume: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """On-balance volume: the sum of volumes, those of rising rows less those of falling ones.

    It starts with the first volume.

    >>> obv([1.0, 2.0, 2.0, 1.0], [5.0, 6.0, 7.0, 8.0])
    array([ 5., 11., 11.,  3.])
    """


@indicator(GROUP, ext.ad, ext.ad_formula, source="M. Chaikin; TA-Lib AD")
def ad(
    high: Any, low: Any, close: Any, volume: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Accumulation and distribution: the sum of volumes by where in its range each bar closed.

    ``((close - low) - (high - close)) / (high - low) * volume``; 0 for a bar without range.

    >>> ad([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0], [5.0, 6.0, 7.0, 8.0])
    array([0., 0., 7., 7.])
    """


@indicator(
    GROUP,
    ext.adosc,
    ext.adosc_formula,
    warmup=lambda fastperiod, slowperiod: max(fastperiod, slowperiod) - 1,
    ranges={"fastperiod": (2, LONGEST), "slowperiod": (2, LONGEST)},
    source="M. Chaikin; TA-Lib ADOSC",
)
def adosc(
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    fastperiod: int = 3,
    slowperiod: int = 10,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Accumulation and distribution oscillator: a fast exponential average of `ad` less a slow one.

    Both begin with the first value of `ad`.

    >>> high, low, close = [3.0, 4.0, 6.0], [1.0, 2.0, 4.0], [2.0, 3.0, 6.0]
    >>> adosc(high, low, close, [5.0, 6.0, 7.0], fastperiod=2, slowperiod=3)
    array([       nan,        nan, 1.16666667])
    """


@indicator(
    GROUP,
    ext_momentum.pvo,
    ext_momentum.ppo_formula,
    warmup=apart_warmup,
    ranges={"fastperiod": (2, LONGEST), "slowperiod": (2, LONGEST)},
    source="TA-Lib PVO",
)
def pvo(
    volume: Any,
    fastperiod: int = 12,
    slowperiod: int = 26,
    matype: int = 1,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Percentage volume oscillator: `ppo` of volumes.

    >>> pvo([1.0, 2.0, 4.0, 3.0], fastperiod=2, slowperiod=3, matype=0)
    array([        nan,         nan, 28.57142857, 16.66666667])
    """
