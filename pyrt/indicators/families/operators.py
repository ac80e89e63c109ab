"""Math Operators: arithmetic of rows, sums and extremes of windows."""
# ruff: noqa: A001  # TA-Lib's names, some of which Python has too

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.operators as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator

__all__ = [
    "add", "cumsum", "div", "max", "maxindex", "min", "minindex", "minmax", "minmaxindex", "mult", "sub", "sum",
]  # fmt: skip

GROUP = "Math Operators"
FROM_TWO = {"timeperiod": (2, LONGEST)}
PLACE = "the number of a row is known within an array only"


@indicator(GROUP, ext.add, ext.add_formula, source="TA-Lib ADD")
def add(real0: Any, real1: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Add row by row.

    >>> add([1.0, 2.0], [0.5, 4.0])
    array([1.5, 6. ])
    """


@indicator(GROUP, ext.sub, ext.sub_formula, source="TA-Lib SUB")
def sub(real0: Any, real1: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Subtract `real1` from `real0`, row by row.

    >>> sub([1.0, 2.0], [0.5, 4.0])
    array([ 0.5, -2. ])
    """


@indicator(GROUP, ext.mult, ext.mult_formula, source="TA-Lib MULT")
def mult(real0: Any, real1: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Multiply row by row.

    >>> mult([1.0, 2.0], [0.5, 4.0])
    array([0.5, 8. ])
    """


@indicator(GROUP, ext.div, ext.div_formula, source="TA-Lib DIV")
def div(real0: Any, real1: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Divide `real0` by `real1`, row by row; infinite, or NaN for 0 / 0, where `real1` is 0, as in TA-Lib.

    >>> div([1.0, 2.0], [0.5, 0.0])
    array([ 2., inf])
    """


@indicator(GROUP, ext.cumsum, ext.cumsum_formula, source="TA-Lib CUMSUM")
def cumsum(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Add up all values so far.

    >>> cumsum([1.0, 2.0, 4.0])
    array([1., 3., 7.])
    """


@indicator(
    GROUP, ext.total, ext.sum_formula, warmup=lambda timeperiod: timeperiod - 1, ranges=FROM_TWO, source="TA-Lib SUM"
)
def sum(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Add up the last `timeperiod` values.

    Nothing outside the window has any influence, not even by rounding.

    >>> sum([1.0, 2.0, 4.0], timeperiod=2)
    array([nan,  3.,  6.])
    """


@indicator(
    GROUP, ext.highest, ext.max_formula, warmup=lambda timeperiod: timeperiod - 1, ranges=FROM_TWO, source="TA-Lib MAX"
)
def max(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Highest of the last `timeperiod` values.

    >>> max([1.0, 3.0, 2.0, 1.0], timeperiod=2)
    array([nan,  3.,  3.,  2.])
    """


@indicator(
    GROUP, ext.lowest, ext.min_formula, warmup=lambda timeperiod: timeperiod - 1, ranges=FROM_TWO, source="TA-Lib MIN"
)
def min(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Lowest of the last `timeperiod` values.

    >>> min([1.0, 3.0, 2.0, 4.0], timeperiod=2)
    array([nan,  1.,  2.,  2.])
    """


@indicator(
    GROUP,
    ext.minmax,
    ext.minmax_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    outputs=("min", "max"),
    source="TA-Lib MINMAX",
)
def minmax(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Lowest and highest of the last `timeperiod` values.

    >>> minmax([1.0, 3.0, 2.0], timeperiod=2)
    MinmaxResult(min=array([nan,  1.,  2.]), max=array([nan,  3.,  3.]))
    """


@indicator(
    GROUP,
    ext.maxindex,
    None,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    batch_only=PLACE,
    outputs=("integer",),
    source="TA-Lib MAXINDEX",
)
def maxindex(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Row of the highest of the last `timeperiod` values, counted from the start of the array.

    Of equal values it is the latest, but where the highest has left the window the earliest of those that are in it,
    as in TA-Lib. With ``nan="skip"`` rows with NaN are not counted.

    >>> maxindex([1.0, 3.0, 2.0, 1.0], timeperiod=2)
    array([0, 1, 1, 2])
    """


@indicator(
    GROUP,
    ext.minindex,
    None,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    batch_only=PLACE,
    outputs=("integer",),
    source="TA-Lib MININDEX",
)
def minindex(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Row of the lowest of the last `timeperiod` values, counted from the start of the array.

    Of equal values it is the latest, but where the lowest has left the window the earliest of those that are in it,
    as in TA-Lib. With ``nan="skip"`` rows with NaN are not counted.

    >>> minindex([1.0, 3.0, 2.0, 1.0], timeperiod=2)
    array([0, 0, 2, 3])
    """


@indicator(
    GROUP,
    ext.minmaxindex,
    None,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges=FROM_TWO,
    batch_only=PLACE,
    outputs=("minidx", "maxidx"),
    source="TA-Lib MINMAXINDEX",
)
def minmaxindex(
    real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Rows of the lowest and of the highest of the last `timeperiod` values, as `minindex` and `maxindex` give them.

    >>> minmaxindex([1.0, 3.0, 2.0], timeperiod=2)
    MinmaxindexResult(minidx=array([0, 0, 2]), maxidx=array([0, 1, 1]))
    """
