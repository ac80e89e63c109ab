"""Patterns of three candles."""
# ruff: noqa: A002  # a bar's first price is its open

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.patterns.three as ext

from ...door import NanPolicy, Out
from .candles import after_quiet, pattern  # noqa: F401  # for the examples

__all__ = [
    "cdl2crows",
    "cdl3inside",
    "cdl3outside",
    "cdl3starsinsouth",
    "cdl3whitesoldiers",
    "cdlabandonedbaby",
    "cdladvanceblock",
    "cdleveningdojistar",
    "cdleveningstar",
    "cdlgapsidesidewhite",
    "cdlidentical3crows",
    "cdlmorningdojistar",
    "cdlmorningstar",
    "cdlstalledpattern",
    "cdlsticksandwich",
    "cdltasukigap",
    "cdltristar",
    "cdlunique3river",
    "cdlupsidegap2crows",
    "cdlxsidegap3methods",
]


@pattern(ext.cdl2crows, ext.cdl2crows_formula, warmup=12)
def cdl2crows(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Two crows.

    A long white body, a black one wholly above it, then a black one that opens inside the second body and closes
    inside the first. Gives -100.

    >>> cdl2crows(*after_quiet((10, 13.2, 9.8, 13), (14, 14.4, 13.3, 13.5), (13.8, 14, 11.8, 12)))[-3:]
    array([   0,    0, -100])
    """


@pattern(ext.cdl3inside, ext.cdl3inside_formula, warmup=12)
def cdl3inside(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Three inside up and down.

    A long body, a body that is not long inside it, then a candle of the color opposite to the first that closes
    beyond the first open. Gives 100 if that one is white, -100 if black.

    >>> cdl3inside(*after_quiet((13, 13.2, 10.8, 11), (11.5, 12.3, 11.4, 12), (12, 13.6, 11.9, 13.4)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdl3outside, ext.cdl3outside_formula, warmup=3)
def cdl3outside(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Three outside up and down.

    A body, one of the opposite color that reaches over it at both ends, then a close further on in the second one's
    direction. Gives 100 if the second is white, -100 if black.

    >>> cdl3outside(*after_quiet((11, 11.2, 9.9, 10), (9.8, 11.6, 9.7, 11.4), (11.4, 12.3, 11.2, 12)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdl3starsinsouth, ext.cdl3starsinsouth_formula, warmup=12)
def cdl3starsinsouth(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Three stars in the south.

    Three black candles that die away: a long body with a lower shadow longer than it; a shorter one that opens
    above the first close, not above its high, and falls below that close, not below its low, with a lower shadow;
    and a short body without shadows inside the second range. Gives 100.

    >>> cdl3starsinsouth(*after_quiet((13, 13.1, 8.5, 11), (12, 12.1, 9.5, 10.8), (10.9, 11, 10.4, 10.5)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdl3whitesoldiers, ext.cdl3whitesoldiers_formula, warmup=12)
def cdl3whitesoldiers(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Three advancing white soldiers.

    Three white bodies without upper shadows that close ever higher, each opening inside the body before it or near,
    none far shorter than the one before, the last long. Gives 100.

    >>> cdl3whitesoldiers(*after_quiet((10, 11.6, 9.8, 11.5), (10.9, 12.6, 10.8, 12.5), (11.9, 13.6, 11.7, 13.5)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdlabandonedbaby, ext.cdlabandonedbaby_formula, warmup=12)
def cdlabandonedbaby(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    penetration: float = 0.3,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Abandoned baby.

    A long body, a doji with a gap before and after it, shadows included, then a long body of the opposite color
    that comes back by more than `penetration` of the first body. Gives 100 if the doji lies below, -100 if it lies
    above.

    >>> cdlabandonedbaby(*after_quiet((13, 13.2, 10.8, 11), (10.3, 10.6, 10, 10.3), (11, 12.4, 10.8, 12.2)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdladvanceblock, ext.cdladvanceblock_formula, warmup=12)
def cdladvanceblock(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Advance block.

    Three white candles that close ever higher, each opening inside the body before it or near, the first long with
    a short upper shadow, and then weaker: the second far shorter than the first and the third no longer than near
    it, or the third far shorter than the second, or ever shorter bodies and an upper shadow of the last two that is
    not short, or a third shorter than the second with an upper shadow longer than itself. Gives -100.

    >>> cdladvanceblock(*after_quiet((10, 12.1, 9.8, 12), (11.6, 13, 11.4, 12.8), (12.4, 13.8, 12.2, 13.2)))[-3:]
    array([   0,    0, -100])
    """


@pattern(ext.cdleveningdojistar, ext.cdleveningdojistar_formula, warmup=12)
def cdleveningdojistar(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    penetration: float = 0.3,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Evening doji star.

    A long white body, a doji wholly above it, then a long black one that closes more than `penetration` of the
    first body below its close. Gives -100.

    >>> cdleveningdojistar(*after_quiet((10, 12.2, 9.8, 12), (12.5, 12.9, 12.3, 12.5), (12, 12.1, 10.6, 10.8)))[-3:]
    array([   0,    0, -100])
    """


@pattern(ext.cdleveningstar, ext.cdleveningstar_formula, warmup=12)
def cdleveningstar(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    penetration: float = 0.3,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Evening star.

    A long white body, one that is not long wholly above it, then a long black one that closes more than
    `penetration` of the first body below its close. Gives -100.

    >>> cdleveningstar(*after_quiet((10, 12.2, 9.8, 12), (12.4, 13, 12.2, 12.7), (12, 12.1, 10.6, 10.8)))[-3:]
    array([   0,    0, -100])
    """


@pattern(ext.cdlgapsidesidewhite, ext.cdlgapsidesidewhite_formula, warmup=7)
def cdlgapsidesidewhite(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Gap and two white candles side by side.

    Bodies of near length that open at an equal price, both wholly above the body before them (100), or both below
    it (-100).

    >>> cdlgapsidesidewhite(*after_quiet((10, 11.2, 9.8, 11), (11.5, 12.6, 11.3, 12.4), (11.5, 12.5, 11.4, 12.4)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdlidentical3crows, ext.cdlidentical3crows_formula, warmup=12)
def cdlidentical3crows(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Identical three crows.

    Three black candles without lower shadows that close ever lower, each opening equal to the close before it.
    Gives -100.

    >>> cdlidentical3crows(*after_quiet((13, 13.2, 11.9, 12), (12, 12.1, 10.9, 11), (11, 11.1, 9.9, 10)))[-3:]
    array([   0,    0, -100])
    """


@pattern(ext.cdlmorningdojistar, ext.cdlmorningdojistar_formula, warmup=12)
def cdlmorningdojistar(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    penetration: float = 0.3,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Morning doji star.

    A long black body, a doji wholly below it, then a long white one that closes more than `penetration` of the
    first body above its close. Gives 100.

    >>> cdlmorningdojistar(*after_quiet((13, 13.2, 10.8, 11), (10.4, 10.7, 10.1, 10.4), (11, 12.4, 10.8, 12.2)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdlmorningstar, ext.cdlmorningstar_formula, warmup=12)
def cdlmorningstar(
    open: Any,
    high: Any,
    low: Any,
    close: Any,
    penetration: float = 0.3,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Morning star.

    A long black body, one that is not long wholly below it, then a long white one that closes more than
    `penetration` of the first body above its close. Gives 100.

    >>> cdlmorningstar(*after_quiet((13, 13.2, 10.8, 11), (10.5, 10.8, 10, 10.2), (11, 12.4, 10.8, 12.2)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdlstalledpattern, ext.cdlstalledpattern_formula, warmup=12)
def cdlstalledpattern(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Stalled pattern.

    Three white candles that close ever higher: a long body, a long one without an upper shadow that opens inside
    the first or near it, and a short one that opens near the second close, not lower by more than its own body.
    Gives -100.

    >>> cdlstalledpattern(*after_quiet((10, 12.2, 9.8, 12), (11.5, 13.6, 11.3, 13.5), (13.4, 14.2, 13.1, 13.8)))[-3:]
    array([   0,    0, -100])
    """


@pattern(ext.cdlsticksandwich, ext.cdlsticksandwich_formula, warmup=7)
def cdlsticksandwich(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Stick sandwich.

    A black candle, a white one that trades above its close, then a black one that closes equal to the first. Gives
    100.

    >>> cdlsticksandwich(*after_quiet((12, 12.2, 10.9, 11), (11.3, 12.8, 11.2, 12.6), (12.7, 12.9, 10.9, 11.05)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdltasukigap, ext.cdltasukigap_formula, warmup=7)
def cdltasukigap(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Tasuki gap.

    A body wholly above the one before it and white, then a black one of near length that opens inside it and closes
    below it, in the gap: 100. Below and black, then white: -100.

    >>> cdltasukigap(*after_quiet((10, 11.2, 9.8, 11), (11.5, 12.7, 11.4, 12.5), (12.2, 12.3, 11, 11.2)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdltristar, ext.cdltristar_formula, warmup=12)
def cdltristar(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Tristar: three dojis by the measure of the first.

    The second body wholly above the first, the third not that high: -100; the second below, the third not that low:
    100.

    >>> cdltristar(*after_quiet((10.5, 11, 10, 10.5), (10.8, 11.3, 10.4, 10.8), (10.6, 11, 10.1, 10.6)))[-3:]
    array([   0,    0, -100])
    """


@pattern(ext.cdlunique3river, ext.cdlunique3river_formula, warmup=12)
def cdlunique3river(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """River of three, unique.

    A long black body; a black one that opens not above its open, closes above its close and makes a new low; then a
    short white one that opens above that low. Gives 100.

    >>> cdlunique3river(*after_quiet((13, 13.2, 10.8, 11), (12.5, 12.6, 10, 11.4), (10.8, 11.2, 10.6, 11)))[-3:]
    array([  0,   0, 100])
    """


@pattern(ext.cdlupsidegap2crows, ext.cdlupsidegap2crows_formula, warmup=12)
def cdlupsidegap2crows(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Upside gap two crows.

    A long white body, a black one that is not long wholly above it, then a black one that opens above the second
    open and closes below the second close, still above the first. Gives -100.

    >>> cdlupsidegap2crows(*after_quiet((10, 12.2, 9.8, 12), (13, 13.2, 12.4, 12.6), (13.3, 13.5, 12.1, 12.3)))[-3:]
    array([   0,    0, -100])
    """


@pattern(ext.cdlxsidegap3methods, ext.cdlxsidegap3methods_formula, warmup=2)
def cdlxsidegap3methods(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Gap three methods.

    Two bodies of one color, the second beyond a gap in their direction, then one of the opposite color that opens
    inside the second and closes inside the first. Gives 100 if the first two are white, -100 if black.

    >>> cdlxsidegap3methods(*after_quiet((10, 11.2, 9.8, 11), (11.5, 12.7, 11.3, 12.5), (12, 12.2, 10.3, 10.5)))[-3:]
    array([  0,   0, 100])
    """
