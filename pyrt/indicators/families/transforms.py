"""Math Transform: functions of one row, to a few units in the last place.

Outside a function's domain the value is NaN, or an infinity at a pole.
"""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.transforms as ext

from ..door import NanPolicy, Out
from ..registry import indicator

__all__ = [
    "acos",
    "asin",
    "atan",
    "ceil",
    "cos",
    "cosh",
    "exp",
    "floor",
    "ln",
    "log10",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]

GROUP = "Math Transform"


@indicator(GROUP, ext.acos, ext.acos_formula, source="TA-Lib ACOS")
def acos(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Arc cosine, in radians; NaN outside -1 to 1.

    >>> acos([1.0, -1.0, 2.0])
    array([0.        , 3.14159265,        nan])
    """


@indicator(GROUP, ext.asin, ext.asin_formula, source="TA-Lib ASIN")
def asin(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Arc sine, in radians; NaN outside -1 to 1.

    >>> asin([0.0, 1.0, 2.0])
    array([0.        , 1.57079633,        nan])
    """


@indicator(GROUP, ext.atan, ext.atan_formula, source="TA-Lib ATAN")
def atan(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Arc tangent, in radians.

    >>> atan([0.0, 1.0])
    array([0.        , 0.78539816])
    """


@indicator(GROUP, ext.ceil, ext.ceil_formula, source="TA-Lib CEIL")
def ceil(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Round up to a whole number.

    >>> ceil([1.25, -1.25])
    array([ 2., -1.])
    """


@indicator(GROUP, ext.cos, ext.cos_formula, source="TA-Lib COS")
def cos(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Cosine of radians.

    >>> cos([0.0, 3.0])
    array([ 1.       , -0.9899925])
    """


@indicator(GROUP, ext.cosh, ext.cosh_formula, source="TA-Lib COSH")
def cosh(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Hyperbolic cosine; infinite where it is beyond the largest double.

    >>> cosh([0.0, 1.0])
    array([1.        , 1.54308063])
    """


@indicator(GROUP, ext.exp, ext.exp_formula, source="TA-Lib EXP")
def exp(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Exponential, ``e ** x``; infinite where it is beyond the largest double.

    >>> exp([0.0, 1.0])
    array([1.        , 2.71828183])
    """


@indicator(GROUP, ext.floor, ext.floor_formula, source="TA-Lib FLOOR")
def floor(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Round down to a whole number.

    >>> floor([1.25, -1.25])
    array([ 1., -2.])
    """


@indicator(GROUP, ext.ln, ext.ln_formula, source="TA-Lib LN")
def ln(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Natural logarithm; NaN below 0, minus infinity at 0.

    >>> ln([1.0, 2.0, -1.0])
    array([0.        , 0.69314718,        nan])
    """


@indicator(GROUP, ext.log10, ext.log10_formula, source="TA-Lib LOG10")
def log10(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Logarithm to base 10; NaN below 0, minus infinity at 0.

    >>> log10([1.0, 1000.0, -1.0])
    array([ 0.,  3., nan])
    """


@indicator(GROUP, ext.sin, ext.sin_formula, source="TA-Lib SIN")
def sin(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Sine of radians.

    >>> sin([0.0, 3.0])
    array([0.        , 0.14112001])
    """


@indicator(GROUP, ext.sinh, ext.sinh_formula, source="TA-Lib SINH")
def sinh(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Hyperbolic sine; infinite where it is beyond the largest double.

    >>> sinh([0.0, 1.0])
    array([0.        , 1.17520119])
    """


@indicator(GROUP, ext.sqrt, ext.sqrt_formula, source="TA-Lib SQRT")
def sqrt(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Square root; NaN below 0.

    >>> sqrt([4.0, 2.0, -1.0])
    array([2.        , 1.41421356,        nan])
    """


@indicator(GROUP, ext.tan, ext.tan_formula, source="TA-Lib TAN")
def tan(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Tangent of radians.

    >>> tan([0.0, 1.0])
    array([0.        , 1.55740772])
    """


@indicator(GROUP, ext.tanh, ext.tanh_formula, source="TA-Lib TANH")
def tanh(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Hyperbolic tangent.

    >>> tanh([0.0, 1.0])
    array([0.        , 0.76159416])
    """
