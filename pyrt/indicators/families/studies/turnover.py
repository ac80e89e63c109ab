"""What volume tells about prices."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.turnover as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["cmf", "efi", "force_index", "marketfi", "nvi", "pvi", "pvt", "rvol", "vwap", "vwma"]

GROUP = "Volume Indicators"


@indicator(
    GROUP,
    ext.cmf,
    ext.cmf_formula,
    warmup=lambda timeperiod: timeperiod - 1,
    ranges={"timeperiod": (2, LONGEST)},
    source="M. Chaikin; TA-Lib CMF",
)
def cmf(
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
    """Money flow of Chaikin: the share of volume that went in, by where in their ranges bars closed, from -1 to 1.

    The sum of ``((close - low) - (high - close)) / (high - low) * volume`` (0 for a bar without range) over
    `timeperiod` rows in their volume; 0 where there is none.

    >>> cmf([3.0, 4.0, 6.0, 5.0], [1.0, 2.0, 4.0, 3.0], [2.0, 3.0, 6.0, 4.0], [5.0, 6.0, 7.0, 8.0], timeperiod=2)
    array([       nan, 0.        , 0.53846154, 0.46666667])
    """


@indicator(
    GROUP,
    ext.efi,
    ext.efi_formula,
    warmup=lambda timeperiod: timeperiod,
    source="A. Elder, Trading for a Living (1993); TA-Lib EFI",
    aliases=("force_index",),
)
def efi(
    close: Any, volume: Any, timeperiod: int = 13, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Force index of Elder: the `ema` of ``(close[t] - close[t-1]) * volume[t]``.

    >>> efi([1.0, 2.0, 2.0, 1.0], [5.0, 6.0, 7.0, 8.0], timeperiod=2)
    array([       nan,        nan,  3.        , -4.33333333])
    """


force_index = efi


@indicator(GROUP, ext.marketfi, ext.marketfi_formula, source="B. Williams, Trading Chaos (1995); TA-Lib MARKETFI")
def marketfi(high: Any, low: Any, volume: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Market facilitation index: a bar's range in its volume; 0 without volume.

    >>> marketfi([3.0, 4.0], [1.0, 2.0], [5.0, 0.0])
    array([0.4, 0. ])
    """


@indicator(GROUP, ext.nvi, ext.nvi_formula, source="P. Dysart (1936), N. Fosback (1976); TA-Lib NVI")
def nvi(close: Any, volume: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Negative volume index: 1000, and moved by the change of the close, in proportion, in rows of less volume.

    It stays where the close before is 0.

    >>> nvi([1.0, 2.0, 3.0, 6.0], [5.0, 4.0, 6.0, 3.0])
    array([1000., 2000., 2000., 4000.])
    """


@indicator(GROUP, ext.pvi, ext.pvi_formula, source="P. Dysart (1936), N. Fosback (1976); TA-Lib PVI")
def pvi(close: Any, volume: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Positive volume index: 1000, and moved by the change of the close, in proportion, in rows of more volume.

    It stays where the close before is 0.

    >>> pvi([1.0, 2.0, 3.0, 6.0], [5.0, 4.0, 6.0, 3.0])
    array([1000., 1000., 1500., 1500.])
    """


@indicator(GROUP, ext.pvt, ext.pvt_formula, source="TA-Lib PVT")
def pvt(close: Any, volume: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Price and volume trend: the sum of ``volume[t] * (close[t] - close[t-1]) / close[t-1]``, 0 in the first row.

    Rows after a close of 0 count nothing.

    >>> pvt([1.0, 2.0, 2.0, 1.0], [5.0, 6.0, 7.0, 8.0])
    array([0., 6., 6., 2.])
    """


@indicator(GROUP, ext.rvol, ext.rvol_formula, warmup=lambda timeperiod: timeperiod, source="TA-Lib RVOL")
def rvol(volume: Any, timeperiod: int = 20, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Relative volume: a row's in the mean of the `timeperiod` rows before it.

    After rows without volume it is infinite, or NaN if this row has none either.

    >>> rvol([5.0, 6.0, 7.0, 8.0], timeperiod=2)
    array([       nan,        nan, 1.27272727, 1.23076923])
    """


@indicator(GROUP, ext.vwap, ext.vwap_formula, source="TA-Lib VWAP")
def vwap(
    high: Any, low: Any, close: Any, volume: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Volume weighted average price since the first row: ``sum((high + low + close) / 3 * volume) / sum(volume)``.

    Before any volume it is 0, as TA-Lib's.

    >>> vwap([3.0, 4.0, 6.0], [1.0, 2.0, 4.0], [2.0, 3.0, 5.0], [5.0, 5.0, 10.0])
    array([2.  , 2.5 , 3.75])
    """


@indicator(
    "Overlap Studies", ext.vwma, ext.vwma_formula, warmup=lambda timeperiod: timeperiod - 1, source="TA-Lib VWMA"
)
def vwma(
    real: Any, volume: Any, timeperiod: int = 30, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Average the last `timeperiod` values weighted by volume, ``sum(real * volume) / sum(volume)``.

    NaN (or infinite) where they have no volume; with `timeperiod` 1 it is `real` itself.

    >>> vwma([1.0, 2.0, 4.0], [1.0, 3.0, 1.0], timeperiod=2)
    array([ nan, 1.75, 2.5 ])
    """
