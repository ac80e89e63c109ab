"""Strategies: written once as a Python class, compiled once, run by the backtester, the engine's replay and live.

``base``       :class:`Strategy`: what users write
``context``    what ``ctx`` offers
``state``      what ``start`` made, as one flat record
``compiler``   the class in, machine code out
``program``    object code and its cache on disk
``plain``      the same source run by Python (``jit=False``)
``instance``   code, parameters and state, ready for a host; of a class, or of a built object
``host``       the smallest host
``file``       the strategy file (TOML); ``file_runtime`` acts by it, ``file_host`` makes it ready for a host,
               ``file_keys`` reads its keys
``model``      inference
``build``      shared objects for the engine
``abi``        structs and codes of ``proto/STRATEGY_ABI.md``
``faults``     what stops a strategy, and what cannot be compiled
"""

from __future__ import annotations

from .base import Parameter, Strategy, Subscriptions
from .build import build, describe, read_description
from .faults import CompileError, StrategyFault
from .file_host import prepare_file
from .host import Host
from .instance import Hosted, Instance, prepare

__all__ = [
    "CompileError",
    "Host",
    "Hosted",
    "Instance",
    "Parameter",
    "Strategy",
    "StrategyFault",
    "Subscriptions",
    "build",
    "describe",
    "prepare",
    "prepare_file",
    "read_description",
]
