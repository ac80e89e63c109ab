"""Momentum."""

from __future__ import annotations

from typing import Any

import pyrt_ext.momentum as ext

from .door import Floats, NanPolicy
from .registry import LONGEST, indicator

__all__ = ["rsi"]


@indicator(
    group="Momentum Indicators",
    kernel=ext.rsi,
    formula=ext.rsi_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges={"timeperiod": (2, LONGEST)},
    source="J. W. Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib RSI",
)
def rsi(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Floats | None = None) -> Any:
    """Relative strength index: the share of gains in all movement, ``100 * gain / (gain + loss)``.

    `gain` and `loss` are averages of the upward and downward changes from row to row: the mean of the first
    `timeperiod` of them, then smoothed by ``1 / timeperiod`` (Wilder). As in TA-Lib, the index is 0 where both together
    are below 1e-14, as in a market that has never moved. Causal.

    Parameters
    ----------
    real : array_like, shape (time,) or (time, assets)
        Prices of any unit. Not infinite.
    timeperiod : int
        At least 2. As long as the data or longer: all NaN.
    nan : {"restart", "propagate", "skip", "raise"}
        What a NaN in `real` does, see :mod:`pyrt.indicators`. With "restart" the averages start afresh after it.
    out : ndarray of float64, optional
        Where to write the result.

    Returns
    -------
    array_like of float64
        0 to 100; shape, kind and labels of `real`; the first `timeperiod` rows are NaN.

    Raises
    ------
    DTypeError
        For booleans, complex numbers, text, dates, objects, and a `timeperiod` that is no integer.
    InputError
        For empty input, infinities, a `timeperiod` below 2, an `out` of another shape, NaN with ``nan="raise"``.

    Examples
    --------
    >>> rsi([1.0, 2.0, 1.0, 4.0], timeperiod=2)
    array([ nan,  nan, 50. , 87.5])
    """
