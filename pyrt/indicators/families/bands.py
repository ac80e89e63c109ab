"""Bands, and the stop that follows a price."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.bands as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator
from .moving import average_warmup

__all__ = ["bbands", "sar"]

GROUP = "Overlap Studies"


@indicator(
    GROUP,
    ext.bbands,
    ext.bbands_formula,
    outputs=("upperband", "middleband", "lowerband"),
    warmup=lambda timeperiod, matype, **_: average_warmup(timeperiod, matype),
    ranges={"timeperiod": (2, LONGEST)},
    source="J. Bollinger (1983); TA-Lib BBANDS",
)
def bbands(
    real: Any,
    timeperiod: int = 20,
    nbdevup: float = 2.0,
    nbdevdn: float = 2.0,
    matype: int = 0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Bollinger bands: an average of the kind `matype`, and lines some standard deviations above and below it.

    >>> bbands([1.0, 2.0, 4.0, 4.0], timeperiod=2).upperband
    array([nan, 2.5, 5. , 4. ])
    """


@indicator(
    GROUP,
    ext.sar,
    ext.sar_formula,
    warmup=lambda **_: 1,
    source="J. W. Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib SAR",
)
def sar(
    high: Any,
    low: Any,
    acceleration: float = 0.02,
    maximum: float = 0.2,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Parabolic stop and reverse: a stop below a rising trend or above a falling one, faster with every extreme.

    It moves by ``pace * (extreme - stop)``, but not into the ranges of the last two bars; the pace starts with
    `acceleration`, and grows by it with every new extreme, up to `maximum`. When a bar reaches the stop, the trend
    turns and the stop starts from the extreme. The first trend falls if the second bar moves down more than up.

    >>> sar([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0])
    array([   nan, 1.    , 1.06  , 1.2576])
    """
