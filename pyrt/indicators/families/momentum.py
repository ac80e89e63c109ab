"""Momentum: changes, and distances of averages."""
# ruff: noqa: A002  # a bar's first price is its open

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.momentum as ext

from ..door import NanPolicy, Out
from ..registry import LONGEST, indicator
from .moving import average_warmup

__all__ = [
    "apo", "bop", "cmo", "macd", "macdext", "macdfix", "mom", "ppo", "roc", "rocp", "rocr", "rocr100", "rsi",
    "trix",
]  # fmt: skip

GROUP = "Momentum Indicators"
FROM_TWO = {"timeperiod": (2, LONGEST)}
NAMES = ("macd", "macdsignal", "macdhist")
LINES = {"fastperiod": (2, LONGEST), "slowperiod": (2, LONGEST)}


def apart_warmup(fastperiod: int, slowperiod: int, matype: int) -> int:
    """Count the values before the longer average begins."""
    return average_warmup(max(fastperiod, slowperiod), matype)


@indicator(
    GROUP,
    ext.rsi,
    ext.rsi_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges={"timeperiod": (2, LONGEST)},
    source="J. W. Wilder, New Concepts in Technical Trading Systems (1978); TA-Lib RSI",
)
def rsi(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Relative strength index: the share of gains in all movement, ``100 * gain / (gain + loss)``.

    `gain` and `loss` are averages of the upward and downward changes from row to row: the mean of the first
    `timeperiod` of them, then smoothed by ``1 / timeperiod`` (Wilder). The index of a market that has never moved is 0;
    one that stands still keeps the index of its last move, until thousands of rows later both together are below 1e-290
    and have no digits left: 0 again.

    >>> rsi([1.0, 2.0, 1.0, 4.0], timeperiod=2)
    array([ nan,  nan, 50. , 87.5])
    """


@indicator(GROUP, ext.mom, ext.mom_formula, warmup=lambda timeperiod: timeperiod, source="TA-Lib MOM")
def mom(real: Any, timeperiod: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Momentum: ``x[t] - x[t - timeperiod]``.

    >>> mom([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([nan, nan,  3.,  1.])
    """


@indicator(GROUP, ext.roc, ext.roc_formula, warmup=lambda timeperiod: timeperiod, source="TA-Lib ROC")
def roc(real: Any, timeperiod: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Rate of change in percent: ``100 * (x[t] / x[t - timeperiod] - 1)``; 0 where it would divide by 0.

    >>> roc([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([ nan,  nan, 300.,  50.])
    """


@indicator(GROUP, ext.rocp, ext.rocp_formula, warmup=lambda timeperiod: timeperiod, source="TA-Lib ROCP")
def rocp(real: Any, timeperiod: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Rate of change: ``(x[t] - x[t - timeperiod]) / x[t - timeperiod]``; 0 where it would divide by 0.

    >>> rocp([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([nan, nan, 3. , 0.5])
    """


@indicator(GROUP, ext.rocr, ext.rocr_formula, warmup=lambda timeperiod: timeperiod, source="TA-Lib ROCR")
def rocr(real: Any, timeperiod: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Rate of change as a ratio: ``x[t] / x[t - timeperiod]``; 0 where it would divide by 0.

    >>> rocr([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([nan, nan, 4. , 1.5])
    """


@indicator(GROUP, ext.rocr100, ext.rocr100_formula, warmup=lambda timeperiod: timeperiod, source="TA-Lib ROCR100")
def rocr100(real: Any, timeperiod: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Rate of change as a ratio in percent: ``100 * x[t] / x[t - timeperiod]``; 0 where it would divide by 0.

    >>> rocr100([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([ nan,  nan, 400., 150.])
    """


@indicator(GROUP, ext.bop, ext.bop_formula, source="I. Livshin (2001); TA-Lib BOP")
def bop(
    open: Any, high: Any, low: Any, close: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Balance of power: ``(close - open) / (high - low)``; 0 where the bar has no range.

    >>> bop([1.0, 2.0], [4.0, 2.0], [0.0, 2.0], [3.0, 2.0])
    array([0.5, 0. ])
    """


@indicator(
    GROUP,
    ext.cmo,
    ext.cmo_formula,
    warmup=lambda timeperiod: timeperiod,
    ranges=FROM_TWO,
    source="T. Chande, S. Kroll, The New Technical Trader (1994); TA-Lib CMO",
)
def cmo(real: Any, timeperiod: int = 14, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Chande's momentum oscillator: ``100 * (gain - loss) / (gain + loss)``; 0 where nothing moves.

    `gain` and `loss` are averages as in `rsi`, smoothed as Wilder does; TA-Lib's form.

    >>> cmo([1.0, 2.0, 4.0, 3.0], timeperiod=2)
    array([ nan,  nan, 100.,  20.])
    """


@indicator(
    GROUP,
    ext.trix,
    ext.trix_formula,
    warmup=lambda timeperiod: 3 * (timeperiod - 1) + 1,
    source="J. Hutson (1983); TA-Lib TRIX",
)
def trix(real: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Change of a triple smoothing in percent: ``100 * (e[t] / e[t-1] - 1)``, `e` the `ema` of an `ema` of an `ema`.

    >>> trix([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=2)
    array([        nan,         nan,         nan,         nan, 32.77378098])
    """


@indicator(GROUP, ext.apo, ext.apo_formula, warmup=apart_warmup, ranges=LINES, source="TA-Lib APO")
def apo(
    real: Any,
    fastperiod: int = 12,
    slowperiod: int = 26,
    matype: int = 1,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Absolute price oscillator: a fast average less a slow one, of the kind `matype`.

    The shorter of both is the fast one.

    >>> apo([1.0, 2.0, 4.0, 3.0], fastperiod=2, slowperiod=3, matype=0)
    array([       nan,        nan, 0.66666667, 0.5       ])
    """


@indicator(GROUP, ext.ppo, ext.ppo_formula, warmup=apart_warmup, ranges=LINES, source="TA-Lib PPO")
def ppo(
    real: Any,
    fastperiod: int = 12,
    slowperiod: int = 26,
    matype: int = 1,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Percentage price oscillator: ``100 * (fast - slow) / slow`` of two averages of the kind `matype`.

    The shorter of both is the fast one.

    >>> ppo([1.0, 2.0, 4.0, 3.0], fastperiod=2, slowperiod=3, matype=0)
    array([        nan,         nan, 28.57142857, 16.66666667])
    """


@indicator(
    GROUP,
    ext.macd,
    ext.macd_lines_formula,
    warmup=lambda fastperiod, slowperiod, signalperiod: max(fastperiod, slowperiod) + signalperiod - 2,
    ranges=LINES,
    outputs=NAMES,
    source="G. Appel (1979); TA-Lib MACD",
)
def macd(
    real: Any,
    fastperiod: int = 12,
    slowperiod: int = 26,
    signalperiod: int = 9,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Fast `ema` less a slow one, the `ema` of that, and their difference (convergence and divergence of averages).

    Both averages begin in the row where the slow one is complete; all outputs begin with the signal. The shorter of
    both is the fast one.

    >>> lines = macd([1.0, 2.0, 4.0, 3.0], fastperiod=2, slowperiod=3, signalperiod=1)
    >>> lines.macd
    array([       nan,        nan, 0.66666667, 0.33333333])
    """


@indicator(
    GROUP,
    ext.macdfix,
    ext.macd_lines_formula,
    warmup=lambda signalperiod: signalperiod + 24,
    outputs=NAMES,
    source="TA-Lib MACDFIX",
)
def macdfix(real: Any, signalperiod: int = 9, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Lines of `macd` over 12 and 26 rows, with their weights rounded to 0.15 and 0.075.

    >>> lines = macdfix([float(x * x) for x in range(34)])
    >>> round(float(lines.macdsignal[-1]), 6)
    212.920591
    """


def extended_warmup(
    fastperiod: int, fastmatype: int, slowperiod: int, slowmatype: int, signalperiod: int, signalmatype: int
) -> int:
    """Count the rows before the signal begins."""
    both = max(average_warmup(fastperiod, fastmatype), average_warmup(slowperiod, slowmatype))
    return both + average_warmup(signalperiod, signalmatype)


@indicator(
    GROUP,
    ext.macdext,
    ext.macdext_formula,
    warmup=extended_warmup,
    ranges=LINES,
    outputs=NAMES,
    source="G. Appel (1979); TA-Lib MACDEXT",
)
def macdext(
    real: Any,
    fastperiod: int = 12,
    fastmatype: int = 0,
    slowperiod: int = 26,
    slowmatype: int = 0,
    signalperiod: int = 9,
    signalmatype: int = 0,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Lines of `macd` with averages of any kind.

    Both averages begin in the row where both can; all outputs begin with the signal. The shorter of both is the fast
    one.

    >>> macdext([1.0, 2.0, 4.0, 3.0], fastperiod=2, slowperiod=3, signalperiod=1).macd
    array([       nan,        nan, 0.66666667, 0.5       ])
    """
