"""Patterns of four candles and more."""
# ruff: noqa: A002  # a bar's first price is its open

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.patterns.many as ext

from ...door import NanPolicy, Out
from .candles import after_quiet, pattern  # noqa: F401  # for the examples

__all__ = [
    "cdl3blackcrows",
    "cdl3linestrike",
    "cdlbreakaway",
    "cdlconcealbabyswall",
    "cdlhikkake",
    "cdlhikkakemod",
    "cdlladderbottom",
    "cdlmathold",
    "cdlrisefall3methods",
]


@pattern(ext.cdl3blackcrows, ext.cdl3blackcrows_formula, warmup=13)
def cdl3blackcrows(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Three black crows.

    A white candle, then three black ones without lower shadows that close ever lower, from below the white one's
    high, the last two opening inside the body before. Gives -100.

    >>> cdl3blackcrows(*after_quiet(
    ...     (11, 12.3, 10.8, 12), (12.2, 12.4, 11.1, 11.2),
    ...     (11.8, 11.9, 10.5, 10.6), (11.2, 11.3, 9.8, 9.9),
    ... ))[-4:]
    array([   0,    0,    0, -100])
    """


@pattern(ext.cdl3linestrike, ext.cdl3linestrike_formula, warmup=8)
def cdl3linestrike(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Three-line strike.

    Three candles of one color that close ever further on, the second and third opening inside the body before or
    near it, then one of the opposite color that opens beyond the third close and closes beyond the first open.
    Gives 100 if the three are white, -100 if black.

    >>> cdl3linestrike(*after_quiet(
    ...     (10, 11.2, 9.8, 11), (10.6, 11.8, 10.4, 11.6),
    ...     (11.2, 12.4, 11, 12.2), (12.4, 12.6, 9.6, 9.8),
    ... ))[-4:]
    array([  0,   0,   0, 100])
    """


@pattern(ext.cdlbreakaway, ext.cdlbreakaway_formula, warmup=14)
def cdlbreakaway(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Breakaway.

    A long body, one of its color beyond a gap in its direction, two more whose highs and lows go on that way, the
    last of that color, then one of the opposite color that closes in the gap. Gives 100 if that one is white, -100
    if black.

    >>> cdlbreakaway(*after_quiet(
    ...     (14, 14.2, 11.8, 12), (11.7, 11.8, 10.7, 10.9), (11, 11.5, 10, 10.3),
    ...     (10.4, 10.6, 9.3, 9.5), (9.6, 12, 9.4, 11.9),
    ... ))[-5:]
    array([  0,   0,   0,   0, 100])
    """


@pattern(ext.cdlconcealbabyswall, ext.cdlconcealbabyswall_formula, warmup=13)
def cdlconcealbabyswall(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Concealing baby swallow.

    Four black candles: two without shadows; one whose body lies wholly below, with an upper shadow into the second
    body; and one whose range reaches over that one's at both ends. Gives 100.

    >>> cdlconcealbabyswall(*after_quiet(
    ...     (14, 14.1, 12.4, 12.5), (12.8, 12.9, 11.4, 11.5),
    ...     (11.2, 12, 10.6, 10.7), (12.2, 12.3, 10.2, 10.3),
    ... ))[-4:]
    array([  0,   0,   0, 100])
    """


@pattern(ext.cdlhikkake, ext.cdlhikkake_formula, warmup=5)
def cdlhikkake(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Hikkake.

    A bar inside the one before it, then one with a lower high and a lower low (100: a trap for sellers) or a higher
    high and a higher low (-100). 200 and -200 where that is confirmed: the first close within three rows beyond the
    inside bar, above its high or below its low, if no other trap has come in between.

    >>> cdlhikkake(*after_quiet(
    ...     (10, 12, 9, 11), (10.5, 11.5, 9.5, 11),
    ...     (10.2, 11.2, 9.2, 9.6), (9.8, 12, 9.6, 11.8),
    ... ))[-4:]
    array([  0,   0, 100, 200])
    """


@pattern(ext.cdlhikkakemod, ext.cdlhikkakemod_formula, warmup=10)
def cdlhikkakemod(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Hikkake, modified.

    As :func:`cdlhikkake`, but the bar before the inside bar is one itself, and closes near the end of its range
    that is broken: its low for 100, its high for -100. 200 and -200 where that is confirmed within three rows.

    >>> cdlhikkakemod(*after_quiet(
    ...     (10, 13, 8, 12), (11, 12.5, 8.5, 8.7), (9, 12, 9, 10),
    ...     (9.5, 11, 8.8, 9), (9.2, 12.6, 9, 12.4),
    ... ))[-5:]
    array([  0,   0,   0, 100, 200])
    """


@pattern(ext.cdlladderbottom, ext.cdlladderbottom_formula, warmup=14)
def cdlladderbottom(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Ladder bottom.

    Three black candles that open and close ever lower, a black one with an upper shadow, then a white one that
    opens above that one's open and closes above its high. Gives 100.

    >>> cdlladderbottom(*after_quiet(
    ...     (15, 15.2, 13.8, 14), (14, 14.2, 12.8, 13), (13, 13.2, 11.8, 12),
    ...     (12, 12.8, 10.9, 11), (12.2, 13.6, 12, 13.4),
    ... ))[-5:]
    array([  0,   0,   0,   0, 100])
    """


@pattern(ext.cdlmathold, ext.cdlmathold_formula, warmup=14)
def cdlmathold(
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
    """Mat hold.

    A long white body, a short black one wholly above it, two short ones that come down into the first by less than
    `penetration` of its body, then a white one that opens above the close before it and closes above the three
    highs. Gives 100.

    >>> cdlmathold(*after_quiet(
    ...     (10, 14.2, 9.8, 14), (14.8, 15, 14.2, 14.3), (14.2, 14.5, 13.5, 13.7),
    ...     (13.9, 14.1, 13.2, 13.4), (13.6, 15.6, 13.4, 15.4),
    ... ))[-5:]
    array([  0,   0,   0,   0, 100])
    """


@pattern(ext.cdlrisefall3methods, ext.cdlrisefall3methods_formula, warmup=14)
def cdlrisefall3methods(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Rising and falling three methods.

    A long body, three short ones of the opposite color inside its range that close ever further back, then a long
    one of the first color that opens beyond the close before it and closes beyond the first. Gives 100 if the first
    is white, -100 if black.

    >>> cdlrisefall3methods(*after_quiet(
    ...     (10, 13.2, 9.8, 13), (12.6, 12.8, 12, 12.2), (12.3, 12.5, 11.6, 11.8),
    ...     (11.9, 12.1, 11.2, 11.4), (11.8, 13.8, 11.6, 13.6),
    ... ))[-5:]
    array([  0,   0,   0,   0, 100])
    """
