"""What traders use beyond the classics: newer oscillators, channels, cycles, volume."""
# ruff: noqa: F403  # a family's __all__ is the one list of its functions

from __future__ import annotations

from typing import TYPE_CHECKING

__all__: list[str] = []

if TYPE_CHECKING:  # as in pyrt/indicators/__init__.py: a family is imported at first use
    from . import (
        clouds,
        cycles,
        momentum_averages,
        momentum_shares,
        momentum_strength,
        momentum_swings,
        ranging,
        smoothing,
        traded,
        turnover,
        turns,
    )
    from .clouds import *
    from .cycles import *
    from .momentum_averages import *
    from .momentum_shares import *
    from .momentum_strength import *
    from .momentum_swings import *
    from .ranging import *
    from .smoothing import *
    from .traded import *
    from .turnover import *
    from .turns import *

    __all__ += clouds.__all__
    __all__ += cycles.__all__
    __all__ += momentum_averages.__all__
    __all__ += momentum_shares.__all__
    __all__ += momentum_strength.__all__
    __all__ += momentum_swings.__all__
    __all__ += ranging.__all__
    __all__ += smoothing.__all__
    __all__ += traded.__all__
    __all__ += turnover.__all__
    __all__ += turns.__all__
