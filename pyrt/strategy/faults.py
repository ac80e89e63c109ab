"""What stops a strategy: the exceptions of plain mode, each with the status that compiled code returns."""

from __future__ import annotations

from pyrt.errors import InputError, PyrtError

from .abi import Status

__all__ = [
    "BadRequest",
    "BufferFull",
    "CompileError",
    "HistoryError",
    "IntegerOverflow",
    "StrategyFault",
    "UnknownSlot",
    "status_of",
]


class CompileError(InputError):
    """A strategy uses something that cannot be compiled; says where, and what to write instead."""


class StrategyFault(PyrtError, RuntimeError):
    """A handler failed: the strategy is stopped.

    Attributes
    ----------
    status : Status
        Why.
    line : int
        The user's line, 0 if it is not known.
    """

    def __init__(self, message: str, status: Status = Status.RAISED, line: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.line = line


class BufferFull(StrategyFault):
    """More requests in one call than the host has room for."""

    code = Status.BUFFER_FULL


class UnknownSlot(StrategyFault):
    """No instrument of the strategy has that slot."""

    code = Status.UNKNOWN_SLOT


class BadRequest(StrategyFault):
    """A request's number is NaN or infinite, or its quantity, price or id cannot be."""

    code = Status.BAD_REQUEST


class HistoryError(StrategyFault):
    """A bar or a level of the book that is not there."""

    code = Status.HISTORY


class IntegerOverflow(StrategyFault):
    """An integer of the state that does not fit into 64 bits; compiled code notices it where it is computed."""

    code = Status.OVERFLOW


_STATUS: dict[type[BaseException], Status] = {
    ZeroDivisionError: Status.DIVISION,
    IndexError: Status.INDEX,
    OverflowError: Status.CONVERSION,
    AssertionError: Status.ASSERTION,
}


def status_of(error: BaseException) -> Status:
    """Return the status that compiled code returns where plain Python raises `error`."""
    code = getattr(error, "code", None)
    if isinstance(code, Status):
        return code
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return Status.RAISED
