"""Order statistics, moments, memory and volatility of windows."""
# ruff: noqa: F403  # a family's __all__ is the one list of its functions

from __future__ import annotations

from typing import TYPE_CHECKING

__all__: list[str] = []

if TYPE_CHECKING:  # as in pyrt/indicators/__init__.py: a family is imported at first use
    from . import filters, information, memory, ohlc, percentiles, ranks, regression, shape
    from .filters import *
    from .information import *
    from .memory import *
    from .ohlc import *
    from .percentiles import *
    from .ranks import *
    from .regression import *
    from .shape import *

    __all__ += filters.__all__
    __all__ += information.__all__
    __all__ += memory.__all__
    __all__ += ohlc.__all__
    __all__ += percentiles.__all__
    __all__ += ranks.__all__
    __all__ += regression.__all__
    __all__ += shape.__all__
