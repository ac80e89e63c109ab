"""Patterns of two candles."""
# ruff: noqa: A002  # a bar's first price is its open

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.patterns.two as ext

from ...door import NanPolicy, Out
from .candles import after_quiet, pattern  # noqa: F401  # for the examples

__all__ = [
    "cdlcounterattack",
    "cdldarkcloudcover",
    "cdldojistar",
    "cdlengulfing",
    "cdlharami",
    "cdlharamicross",
    "cdlhomingpigeon",
    "cdlinneck",
    "cdlkicking",
    "cdlkickingbylength",
    "cdlmatchinglow",
    "cdlonneck",
    "cdlpiercing",
    "cdlseparatinglines",
    "cdlthrusting",
]


@pattern(ext.cdlcounterattack, ext.cdlcounterattack_formula, warmup=11)
def cdlcounterattack(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Counterattack: two long bodies of opposite colors that close at an equal price.

    Gives 100 if the second is white, -100 if black.

    >>> cdlcounterattack(*after_quiet((13, 13.2, 10.8, 11), (9, 11.1, 8.8, 11)))[-2:]
    array([  0, 100])
    """


@pattern(ext.cdldarkcloudcover, ext.cdldarkcloudcover_formula, warmup=11)
def cdldarkcloudcover(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    penetration: float = 0.5,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Dark cloud cover.

    A long white body, then a black one that opens above the first high and closes inside the first body, more than
    `penetration` of it below its close. Gives -100.

    >>> cdldarkcloudcover(*after_quiet((10, 12.3, 9.9, 12), (12.6, 12.8, 10.6, 10.8)))[-2:]
    array([   0, -100])
    """


@pattern(ext.cdldojistar, ext.cdldojistar_formula, warmup=11)
def cdldojistar(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Doji star: a long body, then a doji with a gap between the bodies in the first one's direction.

    Above a white body -100, below a black one 100.

    >>> cdldojistar(*after_quiet((10, 12.1, 9.9, 12), (12.5, 13, 12.2, 12.6)))[-2:]
    array([   0, -100])
    """


@pattern(ext.cdlengulfing, ext.cdlengulfing_formula, warmup=2)
def cdlengulfing(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Engulfing.

    Two bodies of opposite colors, the second reaching over the first at one end at least and falling short at none.
    Gives 100 if the second is white, -100 if black; 80 and -80 if they meet at one end.

    >>> cdlengulfing(*after_quiet((11, 11.2, 9.9, 10), (9.8, 11.6, 9.7, 11.4)))[-2:]
    array([  0, 100])
    """


@pattern(ext.cdlharami, ext.cdlharami_formula, warmup=11)
def cdlharami(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Harami: a long body, then a body that is not long inside it, of any color.

    After a black one 100, after a white one -100; 80 and -80 if the bodies meet at an end.

    >>> cdlharami(*after_quiet((10, 12.3, 9.8, 12), (11.2, 11.5, 10.6, 10.8)))[-2:]
    array([   0, -100])
    """


@pattern(ext.cdlharamicross, ext.cdlharamicross_formula, warmup=11)
def cdlharamicross(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Harami cross: a long body, then a doji inside it.

    After a black one 100, after a white one -100; 80 and -80 if the bodies meet at an end.

    >>> cdlharamicross(*after_quiet((10, 12.3, 9.8, 12), (11, 11.4, 10.6, 11.05)))[-2:]
    array([   0, -100])
    """


@pattern(ext.cdlhomingpigeon, ext.cdlhomingpigeon_formula, warmup=11)
def cdlhomingpigeon(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Homing pigeon: a long black body, then a black one that is not long inside it.

    Gives 100.

    >>> cdlhomingpigeon(*after_quiet((13, 13.2, 10.8, 11), (12, 12.2, 11.4, 11.5)))[-2:]
    array([  0, 100])
    """


@pattern(ext.cdlinneck, ext.cdlinneck_formula, warmup=11)
def cdlinneck(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """In-neck.

    A long black body, then a white one that opens below its low and closes at its close or above, but equal to it.
    Gives -100.

    >>> cdlinneck(*after_quiet((13, 13.2, 10.8, 11), (10.2, 11.1, 10, 11.05)))[-2:]
    array([   0, -100])
    """


@pattern(ext.cdlkicking, ext.cdlkicking_formula, warmup=11)
def cdlkicking(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Kicking.

    Two long bodies of opposite colors, both without shadows, the second on the other side of a gap: white above
    black 100, black below white -100.

    >>> cdlkicking(*after_quiet((12, 12.1, 9.9, 10), (12.4, 14.6, 12.3, 14.5)))[-2:]
    array([  0, 100])
    """


@pattern(ext.cdlkickingbylength, ext.cdlkickingbylength_formula, warmup=11)
def cdlkickingbylength(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Kicking, by length.

    As :func:`cdlkicking`, but the longer of the two bodies decides: 100 if it is white, -100 if black.

    >>> cdlkickingbylength(*after_quiet((13, 13.1, 9.9, 10), (13.4, 15.6, 13.3, 15.5)))[-2:]
    array([   0, -100])
    """


@pattern(ext.cdlmatchinglow, ext.cdlmatchinglow_formula, warmup=6)
def cdlmatchinglow(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Lows that match: two black bodies that close at an equal price.

    Gives 100.

    >>> cdlmatchinglow(*after_quiet((12, 12.2, 10.8, 11), (11.6, 11.7, 10.9, 11.05)))[-2:]
    array([  0, 100])
    """


@pattern(ext.cdlonneck, ext.cdlonneck_formula, warmup=11)
def cdlonneck(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """On-neck: a long black body, then a white one that opens below its low and closes equal to that low.

    Gives -100.

    >>> cdlonneck(*after_quiet((13, 13.2, 10.8, 11), (10.2, 10.9, 10.1, 10.8)))[-2:]
    array([   0, -100])
    """


@pattern(ext.cdlpiercing, ext.cdlpiercing_formula, warmup=11)
def cdlpiercing(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Piercing.

    A long black body, then a long white one that opens below the first low and closes in the upper half of the
    first body. Gives 100.

    >>> cdlpiercing(*after_quiet((13, 13.2, 10.8, 11), (10.5, 12.6, 10.4, 12.5)))[-2:]
    array([  0, 100])
    """


@pattern(ext.cdlseparatinglines, ext.cdlseparatinglines_formula, warmup=11)
def cdlseparatinglines(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Separating lines.

    Two bodies of opposite colors that open at an equal price, the second long and without the shadow behind its
    open. Gives 100 if it is white, -100 if black.

    >>> cdlseparatinglines(*after_quiet((12, 12.2, 10.8, 11), (12, 14.2, 11.95, 14)))[-2:]
    array([  0, 100])
    """


@pattern(ext.cdlthrusting, ext.cdlthrusting_formula, warmup=11)
def cdlthrusting(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Thrusting.

    A long black body, then a white one that opens below its low and closes in the lower half of its body, above
    what is equal to its close. Gives -100.

    >>> cdlthrusting(*after_quiet((13, 13.2, 10.8, 11), (10.5, 11.8, 10.3, 11.6)))[-2:]
    array([   0, -100])
    """
