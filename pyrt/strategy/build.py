"""Shared objects: a strategy that needs no Python, and describes itself."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pyrt
from pyrt.errors import InputError, MissingPiece

from . import abi
from .base import Strategy, subscriptions_of
from .program import Code, asks_of, compile_strategy
from .state import Started, digest, start

__all__ = ["build", "describe", "read_description"]

MARK = b"PYRT-STRATEGY-DESCRIPTION:"
"""Stands before the description in the file, so that it can be read without running anything."""


def build(cls: type[Strategy], out: str | os.PathLike[str], **parameters: Any) -> dict[str, Any]:
    """Compile a strategy to a shared object for the engine.

    Parameters
    ----------
    cls : type
        A subclass of :class:`~pyrt.strategy.Strategy`.
    out : path
        File to write, such as ``cross.so``; mode 0600, executable code that only the owner may change.
    **parameters
        Values of its parameters; the others have their defaults.

    Returns
    -------
    dict
        The description that the object carries.

    Raises
    ------
    CompileError
        For what cannot be compiled.
    MissingPiece
        Without a C compiler (``cc``), which links it.
    """
    started = start(cls, parameters)
    code = compile_strategy(cls, started)
    description = describe(cls, started, code)
    text = json.dumps(description, sort_keys=True).encode()
    _link([code.object_code, _header_object(code, started, text)], Path(out))
    return description


def describe(cls: type[Strategy], started: Started | None = None, code: Code | None = None) -> dict[str, Any]:
    """Return what a strategy's object says about itself.

    Name, parameters (``live``: only handlers read them; ``structural``: ``start`` does, so another value needs another
    object), subscriptions, handlers, sizes and members of its state, places that can fail, versions, hashes.
    """
    started = started or start(cls, {})
    code = code or compile_strategy(cls, started)
    wants = subscriptions_of(cls)
    return {
        "name": cls.__name__,
        "abi": [abi.MAJOR, abi.MINOR],
        "abi_hash": f"0x{abi.HASH:016x}",
        "pyrt": pyrt.__version__,
        "parameters": [
            {
                "name": name,
                "type": type(value).__name__,
                "kind": "structural" if name in started.structural else "live",
                "value": value if math.isfinite(value) else None,  # JSON has no infinity; the words are in the object
            }
            for name, value in started.parameters.items()
        ],
        "instruments": list(wants.instruments),
        "bars": list(wants.bars),
        "history": wants.history,
        "depth": wants.depth,
        "handlers": list(code.handlers),
        "asks": asks_of(cls),
        "state_bytes": started.state_bytes,
        "arena_bytes": started.arena_bytes,
        "state": [member.describe() for member in started.members],
        "sites": code.sites,
        "source_hash": code.key,
        "image_hash": digest(started.image),
    }


def read_description(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the description that a shared object carries; nothing in it is run.

    Raises
    ------
    InputError
        If the file carries none.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    at = data.find(MARK)
    if at < 0:
        raise InputError(f"{path}: carries no strategy; make one with pyrt strategy build FILE.py:Class -o NAME.so")
    begin = at + len(MARK)
    try:
        found: dict[str, Any] = json.loads(data[begin : data.index(b"\0", begin)])
    except ValueError:
        raise InputError(f"{path}: its description is damaged; build it again") from None
    return found


def _header_object(code: Code, started: Started, text: bytes) -> bytes:
    """Make the object that carries the table ``pyrt_strategy``, the description, the state's image, the parameters."""
    from llvmlite import ir

    from .compiler.native import object_code
    from .compiler.types import POINTER

    module = ir.Module("header")
    word, half, short = ir.IntType(64), ir.IntType(32), ir.IntType(16)

    def data(name: str, content: bytes) -> Any:
        array = ir.ArrayType(ir.IntType(8), len(content))
        made = ir.GlobalVariable(module, array, name)
        made.initializer = ir.Constant(array, bytearray(content))
        made.global_constant, made.linkage, made.align = True, "internal", 64
        return made

    described = data("description", MARK + text + b"\0")
    shown = described.gep([ir.Constant(half, 0), ir.Constant(half, len(MARK))])
    kind = ir.FunctionType(half, [POINTER, POINTER])
    handlers: list[Any] = [
        ir.Function(module, kind, f"pyrt_{name}") if name in code.handlers else ir.Constant(POINTER, None)
        for name in abi.HANDLERS
    ]
    handlers += [ir.Constant(POINTER, None)] * (abi.TABLE_SIZE - len(handlers))
    numbers = [
        ir.Constant(word, abi.MAGIC), ir.Constant(short, abi.MAJOR), ir.Constant(short, abi.MINOR),
        ir.Constant(half, abi.STRUCTS["header"].itemsize), ir.Constant(word, abi.HASH),
        shown, ir.Constant(word, len(text)),
        data("image", started.image or bytes(8)), ir.Constant(word, started.state_bytes),
        ir.Constant(word, started.arena_bytes),
        data("params", started.words or bytes(8)), ir.Constant(word, len(started.parameters)),
        *handlers, ir.Constant(word, 0), ir.Constant(word, 0),
    ]  # fmt: skip
    types = ir.LiteralStructType([POINTER if value.type.is_pointer else value.type for value in numbers])
    header = ir.GlobalVariable(module, types, "pyrt_strategy")
    header.initializer = ir.Constant(types, numbers)
    header.global_constant = True
    return object_code(str(module))


def _link(objects: list[bytes], out: Path) -> None:
    compiler = next((c for c in (os.environ.get("CC", ""), "cc", "gcc", "clang") if c and shutil.which(c)), None)
    if compiler is None:
        raise MissingPiece("no C compiler links the strategy: apt install build-essential")
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder) / f"{i}.o" for i in range(len(objects))]
        for name, content in zip(names, objects, strict=True):
            name.write_bytes(content)
        made = Path(folder) / "strategy.so"
        command = [
            compiler, "-shared", "-nostartfiles", "-Wl,-z,relro,-z,now,-z,noexecstack,--build-id=none,-Bsymbolic",
            "-o", str(made), *map(str, names), "-lm",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingPiece(f"{compiler} could not link the strategy: {done.stderr.strip()}")
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = out.with_name(f".{out.name}.{os.getpid()}")
        shutil.copyfile(made, partial)
        partial.chmod(0o600)
        partial.replace(out)
