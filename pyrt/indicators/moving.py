"""Moving averages."""

from __future__ import annotations

from typing import Any

import pyrt_ext.moving as ext

from .door import Floats, NanPolicy
from .registry import LONGEST, indicator

__all__ = ["ema", "sma"]


@indicator(
    group="Overlap Studies",
    kernel=ext.sma,
    formula=ext.sma_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (1, LONGEST)},
    source="TA-Lib SMA",
)
def sma(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Floats | None = None) -> Any:
    """Average the last `timeperiod` values (simple moving average).

    No value outside the window has any influence, not even by rounding: the sum is never carried along by adding and
    subtracting. Causal.

    Parameters
    ----------
    real : array_like, shape (time,) or (time, assets)
        Any unit; the result has the same. Not infinite.
    timeperiod : int
        Length of the window in rows, at least 1. Longer than the data: all NaN.
    nan : {"restart", "propagate", "skip", "raise"}
        What a NaN in `real` does, see :mod:`pyrt.indicators`. With "restart" an output is NaN if one is in its window.
    out : ndarray of float64, optional
        Where to write the result.

    Returns
    -------
    array_like of float64
        Shape, kind and labels of `real`; the first ``timeperiod - 1`` rows are NaN.

    Raises
    ------
    DTypeError
        For booleans, complex numbers, text, dates, objects, and a `timeperiod` that is no integer.
    InputError
        For empty input, infinities, a `timeperiod` below 1, an `out` of another shape, NaN with ``nan="raise"``.

    Examples
    --------
    >>> sma([1.0, 2.0, 6.0, 7.0], timeperiod=3)
    array([nan, nan,  3.,  5.])
    """


@indicator(
    group="Overlap Studies",
    kernel=ext.ema,
    formula=ext.ema_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (1, LONGEST)},
    source="TA-Lib EMA, classic start",
)
def ema(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Floats | None = None) -> Any:
    """Exponential moving average: ``y[t] = y[t-1] + k * (x[t] - y[t-1])`` with ``k = 2 / (timeperiod + 1)``.

    It starts with the mean of the first `timeperiod` values, at row ``timeperiod - 1``. Causal.

    Parameters
    ----------
    real : array_like, shape (time,) or (time, assets)
        Any unit; the result has the same. Not infinite.
    timeperiod : int
        At least 1, where the result is `real` itself. Longer than the data: all NaN.
    nan : {"restart", "propagate", "skip", "raise"}
        What a NaN in `real` does, see :mod:`pyrt.indicators`. With "restart" the average starts afresh after it.
    out : ndarray of float64, optional
        Where to write the result.

    Returns
    -------
    array_like of float64
        Shape, kind and labels of `real`; the first ``timeperiod - 1`` rows are NaN.

    Raises
    ------
    DTypeError
        For booleans, complex numbers, text, dates, objects, and a `timeperiod` that is no integer.
    InputError
        For empty input, infinities, a `timeperiod` below 1, an `out` of another shape, NaN with ``nan="raise"``.

    Examples
    --------
    >>> ema([1.0, 2.0, 3.0, 5.0], timeperiod=3)
    array([nan, nan, 2. , 3.5])
    """
