"""Bands, and the stop that follows a price."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.bands as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator
from .moving import average_warmup

__all__ = ["bbands", "sar", "sarext"]

GROUP = "Overlap Studies"


@indicator(
    GROUP,
    ext.bbands,
    ext.bbands_formula,
    outputs=("upperband", "middleband", "lowerband"),
    warmup=lambda timeperiod, matype, **_: max(average_warmup(timeperiod, matype), timeperiod - 1),
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


@indicator(
    GROUP,
    ext.sarext,
    ext.sarext_formula,
    warmup=lambda **_: 1,
    source="J. W. Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib SAREXT",
)
def sarext(  # noqa: PLR0917  # TA-Lib's signature
    high: Any,
    low: Any,
    startvalue: float = 0.0,
    offsetonreverse: float = 0.0,
    accelerationinitlong: float = 0.02,
    accelerationlong: float = 0.02,
    accelerationmaxlong: float = 0.2,
    accelerationinitshort: float = 0.02,
    accelerationshort: float = 0.02,
    accelerationmaxshort: float = 0.2,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Parabolic stop of `sar`, with paces for rising and falling trends apart; in a falling trend it is negative.

    With a `startvalue` above 0 the first trend rises and the stop starts there; below 0 it falls, and the stop starts
    from the value without its sign. A stop that turns is moved away from the price by `offsetonreverse`, a fraction
    of itself.

    >>> sarext([3.0, 4.0, 6.0, 5.0, 2.0], [1.0, 2.0, 4.0, 3.0, 0.0])
    array([    nan,  1.    ,  1.06  ,  1.2576, -6.    ])
    """
