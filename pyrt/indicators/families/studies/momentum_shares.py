"""Momentum as a share: how much of the way that prices went led anywhere."""
# ruff: noqa: A002  # a bar's first price is its open

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.momentum_shares as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["cmou", "er", "imi", "vhf", "vortex"]

GROUP = "Momentum Indicators"
FROM_TWO = {"timeperiod": (2, LONGEST)}


def whole(timeperiod: int) -> int:
    """Count the rows before as many steps have come."""
    return timeperiod


@indicator(
    GROUP,
    ext.cmou,
    ext.cmou_formula,
    warmup=whole,
    ranges=FROM_TWO,
    source="T. Chande, S. Kroll, The New Technical Trader (1994); TA-Lib CMOU",
)
def cmou(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Chande's momentum oscillator as he defined it: ``100 * (gain - loss) / (gain + loss)``; 0 where nothing moves.

    `gain` and `loss` are the sums of the last `timeperiod` upward and downward changes; `cmo` smooths them.

    >>> cmou([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([         nan,          nan, 100.        ,  33.33333333])
    """


@indicator(
    GROUP,
    ext.er,
    ext.er_formula,
    warmup=whole,
    ranges=FROM_TWO,
    source="P. Kaufman, Smarter Trading (1995); TA-Lib ER",
)
def er(real: Any, timeperiod: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Efficiency ratio: how far the price is from where it was, in the way that it went, from 0 to 1.

    ``|x[t] - x[t - timeperiod]|`` over the sum of the last `timeperiod` changes from row to row without their signs; 1
    where nothing moves.

    >>> er([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([       nan,        nan, 1.        , 0.33333333])
    """


@indicator(
    GROUP,
    ext.imi,
    ext.imi_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    source="T. Chande, S. Kroll, The New Technical Trader (1994); TA-Lib IMI",
)
def imi(
    open: Any, close: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Intraday momentum index: the share of rising bars' bodies in all bodies, ``100 * up / (up + down)``.

    Sums of the last `timeperiod` bars' ``close - open`` where it is above 0, and of ``open - close`` where that is; 50
    where no bar has a body.

    >>> imi([1.0, 2.0, 4.0, 6.0], [2.0, 4.0, 5.0, 4.0], timeperiod=2)
    array([         nan, 100.        , 100.        ,  33.33333333])
    """


@indicator(
    GROUP,
    ext.vhf,
    ext.vhf_formula,
    warmup=whole,
    ranges=FROM_TWO,
    source="A. White, The Vertical Horizontal Filter (1991); TA-Lib VHF",
)
def vhf(real: Any, timeperiod: int = 28, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Vertical horizontal filter: the window's range in the way that the price went; 0 where nothing moves.

    The highest less the lowest of the last `timeperiod` values, over the sum of the last `timeperiod` changes from row
    to row without their signs.

    >>> vhf([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([       nan,        nan, 0.66666667, 0.33333333])
    """


@indicator(
    GROUP,
    ext.vortex,
    ext.vortex_formula,
    outputs=("plusvi", "minusvi"),
    warmup=whole,
    source="E. Botes, D. Siepman, The Vortex Indicator (2010); TA-Lib VORTEX",
)
def vortex(
    high: Any,
    low: Any,
    close: Any,
    timeperiod: int = 14,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Vortex: upward and downward movement across two bars, in their true range; 0 where there is none.

    Sums over the last `timeperiod` rows of ``|high - low before|`` and of ``|low - high before|``, over that of
    `trange`.

    >>> vortex([3.0, 4.0, 6.0], [1.0, 2.0, 4.0], [2.0, 3.0, 6.0], timeperiod=1)
    VortexResult(plusvi=array([       nan, 1.5       , 1.33333333]), minusvi=array([nan, 0.5, 0. ]))
    """
