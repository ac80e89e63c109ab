"""Cycles: what J. Ehlers reads from the Hilbert transform of prices."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.studies.cycles as ext

from ...door import NanPolicy, Out
from ...registry import indicator

__all__ = ["ht_dcperiod", "ht_dcphase", "ht_phasor", "ht_sine", "ht_trendline", "ht_trendmode", "mama"]

GROUP = "Cycle Indicators"
STUDIES = "Overlap Studies"
BOOK = "J. F. Ehlers, Rocket Science for Traders (2001); TA-Lib "
PAPER = "J. F. Ehlers, MESA and Trading Market Cycles (2001); TA-Lib MAMA"


@indicator(GROUP, ext.ht_dcperiod, ext.ht_dcperiod_formula, warmup=lambda: 32, source=BOOK + "HT_DCPERIOD")
def ht_dcperiod(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Length of the dominant cycle in rows, from 6 to 50, by the Hilbert transform.

    Smoothed prices, ``(4*x[t] + 3*x[t-1] + 2*x[t-2] + x[t-3]) / 10``, are split into two components a quarter of a
    cycle apart; the period is how fast they turn. It may change by half from row to row, and is smoothed twice. The
    sums of the smoothing are carried along, as TA-Lib does: where a market stands still for long, their rounding is all
    that is left to see.

    >>> import numpy as np
    >>> wave = 100 + np.sin(np.arange(200) * 2 * np.pi / 20)
    >>> round(float(ht_dcperiod(wave)[-1]), 2)
    20.03
    """


@indicator(GROUP, ext.ht_dcphase, ext.ht_dcphase_formula, warmup=lambda: 63, source=BOOK + "HT_DCPHASE")
def ht_dcphase(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Phase of the dominant cycle in degrees, from -45 to 315.

    The sums of smoothed prices times sine and cosine over the last period (`ht_dcperiod`, rounded) are the parts of the
    wave; the phase is the angle between them, put forward by the rows that the smoothing lags behind.

    >>> import numpy as np
    >>> wave = 100 + np.sin(np.arange(200) * 2 * np.pi / 20)
    >>> ht_dcphase(wave)[-2:].round(1)
    array([-35.8, -17.8])
    """


@indicator(
    GROUP,
    ext.ht_phasor,
    ext.ht_phasor_formula,
    warmup=lambda: 32,
    outputs=("inphase", "quadrature"),
    source=BOOK + "HT_PHASOR",
)
def ht_phasor(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Components of the price's movement about its trend, a quarter of a cycle apart, by the Hilbert transform.

    They are those that `ht_dcperiod` is read from, in the unit of the price.

    >>> import numpy as np
    >>> wave = 100 + np.sin(np.arange(200) * 2 * np.pi / 20)
    >>> parts = ht_phasor(wave)
    >>> round(float(np.hypot(parts.inphase[-1], parts.quadrature[-1])), 1)
    1.0
    """


@indicator(
    GROUP,
    ext.ht_sine,
    ext.ht_sine_formula,
    warmup=lambda: 63,
    outputs=("sine", "leadsine"),
    source=BOOK + "HT_SINE",
)
def ht_sine(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Sine of the dominant cycle's phase (`ht_dcphase`), and of the phase 45 degrees later.

    In a cycle both cross shortly before the price turns.

    >>> import numpy as np
    >>> wave = 100 + np.sin(np.arange(200) * 2 * np.pi / 20)
    >>> ht_sine(wave).leadsine[-1].round(3)
    np.float64(0.456)
    """


@indicator(
    GROUP,
    ext.ht_trendmode,
    ext.ht_trendmode_formula,
    warmup=lambda: 63,
    outputs=("integer",),
    source=BOOK + "HT_TRENDMODE",
)
def ht_trendmode(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Whether the market trends, 1, or cycles, 0.

    It cycles where the sines of `ht_sine` crossed within the last half period, or the phase moves by 0.67 to 1.5 of
    what the period says, unless the smoothed price is 1.5 % or more off its `ht_trendline`.

    >>> import numpy as np
    >>> wave = 100 + np.sin(np.arange(200) * 2 * np.pi / 20)
    >>> int(ht_trendmode(wave)[-1]), int(ht_trendmode(np.arange(100.0, 300.0))[-1])
    (0, 1)
    """


@indicator(STUDIES, ext.ht_trendline, ext.ht_trendline_formula, warmup=lambda: 63, source=BOOK + "HT_TRENDLINE")
def ht_trendline(real: Any, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Price without its dominant cycle: the mean over the last period, smoothed by weights 4, 3, 2, 1.

    The period is that of `ht_dcperiod`, rounded to rows.

    >>> import numpy as np
    >>> wave = 100 + np.sin(np.arange(200) * 2 * np.pi / 20)
    >>> ht_trendline(wave)[-1].round(3)
    np.float64(100.0)
    """


@indicator(
    STUDIES,
    ext.mama,
    ext.mama_formula,
    warmup=lambda **_: 32,
    outputs=("mama", "fama"),
    source=PAPER,
)
def mama(
    real: Any,
    fastlimit: float = 0.5,
    slowlimit: float = 0.05,
    *,
    nan: NanPolicy = "restart",
    out: Out = None,
    threads: int = 1,
) -> Any:
    """Adaptive average of Ehlers, as fast as the price's cycle turns, and one that follows it.

    ``mama[t] = g * x[t] + (1 - g) * mama[t-1]``, where `g` is `fastlimit` divided by the degrees that the phase of
    `ht_phasor` went back by since the row before, at least `slowlimit`, and `fastlimit` where it went back by 1 or
    less; ``fama[t] = g / 2 * mama[t] + (1 - g / 2) * fama[t-1]``. Both start from 0 at row 12.

    >>> import numpy as np
    >>> mama(np.full(40, 7.0)).mama[-1].round(6)
    np.float64(7.0)
    """
