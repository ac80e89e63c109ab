"""Candlestick patterns.

``one``, ``two``, ``three``, ``many``    by how many candles they are made of
``candles``    what is long, short, a doji, near, equal; the candles of the examples
"""
# ruff: noqa: F403  # a family's __all__ is the one list of its functions

from __future__ import annotations

from typing import TYPE_CHECKING

__all__: list[str] = []

if TYPE_CHECKING:  # as in pyrt/indicators/__init__.py: a family is imported at first use
    from . import many, one, three, two
    from .many import *
    from .one import *
    from .three import *
    from .two import *

    __all__ += many.__all__
    __all__ += one.__all__
    __all__ += three.__all__
    __all__ += two.__all__
