"""Momentum."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.momentum as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator

__all__ = ["rsi"]

GROUP = "Momentum Indicators"


@indicator(
    GROUP,
    ext.rsi,
    ext.rsi_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges={"timeperiod": (2, LONGEST)},
    source="J. W. Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib RSI",
)
def rsi(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None) -> Any:
    """Relative strength index: the share of gains in all movement, ``100 * gain / (gain + loss)``.

    `gain` and `loss` are averages of the upward and downward changes from row to row: the mean of the first
    `timeperiod` of them, then smoothed by ``1 / timeperiod`` (Wilder). As in TA-Lib, the index is 0 where both together
    are below 1e-14, as in a market that has never moved.

    >>> rsi([1.0, 2.0, 1.0, 4.0], timeperiod=2)
    array([ nan,  nan, 50. , 87.5])
    """
