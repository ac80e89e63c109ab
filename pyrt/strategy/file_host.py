"""A strategy file, ready to run in the hosts of compiled strategies: rules and a model behind the same C functions."""

from __future__ import annotations

import copy
import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data.resampling import Bar
from ..errors import InputError, MissingPiece, ModelError
from ..types import RECORDS, Kind, State
from . import abi
from .abi import STRUCTS, WARMING_UP, Status
from .base import Strategy, Subscriptions
from .faults import StrategyFault
from .file import StrategyFile, load_strategy_file
from .file_runtime import Decision, FileStrategy, View
from .instance import Handler, ObjectInstance

__all__ = ["FileInstance", "prepare_file"]

_UNKNOWN, _SYNCED = 0, int(State.SYNCED)


class FileInstance:
    """The rules of a strategy file with a model, for a host of :class:`~pyrt.strategy.Instance`.

    Parameters
    ----------
    strategy : FileStrategy
        Ready to run.
    origin : str
        What errors call it: the file's path.

    Attributes
    ----------
    table, state, params : ndarray
        As of :class:`~pyrt.strategy.Instance`; the state is in `strategy`: :meth:`image`.
    subscriptions : Subscriptions
    """

    cls: type[Strategy] | None = None

    def __init__(self, strategy: FileStrategy, origin: str) -> None:
        self.strategy, self.origin = strategy, origin
        self.name = strategy.file.name
        self.subscriptions = Subscriptions((strategy.file.instrument,), (strategy.file.bar,), depth=0, history=1)
        self.state, self.params = np.zeros(8, np.uint8), np.zeros(1, np.uint64)
        self._error: BaseException | None = None
        self._contexts: dict[int, _Seen] = {}
        acts = {"on_bar": self._on_bar, "on_timer": self._on_timer, "on_order": self._on_order}
        self._callbacks = {name: Handler(self._handler(act)) for name, act in acts.items()}
        self.table = np.zeros(abi.TABLE_SIZE, np.uint64)
        for position, name in enumerate(abi.HANDLERS):
            if name in self._callbacks:
                self.table[position] = ctypes.cast(self._callbacks[name], ctypes.c_void_p).value or 0

    def set_parameter(self, name: str, value: float) -> None:
        """Change a parameter that may change while it runs; InputError for another."""
        self.strategy.set_parameter(name, value)

    def image(self) -> bytes:
        """Return the present state as bytes: its words, little-endian."""
        return self.strategy.words().astype("<u8").tobytes()

    def save(self) -> dict[str, Any]:
        """Return all that changes while it runs: streams, counts, orders, the rules with their parameters."""
        return copy.deepcopy({n: v for n, v in vars(self.strategy).items() if n not in ("file", "model")})

    def restore(self, kept: dict[str, Any]) -> None:
        """Take back what :meth:`save` has returned."""
        vars(self.strategy).update(copy.deepcopy(kept))

    def fault(self, status: int, site: int) -> StrategyFault:
        """Return the error for a handler's status, with the file's name and the reason."""
        cause = self._error
        if cause is not None and not isinstance(cause, Exception):
            raise cause
        why = self.strategy.fault or f"{type(cause).__name__}: {cause}"
        fault = StrategyFault(f"{self.origin}: {why}", Status(status))
        fault.__cause__ = cause
        return fault

    def _handler(self, act: Callable[[_Seen, int], list[Decision]]) -> Callable[[int, int], int]:
        def call(context: int, event: int) -> int:
            try:
                seen = self._contexts.get(context) or self._contexts.setdefault(context, _Seen(context))
                self.strategy.warming_up = seen.warming_up
                decisions = act(seen, event)
                if self.strategy.fault is not None:
                    return int(Status.RAISED)
                seen.ask(decisions)
            except BaseException as error:  # nothing may unwind through the host; `fault` says it
                self._error = error
                return int(Status.RAISED)
            return int(Status.OK)

        return call

    def _on_bar(self, seen: _Seen, event: int) -> list[Decision]:
        bar = _at(event, RECORDS[Kind.BAR])[0]
        numbers = (float(bar[name]) for name in ("open", "high", "low", "close", "volume"))
        return self.strategy.on_bar(Bar(int(bar["event_time"]), *numbers), seen.view())

    def _on_timer(self, seen: _Seen, event: int) -> list[Decision]:
        return self.strategy.on_timer(int(_at(event, STRUCTS["timer"])["tag"][0]))

    def _on_order(self, seen: _Seen, event: int) -> list[Decision]:
        update = _at(event, RECORDS[Kind.ORDER_UPDATE])[0]
        self.strategy.on_order(int(update["client_order_id"]) & 0xFFFF_FFFF, int(update["flags"]) >> 12)
        return []


class _Seen:
    """A context as the rules look at it: the host's memory, read in place."""

    def __init__(self, address: int) -> None:
        self._context = _at(address, STRUCTS["context"])
        self._slot = _at(int(self._context["slots"][0]), STRUCTS["slot"])
        room = int(self._context["request_capacity"][0])
        self._requests = _at(int(self._context["requests"][0]), STRUCTS["request"], room)

    @property
    def warming_up(self) -> bool:
        """Whether history is fed with orders off."""
        return bool(self._context["flags"][0] & WARMING_UP)

    def view(self) -> View:
        """Return what the rules may look at; the quote of a book that is not valid is none."""
        context, slot = self._context[0], self._slot[0]
        valid = slot["state"] in (_UNKNOWN, _SYNCED)
        bid, ask = (float(slot["bid"]), float(slot["ask"])) if valid else (np.nan, np.nan)
        return View(int(context["now"]), float(slot["position"]), float(context["equity"]), bid, ask)

    def ask(self, decisions: list[Decision]) -> None:
        """Write requests into the host's buffer."""
        for at, decision in enumerate(decisions):
            self._requests[at] = decision.to_request()[0]
        self._context["request_count"] = len(decisions)


def _at(address: int, dtype: np.dtype[Any], count: int = 1) -> npt.NDArray[np.void]:
    memory: Any = (ctypes.c_char * (count * dtype.itemsize)).from_address(address)
    found: npt.NDArray[np.void] = np.frombuffer(memory, dtype)
    return found


def prepare_file(path: str | os.PathLike[str], **parameters: float) -> FileInstance | ObjectInstance:
    """Make a strategy file ready to run, with its model or the built strategy (``.so``) that it names.

    Parameters
    ----------
    path : path
        The file.
    **parameters
        Other values of parameters that may change while it runs: ``entry_threshold`` and the like, or the live ones of
        the built strategy.

    Raises
    ------
    ConfigError
        For what is wrong with the file.
    InputError, MissingPiece, ModelError
        If its model or its object is not there, cannot be used, or is of other features; or for a parameter.
    """
    file = load_strategy_file(Path(path))
    try:
        made = FileInstance(FileStrategy.of(file), str(path)) if file.code is None else _built(file, str(path))
        for name, value in parameters.items():
            made.set_parameter(name, value)
    except (InputError, MissingPiece, ModelError) as error:
        error.args = (f"{path}: {error}",)
        raise
    return made


def _built(file: StrategyFile, origin: str) -> ObjectInstance:
    made = ObjectInstance(Path(file.code or ""), origin)
    made.trade(file.instrument)
    for name, value in file.parameters.items():
        made.set_parameter(name, value)
    return made
