"""A strategy that is ready to run: code, parameters, state; what every host in Python holds of one."""

from __future__ import annotations

import ctypes
import math
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from . import abi
from .abi import STRUCTS, Status
from .base import Number, Strategy, Subscriptions, handlers_of, subscriptions_of
from .build import read_description
from .faults import StrategyFault
from .program import compile_strategy, load_code
from .state import Started, start

__all__ = ["Hosted", "Instance", "ObjectInstance", "prepare"]

Words = npt.NDArray[np.uint64]


class Hosted(Protocol):
    """What hosts run, whatever it was written in.

    Attributes
    ----------
    origin : str
        What errors call it: a class, or a file.
    cls : type or None
        The class that it was written as.
    table : ndarray of uint64, shape (12,)
        Addresses of the handlers in the ABI's order, 0 for those that it does not have; each is
        ``uint32 handler(context *, const event *)``.
    state : ndarray of uint8
        State and arena; the context points to it.
    params : ndarray of uint64
        The parameters' words.
    """

    origin: str
    cls: type[Strategy] | None
    subscriptions: Subscriptions
    table: Words
    state: npt.NDArray[np.uint8]
    params: Words

    def set_parameter(self, name: str, value: float) -> None:
        """Change a parameter between two events; InputError for one that cannot change, or a value not of its type."""
        ...

    def image(self) -> bytes:
        """Return the present state as bytes, the same in all hosts."""
        ...

    def save(self) -> Any:
        """Return state and parameters between two events, for :meth:`restore`; can be pickled."""
        ...

    def restore(self, kept: Any) -> None:
        """Take back what :meth:`save` of an instance of the same strategy has returned."""
        ...

    def fault(self, status: int, site: int) -> StrategyFault:
        """Return the error for a handler's status."""
        ...


class Instance:
    """A strategy class with its parameters and a state of its own; a :class:`Hosted`.

    In plain mode the state is in Python objects: :meth:`image`.
    """

    def __init__(self, cls: type[Strategy], started: Started, *, jit: bool = True, cache: bool = True) -> None:
        self.name = self.origin = cls.__name__
        self.cls: type[Strategy] | None = cls
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

    def set_parameter(self, name: str, value: float) -> None:
        """Change a live parameter; InputError for another, or a value that is not of its type."""
        known, structural = self.started.parameters, self.started.structural
        types = {n: ("structural" if n in structural else "live", type(old).__name__) for n, old in known.items()}
        _put(self.params, types, name, value, self.name)
        if self.plain is not None:
            self.plain.set_parameter(name, type(known[name])(value))

    def image(self) -> bytes:
        """Return the present state and arena as bytes, the same in both modes."""
        return bytes(self.plain.image()) if self.plain is not None else self.state.tobytes()

    def save(self) -> bytes:
        """Return parameters and state as bytes, the same in both modes."""
        return self.params.tobytes() + self.image()

    def restore(self, kept: bytes) -> None:
        """Take back what :meth:`save` has returned."""
        image = _put_words(self.params, kept)
        if self.plain is None:
            self.state[:] = np.frombuffer(image, np.uint8)
            return
        for at, (name, value) in enumerate(self.started.parameters.items()):
            word = self.params[at : at + 1].view(np.float64 if isinstance(value, float) else np.int64)[0]
            self.plain.set_parameter(name, type(value)(word))
        self.plain.restore(image)

    def fault(self, status: int, site: int) -> StrategyFault:
        """Return the error for a handler's status, with the user's line; in plain mode caused by what was raised."""
        cause = self.plain.error if self.plain is not None else None
        if cause is not None and not isinstance(cause, Exception):
            raise cause
        return _fault(status, self.sites[site] if 0 < site < len(self.sites) else [0, self.name, ""], cause)


class ObjectInstance:
    """A built strategy (``.so``) with its parameters and a state of its own; a :class:`Hosted`.

    Parameters
    ----------
    path : Path
        An object of ``pyrt strategy build``.
    origin : str
        What errors call it.

    Raises
    ------
    InputError
        If the file carries no strategy, is of another ABI, or others may have written it.
    """

    cls: type[Strategy] | None = None

    def __init__(self, path: Path, origin: str) -> None:
        self.origin, self.path = origin, path
        self.about = read_description(path)
        about = self.about
        self.subscriptions = Subscriptions(
            tuple(about["instruments"]), tuple(about["bars"]), depth=about["depth"], history=about["history"]
        )
        self._library = _load(path)  # its functions live as long as it does
        header = _in_library(self._library, path)
        size = int(header["state_bytes"] + header["arena_bytes"])
        self.state = _aligned(ctypes.string_at(int(header["image"]), size))
        self.params = np.frombuffer(
            bytearray(ctypes.string_at(int(header["params"]), 8 * int(header["param_count"]))), np.uint64
        )
        self.table: Words = np.array([header[name] for name in [*abi.HANDLERS, *abi.RESERVED_HANDLERS]], np.uint64)
        self.table.resize(abi.TABLE_SIZE, refcheck=False)

    def trade(self, instrument: str) -> None:
        """Say what it trades, if it does not say so itself; InputError if it was built for something else."""
        built_for = self.subscriptions.instruments or (instrument,)
        if built_for != (instrument,):
            raise InputError(f"{self.path}: was built for {', '.join(built_for)}, not for {instrument}")
        self.subscriptions = replace(self.subscriptions, instruments=built_for)

    def set_parameter(self, name: str, value: float) -> None:
        """Change a live parameter; InputError for another, or a value that is not of its type."""
        types = {p["name"]: (p["kind"], p["type"]) for p in self.about["parameters"]}
        _put(self.params, types, name, value, str(self.path))

    def image(self) -> bytes:
        """Return the present state and arena as bytes."""
        return self.state.tobytes()

    def save(self) -> bytes:
        """Return parameters and state as bytes."""
        return self.params.tobytes() + self.image()

    def restore(self, kept: bytes) -> None:
        """Take back what :meth:`save` has returned."""
        self.state[:] = np.frombuffer(_put_words(self.params, kept), np.uint8)

    def fault(self, status: int, site: int) -> StrategyFault:
        """Return the error for a handler's status, with the line of the class that it was built of."""
        sites = self.about["sites"]
        return _fault(status, sites[site] if 0 < site < len(sites) else [0, self.about["name"], ""], None)


def _put(params: Words, types: dict[str, tuple[str, str]], name: str, value: float, where: str) -> None:
    """Write a parameter's word; `types` has whether each is live, and its type, in the order of the words."""
    if name not in types:
        raise InputError(f"{where}: no parameter {name!r}; there are: {', '.join(types)}")
    at, (kind, type_) = list(types).index(name), types[name]
    if kind == "structural":
        raise InputError(f"{where}: {name!r} shapes the state; build it again with -p {name}=VALUE")
    place = params[at : at + 1]
    try:
        if type_ == "float" and math.isfinite(value):
            place.view(np.float64)[0] = value
            return
        if (type_ == "int" and value == int(value)) or (type_ == "bool" and value in (0, 1)):
            place.view(np.int64)[0] = int(value)
            return
    except (TypeError, ValueError, OverflowError):  # no number, or none of 64 bits
        pass
    raise InputError(f"{where}: parameter {name!r} takes {type_}, got {value!r}")


def _put_words(params: Words, kept: bytes) -> bytes:
    """Put a state's first words back into the parameters, and return the rest."""
    params[:] = np.frombuffer(kept, np.uint64, len(params))
    return kept[params.nbytes :]


def _fault(status: int, site: list[Any], cause: Exception | None) -> StrategyFault:
    line, function, text = site
    kind = Status(status) if status in set(Status) else Status.RAISED
    said = text or (f"{type(cause).__name__}: {cause}" if cause else "")
    fault = StrategyFault(f"{function}, line {line}: {kind.name.lower()}: {said}", kind, line)
    fault.__cause__ = cause
    return fault


def _load(path: Path) -> ctypes.CDLL:
    """Open an object that only this user or root can have written: it runs here.

    It is opened as a file of its own: for a name that it knows the linker gives what it has, not what is there now.
    """
    facts = path.stat()
    if facts.st_uid not in (os.getuid(), 0) or facts.st_mode & 0o022:
        raise InputError(f"{path}: others may have written it; only you may be able to change it: chmod 600 {path}")
    with tempfile.TemporaryDirectory(prefix="pyrt-object-") as folder:
        own = Path(folder) / path.name
        own.write_bytes(path.read_bytes())
        try:
            return ctypes.CDLL(str(own))
        except OSError as error:
            raise InputError(f"{path}: not a shared object of this machine: {error}") from None


def _in_library(library: ctypes.CDLL, path: Path) -> Any:
    """Return the object's table, if it is of this ABI."""
    dtype = STRUCTS["header"]
    memory: Any = (ctypes.c_char * dtype.itemsize).in_dll(library, "pyrt_strategy")
    header = np.frombuffer(memory, dtype)[0]
    ours = (abi.MAGIC, abi.MAJOR, abi.MINOR, abi.HASH)
    theirs = tuple(int(header[name]) for name in ("magic", "abi_major", "abi_minor", "abi_hash"))
    if theirs != ours:
        raise InputError(
            f"{path}: is of ABI {theirs[1]}.{theirs[2]} (hash {theirs[3]:#x}), this pyrt has {ours[1]}.{ours[2]} "
            f"(hash {ours[3]:#x}); build it again"
        )
    return header


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
