"""Operators and conversions with Python's own meaning: floor division, signs of remainders, errors at zero."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from ..abi import Status
from .frame import Frame
from .types import BOOL, F64, I64, WORD, Value, llvm_type

__all__ = ["absolute", "binary", "compare", "floating_to_int", "libm", "unary"]

_DOUBLE = ir.DoubleType()
_OVERFLOW = "the integer does not fit into 64 bits"
_SYMBOLS = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def _constant(value: float) -> Any:
    return ir.Constant(_DOUBLE, float(value)) if isinstance(value, float) else ir.Constant(WORD, value)


def intrinsic(frame: Frame, name: str, *args: Any) -> Any:
    """Call an LLVM intrinsic over doubles: exact operations only."""
    kind = ir.FunctionType(_DOUBLE, [_DOUBLE] * len(args))
    return frame.builder.call(frame.unit.declare(f"llvm.{name}.f64", kind), args)


def libm(frame: Frame, name: str, args: list[Any]) -> Any:
    """Call libm: the one symbol, which the compiler must neither fold nor replace."""
    function = frame.unit.declare(name, ir.FunctionType(_DOUBLE, [_DOUBLE] * len(args)))
    for attribute in ("nobuiltin", "nounwind"):
        function.attributes.add(attribute)
    return frame.builder.call(function, args)


def binary(frame: Frame, op: ast.operator, a: Value, b: Value, node: ast.AST) -> Value:
    """Apply an arithmetic or bit operator."""
    frame.number(a, node)
    frame.number(b, node)
    if isinstance(op, (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)):
        return _bits(frame, op, a, b, node)
    if isinstance(op, ast.Div):
        divisor = frame.convert(b, F64)
        if not frame.function.trusted:  # formulas divide as C does, in every host
            _no_zero(frame, frame.builder.fcmp_ordered("==", divisor, _constant(0.0)), node)
        return Value(F64, frame.builder.fdiv(frame.convert(a, F64), divisor))
    if F64 in (a.type, b.type):
        return Value(F64, _floats(frame, op, frame.convert(a, F64), frame.convert(b, F64), node))
    return Value(I64, _integers(frame, op, frame.convert(a, I64), frame.convert(b, I64), node))


def _no_zero(frame: Frame, condition: Any, node: ast.AST) -> None:
    frame.fault_if(condition, node, Status.DIVISION, "division by zero")


def _floats(frame: Frame, op: ast.operator, x: Any, y: Any, node: ast.AST) -> Any:
    builder = frame.builder
    plain: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
        ast.Add: builder.fadd, ast.Sub: builder.fsub, ast.Mult: builder.fmul,
    }  # fmt: skip
    if type(op) in plain:
        return plain[type(op)](x, y)
    # CPython's own steps for // and %: the remainder has the divisor's sign, and both agree with each other.
    zero = _constant(0.0)
    _no_zero(frame, builder.fcmp_ordered("==", y, zero), node)
    rest = builder.frem(x, y)
    has_rest = builder.fcmp_unordered("!=", rest, zero)
    opposite = builder.xor(builder.fcmp_ordered("<", y, zero), builder.fcmp_ordered("<", rest, zero))
    adjust = builder.and_(has_rest, opposite)
    if isinstance(op, ast.Mod):
        signed = builder.select(adjust, builder.fadd(rest, y), rest)
        return builder.select(has_rest, signed, intrinsic(frame, "copysign", zero, y))
    # CPython subtracts one where the remainder was adjusted, and rounds what is nearly whole.
    quotient = builder.fdiv(builder.fsub(x, rest), y)
    quotient = builder.select(adjust, builder.fsub(quotient, _constant(1.0)), quotient)
    floor = intrinsic(frame, "floor", quotient)
    up = builder.fcmp_ordered(">", builder.fsub(quotient, floor), _constant(0.5))
    whole = builder.select(up, builder.fadd(floor, _constant(1.0)), floor)
    nought = intrinsic(frame, "copysign", zero, builder.fdiv(x, y))
    return builder.select(builder.fcmp_unordered("!=", quotient, zero), whole, nought)


def _integers(frame: Frame, op: ast.operator, x: Any, y: Any, node: ast.AST) -> Any:
    builder = frame.builder
    checked = {
        ast.Add: builder.sadd_with_overflow, ast.Sub: builder.ssub_with_overflow, ast.Mult: builder.smul_with_overflow,
    }  # fmt: skip
    if type(op) in checked:
        pair = checked[type(op)](x, y)
        frame.fault_if(builder.extract_value(pair, 1), node, Status.OVERFLOW, _OVERFLOW)
        return frame.builder.extract_value(pair, 0)
    zero = _constant(0)
    _no_zero(frame, builder.icmp_signed("==", y, zero), node)
    smallest = builder.and_(
        builder.icmp_signed("==", x, _constant(-(2**63))), builder.icmp_signed("==", y, _constant(-1))
    )
    frame.fault_if(smallest, node, Status.OVERFLOW, _OVERFLOW)
    rest = builder.srem(x, y)
    adjust = builder.and_(builder.icmp_signed("!=", rest, zero), builder.icmp_signed("<", builder.xor(rest, y), zero))
    if isinstance(op, ast.Mod):
        return builder.select(adjust, builder.add(rest, y), rest)
    quotient = builder.sdiv(x, y)
    return builder.select(adjust, builder.sub(quotient, _constant(1)), quotient)


def _bits(frame: Frame, op: ast.operator, a: Value, b: Value, node: ast.AST) -> Value:
    builder = frame.builder
    logic = {ast.BitAnd: builder.and_, ast.BitOr: builder.or_, ast.BitXor: builder.xor}
    if type(op) in logic and a.type == b.type == BOOL:
        return Value(BOOL, logic[type(op)](a.ir, b.ir))
    x, y = (
        frame.integer(a, node, "an operand of a bit operator"),
        frame.integer(b, node, "an operand of a bit operator"),
    )
    if type(op) in logic:
        return Value(I64, logic[type(op)](x, y))
    outside = builder.icmp_unsigned(">=", y, _constant(64))
    frame.fault_if(outside, node, Status.OVERFLOW, "a shift must be 0 to 63")
    if isinstance(op, ast.RShift):
        return Value(I64, builder.ashr(x, y))
    shifted = builder.shl(x, y)
    lost = builder.icmp_signed("!=", builder.ashr(shifted, y), x)
    frame.fault_if(lost, node, Status.OVERFLOW, _OVERFLOW)
    return Value(I64, shifted)


def unary(frame: Frame, op: ast.unaryop, value: Value, node: ast.AST) -> Value:
    """Apply a sign, ``not`` or ``~``."""
    builder = frame.builder
    if isinstance(op, ast.Not):
        return Value(BOOL, builder.not_(frame.truth(value, node)))
    frame.number(value, node)
    if isinstance(op, ast.Invert):
        return Value(I64, builder.not_(frame.integer(value, node, "the operand of ~")))
    if value.type == F64:
        return value if isinstance(op, ast.UAdd) else Value(F64, builder.fneg(value.ir))
    x = frame.convert(value, I64)
    return Value(I64, x if isinstance(op, ast.UAdd) else _integers(frame, ast.Sub(), _constant(0), x, node))


def absolute(frame: Frame, value: Value, node: ast.AST) -> Value:
    """``abs``."""
    frame.number(value, node)
    if value.type == F64:
        return Value(F64, intrinsic(frame, "fabs", value.ir))
    x = frame.convert(value, I64)
    negative = _integers(frame, ast.Sub(), _constant(0), x, node)
    return Value(I64, frame.builder.select(frame.builder.icmp_signed("<", x, _constant(0)), negative, x))


def compare(frame: Frame, op: ast.cmpop, a: Value, b: Value, node: ast.AST) -> Any:
    """Compare two numbers; anything with NaN is false, but for ``!=``."""
    frame.number(a, node)
    frame.number(b, node)
    symbol = _SYMBOLS[type(op)]
    if F64 not in (a.type, b.type):
        return frame.builder.icmp_signed(symbol, frame.convert(a, I64), frame.convert(b, I64))
    ordered = frame.builder.fcmp_unordered if symbol == "!=" else frame.builder.fcmp_ordered
    return ordered(symbol, frame.convert(a, F64), frame.convert(b, F64))


def floating_to_int(frame: Frame, value: Value, node: ast.AST, rounding: str) -> Value:
    """Turn a number into an integer: ``int``, ``math.floor``, ``math.ceil``, ``round`` (half to even)."""
    frame.number(value, node)
    if value.type != F64:
        return Value(I64, frame.convert(value, I64))
    builder = frame.builder
    whole = intrinsic(frame, rounding, value.ir)
    inside = builder.fcmp_ordered("<", intrinsic(frame, "fabs", whole), _constant(2.0**63))
    frame.fault_if(builder.not_(inside), node, Status.CONVERSION, "NaN, infinite, or too large for an integer")
    return Value(I64, frame.builder.fptosi(whole, llvm_type(I64)))
