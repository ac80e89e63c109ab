"""One function of numbers as a C function: compiled, or plain Python behind the same signature.

``uint32 f(const record *, double *out)``: the function's arguments are fields of the record by name, all float64; it
returns a number into `out`. The status is 0, or the fault in the low byte with its site above.
"""

from __future__ import annotations

import ctypes
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from llvmlite import ir

from pyrt.errors import DTypeError, InputError

from ..abi import STRUCTS, Status
from ..faults import CompileError, status_of
from ..plain import Rebuilt
from ..program import Code, Reached, cache_folder, load_code, read_code, versions, write_code
from ..state import digest
from .native import object_code
from .refusals import refuse
from .source import Function
from .types import F64, NONE, POINTER, Static, Value, llvm_type
from .unit import Unit

__all__ = ["NumberFunction"]

_SYMBOL = "pyrt_function"
_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p)
_CONTEXT = {name: int(place[1]) for name, place in (STRUCTS["context"].fields or {}).items()}


class NumberFunction:
    """A Python function that kernels call.

    Parameters
    ----------
    function : callable
        A plain function of numbers that returns a number. Arguments that are no field need a default.
    fields : mapping of str to int
        Names that its arguments may have, and where each lies in the record.
    name : str
        What it is for, in errors.
    jit : bool
        False leaves it plain Python, with the same bits.

    Attributes
    ----------
    address : int
        Of the C function; it lives as long as this object.
    error : BaseException or None
        What plain Python raised last.
    """

    def __init__(self, function: Any, fields: Mapping[str, int], name: str, *, jit: bool = True) -> None:
        self.function = getattr(function, "py_func", function)
        self.name = name
        self.error: BaseException | None = None
        if not inspect.isfunction(self.function):
            raise DTypeError(f"{name}: must be a function written with def, got {function!r}")
        self._places = _places(self.function, fields, name)
        self.key = _key(self.function, self._places)
        try:
            self._make(jit=jit)
        except CompileError as error:
            raise error.with_traceback(None) from None

    def _make(self, *, jit: bool) -> None:
        path, self.sites = cache_folder() / f"{self.key}.bin", [[0, "", ""]]
        found = read_code(path) if jit else None
        if found is None:
            unit = _translate(self.function, self._places)
            if not jit:
                self._code: Any = _SIGNATURE(self._plain(Rebuilt(unit.functions).function(self.function)))
                self.address: int = ctypes.cast(self._code, ctypes.c_void_p).value or 0
                return
            found = object_code(str(unit.module)), unit.site_rows()
            write_code(path, Code(found[0], (), found[1], self.key, cached=False))
        self.sites = found[1]
        self._code = load_code(Code(found[0], (), found[1], self.key, cached=False))
        self.address = self._code.address(_SYMBOL)

    def _plain(self, function: Callable[..., Any]) -> Callable[[int, int], int]:
        places = {name: place for name, place in self._places.items() if place is not None}
        defaults = inspect.signature(self.function).parameters
        own = {name: float(defaults[name].default) for name, place in self._places.items() if place is None}

        def call(record: int, out: int) -> int:
            try:
                values = {n: ctypes.c_double.from_address(record + place).value for n, place in places.items()}
                ctypes.c_double.from_address(out).value = float(function(**values, **own))
            except BaseException as error:
                self.error = error
                return int(status_of(error))
            return int(Status.OK)

        return call

    def why(self, fault: int) -> str:
        """Say what the function failed with, and where."""
        status, site = Status(fault & 0xFF), fault >> 8
        line, _, text = self.sites[site] if site < len(self.sites) else self.sites[0]
        code, trace = self.function.__code__, self.error.__traceback__ if self.error is not None else None
        while trace is not None:
            line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == code.co_filename else line
            trace = trace.tb_next
        said = text or status.name.lower()
        if self.error is not None:
            said = f"{type(self.error).__name__}: {self.error}"
        where = f"{code.co_filename}:{line or code.co_firstlineno}"
        return f"{self.name}: {self.function.__name__}() failed: {said} ({where})"


def _places(function: Any, fields: Mapping[str, int], name: str) -> dict[str, int | None]:
    """Return where each argument lies in the record; None for one that has its default."""
    places: dict[str, int | None] = {}
    for argument in inspect.signature(function).parameters.values():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD, argument.POSITIONAL_ONLY):
            raise InputError(f"{name}: {function.__name__}() must name its arguments: some of {', '.join(fields)}")
        places[argument.name] = fields.get(argument.name)
        if argument.name not in fields and argument.default is argument.empty:
            raise InputError(
                f"{name}: {function.__name__}() asks for {argument.name!r}, which is none of {', '.join(fields)}; "
                "give a number of your own a default"
            )
    return places


def _key(function: Any, places: Mapping[str, int | None]) -> str:
    reached = Reached()
    reached.add(function)
    return digest(json.dumps([places, versions(), "function"]).encode(), *sorted(reached.parts))


def _translate(function: Any, places: Mapping[str, int | None]) -> Unit:
    unit = Unit(function.__name__)
    while True:
        _export(unit, unit.load(function), places)
        if unit.settled:
            return unit
        unit = Unit(function.__name__, unit.functions)


def _export(unit: Unit, function: Function, places: Mapping[str, int | None]) -> None:
    """Write the C function around the compiled one; faults are noted in a context of its own, on the stack."""
    half, byte, word = ir.IntType(32), ir.IntType(8), ir.IntType(64)
    out = ir.Function(unit.module, ir.FunctionType(half, [POINTER, POINTER]), _SYMBOL)
    out.attributes.add("nounwind")
    builder = ir.IRBuilder(out.append_basic_block())

    def at(base: Any, offset: int) -> Any:
        return builder.gep(base, [ir.Constant(word, offset)], source_etype=byte)

    context = builder.alloca(half, STRUCTS["context"].itemsize // 4)
    context.align = 8
    builder.store(ir.Constant(half, 0), at(context, _CONTEXT["error_site"]))
    arguments = [
        Value(F64, ir.Constant(ir.DoubleType(), float(function.defaults[name])))
        if place is None
        else Value(F64, builder.load(at(out.args[0], place), typ=ir.DoubleType()))
        for name, place in places.items()
    ]
    body, result = unit.compiled((function, tuple(value.type for value in arguments)))
    if result is NONE or isinstance(result, Static) or llvm_type(result) not in (ir.DoubleType(), word, ir.IntType(1)):
        refuse(function.filename, function.node, f"{function.name}() must return a number")
    room = builder.alloca(llvm_type(result))
    status = builder.call(body, [context, room, *(value.ir for value in arguments)])
    value = builder.load(room, typ=llvm_type(result))
    if result != F64:
        value = (builder.uitofp if llvm_type(result) == ir.IntType(1) else builder.sitofp)(value, ir.DoubleType())
    failed, good = out.append_basic_block("failed"), out.append_basic_block("good")
    builder.cbranch(builder.icmp_unsigned("!=", status, ir.Constant(half, 0)), failed, good)
    builder.position_at_end(failed)
    site = builder.load(at(context, _CONTEXT["error_site"]), typ=half)
    builder.ret(builder.or_(status, builder.shl(site, ir.Constant(half, 8))))
    builder.position_at_end(good)
    builder.store(value, out.args[1])
    builder.ret(ir.Constant(half, 0))
