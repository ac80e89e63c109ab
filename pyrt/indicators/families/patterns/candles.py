"""What patterns share: how they are declared, the measures that their words stand for, candles for their examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec

from pyrt_ext.batch import Batch
from pyrt_ext.stream import Formula

from ...registry import Indicator, indicator

P = ParamSpec("P")

MEASURES = """\
A candle is white if its close is not below its open, else black. Bodies are long or short against the mean body of
    the ten candles before; a doji's is at most a tenth of those candles' mean range (high to low), and a shadow
    shorter than that is none. A long shadow is longer than the body, a short one shorter than half of what both
    shadows took on average in those ten. Prices and lengths are near within 20 % of the mean range of the five
    candles before, equal within 5 %, and far beyond 60 %. Each mean is added up afresh, so no candle that has left it
    leaves a trace.

    """
"""TA-Lib's settings, as its defaults are."""


def pattern(kernel: Batch, formula: Formula, *, warmup: int) -> Callable[[Callable[P, Any]], Indicator[P]]:
    """Declare a pattern: as :func:`pyrt.indicators.registry.indicator`, the measures added to its docstring."""

    def declare(function: Callable[P, Any]) -> Indicator[P]:
        told, mark, examples = (function.__doc__ or "").partition(">>> ")
        function.__doc__ = told + MEASURES + mark + examples
        return indicator(
            "Pattern Recognition",
            kernel,
            formula,
            warmup=lambda **_: warmup,
            outputs=("integer",),
            source=f"TA-Lib {function.__name__.upper()}",
        )(function)

    return declare


def after_quiet(*candles: tuple[float, float, float, float]) -> tuple[list[float], ...]:
    """Put candles, each (open, high, low, close), behind twelve quiet ones: between 10 and 11, shadows of 0.5.

    So a body is long above 1 and a doji's is at most 0.2, until candles of another size come into the means.

    Examples
    --------
    >>> opens, highs, lows, closes = after_quiet((10, 12, 9, 11.5))
    >>> opens[-3:], highs[-3:], lows[-3:], closes[-3:]
    ([10, 11, 10], [11.5, 11.5, 12], [9.5, 9.5, 9], [11, 10, 11.5])
    """
    quiet = [(10, 11.5, 9.5, 11), (11, 11.5, 9.5, 10)] * 6
    return tuple(map(list, zip(*quiet, *candles, strict=True)))
