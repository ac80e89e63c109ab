"""A strategy that is ready to run: code, parameters, state; what every host in Python holds of one."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from . import abi
from .abi import Status
from .base import Number, Strategy, Subscriptions, handlers_of, subscriptions_of
from .faults import StrategyFault
from .program import compile_strategy, load_code
from .state import Started, start

__all__ = ["Instance", "prepare"]


class Instance:
    """A strategy with its parameters and a state of its own.

    Attributes
    ----------
    table : ndarray of uint64, shape (12,)
        Addresses of the handlers in the ABI's order, 0 for those that it does not have; each is
        ``uint32 handler(context *, const event *)``, in both modes.
    state : ndarray of uint8
        State and arena; the context points to it. In plain mode the state is in Python objects: :meth:`image`.
    params : ndarray of uint64
        The parameters' words.
    """

    def __init__(self, cls: type[Strategy], started: Started, *, jit: bool = True, cache: bool = True) -> None:
        self.name = cls.__name__
        self.started = started
        self.subscriptions: Subscriptions = subscriptions_of(cls)
        self.state = _aligned(started.image)
        self.params = np.frombuffer(bytearray(started.words), np.uint64)
        self.plain: Any = None
        self._code: Any
        if jit:
            code = compile_strategy(cls, started, cache=cache)
            self.sites, self.cached, self.key = code.sites, code.cached, code.key
            self._code = load_code(code)
        else:
            from .plain import PlainProgram

            self.plain = self._code = PlainProgram(cls, started)
            self.sites, self.cached, self.key = [[0, "", ""]], False, ""
        self.handlers = handlers_of(cls)
        self.table = np.zeros(abi.TABLE_SIZE, np.uint64)
        for position, name in enumerate(abi.HANDLERS):
            if name in self.handlers:
                self.table[position] = self._code.address(f"pyrt_{name}")

    @property
    def parameters(self) -> dict[str, Number]:
        """Every parameter's value."""
        return dict(self.started.parameters)

    def image(self) -> bytes:
        """Return the present state and arena as bytes, the same in both modes."""
        return bytes(self.plain.image()) if self.plain is not None else self.state.tobytes()

    def fault(self, status: int, site: int) -> StrategyFault:
        """Return the error for a handler's status, with the user's line; in plain mode caused by what was raised."""
        cause = self.plain.error if self.plain is not None else None
        if cause is not None and not isinstance(cause, Exception):
            raise cause
        line, function, text = self.sites[site] if 0 < site < len(self.sites) else (0, self.name, "")
        kind = Status(status) if status in set(Status) else Status.RAISED
        said = text or (f"{type(cause).__name__}: {cause}" if cause else "")
        fault = StrategyFault(f"{function}, line {line}: {kind.name.lower()}: {said}", kind, line)
        fault.__cause__ = cause
        return fault


def _aligned(image: bytes) -> npt.NDArray[np.uint8]:
    words = np.zeros(max(-(-len(image) // 8), 1), np.uint64)
    block = words.view(np.uint8)[: len(image)]
    block[:] = np.frombuffer(image, np.uint8)
    return block


def prepare(cls: type[Strategy], *, jit: bool = True, cache: bool = True, **parameters: Any) -> Instance:
    """Make a strategy ready to run.

    Parameters
    ----------
    cls : type
        A subclass of :class:`~pyrt.strategy.Strategy`.
    jit : bool
        False runs the same class as plain Python, under a debugger too, with the same result to the last bit.
    cache : bool
        Whether compiled code is taken from, and kept on, the disk.
    **parameters
        Values of its parameters; the others have their defaults.

    Raises
    ------
    CompileError
        For what cannot be compiled (with ``jit=False`` too, so that what runs here also trades).
    InputError, DTypeError
        For parameters that do not exist or are of another type.
    """
    return Instance(cls, start(cls, parameters), jit=jit, cache=cache)


Handler = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p)
"""The C type of a handler."""
