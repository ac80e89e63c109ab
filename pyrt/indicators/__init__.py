"""Indicators: arrays in, arrays out, or one value at a time; TA-Lib's names, parameters, defaults and values.

>>> from pyrt import indicators as ta
>>> ta.sma([1.0, 2.0, 3.0, 4.0], timeperiod=2)
array([nan, 1.5, 2.5, 3.5])
>>> live = ta.sma.stream(2)
>>> [live.update(price) for price in (1.0, 2.0, 3.0)]
[nan, 1.5, 2.5]

``families``    the functions, a file a family, a declaration each
``registry``    what a function is; :func:`functions` lists them all
``wording``     what their docstrings share
``door``        lists, arrays, pandas and polars in, the same out
``streaming``   the one-value-at-a-time form

**NaN.** Warm-up is NaN. What a NaN in the data does is chosen by ``nan=``, the same for both forms:

=================  ====================================================================================================
``"restart"``      The default. The output is NaN and the function begins anew after the gap, warm-up included: exactly
                   the outputs whose window or recursion reaches the gap are NaN.
``"propagate"``    Rows before the first number are passed over; the first NaN after it makes every output NaN to the
                   end, as TA-Lib does. A stream stays NaN until ``reset()``.
``"skip"``         Rows with NaN get NaN; all others get what they would if those rows were not there.
``"raise"``        :class:`~pyrt.errors.InputError` names the first NaN, a leading one too.
=================  ====================================================================================================

Infinities are always an error. In a function of several inputs, a row with a NaN in any of them is a gap.

**Shapes.** (time,) or (time, assets), each column on its own; several inputs have one shape. Tables may lie in memory
by rows or by columns, and the result lies likewise; `threads` share the columns, each with up to 64 MB of its own, or
what one column takes. The result is float64, or int64 where it counts or points (0 in the warm-up then, as in TA-Lib,
and at gaps), of the same shape and kind as the first input: an ndarray, a pandas Series or DataFrame with its labels,
a polars Series or DataFrame. Several outputs come as a named tuple. ``out=`` takes an array to write into, or a tuple
of arrays, which may be inputs; it is returned,
and holds nothing of use after an error.
"""
# ruff: noqa: F403  # a family's __all__ is the one list of its functions

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from .index import HOMES
from .registry import Indicator, functions
from .streaming import Stream

if TYPE_CHECKING:  # a family is imported at first use: what index.py says while running, type checkers read here
    from .families import (
        bands,
        directional,
        distribution,
        momentum,
        moving,
        operators,
        oscillators,
        patterns,
        prices,
        statistics,
        studies,
        transforms,
        volatility,
        volume,
    )
    from .families.bands import *
    from .families.directional import *
    from .families.distribution import *
    from .families.momentum import *
    from .families.moving import *
    from .families.operators import *
    from .families.oscillators import *
    from .families.patterns import *
    from .families.prices import *
    from .families.statistics import *
    from .families.studies import *
    from .families.transforms import *
    from .families.volatility import *
    from .families.volume import *

__all__ = ["Indicator", "Stream", "functions"]
if TYPE_CHECKING:
    __all__ += bands.__all__
    __all__ += directional.__all__
    __all__ += distribution.__all__
    __all__ += momentum.__all__
    __all__ += moving.__all__
    __all__ += operators.__all__
    __all__ += oscillators.__all__
    __all__ += patterns.__all__
    __all__ += prices.__all__
    __all__ += statistics.__all__
    __all__ += studies.__all__
    __all__ += transforms.__all__
    __all__ += volatility.__all__
    __all__ += volume.__all__
else:
    __all__.extend(HOMES)

    def __getattr__(name: str) -> object:
        """Import the family of a function (PEP 562)."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.families.{HOMES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
