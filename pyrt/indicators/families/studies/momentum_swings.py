"""Turns of the market, and what was bought and sold with them."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.momentum_swings as ext

from ...door import NanPolicy, Out
from ...registry import indicator

__all__ = ["fractal", "wad"]

GROUP = "Momentum Indicators"


@indicator(
    GROUP,
    ext.fractal,
    ext.fractal_formula,
    outputs=("swinghigh", "swinglow"),
    warmup=lambda leftbars, rightbars: leftbars + rightbars,
    source="B. Williams, Trading Chaos (1995); TA-Lib FRACTAL",
)
def fractal(
    high: Any,
    low: Any,
    leftbars: int = 2,
    rightbars: int = 2,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Williams' fractals: 100 where a high is above those of `leftbars` rows before it and `rightbars` rows after it.

    Else 0; `swinglow` likewise of lows below their neighbours. A turn stands in the row where it is known, `rightbars`
    rows after its bar; equal neighbours make none.

    >>> fractal([3.0, 4.0, 6.0, 5.0, 4.0], [1.0, 2.0, 4.0, 4.0, 3.0], leftbars=1, rightbars=1)
    FractalResult(swinghigh=array([  0,   0,   0, 100,   0]), swinglow=array([0, 0, 0, 0, 0]))
    """


@indicator(GROUP, ext.wad, ext.wad_formula, source="L. Williams, How I Made One Million Dollars (1973); TA-Lib WAD")
def wad(high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Williams' accumulation and distribution: sum of how far closes are above the true low or below the true high.

    A close above the last adds its distance from the lower of its low and the last close, one below the last takes off
    that from the higher of its high and the last close. The first row is 0.

    >>> wad([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0])
    array([0., 1., 4., 2.])
    """
