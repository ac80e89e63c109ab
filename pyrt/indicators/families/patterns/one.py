"""Patterns of one candle, some with a look at the one before."""
# ruff: noqa: A002  # a bar's first price is its open

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.patterns.one as ext

from ...door import NanPolicy, Out
from .candles import after_quiet, pattern  # noqa: F401  # for the examples

__all__ = [
    "cdlbelthold",
    "cdlclosingmarubozu",
    "cdldoji",
    "cdldragonflydoji",
    "cdlgravestonedoji",
    "cdlhammer",
    "cdlhangingman",
    "cdlhighwave",
    "cdlinvertedhammer",
    "cdllongleggeddoji",
    "cdllongline",
    "cdlmarubozu",
    "cdlrickshawman",
    "cdlshootingstar",
    "cdlshortline",
    "cdlspinningtop",
    "cdltakuri",
]


@pattern(ext.cdlbelthold, ext.cdlbelthold_formula, warmup=10)
def cdlbelthold(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Belt hold.

    A long body that opens at the end of the range: white without a lower shadow 100, black without an upper -100.

    >>> cdlbelthold(*after_quiet((10, 12.2, 9.9, 12)))[-1:]
    array([100])
    """


@pattern(ext.cdlclosingmarubozu, ext.cdlclosingmarubozu_formula, warmup=10)
def cdlclosingmarubozu(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Marubozu at the close.

    A long body that closes at the end of the range: white without an upper shadow 100, black without a lower -100.

    >>> cdlclosingmarubozu(*after_quiet((10, 12.1, 9.5, 12)))[-1:]
    array([100])
    """


@pattern(ext.cdldoji, ext.cdldoji_formula, warmup=10)
def cdldoji(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Doji: open and close are nearly the same.

    Gives 100, whatever the trend.

    >>> cdldoji(*after_quiet((10.5, 11.2, 9.8, 10.6)))[-1:]
    array([100])
    """


@pattern(ext.cdldragonflydoji, ext.cdldragonflydoji_formula, warmup=10)
def cdldragonflydoji(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Dragonfly doji: a doji without an upper shadow, with a lower one.

    Gives 100.

    >>> cdldragonflydoji(*after_quiet((10.5, 10.6, 9, 10.5)))[-1:]
    array([100])
    """


@pattern(ext.cdlgravestonedoji, ext.cdlgravestonedoji_formula, warmup=10)
def cdlgravestonedoji(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Gravestone doji: a doji without a lower shadow, with an upper one.

    Gives 100, though it is read as a sign of falling prices.

    >>> cdlgravestonedoji(*after_quiet((10.5, 12, 10.4, 10.5)))[-1:]
    array([100])
    """


@pattern(ext.cdlhammer, ext.cdlhammer_formula, warmup=11)
def cdlhammer(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Hammer.

    A short body of any color, a long lower shadow and no upper, the body not above the low before it, or near that.
    Gives 100.

    >>> cdlhammer(*after_quiet((9.6, 9.95, 8.5, 9.9)))[-1:]
    array([100])
    """


@pattern(ext.cdlhangingman, ext.cdlhangingman_formula, warmup=11)
def cdlhangingman(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Hanging man.

    A hammer up there: a short body, a long lower shadow and no upper, the body not below the high before it, or
    near that. Gives -100.

    >>> cdlhangingman(*after_quiet((11.2, 11.6, 10.2, 11.5)))[-1:]
    array([-100])
    """


@pattern(ext.cdlhighwave, ext.cdlhighwave_formula, warmup=10)
def cdlhighwave(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """High-wave candle: a short body between two shadows that are more than twice as long.

    Gives 100 if white, -100 if black.

    >>> cdlhighwave(*after_quiet((10.5, 11.8, 9.5, 10.8)))[-1:]
    array([100])
    """


@pattern(ext.cdlinvertedhammer, ext.cdlinvertedhammer_formula, warmup=11)
def cdlinvertedhammer(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Inverted hammer.

    A short body of any color, a long upper shadow and no lower, the body wholly below the body before it. Gives
    100.

    >>> cdlinvertedhammer(*after_quiet((9.3, 10.8, 9.2, 9.5)))[-1:]
    array([100])
    """


@pattern(ext.cdllongleggeddoji, ext.cdllongleggeddoji_formula, warmup=10)
def cdllongleggeddoji(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Long-legged doji: a doji with a shadow longer than its body, above or below.

    Gives 100, whatever the trend.

    >>> cdllongleggeddoji(*after_quiet((10.5, 11.5, 9.5, 10.6)))[-1:]
    array([100])
    """


@pattern(ext.cdllongline, ext.cdllongline_formula, warmup=10)
def cdllongline(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Long line: a long body between two short shadows.

    Gives 100 if white, -100 if black.

    >>> cdllongline(*after_quiet((10, 12.3, 9.7, 12)))[-1:]
    array([100])
    """


@pattern(ext.cdlmarubozu, ext.cdlmarubozu_formula, warmup=10)
def cdlmarubozu(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Marubozu: a long body without shadows.

    Gives 100 if white, -100 if black.

    >>> cdlmarubozu(*after_quiet((10, 12.1, 9.9, 12)))[-1:]
    array([100])
    """


@pattern(ext.cdlrickshawman, ext.cdlrickshawman_formula, warmup=10)
def cdlrickshawman(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Rickshaw man: a doji with two shadows longer than its body, the body near the middle of the range.

    Gives 100, whatever the trend.

    >>> cdlrickshawman(*after_quiet((10.5, 11.5, 9.5, 10.6)))[-1:]
    array([100])
    """


@pattern(ext.cdlshootingstar, ext.cdlshootingstar_formula, warmup=11)
def cdlshootingstar(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Shooting star.

    A short body of any color, a long upper shadow and no lower, the body wholly above the body before it. Gives
    -100.

    >>> cdlshootingstar(*after_quiet((11.3, 12.8, 11.2, 11.5)))[-1:]
    array([-100])
    """


@pattern(ext.cdlshortline, ext.cdlshortline_formula, warmup=10)
def cdlshortline(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Short line: a short body between two short shadows.

    Gives 100 if white, -100 if black.

    >>> cdlshortline(*after_quiet((10.3, 10.9, 10, 10.6)))[-1:]
    array([100])
    """


@pattern(ext.cdlspinningtop, ext.cdlspinningtop_formula, warmup=10)
def cdlspinningtop(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Spinning top: a short body between two shadows longer than it.

    Gives 100 if white, -100 if black.

    >>> cdlspinningtop(*after_quiet((10.4, 11.2, 9.8, 10.6)))[-1:]
    array([100])
    """


@pattern(ext.cdltakuri, ext.cdltakuri_formula, warmup=10)
def cdltakuri(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Takuri: a doji without an upper shadow whose lower shadow is more than twice as long as the body.

    Gives 100.

    >>> cdltakuri(*after_quiet((10.5, 10.6, 9, 10.5)))[-1:]
    array([100])
    """
