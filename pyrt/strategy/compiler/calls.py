"""Calls: intrinsics, built-in functions, methods of ``ctx`` and of streams, the user's own functions."""

from __future__ import annotations

import ast
import builtins
import types as python
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from . import expressions, numbers
from .frame import Frame
from .refusals import CALLS, MODULES, NODES
from .source import LIBM, PREFIX, Function
from .types import BOOL, F64, I64, NONE, Array, Rows, Scalar, Static, Struct, Value, llvm_type

__all__ = ["TEXT", "call_function", "compile_call"]

TEXT = "publish numbers with ctx.signal(value, tag=...), or number the cases"
_I32 = ir.IntType(32)
_Compiler = Callable[[Frame, ast.Call, list[Value]], Value]


def compile_call(frame: Frame, node: ast.Call) -> Value:
    """Compile a call."""
    if isinstance(node.func, ast.Name) and node.func.id.startswith(PREFIX):
        return _intrinsic(frame, node, node.func.id.removeprefix(PREFIX))
    if isinstance(node.func, ast.Attribute):
        known, target = frame.function.resolve(node.func)
        if known:
            return _call_object(frame, node, target)
        base = expressions.compile_expression(frame, node.func.value)
        if not isinstance(base.type, Static):
            return _method(frame, node, node.func, base)
        if not hasattr(base.ir, node.func.attr):
            frame.refuse(node, f"{base.type.name} has no attribute {node.func.attr}")
        return _call_object(frame, node, getattr(base.ir, node.func.attr))
    if isinstance(node.func, ast.Name) and node.func.id not in frame.function.locals:
        known, target = frame.function.lookup(node.func.id)
        if not known:
            frame.refuse(node, f"{node.func.id} is not defined")
        return _call_object(frame, node, target)
    return frame.refuse(node, "only named functions can be called")


def _call_object(frame: Frame, node: ast.Call, target: Any) -> Value:
    for function, compile_builtin in _BUILTINS.items():
        if target is function:
            return compile_builtin(frame, node, _arguments(frame, node))
    name = getattr(target, "__name__", str(target))
    if getattr(builtins, name, None) is target:
        frame.refuse(node, CALLS.get(name, f"{name}() cannot be compiled"))
    module = getattr(target, "__module__", None) or getattr(getattr(target, "__self__", None), "__module__", "") or ""
    owner = type(getattr(target, "__self__", None)).__module__
    for place in (module, owner):
        for known in (place, place.partition(".")[0].lstrip("_")):
            if known in MODULES:
                frame.refuse(node, f"{name}() cannot be compiled: {MODULES[known]}")
    if isinstance(getattr(target, "py_func", target), python.FunctionType):
        return _user_function(frame, node, frame.unit.load(target), [])
    return frame.refuse(node, f"{name}() cannot be compiled; write it as a Python function of numbers")


def _arguments(frame: Frame, node: ast.Call) -> list[Value]:
    if node.keywords:
        frame.refuse(node, "write these arguments without their names")
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            frame.refuse(arg, NODES[ast.Starred])
    return [expressions.compile_expression(frame, arg) for arg in node.args]


# ---- functions and methods


def _method(frame: Frame, node: ast.Call, func: ast.Attribute, base: Value) -> Value:
    if isinstance(base.type, Array) and func.attr in ("append", "pop", "extend", "insert", "remove"):
        frame.refuse(node, f"an array does not grow; {NODES[ast.List].partition('; ')[2]}")
    if not isinstance(base.type, Struct):
        frame.refuse(node, f"{base.type.name} has no method {func.attr}")
    layout = base.type.layout
    method = layout.methods.get(func.attr)
    if method is None:
        if func.attr in layout.fields or func.attr in layout.properties:
            frame.refuse(node, f"{func.attr} is a value and not a method; write {ast.unparse(func)}")
        frame.refuse(node, expressions.unknown_attribute(layout, func.attr))
    function = method if isinstance(method, Function) else frame.unit.load(method)
    if "window" in layout.fields:  # a stream: its formula takes the record, the window, the values
        if func.attr == "reset":
            return _user_function(frame, node, function, [base])
        window = frame.load(base.ir, layout.fields["window"], layout)
        values = [Value(F64, frame.floating(value, node)) for value in _arguments(frame, node)]
        return call_function(frame, function, [base, window, *values], {}, node)
    return _user_function(frame, node, function, [base])


def _user_function(frame: Frame, node: ast.Call, function: Function, first: list[Value]) -> Value:
    values: list[tuple[Value, ast.expr]] = []
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            frame.refuse(arg, NODES[ast.Starred])
        values.append((expressions.compile_expression(frame, arg), arg))
    named = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            frame.refuse(node, NODES[ast.Starred])
        named[keyword.arg] = expressions.compile_expression(frame, keyword.value)
    return call_function(frame, function, [*first, *(value for value, _ in values)], named, node)


def call_function(
    frame: Frame, function: Function, values: list[Value], named: dict[str, Value], node: ast.AST
) -> Value:
    """Call a function that is compiled for the types of these arguments."""
    arguments = [
        _as_declared(frame, function, name, value, node)
        for name, value in _bind(frame, function, values, named, node).items()
    ]
    for value in arguments:
        if value.type is NONE or isinstance(value.type, Static):
            frame.refuse(node, f"{value.type.name} cannot be passed to {function.name}(); {TEXT}")
    out, result = frame.unit.specialize(frame, function, tuple(value.type for value in arguments), node)
    builder = frame.builder
    place = frame.slot(result if result is not NONE else I64)
    status = builder.call(out, [frame.context, place, *(value.ir for value in arguments)])
    failed, good = frame.block("failed"), frame.block("on")
    builder.cbranch(builder.icmp_unsigned("!=", status, ir.Constant(_I32, 0)), failed, good)
    builder.position_at_end(failed)
    if function.trusted and not frame.function.trusted:  # the user's line says more than the library's
        frame.blame(node, function.name)
    builder.ret(status)
    builder.position_at_end(good)
    return Value(result, None if result is NONE else builder.load(place, typ=llvm_type(result)))


def _bind(
    frame: Frame, function: Function, values: list[Value], named: dict[str, Value], node: ast.AST
) -> dict[str, Value]:
    args = function.node.args
    if args.vararg or args.kwarg:
        frame.refuse(node, f"{function.name}() takes *args or **kwargs; name its arguments")
    places = [a.arg for a in [*args.posonlyargs, *args.args]]
    names = [*places, *(a.arg for a in args.kwonlyargs)]
    if len(values) > len(places):
        frame.refuse(node, f"{function.name}() takes {len(places)} arguments, {len(values)} are given")
    bound = dict(zip(places, values, strict=False))
    for name, value in named.items():
        if name not in names or name in bound:
            frame.refuse(node, f"{function.name}() takes no argument {name}" + (" twice" if name in bound else ""))
        bound[name] = value
    for name in names:
        if name not in bound:
            if name not in function.defaults:
                frame.refuse(node, f"{function.name}() needs the argument {name}")
            bound[name] = expressions.constant(frame, function.defaults[name], node)
    return {name: bound[name] for name in names}


def _as_declared(frame: Frame, function: Function, name: str, value: Value, node: ast.AST) -> Value:
    """Give what stands behind ``ctx`` its declared types, so that ``ctx.market(1)`` and ``(1.0)`` are one function."""
    if not function.trusted or not isinstance(value.type, Scalar):
        return value
    declared = next(
        (
            a.annotation.id
            for a in [*function.node.args.args, *function.node.args.kwonlyargs]
            if a.arg == name and isinstance(a.annotation, ast.Name)
        ),
        "",
    )
    if declared == "float":
        return Value(F64, frame.floating(value, node))
    if declared == "int":
        return Value(I64, frame.integer(value, node, f"{name} of ctx.{function.name}()"))
    if declared == "bool" and value.type != BOOL:
        frame.refuse(node, f"{name} of ctx.{function.name}() must be True or False")
    return value


# ---- intrinsics and built-in functions


def _intrinsic(frame: Frame, node: ast.Call, name: str) -> Value:
    values = _arguments(frame, node)
    wanted = LIBM.get(name, 2 if name == "copysign" else 1)
    if len(values) != wanted:
        more = "; write math.log(x) / math.log(base)" if name == "log" else ""
        frame.refuse(node, f"{name}() takes {wanted} argument{'s' * (wanted > 1)}, {len(values)} are given{more}")
    for value, arg in zip(values, node.args, strict=True):
        frame.number(value, arg)
    if name in ("square", "cube"):
        product = numbers.binary(frame, ast.Mult(), values[0], values[0], node)
        return product if name == "square" else numbers.binary(frame, ast.Mult(), product, values[0], node)
    if name == "abs":
        return numbers.absolute(frame, values[0], node)
    if name in ("floor", "ceil", "trunc"):
        return numbers.floating_to_int(frame, values[0], node, name)
    floats = [frame.floating(value, node) for value in values]
    if name in ("isnan", "isinf", "isfinite"):
        return Value(BOOL, _classify(frame, name, floats[0]))
    if name in ("sqrt", "copysign", "fabs"):
        return Value(F64, numbers.intrinsic(frame, name, *floats))
    return Value(F64, numbers.libm(frame, name, floats))


def _classify(frame: Frame, name: str, x: Any) -> Any:
    builder = frame.builder
    if name == "isnan":
        return builder.fcmp_unordered("uno", x, x)
    size, infinity = numbers.intrinsic(frame, "fabs", x), ir.Constant(ir.DoubleType(), float("inf"))
    return builder.fcmp_ordered("==" if name == "isinf" else "<", size, infinity)


def _one(frame: Frame, node: ast.Call, values: list[Value], name: str) -> Value:
    if len(values) != 1:
        frame.refuse(node, f"{name}() takes one argument here")
    return values[0]


def _abs(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
    return numbers.absolute(frame, _one(frame, node, values, "abs"), node)


def _int(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
    return numbers.floating_to_int(frame, _one(frame, node, values, "int"), node, "trunc")


def _float(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
    if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
        frame.refuse(node, "write math.nan or math.inf")
    return Value(F64, frame.floating(_one(frame, node, values, "float"), node))


def _bool(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
    return Value(BOOL, frame.truth(_one(frame, node, values, "bool"), node))


def _round(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
    if len(values) == 2:
        frame.refuse(node, "round to a step by hand: round(x / step) * step")
    return numbers.floating_to_int(frame, _one(frame, node, values, "round"), node, "rint")


def _len(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
    value = _one(frame, node, values, "len")
    if not isinstance(value.type, (Array, Rows)):
        frame.refuse(node, f"{value.type.name} has no length")
    return Value(I64, frame.builder.extract_value(value.ir, 1))


def _extreme(frame: Frame, node: ast.Call, values: list[Value], op: ast.cmpop) -> Value:
    # As Python: the first operand stays unless a later one is strictly beyond it, so NaN keeps its place.
    if len(values) < 2:
        frame.refuse(node, "give two or more numbers; over an array write a for loop")
    joined = values[0].type
    for value, arg in zip(values, node.args, strict=True):
        joined = frame.join(joined, frame.number(value, arg).type) or F64
    best = Value(joined, frame.convert(values[0], joined, node.args[0]))
    for value, arg in zip(values[1:], node.args[1:], strict=True):
        other = Value(joined, frame.convert(value, joined, arg))
        beyond = numbers.compare(frame, op, other, best, node)
        best = Value(joined, frame.builder.select(beyond, other.ir, best.ir))
    return best


def _min(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
    return _extreme(frame, node, values, ast.Lt())


def _max(frame: Frame, node: ast.Call, values: list[Value]) -> Value:
    return _extreme(frame, node, values, ast.Gt())


_BUILTINS: dict[Any, _Compiler] = {
    abs: _abs, int: _int, float: _float, bool: _bool, round: _round, len: _len, min: _min, max: _max,
}  # fmt: skip
