"""Order statistics, moments, memory and volatility of windows."""
# ruff: noqa: F403  # a family's __all__ is the one list of its functions

from __future__ import annotations

from . import percentiles
from .percentiles import *

__all__: list[str] = []
__all__ += percentiles.__all__
