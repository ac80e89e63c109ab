"""Filters that make a price fit for statistics: fractional differences, and the events worth looking at."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.distribution.filters as ext

from ...door import NanPolicy, Out
from ...registry import indicator

__all__ = ["cusum", "frac_diff"]

GROUP = "Statistic Functions"
BOOK = "M. Lopez de Prado, Advances in Financial Machine Learning (2018)"


@indicator(
    GROUP,
    ext.frac_diff,
    ext.frac_diff_formula,
    warmup=lambda d, threshold: ext.frac_diff_width(d, threshold) - 1,
    talib=None,
    source=f"{BOOK}, chapter 5",
)
def frac_diff(
    real: Any, d: float = 0.4, threshold: float = 1e-4, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Fractional difference of order `d`, over a window of fixed width: as stationary as needed, and no less memory.

    ``sum(w[k] * x[t-k])`` with the weights of ``(1 - B) ** d``: ``w[0] = 1``, ``w[k] = w[k-1] * (k - 1 - d) / k``, down
    to the last that is not smaller than `threshold`. With ``d=1`` it is ``x[t] - x[t-1]``, with ``d=0`` the value
    itself. Time is in proportion to the number of weights.

    >>> frac_diff([1.0, 2.0, 4.0, 3.0], d=0.5, threshold=0.1)
    array([  nan,   nan, 2.875, 0.75 ])
    """


@indicator(
    GROUP,
    ext.cusum,
    ext.cusum_formula,
    warmup=lambda h: 1,
    talib=None,
    source=f"{BOOK}, chapter 2",
)
def cusum(real: Any, h: float = 0.01, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1) -> Any:
    """Events of the symmetric CUSUM filter: 1 where `real` has risen by more than `h`, -1 where it has fallen, else 0.

    Rises and falls are counted from the last event of their side, or from the lowest (highest) value since then:
    ``up = max(0, up + x[t] - x[t-1])`` and ``down = min(0, down + x[t] - x[t-1])``; a side that goes beyond `h` is an
    event and begins at 0 again, a fall before a rise. Give logarithms of prices for moves of `h` as a fraction.

    >>> cusum([1.0, 1.5, 2.25, 2.0, 0.75, 1.0], h=1.0)
    array([ 0,  0,  1,  0, -1,  0])
    """
