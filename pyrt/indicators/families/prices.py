"""Price Transform: one price for a bar."""
# ruff: noqa: A002  # a bar's first price is its open

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.prices as ext

from ..door import NanPolicy, Out
from ..registry import indicator

__all__ = ["avgprice", "medprice", "typprice", "wclprice"]

GROUP = "Price Transform"


@indicator(GROUP, ext.avgprice, ext.avgprice_formula, source="TA-Lib AVGPRICE")
def avgprice(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Average price, ``(open + high + low + close) / 4``.

    >>> avgprice([1.0], [4.0], [1.0], [2.0])
    array([2.])
    """


@indicator(GROUP, ext.medprice, ext.medprice_formula, source="TA-Lib MEDPRICE")
def medprice(high: Any, low: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Middle of the bar, ``(high + low) / 2``.

    >>> medprice([4.0], [1.0])
    array([2.5])
    """


@indicator(GROUP, ext.typprice, ext.typprice_formula, source="TA-Lib TYPPRICE")
def typprice(high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Typical price, ``(high + low + close) / 3``.

    >>> typprice([4.0], [1.0], [1.0])
    array([2.])
    """


@indicator(GROUP, ext.wclprice, ext.wclprice_formula, source="TA-Lib WCLPRICE")
def wclprice(high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Weighted close, ``(high + low + 2 * close) / 4``.

    >>> wclprice([4.0], [1.0], [1.5])
    array([2.])
    """
