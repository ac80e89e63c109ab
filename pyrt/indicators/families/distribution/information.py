"""How evenly what a window holds is spread: entropies."""

from __future__ import annotations

from typing import Any

import pyrt_ext.indicators.distribution.information as ext

from ...door import NanPolicy, Out
from ...registry import LONGEST, indicator

__all__ = ["entropy", "perm_entropy"]

GROUP = "Statistic Functions"


@indicator(
    GROUP,
    ext.entropy,
    ext.entropy_formula,
    warmup=lambda timeperiod, bins: timeperiod - 1,
    ranges={"timeperiod": (2, LONGEST)},
    talib=None,
    source="C. E. Shannon, A Mathematical Theory of Communication (1948), of a histogram",
)
def entropy(
    real: Any, timeperiod: int = 100, bins: int = 10, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Shannon's entropy of the last `timeperiod` values, in nats: give returns, and it is low where few sizes recur.

    ``-sum(p * log(p))`` of the shares `p` of values in each of `bins` bins of equal width between the window's lowest
    and highest value. From 0 (nothing moves) to ``log(bins)`` (all bins equally full); divide by ``log(2)`` for bits.

    >>> entropy([1.0, 2.0, 3.0, 9.0, 9.0], timeperiod=4, bins=2)
    array([       nan,        nan,        nan, 0.56233514, 0.69314718])
    """


@indicator(
    GROUP,
    ext.perm_entropy,
    ext.perm_entropy_formula,
    warmup=lambda timeperiod, order: timeperiod - 1,
    ranges={"timeperiod": (2, LONGEST)},
    talib=None,
    source="C. Bandt, B. Pompe, Permutation Entropy: A Natural Complexity Measure for Time Series, Physical Review "
    "Letters 88 (2002)",
)
def perm_entropy(
    real: Any, timeperiod: int = 100, order: int = 3, *, nan: NanPolicy = "restart", out: Out = None, threads: int = 1
) -> Any:
    """Permutation entropy of the last `timeperiod` values, in nats: low where the same ups and downs recur.

    Every `order` successive values stand in one of ``order!`` orders (of equals the older is the lower one); the
    entropy is ``-sum(p * log(p))`` of the shares `p` of these orders in the window. From 0 (always the same) to
    ``log(order!)``, by which to divide for a share. NaN if `order` is above `timeperiod`.

    >>> perm_entropy([1.0, 2.0, 4.0, 3.0, 5.0], timeperiod=4, order=2)
    array([       nan,        nan,        nan, 0.63651417, 0.63651417])
    """
