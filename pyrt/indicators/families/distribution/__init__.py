"""Order statistics, moments, memory and volatility of windows."""
# ruff: noqa: F403  # a family's __all__ is the one list of its functions

from __future__ import annotations

from typing import TYPE_CHECKING

__all__: list[str] = []

if TYPE_CHECKING:  # as in pyrt/indicators/__init__.py: a family is imported at first use
    from . import percentiles
    from .percentiles import *

    __all__ += percentiles.__all__
