"""Prices weighed by volume, and what volume moves."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.traded as ext

from ...door import NanPolicy, Out
from ...registry import indicator

__all__ = ["anchored_vwap", "avwap", "ease_of_movement", "eom", "klinger", "kvo", "rolling_vwap", "session_vwap"]

GROUP = "Volume Indicators"


@indicator(
    GROUP,
    ext.session_vwap,
    ext.session_vwap_formula,
    talib=None,
    source="S. Berkowitz, D. Logue, E. Noser, Journal of Finance (1988), of typical prices, as TradingView's and"
    " pandas-ta's vwap; TA-Lib's VWAP is that of one session as long as the data",
)
def session_vwap(
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    session: Any,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Volume weighted average price of the session so far.

    Typical prices, ``(high + low + close) / 3``, weighed by volume, from the first row of the session on. A session is
    a stretch of equal numbers in `session`: of days, say, ``times // 86_400_000_000_000`` for nanoseconds, or
    ``index.normalize().astype("int64")`` for pandas' times, in the market's zone. Before there is volume it is the
    row's typical price.

    >>> price, volume = [1.0, 3.0, 2.0, 4.0], [1.0, 1.0, 1.0, 3.0]
    >>> session_vwap(price, price, price, volume, session=[1, 1, 2, 2])
    array([1. , 2. , 2. , 3.5])
    """


@indicator(
    GROUP,
    ext.anchored_vwap,
    ext.anchored_vwap_formula,
    aliases=("avwap",),
    talib=None,
    source="B. Shannon, Maximum Trading Gains with Anchored VWAP (2023), of typical prices",
)
def anchored_vwap(
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    anchor: Any,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Volume weighted average price since the last anchor; NaN before the first.

    Typical prices, ``(high + low + close) / 3``, weighed by volume, from the last row on where `anchor` is not 0: an
    announcement, a high, the first bar of a week. Booleans are given as ``anchor.astype(float)``. Before there is
    volume it is the row's typical price. After a gap it takes another anchor to begin, but with ``nan="skip"``.

    >>> price, volume = [1.0, 3.0, 2.0, 4.0], [1.0, 1.0, 1.0, 3.0]
    >>> anchored_vwap(price, price, price, volume, anchor=[0, 1, 0, 0])
    array([nan, 3. , 2.5, 3.4])
    """


avwap = anchored_vwap


@indicator(
    GROUP,
    ext.rolling_vwap,
    ext.rolling_vwap_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    talib=None,
    source="The sums of TA-Lib's VWAP over a window; TA-Lib's VWMA is the same of closing prices",
)
def rolling_vwap(
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    timeperiod: int = 20,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Volume weighted average price of the last rows.

    Typical prices, ``(high + low + close) / 3``, weighed by volume; the row's own where nothing was traded.

    >>> price, volume = [1.0, 3.0, 2.0, 4.0], [1.0, 1.0, 1.0, 3.0]
    >>> rolling_vwap(price, price, price, volume, timeperiod=2)
    array([nan, 2. , 2.5, 3.5])
    """


@indicator(
    GROUP,
    ext.eom,
    ext.eom_formula,
    warmup=lambda timeperiod, divisor: timeperiod,
    ranges={"divisor": (1e-300, 1e300)},
    aliases=("ease_of_movement",),
    talib=None,
    source="R. W. Arms (1990), with the divisor of StockCharts, pandas-ta and ta; TradingView's is 10,000",
)
def eom(
    high: Any,
    low: Any,
    volume: Any,
    timeperiod: int = 14,
    divisor: float = 1e8,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Ease of movement: how far prices go for their volume, averaged.

    The mean of ``move * (high - low) * divisor / volume``, where a move is that of the bars' middles,
    ``(high + low) / 2``; 0 for a bar without volume.

    >>> eom([3.0, 4.0, 6.0], [1.0, 2.0, 4.0], [2.0, 4.0, 8.0], timeperiod=2, divisor=1.0)
    array([nan, nan, 0.5])
    """


ease_of_movement = eom


@indicator(
    GROUP,
    ext.klinger,
    ext.klinger_formula,
    outputs=("kvo", "signal"),
    warmup=lambda fastperiod, slowperiod, signalperiod: max(fastperiod, slowperiod) + signalperiod,
    aliases=("kvo",),
    talib=None,
    source="S. Klinger, Stocks & Commodities (1997), with the first rows of Stock.Indicators; TradingView and pandas-ta"
    " take the signed volume for the force",
)
def klinger(  # Klinger's lengths
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    fastperiod: int = 34,
    slowperiod: int = 55,
    signalperiod: int = 13,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Klinger's volume oscillator: a fast exponential average of the volume force less a slow one, and its average.

    The trend is 1 where ``high + low + close`` is above that of the row before, else -1. The force is
    ``100 * volume * trend * abs(2 * (range / reach - 1))``, where the range is that of the bar, and `reach` is the sum
    of the ranges of the bars of its trend and of the one before them. It begins in the third row; a trend that is there
    already counts from that row. The shorter average is the fast one.

    >>> high, low, volume = [3.0, 4.0, 6.0, 5.0, 7.0], [2.0, 3.0, 4.0, 4.0, 5.0], [5.0, 6.0, 7.0, 8.0, 9.0]
    >>> klinger(high, low, high, volume, fastperiod=1, slowperiod=2, signalperiod=2).kvo.round(2)
    array([   nan,    nan,    nan,    nan, 377.78])
    """


kvo = klinger
